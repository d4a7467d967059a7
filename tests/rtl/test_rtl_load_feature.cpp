// SPDX-License-Identifier: Apache-2.0
// tsr_load_feature against tsr_burst_next, the cycle rules of a load and the interpreter's pool.
#include "rtl/dma_cases.hpp"

namespace {

using namespace bench;

class load_bench {
public:
    explicit load_bench(uint64_t start)
        : random_(start),
          program_(made_program()),
          bytes_(made_memory(random_)),
          memory_(bytes_, beat_bytes, random_),
          expected_(RTL_MaxOutstanding),
          pool_(static_cast<size_t>(program_.arch.feature_buffer_bytes)) {
        tsr_error err = {};
        assert_ok(tsr_datapath_create(&program_.arch, &datapath_, &err), err);
        std::memcpy(pool_.data(), tsr_datapath_feature(datapath_, nullptr), pool_.size());
        now_.dut->rst_ni = 0;
        for (int i = 0; i < 3; ++i) {
            now_.settle();
            now_.edge();
        }
        now_.dut->rst_ni = 1;
    }

    ~load_bench() { tsr_datapath_destroy(datapath_); }

    void run(const stalls &how) {
        const tsr_desc desc = made_map(program_, random_, TSR_OP_LOAD_FEATURE);
        const uint64_t interval = tsr_desc_beat_interval(&program_.arch, &desc);
        const int64_t pack = desc.u.load_feature.pack;
        const uint64_t extra = pack > 1 ? static_cast<uint64_t>(pack - 1) : 0;
        const std::vector<bool> row_ends = row_ends_of(desc.u.load_feature);
        size_t beats = 0;
        packed_ += extra > 0;
        const uint64_t start = now_.cycle;
        uint64_t last_beat = UINT64_MAX;
        expect_bursts(expected_, program_, desc);
        expected_.open_from(start + TSR_UARCH_DMA_COMMAND_CYCLES);
        put_desc(now_.dut->desc_i, desc);
        for (bool done = false; !done;) {
            now_.dut->start_i = now_.cycle == start;
            memory_.drive(*now_.dut, how);
            now_.settle();
            const Vdut &dut = *now_.dut;
            expected_.check(now_.cycle, dut.arvalid_o, dut.araddr_o, dut.arlen_o);
            if (dut.rvalid_i) {
                const uint64_t gap = interval + (beats > 0 && row_ends[beats - 1] ? extra : 0);
                assert_int_equal(dut.rready_o, !any_beat_ || now_.cycle >= beat_cycle_ + gap);
            }
            bool last = false;
            if (memory_.observe(*now_.dut, expected_, last)) {
                beat_cycle_ = now_.cycle;
                ++beats;
                any_beat_ = true;
                if (last && expected_.empty() && expected_.outstanding() == 0) {
                    last_beat = now_.cycle;
                }
            }
            write_pool();
            done = last_beat != UINT64_MAX &&
                   now_.cycle == last_beat + TSR_UARCH_DMA_READ_WRITE_CYCLES + interval - 1 + extra;
            assert_int_equal(dut.done_o, done);
            assert_true(now_.cycle < start + 200000);
            now_.edge();
        }
        tsr_error err = {};
        assert_ok(tsr_datapath_execute(datapath_, &desc, bytes_.data(), memory_bytes, &err), err);
        assert_memory_equal(pool_.data(), tsr_datapath_feature(datapath_, nullptr), pool_.size());
    }

    void rest(int64_t cycles) {
        for (int64_t i = 0; i < cycles; ++i) {
            now_.settle();
            assert_false(now_.dut->arvalid_o || now_.dut->lf_en_o || now_.dut->done_o);
            now_.edge();
        }
    }

    random_source &random() { return random_; }

    int32_t packed() const { return packed_; }

private:
    /** Is the beat the last one of its row? For all beats of a load. */
    static std::vector<bool> row_ends_of(const tsr_desc_load_feature &d) {
        std::vector<bool> ends;
        for (int64_t row = 0; row < d.planes * d.rows; ++row) {
            const int64_t address = d.dram_address + row / d.rows * d.plane_stride_bytes +
                                    row % d.rows * d.row_stride_bytes;
            const int64_t last = (address + d.row_bytes - 1) / beat_bytes;
            for (int64_t beat = address / beat_bytes; beat <= last; ++beat) {
                ends.push_back(beat == last);
            }
        }
        return ends;
    }

    void write_pool() {
        const Vdut &dut = *now_.dut;
        if (dut.lf_en_o) {
            const size_t word = static_cast<size_t>(dut.lf_line_o) * RTL_Tp + dut.lf_bank_o;
            assert_true(word < pool_.size() / word_bytes && dut.lf_bank_o < RTL_Tp);
            std::memcpy(&pool_[word * word_bytes], &dut.lf_data_o, word_bytes);
        }
    }

    random_source random_;
    tsr_program program_;
    std::vector<uint8_t> bytes_;
    clocked now_;
    read_memory<Vdut> memory_;
    expected_bursts expected_;
    std::vector<uint8_t> pool_;
    tsr_datapath *datapath_ = nullptr;
    uint64_t beat_cycle_ = 0;
    bool any_beat_ = false;
    int32_t packed_ = 0;
};

void addresses_beats_words_and_completion_keep_the_rules_under_stalls(void **) {
    for (const stalls &how : stall_sweep) {
        load_bench bench(seed);
        for (int i = 0; i < 150; ++i) {
            bench.run(how);
            bench.rest(bench.random().percent(50) ? 0 : bench.random().pick(0, 6));
        }
        assert_true(bench.packed() > 15);
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(addresses_beats_words_and_completion_keep_the_rules_under_stalls),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
