// SPDX-License-Identifier: Apache-2.0
// tsr_requantizer against tsr_requantize, a value a cycle: random, extreme and tie operands under every rounding rule.
#include "rtl_bench.hpp"

extern "C" {
#include <tessera/kernels.h>
}

namespace {

using namespace bench;

constexpr int latency = 4;

struct operands {
    int64_t value;
    tsr_scale scale;
};

int64_t sign_extended(uint64_t bits) {
    const uint64_t sign = uint64_t{1} << (RTL_ValueW - 1);
    return static_cast<int64_t>(((bits & (2 * sign - 1)) ^ sign)) - static_cast<int64_t>(sign);
}

/** value * 2^30 is an odd multiple of 2^(shift-1): exactly between two results. */
operands tie(random_source &random) {
    operands o = {};
    o.scale.multiplier = 1 << 30;
    const int64_t most = RTL_ValueW < 32 ? RTL_ValueW : 32;
    o.scale.shift = static_cast<int32_t>(random.pick(31, 29 + most));
    const int64_t odd = 2 * random.pick(-1000, 1000) + 1;
    o.value = sign_extended(static_cast<uint64_t>(odd) << (o.scale.shift - 31));
    return o;
}

operands drawn(random_source &random) {
    operands o = {};
    if (random.percent(40)) {
        return tie(random);
    }
    const int64_t bits = random.pick(2, RTL_ValueW);
    o.value = sign_extended(random.next()) >> (RTL_ValueW - bits);
    o.scale.multiplier =
        static_cast<int32_t>(random.percent(70) ? random.pick(int64_t{1} << 30, INT32_MAX)
                                                : random.pick(INT32_MIN, INT32_MAX));
    o.scale.shift = static_cast<int32_t>(random.pick(1, 62));
    if (random.percent(5)) {
        o.value = random.percent(50) ? -(int64_t{1} << (RTL_ValueW - 1))
                                     : (int64_t{1} << (RTL_ValueW - 1)) - 1;
        o.scale.multiplier = random.percent(50) ? INT32_MIN : INT32_MAX;
    }
    return o;
}

bool is_tie(const operands &o) {
    __extension__ typedef __int128 wide;
    const wide product = static_cast<wide>(o.value) * o.scale.multiplier;
    const wide one = static_cast<wide>(1) << o.scale.shift;
    return (product & (one - 1)) == one / 2;
}

void every_rule_gives_the_reference_bits(void **state) {
    (void)state;
    clocked clock;
    random_source random(seed);
    for (int rule = 0; rule < TSR_ROUNDING_COUNT; ++rule) {
        std::deque<operands> flight;
        int ties[2] = {0, 0};
        int saturated = 0;
        for (int i = 0; i < 60000; ++i) {
            const operands o = drawn(random);
            ties[o.value < 0] += is_tie(o);
            flight.push_back(o);
            set_port(clock.dut->rounding_i, rule);
            clock.dut->value_i =
                static_cast<uint64_t>(o.value) & (~uint64_t{0} >> (64 - RTL_ValueW));
            set_port(clock.dut->multiplier_i, o.scale.multiplier);
            set_port(clock.dut->shift_i, o.scale.shift);
            clock.settle();
            if (flight.size() > latency) {
                const operands due = flight.front();
                flight.pop_front();
                const int32_t expected =
                    tsr_requantize(due.value, due.scale, static_cast<tsr_rounding>(rule));
                saturated += expected == INT32_MAX || expected == INT32_MIN;
                if (static_cast<int32_t>(clock.dut->result_o) != expected) {
                    fail_msg("rule %d: %lld * %d >> %d is %d, the reference says %d", rule,
                             static_cast<long long>(due.value), due.scale.multiplier,
                             due.scale.shift, static_cast<int32_t>(clock.dut->result_o), expected);
                }
            }
            clock.edge();
        }
        assert_true(ties[0] > 5000 && ties[1] > 5000);
        assert_true(RTL_ValueW < 32 || saturated > 1000);
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_gives_the_reference_bits),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
