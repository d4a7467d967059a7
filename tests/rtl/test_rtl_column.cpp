// SPDX-License-Identifier: Apache-2.0
// tsr_column against the address formula of tessera/program.h: every column of 15 bits under every bank stride.
#include "rtl_bench.hpp"

namespace {

using namespace bench;

void every_column_has_the_line_and_bank_of_the_formula(void **state) {
    (void)state;
    clocked clock;
    for (int64_t stride = 1; stride <= 7; ++stride) {
        set_port(clock.dut->stride_i, stride);
        for (int64_t x = 0; x < (1 << 15); ++x) {
            set_port(clock.dut->x_i, x);
            clock.settle();
            clock.edge();
            clock.settle();
            const int64_t line = x / (stride * RTL_Tp) * stride + x % stride;
            const int64_t bank = x / stride % RTL_Tp;
            if (clock.dut->line_o != line || clock.dut->bank_o != bank) {
                fail_msg("stride %d, column %d: line %d, bank %d", static_cast<int>(stride),
                         static_cast<int>(x), static_cast<int>(clock.dut->line_o),
                         static_cast<int>(clock.dut->bank_o));
            }
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_has_the_line_and_bank_of_the_formula),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
