// SPDX-License-Identifier: Apache-2.0
// tsr_control with engines that take random times: dispatch to start, tokens, completion, done,
// errors, abort; each cycle against the rules of sim/machine/README.md.
#include "rtl/rtl_bench.hpp"

extern "C" {
#include <tessera/program.h>
}

namespace {

using namespace bench;

constexpr int engines = TSR_ENGINE_COUNT;

/** What the rules say, as registers. */
struct model {
    std::deque<uint32_t> fifo[engines];  // indices of descriptors
    bool running[engines] = {};
    uint32_t index[engines] = {};
    uint64_t ends[engines] = {};
    int tokens[engines][engines] = {};  // [from][to]
    uint64_t busy[engines] = {};
    uint64_t cycle = 0;

    bool has_tokens(int to, int64_t pop) const {
        for (int from = 0; from < engines; ++from) {
            if ((pop >> from & 1) != 0 && tokens[from][to] == 0) {
                return false;
            }
        }
        return true;
    }
};

class control_bench {
public:
    explicit control_bench(uint64_t start) : random_(start) {
        now_.dut->quiet_i = 15;
        now_.dut->rst_ni = 0;
        step();
        step();
        now_.dut->rst_ni = 1;
        step();
    }

    /** Descriptors whose pops are covered by pushes of earlier ones, so that the run ends. */
    void make(int count) {
        static const int64_t opcodes[] = {TSR_OP_LOAD_FEATURE, TSR_OP_LOAD_WEIGHT, TSR_OP_CONV,
                                          TSR_OP_STORE};
        int owed[engines][engines] = {};
        descs_.clear();
        for (int i = 0; i < count; ++i) {
            tsr_desc desc = {};
            const auto engine = static_cast<int>(random_.pick(0, engines - 1));
            desc.header.opcode = opcodes[engine];
            desc.header.units = tsr_opcode_units(desc.header.opcode);
            desc.header.tag = i;
            for (int other = 0; other < engines; ++other) {
                if (other == engine) {
                    continue;
                }
                if (owed[other][engine] > 0 && random_.percent(60)) {
                    desc.header.pop |= 1 << other;
                    --owed[other][engine];
                }
                if (random_.percent(30)) {
                    desc.header.push |= 1 << other;
                    ++owed[engine][other];
                }
            }
            descs_.push_back(desc);
        }
    }

    void run() {
        Vdut &dut = *now_.dut;
        model m;
        size_t next = 0;
        dut.start_i = 1;
        now_.settle();
        assert_true(dut.go_o);
        now_.edge();
        dut.start_i = 0;
        for (bool done = false; !done; ++m.cycle) {
            assert_true(m.cycle < 100000);
            // Dispatch now and then, when there is room.
            dut.dispatch_i = 0;
            const bool ended = next == descs_.size();
            const int target = ended ? engines : tsr_desc_engine(&descs_[next]);
            if (!ended) {
                put(dut.dispatch_desc_i, descs_[next]);
            }
            const bool goes = !ended && m.fifo[target].size() < TSR_UARCH_COMMAND_FIFO_DEPTH &&
                              random_.percent(60);
            if (goes) {
                dut.dispatch_i = static_cast<uint8_t>(1 << target);
            }
            dut.end_i = ended;
            dut.done_i = 0;
            dut.issue_i = m.running[TSR_ENGINE_COMPUTE] && random_.percent(70);
            for (int e = 0; e < engines; ++e) {
                dut.done_i = static_cast<uint8_t>(
                    dut.done_i | (m.running[e] && m.ends[e] == m.cycle ? 1 << e : 0));
            }
            now_.settle();
            done = compare(m, ended);
            advance(m, done);
            if (goes) {
                m.fifo[target].push_back(static_cast<uint32_t>(next++));
            }
            now_.edge();
        }
        check_counters(m);
        step();
        step();
        assert_false(dut.running_o);
    }

    /** Halts in the middle; nothing starts while bursts are outstanding, then the units are cleared once. */
    void stop(bool by_error) {
        Vdut &dut = *now_.dut;
        dut.start_i = 1;
        step();
        dut.start_i = 0;
        tsr_desc desc = {};
        desc.header.opcode = TSR_OP_STORE;
        desc.header.units = 1;
        put(dut.dispatch_desc_i, desc);
        dut.quiet_i = 7;
        if (by_error) {
            dut.error_i = 1 << TSR_PORT_STORE;
            std::memset(&dut.error_address_i, 0x5a, sizeof dut.error_address_i);
            dut.error_response_i = 2 << 2 * TSR_PORT_STORE;
        } else {
            dut.abort_i = 1;
        }
        now_.settle();
        assert_int_equal(dut.set_error_o, by_error);
        assert_int_equal(dut.set_aborted_o, !by_error);
        if (by_error) {
            assert_int_equal(dut.error_code_o, 1 << TSR_REG_ERROR_CODE_WRITE_RESPONSE_BIT |
                                                   2 << TSR_REG_ERROR_CODE_RESPONSE_BIT |
                                                   TSR_PORT_STORE << TSR_REG_ERROR_CODE_PORT_BIT);
            assert_int_equal(dut.error_address_o, 0x5a5a5a5a5a);
        }
        now_.edge();
        dut.error_i = 0;
        dut.abort_i = 0;
        dut.dispatch_i = 1 << TSR_ENGINE_STORE;  // one that was on its way
        for (int i = 0; i < 20; ++i) {
            now_.settle();
            assert_true(dut.halt_o && dut.draining_o && dut.unit_rst_no);
            assert_int_equal(dut.start_o, 0);
            now_.edge();
            dut.dispatch_i = 0;
        }
        dut.quiet_i = 15;
        step();
        now_.settle();
        assert_false(dut.unit_rst_no);
        assert_true(dut.halt_o);
        now_.edge();
        now_.settle();
        assert_true(dut.unit_rst_no);
        assert_false(dut.running_o || dut.halt_o);
    }

    /** A descriptor that no engine can run ends the run, with its tag as the address. */
    void refuse() {
        Vdut &dut = *now_.dut;
        start();
        tsr_desc desc = {};
        desc.header.opcode = TSR_OP_STORE;
        desc.header.units = 1;
        desc.header.tag = 0x1234567;
        put(dut.dispatch_desc_i, desc);
        dut.bad_i = 1;
        now_.settle();
        assert_true(dut.set_error_o);
        assert_int_equal(dut.error_code_o, 1 << TSR_REG_ERROR_CODE_DESCRIPTOR_BIT);
        assert_int_equal(dut.error_address_o, 0x1234567);
        now_.edge();
        dut.bad_i = 0;
        come_to_rest();
    }

    /** One token more than a counter holds. */
    void overflow() {
        Vdut &dut = *now_.dut;
        start();
        tsr_desc desc = {};
        desc.header.opcode = TSR_OP_LOAD_FEATURE;
        desc.header.units = 1;
        desc.header.push = 1 << TSR_ENGINE_COMPUTE;
        put(dut.dispatch_desc_i, desc);
        const int64_t most = (INT64_C(1) << TSR_UARCH_TOKEN_COUNTER_BITS) - 1;
        for (int64_t given = 0; given <= most; ++given) {
            dut.dispatch_i = 1 << TSR_ENGINE_LOAD_FEATURE;
            step();
            dut.dispatch_i = 0;
            step();  // starts
            dut.done_i = 1 << TSR_ENGINE_LOAD_FEATURE;
            now_.settle();
            assert_int_equal(dut.set_error_o, given == most);
            if (given == most) {
                assert_int_equal(dut.error_code_o, 1 << TSR_REG_ERROR_CODE_TOKEN_OVERFLOW_BIT);
                assert_int_equal(dut.error_address_o, 0);
            }
            now_.edge();
            dut.done_i = 0;
        }
        come_to_rest();
    }

    /** A soft reset without a run clears the units once, and what is known of the last run. */
    void reset_at_rest() {
        Vdut &dut = *now_.dut;
        bool forgotten = false;
        dut.soft_reset_i = 1;
        now_.settle();
        forgotten = dut.forget_o != 0;
        now_.edge();
        dut.soft_reset_i = 0;
        now_.settle();
        assert_false(dut.unit_rst_no);
        forgotten = forgotten || dut.forget_o != 0;
        assert_true(forgotten);
        now_.edge();
        now_.settle();
        assert_true(dut.unit_rst_no);
        assert_false(dut.running_o || dut.halt_o || dut.set_aborted_o);
    }

private:
    void start() {
        now_.dut->start_i = 1;
        step();
        now_.dut->start_i = 0;
    }

    /** Nothing is outstanding: a cycle of draining, one in which the units are cleared. */
    void come_to_rest() {
        const Vdut &dut = *now_.dut;
        now_.settle();
        assert_true(dut.halt_o && dut.draining_o);
        now_.edge();
        now_.settle();
        assert_false(dut.unit_rst_no);
        now_.edge();
        now_.settle();
        assert_true(dut.unit_rst_no);
        assert_false(dut.running_o || dut.halt_o);
    }

    template <class Pin>
    static void put(Pin &pin, const tsr_desc &desc) {
        tsr_error err = {};
        uint8_t bytes[128] = {};
        assert_ok(tsr_desc_encode(&desc, bytes, &err), err);
        std::memcpy(&pin, bytes, sizeof bytes);
    }

    void step() {
        now_.settle();
        now_.edge();
    }

    /** Outputs of the cycle; true when the run is done. */
    bool compare(const model &m, bool ended) {
        const Vdut &dut = *now_.dut;
        bool idle = true;
        for (int e = 0; e < engines; ++e) {
            const bool ready = !m.running[e] && !m.fifo[e].empty() &&
                               m.has_tokens(e, descs_[m.fifo[e].front()].header.pop);
            assert_int_equal(dut.start_o >> e & 1, ready);
            assert_int_equal(dut.room_o >> e & 1, m.fifo[e].size() < TSR_UARCH_COMMAND_FIFO_DEPTH);
            assert_int_equal(dut.ev_complete_o >> e & 1, m.running[e] && m.ends[e] == m.cycle);
            const auto *tags = reinterpret_cast<const uint32_t *>(&dut.ev_start_tag_o);
            if (ready) {
                assert_int_equal(tags[e], m.fifo[e].front());
            } else if (m.running[e]) {
                assert_int_equal(tags[e], m.index[e]);
            }
            idle = idle && !m.running[e] && m.fifo[e].empty();
        }
        assert_int_equal(dut.ev_cycle_o, m.cycle);
        assert_int_equal(dut.ev_done_o, ended && idle);
        assert_false(dut.set_error_o || dut.halt_o);
        return ended && idle;
    }

    void advance(model &m, bool done) {
        for (int e = 0; e < engines && !done; ++e) {
            m.busy[e] += m.running[e];
        }
        const model before = m;
        for (int e = 0; e < engines; ++e) {
            if (before.running[e] && before.ends[e] == before.cycle) {
                m.running[e] = false;
                for (int to = 0; to < engines; ++to) {
                    m.tokens[e][to] +=
                        static_cast<int>(descs_[before.index[e]].header.push >> to & 1);
                }
            } else if (!before.running[e] && !before.fifo[e].empty() &&
                       before.has_tokens(e, descs_[before.fifo[e].front()].header.pop)) {
                m.index[e] = before.fifo[e].front();
                m.fifo[e].pop_front();
                m.running[e] = true;
                m.ends[e] = before.cycle + static_cast<uint64_t>(random_.pick(1, 40));
                for (int from = 0; from < engines; ++from) {
                    m.tokens[from][e] -=
                        static_cast<int>(descs_[m.index[e]].header.pop >> from & 1);
                }
            }
        }
    }

    /** Cycles, causes that sum to them, busy cycles. */
    void check_counters(const model &m) const {
        const auto *words = reinterpret_cast<const uint64_t *>(&now_.dut->counters_o);
        assert_int_equal(words[0], m.cycle - 1);
        uint64_t sum = 0;
        for (int i = 1; i <= 6; ++i) {
            sum += words[i];
        }
        assert_int_equal(sum, m.cycle - 1);
        for (int e = 0; e < engines; ++e) {
            assert_int_equal(words[7 + e], m.busy[e]);
        }
    }

    random_source random_;
    clocked now_;
    std::vector<tsr_desc> descs_;
};

void starts_tokens_and_done_keep_the_rules(void **) {
    control_bench bench(seed);
    for (int i = 0; i < 60; ++i) {
        bench.make(1 + i * 3);
        bench.run();  // tokens left over by one run are gone in the next
    }
}

void an_error_or_abort_drains_and_then_clears(void **) {
    control_bench bench(seed);
    bench.stop(true);
    bench.stop(false);
    bench.make(50);
    bench.run();
}

void a_refused_descriptor_ends_the_run(void **) {
    control_bench bench(seed);
    bench.refuse();
    bench.make(50);
    bench.run();
}

void a_token_too_many_ends_the_run(void **) {
    control_bench bench(seed);
    bench.overflow();
    bench.make(50);
    bench.run();
}

void a_soft_reset_at_rest_clears_and_forgets(void **) {
    control_bench bench(seed);
    bench.make(20);
    bench.run();
    bench.reset_at_rest();
    bench.make(50);
    bench.run();
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(starts_tokens_and_done_keep_the_rules),
        cmocka_unit_test(an_error_or_abort_drains_and_then_clears),
        cmocka_unit_test(a_refused_descriptor_ends_the_run),
        cmocka_unit_test(a_token_too_many_ends_the_run),
        cmocka_unit_test(a_soft_reset_at_rest_clears_and_forgets),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
