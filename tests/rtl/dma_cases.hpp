// SPDX-License-Identifier: Apache-2.0
// Random legal DMA descriptors for the architecture that the module under test was built for, and its datapath.
#ifndef TESSERA_TESTS_RTL_DMA_CASES_HPP
#define TESSERA_TESTS_RTL_DMA_CASES_HPP

#include <algorithm>

#include "rtl/rtl_bench.hpp"

extern "C" {
#include <tessera/interpreter.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"  // compound literals in a C header
#include "program/desc_check.h"
#pragma GCC diagnostic pop
}

#ifndef RTL_Tn
#define RTL_Tn 4
#endif
#ifndef RTL_Aw
#define RTL_Aw 8
#endif
#ifndef RTL_Tm
#define RTL_Tm RTL_Tn
#endif
#ifndef RTL_Tp
#define RTL_Tp 2
#endif
#ifndef RTL_FeatureLines
#define RTL_FeatureLines 64
#endif
#ifndef RTL_WeightWords
#define RTL_WeightWords 64
#endif
#ifndef RTL_ParameterChannels
#define RTL_ParameterChannels (4 * RTL_Tm)
#endif

namespace bench {

constexpr uint64_t memory_bytes = 65536;
constexpr uint32_t beat_bytes = RTL_AxiDataBits / 8;
constexpr uint32_t word_bytes = RTL_Tn * RTL_Aw / 8;

/** The architecture of the RTL_ parameters as a program without descriptors. */
inline tsr_program made_program() {
    tsr_program program = {};
    tsr_arch &arch = program.arch;
    tsr_error err = {};
    arch.clock_hz = 100000000;
    (void)std::snprintf(arch.name, sizeof arch.name, "bench");
    assert_ok(tsr_dram_preset("ideal", &arch.dram, &err), err);
    arch.dram.accelerator_clock_hz = arch.clock_hz;
    arch.tm = RTL_Tm;
    arch.tn = RTL_Tn;
    arch.tp = RTL_Tp;
    arch.wp = 1;
    arch.activation_bits = RTL_Aw;
    arch.feature_sectors = 1;
    arch.feature_buffer_bytes = static_cast<int64_t>(RTL_FeatureLines) * RTL_Tp * word_bytes;
    arch.weight_buffer_bytes = static_cast<int64_t>(RTL_WeightWords) * RTL_Tm * word_bytes;
    arch.parameter_channels = RTL_ParameterChannels;
    arch.axi_data_bits = RTL_AxiDataBits;
    arch.max_burst_beats = RTL_MaxBurstBeats;
    arch.max_outstanding_bursts = RTL_MaxOutstanding;
    program.memory_bytes = memory_bytes;
    return program;
}

/** Memory full of random bytes. */
inline std::vector<uint8_t> made_memory(random_source &random) {
    std::vector<uint8_t> bytes(memory_bytes + 4096);
    for (uint8_t &byte : bytes) {
        byte = static_cast<uint8_t>(random.next() >> 32);
    }
    return bytes;
}

/** Rows of a map anywhere in memory and pool; load_feature and store have the same fields. */
inline tsr_desc made_map(const tsr_program &program, random_source &random, int64_t opcode) {
    tsr_error err = {};
    for (;;) {
        tsr_desc desc = {};
        desc.header.opcode = opcode;
        desc.header.units = 1;
        tsr_desc_load_feature &d = desc.u.load_feature;
        const bool packs = opcode == TSR_OP_LOAD_FEATURE && random.percent(40);
        const int64_t widest = packs ? word_bytes / 2 : word_bytes;
        int64_t pixel = RTL_Aw / 8;
        while (pixel < widest && random.percent(60)) {
            pixel *= 2;
        }
        const int64_t width = random.percent(30) ? random.pick(20, 90) : random.pick(1, 12);
        d.pixel_bytes = pixel;
        d.row_bytes = width * pixel;
        d.rows = random.pick(1, 5);
        d.planes = random.pick(1, 3);
        const bool apart =
            opcode == TSR_OP_STORE;  // rows that overlap would be written in no defined order
        d.row_stride_bytes =
            apart ? d.row_bytes + random.pick(0, 20) : random.pick(0, 2 * d.row_bytes);
        d.plane_stride_bytes =
            apart ? d.rows * d.row_stride_bytes + random.pick(0, 40) : random.pick(0, 9000);
        d.dram_address = random.percent(30) ? 4096 * random.pick(1, 8) - random.pick(0, 200)
                                            : random.pick(0, 30000);
        if (random.percent(50)) {
            d.dram_address -= d.dram_address % beat_bytes;
        }
        d.bank_stride = random.pick(1, 7);
        d.y0 = random.percent(50) ? 0 : random.pick(0, 40);
        d.x0 = random.percent(50) ? 0 : random.pick(0, 60);
        int64_t extra = 0;  // words of a row beyond its pixels
        if (packs) {
            d.pack = random.pick(random.percent(90) ? 2 : 0, word_bytes / pixel);
            d.pack_value = random.pick(-(1 << (RTL_Aw - 1)), (1 << (RTL_Aw - 1)) - 1);
            extra = d.pack > 1 ? d.pack - 1 : 0;
        }
        const int64_t columns =
            ((d.x0 + width + extra) / (d.bank_stride * RTL_Tp) + 1) * d.bank_stride;
        d.row_pitch = columns + random.pick(0, 3);
        d.plane_pitch = (d.y0 + d.rows) * d.row_pitch + random.pick(0, 3);
        d.base = random.pick(0, RTL_FeatureLines - 1);
        if (tsr_desc_check(&program.arch, &desc, program.memory_bytes, &err) == TSR_OK) {
            return desc;
        }
    }
}

/** The 64-byte unit of a DMA descriptor on a wide input pin. */
template <class Pin>
void put_desc(Pin &pin, const tsr_desc &desc) {
    tsr_error err = {};
    uint8_t bytes[128] = {};
    assert_ok(tsr_desc_encode(&desc, bytes, &err), err);
    std::memcpy(&pin, bytes, std::min(sizeof pin, sizeof bytes));
}

/** What the program's laws say the master asks for. */
inline void expect_bursts(expected_bursts &expected, const tsr_program &program,
                          const tsr_desc &desc) {
    tsr_burst_walk walk = tsr_burst_first(&program, &desc);
    uint64_t address = 0;
    uint32_t beats = 0;
    while (tsr_burst_next(&walk, &address, &beats)) {
        expected.add(address, beats);
    }
}

}  // namespace bench

#endif
