// SPDX-License-Identifier: Apache-2.0
// tsr_pad against tsr_pad_index: every mode on both sides, all positions around small maps and the ends of large ones.
#include "rtl_bench.hpp"

extern "C" {
#include <tessera/kernels.h>
}

namespace {

using namespace bench;

void check(Vdut &dut, int32_t position, int32_t extent, int32_t low, int32_t high) {
    dut.position_i = static_cast<uint32_t>(position) & 0xFFFFF;
    set_port(dut.extent_i, extent);
    set_port(dut.low_i, low);
    set_port(dut.high_i, high);
    dut.eval();
    const int32_t due = tsr_pad_index(position, extent, static_cast<tsr_pad_mode>(low),
                                      static_cast<tsr_pad_mode>(high));
    if (dut.inside_o != (due >= 0) || (due >= 0 && dut.source_o != due)) {
        fail_msg("position %d of %d, modes %d %d: inside %d, source %d, the reference says %d",
                 position, extent, low, high, dut.inside_o, dut.source_o, due);
    }
}

/** Reflect is defined less than one extent away from the map; the others everywhere. */
void check_extent(Vdut &dut, int32_t extent, int32_t from, int32_t to) {
    for (int32_t position = from; position <= to; ++position) {
        for (int32_t modes = 0; modes < 9; ++modes) {
            const int32_t low = modes / 3;
            const int32_t high = modes % 3;
            const bool low_fits = low != TSR_PAD_REFLECT || position > -extent;
            const bool high_fits = high != TSR_PAD_REFLECT || position <= 2 * (extent - 1);
            if (low_fits && high_fits) {
                check(dut, position, extent, low, high);
            }
        }
    }
}

void padding_reads_what_the_reference_reads(void **state) {
    (void)state;
    VerilatedContext context;
    Vdut dut(&context, "dut");
    for (int32_t extent = 1; extent <= 40; ++extent) {
        check_extent(dut, extent, -90, 130);
    }
    const int32_t large[] = {255, 256, 8191, 8192, 16382, 16383};
    for (const int32_t extent : large) {
        check_extent(dut, extent, -300, 20);
        check_extent(dut, extent, extent - 20, extent + 300);
        check_extent(dut, extent, 2 * extent - 20, 2 * extent + 20);
    }
    check_extent(dut, 5, 262000, 262143);  // the largest output position times stride
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_reads_what_the_reference_reads),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
