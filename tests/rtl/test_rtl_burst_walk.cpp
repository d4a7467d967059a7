// SPDX-License-Identifier: Apache-2.0
// tsr_burst_walk against tsr_burst_next with fields of their full width: the benches of the engines keep to small maps,
// so the upper bits of addresses, strides and counts are seen here only.
#include "rtl/rtl_bench.hpp"

extern "C" {
#include <tessera/program.h>
}

namespace {

using namespace bench;

constexpr uint64_t address_end = uint64_t{1} << 40;
constexpr uint64_t row_bytes_end = uint64_t{1} << RTL_RowBytesW;

/** What desc_laws.c looks at when it cuts bursts. */
tsr_program made_program() {
    tsr_program program = {};
    program.arch.axi_data_bits = RTL_AxiDataBits;
    program.arch.max_burst_beats = RTL_MaxBurstBeats;
    return program;
}

/** As often a short value as one of any size: the bits of a random number of lengths. */
int64_t pick_bits(random_source &random, int bits, int64_t least) {
    const int64_t value = random.pick(0, (int64_t{1} << random.pick(0, bits)) - 1);
    return value < least ? least : value;
}

/** Rows that end within the address space, in not many more bursts than asked for. */
tsr_desc made_rows(random_source &random, int64_t most_bursts) {
    constexpr int64_t burst_bytes = RTL_MaxBurstBeats * RTL_AxiDataBits / 8;
    for (;;) {
        tsr_desc desc = {};
        desc.header.opcode = TSR_OP_LOAD_FEATURE;
        tsr_desc_load_feature &d = desc.u.load_feature;
        d.row_bytes = pick_bits(random, RTL_RowBytesW, 1);
        d.rows = pick_bits(random, 16, 1);
        d.planes = pick_bits(random, 14, 1);
        d.row_stride_bytes = pick_bits(random, 28, 0);
        d.plane_stride_bytes = pick_bits(random, 34, 0);
        d.dram_address = pick_bits(random, 40, 0);
        if (random.percent(50)) {
            d.dram_address -= d.dram_address % (RTL_AxiDataBits / 8);
        }
        const uint64_t last =
            static_cast<uint64_t>(d.dram_address + (d.planes - 1) * d.plane_stride_bytes +
                                  (d.rows - 1) * d.row_stride_bytes);
        if (last < address_end - row_bytes_end &&
            d.rows * d.planes * (d.row_bytes / burst_bytes + 1) <= most_bursts) {
            return desc;
        }
    }
}

class walk_bench {
public:
    walk_bench() {
        now_.dut->rst_ni = 0;
        now_.dut->load_i = 0;
        now_.dut->next_i = 0;
        now_.settle();
        now_.edge();
        now_.dut->rst_ni = 1;
    }

    /** A whole walk, every burst taken with the given chance a cycle. */
    void walk(const tsr_program &program, const tsr_desc &desc, random_source &random,
              int64_t ready) {
        load(desc);
        tsr_burst_walk walk = tsr_burst_first(&program, &desc);
        uint64_t address = 0;
        uint64_t next_address = 0;
        uint32_t beats = 0;
        uint32_t next_beats = 0;
        bool more = tsr_burst_next(&walk, &address, &beats);
        while (more) {
            more = tsr_burst_next(&walk, &next_address, &next_beats);
            take(address, beats, !more, random, ready);
            address = next_address;
            beats = next_beats;
        }
        quiet();
    }

private:
    void load(const tsr_desc &desc) {
        Vdut &dut = *now_.dut;
        const tsr_desc_load_feature &d = desc.u.load_feature;
        set_port(dut.address_i, d.dram_address);
        set_port(dut.row_bytes_i, d.row_bytes);
        set_port(dut.row_stride_i, d.row_stride_bytes);
        set_port(dut.rows_i, d.rows);
        set_port(dut.plane_stride_i, d.plane_stride_bytes);
        set_port(dut.planes_i, d.planes);
        for (int i = 0; i < 2; ++i) {  // the first burst is there two cycles later
            dut.load_i = i == 0;
            quiet();
            now_.edge();
        }
    }

    void quiet() {
        now_.dut->next_i = 0;
        now_.settle();
        assert_false(now_.dut->valid_o);
    }

    void take(uint64_t address, uint32_t beats, bool last, random_source &random, int64_t ready) {
        bool taken = false;
        while (!taken) {
            taken = random.percent(ready);
            now_.dut->next_i = taken;
            now_.settle();
            assert_true(now_.dut->valid_o);
            assert_int_equal(now_.dut->address_o, address);
            assert_int_equal(now_.dut->beats_o, beats);
            assert_int_equal(now_.dut->last_o, last);
            now_.edge();
        }
    }

    clocked now_;
};

void walks_of_any_width_are_those_of_the_program_laws(void **) {
    const tsr_program program = made_program();
    random_source random(seed);
    walk_bench bench;
    for (int i = 0; i < 1000; ++i) {
        bench.walk(program, made_rows(random, 12000), random, 100);
    }
}

void a_burst_waits_until_it_is_taken(void **) {
    const tsr_program program = made_program();
    random_source random(seed + 1);
    walk_bench bench;
    for (int i = 0; i < 300; ++i) {
        bench.walk(program, made_rows(random, 30), random, random.pick(20, 90));
    }
}

/** A walk of as many rows and planes as their fields hold. */
void counts_reach_the_end_of_their_fields(void **) {
    const tsr_program program = made_program();
    random_source random(seed + 2);
    walk_bench bench;
    tsr_desc desc = {};
    desc.header.opcode = TSR_OP_LOAD_FEATURE;
    tsr_desc_load_feature &d = desc.u.load_feature;
    d.row_bytes = 3;
    d.row_stride_bytes = 16411;
    d.plane_stride_bytes = 67108859;
    d.rows = 65535;
    d.planes = 1;
    bench.walk(program, desc, random, 100);
    d.rows = 1;
    d.planes = 16383;
    bench.walk(program, desc, random, 100);
    d.rows = 16385;
    d.planes = 2;
    bench.walk(program, desc, random, 100);
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(walks_of_any_width_are_those_of_the_program_laws),
        cmocka_unit_test(a_burst_waits_until_it_is_taken),
        cmocka_unit_test(counts_reach_the_end_of_their_fields),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
