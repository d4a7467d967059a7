// SPDX-License-Identifier: Apache-2.0
// tsr_load_weight against tsr_burst_next, the cycle rules of a load and the layout of the weight stream: per group
// [tm records of 16 bytes][words_per_group words] (sim/include/tessera/program.h).
#include "rtl/dma_cases.hpp"

namespace {

using namespace bench;

constexpr size_t weight_bytes = static_cast<size_t>(RTL_Tm) * word_bytes;
constexpr size_t record_bytes = TSR_PARAMETER_RECORD_BYTES;

class weight_bench {
public:
    explicit weight_bench(uint64_t start)
        : random_(start),
          program_(made_program()),
          bytes_(made_memory(random_)),
          memory_(bytes_, beat_bytes, random_),
          expected_(RTL_MaxOutstanding),
          weights_(RTL_WeightWords * weight_bytes),
          records_(RTL_ParameterChannels * record_bytes) {
        now_.dut->rst_ni = 0;
        for (int i = 0; i < 3; ++i) {
            now_.settle();
            now_.edge();
        }
        now_.dut->rst_ni = 1;
    }

    void run(const stalls &how) {
        const tsr_desc desc = made();
        const uint64_t start = now_.cycle;
        std::vector<uint8_t> weights = weights_;
        std::vector<uint8_t> records = records_;
        copy_groups(desc.u.load_weight, weights, records);
        uint64_t last_beat = UINT64_MAX;
        expect_bursts(expected_, program_, desc);
        expected_.open_from(start + TSR_UARCH_DMA_COMMAND_CYCLES);
        put_desc(now_.dut->desc_i, desc);
        for (bool done = false; !done;) {
            Vdut &dut = *now_.dut;
            dut.start_i = now_.cycle == start;
            memory_.drive(dut, how);
            now_.settle();
            expected_.check(now_.cycle, dut.arvalid_o, dut.araddr_o, dut.arlen_o);
            assert_true(dut.rready_o);
            bool last = false;
            if (memory_.observe(dut, expected_, last) && last && expected_.empty() &&
                expected_.outstanding() == 0) {
                last_beat = now_.cycle;
            }
            write_buffers();
            done = last_beat != UINT64_MAX &&
                   now_.cycle == last_beat + TSR_UARCH_DMA_READ_WRITE_CYCLES;
            assert_int_equal(dut.done_o, done);
            assert_true(now_.cycle < start + 200000);
            now_.edge();
        }
        assert_memory_equal(weights_.data(), weights.data(), weights.size());
        assert_memory_equal(records_.data(), records.data(), records.size());
    }

private:
    tsr_desc made() {
        tsr_error err = {};
        for (;;) {
            tsr_desc desc = {};
            desc.header.opcode = TSR_OP_LOAD_WEIGHT;
            desc.header.units = 1;
            tsr_desc_load_weight &d = desc.u.load_weight;
            d.groups = random_.pick(1, 4);
            d.parameters = random_.percent(60);
            d.words_per_group = d.parameters != 0 && random_.percent(25) ? 0 : random_.pick(1, 12);
            d.group_stride_bytes = random_.pick(0, 3000);
            d.weight_base = random_.pick(0, RTL_WeightWords - 1);
            d.parameter_base = random_.pick(0, RTL_ParameterChannels / RTL_Tm - 1);
            d.dram_address = random_.percent(30) ? 4096 * random_.pick(1, 8) - random_.pick(0, 300)
                                                 : random_.pick(0, 30000);
            if (random_.percent(50)) {
                d.dram_address -= d.dram_address % beat_bytes;
            }
            if (tsr_desc_check(&program_.arch, &desc, memory_bytes, &err) == TSR_OK) {
                return desc;
            }
        }
    }

    void copy_groups(const tsr_desc_load_weight &d, std::vector<uint8_t> &weights,
                     std::vector<uint8_t> &records) const {
        for (int64_t group = 0; group < d.groups; ++group) {
            const uint8_t *from =
                &bytes_[static_cast<size_t>(d.dram_address + group * d.group_stride_bytes)];
            if (d.parameters != 0) {
                const size_t entry = RTL_Tm * record_bytes;
                std::memcpy(&records[static_cast<size_t>(d.parameter_base + group) * entry], from,
                            entry);
                from += entry;
            }
            const auto words = static_cast<size_t>(d.words_per_group);
            if (words > 0) {
                const size_t at =
                    static_cast<size_t>(d.weight_base) + static_cast<size_t>(group) * words;
                std::memcpy(&weights[at * weight_bytes], from, words * weight_bytes);
            }
        }
    }

    void write_buffers() {
        const Vdut &dut = *now_.dut;
        if (dut.lw_en_o) {
            assert_true(dut.lw_addr_o < RTL_WeightWords);
            std::memcpy(&weights_[dut.lw_addr_o * weight_bytes], &dut.lw_data_o, weight_bytes);
        }
        if (dut.lp_en_o) {
            assert_true(dut.lp_channel_o < RTL_ParameterChannels);
            std::memcpy(&records_[dut.lp_channel_o * record_bytes], &dut.lp_data_o,
                        sizeof dut.lp_data_o);
        }
    }

    random_source random_;
    tsr_program program_;
    std::vector<uint8_t> bytes_;
    clocked now_;
    read_memory<Vdut> memory_;
    expected_bursts expected_;
    std::vector<uint8_t> weights_, records_;
};

void addresses_words_records_and_completion_keep_the_rules_under_stalls(void **) {
    for (const stalls &how : stall_sweep) {
        weight_bench bench(seed);
        for (int i = 0; i < 150; ++i) {
            bench.run(how);
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(addresses_words_records_and_completion_keep_the_rules_under_stalls),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
