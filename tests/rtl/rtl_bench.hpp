// SPDX-License-Identifier: Apache-2.0
// What every bench of a Verilated module needs: the clock, a seed, an AXI memory that stalls, expected addresses.
//
// A cycle is: drive inputs, settle(), look at outputs, edge(). Cycles are counted as in sim/machine/README.md.
#ifndef TESSERA_TESTS_RTL_RTL_BENCH_HPP
#define TESSERA_TESTS_RTL_RTL_BENCH_HPP

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vdut.h"
#include "verilated.h"

extern "C" {
#include "support/test.h"
}

// Verilated runtime asks for it.
inline double sc_time_stamp() {
    return 0;
}

namespace bench {

inline uint64_t seed = 1;

/** Prints the seed of the run; argv[1] sets it. */
inline void begin(int argc, char **argv) {
    if (argc > 1) {
        seed = std::strtoull(argv[1], nullptr, 0);
    }
    (void)std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
}

/** xorshift64*. */
class random_source {
public:
    explicit random_source(uint64_t start) : state_(start * 0x9E3779B97F4A7C15U + 0x1234567) {}

    uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1DU;
    }

    /** low ... high, both possible. */
    int64_t pick(int64_t low, int64_t high) {
        return low + static_cast<int64_t>(next() >> 8) % (high - low + 1);
    }

    bool percent(int64_t chance) { return pick(0, 99) < chance; }

private:
    uint64_t state_;
};

/** A port's type depends on its width: the value, in that type. */
template <class Port, class Value>
void set_port(Port &port, Value value) {
    port = static_cast<Port>(value);
}

/** The module under its clock; a template so that modules without one can be tested too. */
template <class Dut>
class clocked_of {
public:
    clocked_of() : dut(std::make_unique<Dut>(&context_, "dut")) {}

    void settle() {
        dut->clk_i = 0;
        dut->eval();
    }

    void edge() {
        dut->clk_i = 1;
        dut->eval();
        ++cycle;
    }

private:
    VerilatedContext context_;

public:
    std::unique_ptr<Dut> dut;
    uint64_t cycle = 0;
};

using clocked = clocked_of<Vdut>;

/** Percentages of the cycles in which the outside is ready or has something. */
struct stalls {
    int64_t address_ready, beat;
};

constexpr stalls stall_sweep[] = {{100, 100}, {100, 50}, {50, 100}, {20, 90}, {90, 10}, {60, 60}};

struct burst {
    uint64_t address;
    uint32_t beats;
};

/** Bursts a master has to ask for, and the cycle from which it may; checks the address channel every cycle. */
class expected_bursts {
public:
    explicit expected_bursts(uint64_t limit) : limit_(limit) {}

    void add(uint64_t address, uint32_t beats) { list_.push_back({address, beats}); }

    void open_from(uint64_t cycle) { earliest_ = cycle; }

    /** In this cycle: is an address on offer exactly when the rules say so, and which? */
    void check(uint64_t cycle, bool valid, uint64_t address, uint32_t length_field) const {
        const bool due = !list_.empty() && cycle >= earliest_ && outstanding_ < limit_;
        if (valid != due) {
            fail_msg("cycle %llu: address %s offered", static_cast<unsigned long long>(cycle),
                     valid ? "wrongly" : "not");
        }
        if (valid) {
            assert_int_equal(address, list_.front().address);
            assert_int_equal(length_field + 1, list_.front().beats);
        }
    }

    burst take() {
        const burst taken = list_.front();
        list_.pop_front();
        ++outstanding_;
        return taken;
    }

    void answered() { --outstanding_; }

    bool empty() const { return list_.empty(); }

    uint64_t outstanding() const { return outstanding_; }

private:
    std::deque<burst> list_;
    uint64_t limit_;
    uint64_t earliest_ = 0;
    uint64_t outstanding_ = 0;
};

/** Memory behind a read port: answers in order, valid stays up until taken. */
template <class Dut>
class read_memory {
public:
    read_memory(std::vector<uint8_t> &bytes, uint32_t beat_bytes, random_source &random)
        : bytes_(bytes), beat_bytes_(beat_bytes), random_(random) {}

    /** Inputs of the cycle. */
    void drive(Dut &dut, const stalls &how) {
        dut.arready_i = random_.percent(how.address_ready);
        if (!offered_) {
            offered_ = !flight_.empty() && random_.percent(how.beat);
        }
        dut.rvalid_i = offered_;
        dut.rid_i = id_;
        dut.rresp_i = 0;
        if (offered_) {
            dut.rlast_i = left_ == 1;
            dut.rresp_i = flight_.front().address == bad_address ? 2 : 0;
            std::memcpy(&dut.rdata_i, &bytes_[at_], beat_bytes_);
        }
    }

    /** After settling: takes what was handed over; returns true for a beat, with `last`. */
    bool observe(Dut &dut, expected_bursts &expected, bool &last) {
        const bool beat = dut.rvalid_i && dut.rready_o;
        last = beat && dut.rlast_i;
        if (beat) {
            offered_ = false;
            at_ += beat_bytes_;
            if (--left_ == 0) {
                flight_.pop_front();
                enter();
            }
        }
        if (dut.arvalid_o && dut.arready_i) {
            id_ = dut.arid_o;
            flight_.push_back(expected.take());
            if (flight_.size() == 1) {
                enter();
            }
        }
        if (last) {
            expected.answered();
        }
        return beat;
    }

    uint64_t bad_address = UINT64_MAX; /**< the burst of this address is answered with SLVERR */

private:
    void enter() {
        if (!flight_.empty()) {
            at_ = flight_.front().address;
            left_ = flight_.front().beats;
        }
    }

    std::vector<uint8_t> &bytes_;
    uint32_t beat_bytes_;
    random_source &random_;
    std::deque<burst> flight_;
    uint64_t at_ = 0;
    uint32_t left_ = 0;
    uint8_t id_ = 0;
    bool offered_ = false;
};

}  // namespace bench

#endif
