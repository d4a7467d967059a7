// SPDX-License-Identifier: Apache-2.0
// tsr_store against tsr_burst_next, the cycle rules of a store and the bytes the interpreter writes.
#include "rtl/dma_cases.hpp"

namespace {

using namespace bench;

/** Memory behind the write port: takes beats, answers bursts in order. */
class write_memory {
public:
    write_memory(std::vector<uint8_t> &bytes, random_source &random)
        : bytes_(bytes), random_(random) {}

    void drive(Vdut &dut, const stalls &how) {
        dut.awready_i = random_.percent(how.address_ready);
        dut.wready_i = random_.percent(how.beat);
        dut.bid_i = id_;
        dut.bresp_i = 0;
        dut.bvalid_i = answers_ > 0 && random_.percent(how.beat);
    }

    /** Is a beat due: its address was in an earlier cycle, and `interval` has passed since the beat before? */
    bool beat_due(uint64_t cycle, uint64_t interval) const {
        return !flight_.empty() && (!any_beat_ || cycle >= beat_cycle_ + interval);
    }

    /** Returns true for a response. */
    bool observe(const Vdut &dut, uint64_t cycle, expected_bursts &expected) {
        const bool response = dut.bvalid_i && dut.bready_o;
        assert_true(dut.bready_o);
        if (response) {
            --answers_;
        }
        if (dut.wvalid_o && dut.wready_i) {
            burst &front = flight_.front();
            assert_int_equal(dut.wlast_o, front.beats == 1);
            const auto *data = reinterpret_cast<const uint8_t *>(&dut.wdata_o);
            for (uint32_t i = 0; i < beat_bytes; ++i) {
                if ((static_cast<uint64_t>(dut.wstrb_o) >> i & 1) != 0) {
                    bytes_[front.address + i] = data[i];
                }
            }
            front.address += beat_bytes;
            if (--front.beats == 0) {
                flight_.pop_front();
                ++answers_;
            }
            beat_cycle_ = cycle;
            any_beat_ = true;
        }
        if (dut.awvalid_o && dut.awready_i) {
            id_ = dut.awid_o;
            flight_.push_back(expected.take());
        }
        if (response) {
            expected.answered();
        }
        return response;
    }

private:
    std::vector<uint8_t> &bytes_;
    random_source &random_;
    std::deque<burst> flight_;  // beats to come
    uint64_t answers_ = 0;      // responses owed
    uint64_t beat_cycle_ = 0;
    bool any_beat_ = false;
    uint8_t id_ = 0;
};

class store_bench {
public:
    explicit store_bench(uint64_t start)
        : random_(start),
          program_(made_program()),
          bytes_(made_memory(random_)),
          memory_(bytes_, random_),
          expected_(RTL_MaxOutstanding) {
        tsr_error err = {};
        assert_ok(tsr_datapath_create(&program_.arch, &datapath_, &err), err);
        fill_pool();
        now_.dut->rst_ni = 0;
        for (int i = 0; i < 3; ++i) {
            now_.settle();
            now_.edge();
        }
        now_.dut->rst_ni = 1;
    }

    ~store_bench() { tsr_datapath_destroy(datapath_); }

    void run(const stalls &how) {
        const tsr_desc desc = made_map(program_, random_, TSR_OP_STORE);
        const uint64_t interval = tsr_desc_beat_interval(&program_.arch, &desc);
        const uint64_t start = now_.cycle;
        std::vector<uint8_t> wanted = bytes_;
        tsr_error err = {};
        assert_ok(tsr_datapath_execute(datapath_, &desc, wanted.data(), memory_bytes, &err), err);
        expect_bursts(expected_, program_, desc);
        expected_.open_from(start + TSR_UARCH_DMA_COMMAND_CYCLES + TSR_UARCH_DMA_STORE_READ_CYCLES +
                            interval - 1);
        put_desc(now_.dut->desc_i, desc);
        for (bool done = false; !done;) {
            Vdut &dut = *now_.dut;
            dut.start_i = now_.cycle == start;
            dut.halt_i = 0;
            memory_.drive(dut, how);
            drive_pool();
            now_.settle();
            expected_.check(now_.cycle, dut.awvalid_o, dut.awaddr_o, dut.awlen_o);
            assert_int_equal(dut.wvalid_o, memory_.beat_due(now_.cycle, interval));
            const bool response = memory_.observe(dut, now_.cycle, expected_);
            done = response && expected_.empty() && expected_.outstanding() == 0;
            assert_int_equal(dut.done_o, done);
            assert_true(now_.cycle < start + 200000);
            step_pool();
        }
        assert_memory_equal(bytes_.data(), wanted.data(), bytes_.size());
    }

    void rest(int64_t cycles) {
        for (int64_t i = 0; i < cycles; ++i) {
            now_.dut->bvalid_i = 0;
            now_.dut->start_i = 0;
            drive_pool();
            now_.settle();
            assert_false(now_.dut->awvalid_o || now_.dut->wvalid_o || now_.dut->st_en_o ||
                         now_.dut->done_o);
            step_pool();
        }
    }

    random_source &random() { return random_; }

private:
    /** One load that covers every word. */
    void fill_pool() {
        tsr_desc desc = {};
        tsr_error err = {};
        desc.header.opcode = TSR_OP_LOAD_FEATURE;
        desc.u.load_feature.row_bytes =
            static_cast<int64_t>(RTL_FeatureLines) * RTL_Tp * word_bytes;
        desc.u.load_feature.rows = 1;
        desc.u.load_feature.planes = 1;
        desc.u.load_feature.pixel_bytes = word_bytes;
        desc.u.load_feature.bank_stride = 1;
        assert_ok(tsr_datapath_execute(datapath_, &desc, bytes_.data(), memory_bytes, &err), err);
    }

    /** The pool answers two cycles after the enable. */
    void drive_pool() {
        if (read_[1] >= 0) {
            const auto *pool =
                static_cast<const uint8_t *>(tsr_datapath_feature(datapath_, nullptr));
            std::memcpy(&now_.dut->st_data_i, pool + static_cast<size_t>(read_[1]) * word_bytes,
                        word_bytes);
        } else {
            std::memset(&now_.dut->st_data_i, 0xee, sizeof now_.dut->st_data_i);
        }
    }

    void step_pool() {
        const Vdut &dut = *now_.dut;
        read_[1] = read_[0];
        read_[0] = dut.st_en_o ? static_cast<int64_t>(dut.st_line_o) * RTL_Tp + dut.st_bank_o : -1;
        now_.edge();
    }

    random_source random_;
    tsr_program program_;
    std::vector<uint8_t> bytes_;
    clocked now_;
    write_memory memory_;
    expected_bursts expected_;
    tsr_datapath *datapath_ = nullptr;
    int64_t read_[2] = {-1, -1};
};

void addresses_beats_bytes_and_completion_keep_the_rules_under_stalls(void **) {
    for (const stalls &how : stall_sweep) {
        store_bench bench(seed);
        for (int i = 0; i < 150; ++i) {
            bench.run(how);
            bench.rest(bench.random().percent(50) ? 0 : bench.random().pick(0, 6));
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(addresses_beats_bytes_and_completion_keep_the_rules_under_stalls),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
