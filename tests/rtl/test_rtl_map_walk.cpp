// SPDX-License-Identifier: Apache-2.0
// tsr_map_walk against map_view.h: every column as origin for every bank stride, so every quotient of its dividers, and
// walks over random maps.
#include "rtl/rtl_bench.hpp"

extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"  // compound literals in a C header
#include "program/map_view.h"
#pragma GCC diagnostic pop
}

namespace {

using namespace bench;

constexpr int64_t line_mask = (int64_t{1} << RTL_LineW) - 1;

class walk_bench {
public:
    void load(const tsr_map_view &map, int64_t y0, int64_t x0) {
        Vdut &dut = *now_.dut;
        dut.base_i = static_cast<uint32_t>(map.base);
        dut.row_pitch_i = static_cast<uint16_t>(map.row_pitch);
        dut.plane_pitch_i = static_cast<uint32_t>(map.plane_pitch);
        dut.bank_stride_i = static_cast<uint8_t>(map.bank_stride);
        dut.y0_i = static_cast<uint16_t>(y0);
        dut.x0_i = static_cast<uint16_t>(x0);
        dut.step_i = 0;
        for (int i = 0; i < 3; ++i) {  // the first pixel is there three cycles later
            dut.load_i = i == 0;
            now_.settle();
            now_.edge();
        }
    }

    void expect(const tsr_map_view &map, int64_t plane, int64_t y, int64_t x) {
        now_.settle();
        const int64_t line =
            tsr_map_row_line(&map, plane, y) + tsr_map_column_line(&map, RTL_Tp, x);
        assert_int_equal(now_.dut->line_o, line & line_mask);
        assert_int_equal(now_.dut->bank_o, tsr_map_column_bank(&map, RTL_Tp, x));
    }

    void step(bool row_end, bool plane_end) {
        now_.dut->step_i = 1;
        now_.dut->row_end_i = row_end;
        now_.dut->plane_end_i = plane_end;
        now_.settle();
        now_.edge();
        now_.dut->step_i = 0;
    }

private:
    clocked now_;
};

void every_column_is_found_as_origin(void **) {
    walk_bench bench;
    for (int64_t stride = 1; stride < 8; ++stride) {
        for (int64_t x0 = 0; x0 < 1 << 14; ++x0) {
            const tsr_map_view map = {5, 3, 7, stride, 0};
            bench.load(map, 0, x0);
            bench.expect(map, 0, 0, x0);
        }
    }
}

void every_row_is_found_as_origin(void **) {
    walk_bench bench;
    for (int64_t y0 = 0; y0 < 1 << 14; y0 += y0 < 300 ? 1 : 7) {
        const tsr_map_view map = {1000, (y0 * 31 + 1) & 0x3fff, 7, 2, 0};
        bench.load(map, y0, 0);
        bench.expect(map, 0, y0, 0);
    }
}

void a_walk_passes_every_pixel_in_order(void **) {
    walk_bench bench;
    random_source random(seed);
    for (int i = 0; i < 300; ++i) {
        const tsr_map_view map = {random.pick(0, 9999), random.pick(0, 200), random.pick(0, 3000),
                                  random.pick(1, 7), 0};
        const int64_t planes = random.pick(1, 3);
        const int64_t rows = random.pick(1, 4);
        const int64_t width = random.pick(1, 40);
        const int64_t y0 = random.pick(0, 100);
        const int64_t x0 = random.pick(0, 100);
        bench.load(map, y0, x0);
        for (int64_t p = 0; p < planes; ++p) {
            for (int64_t y = 0; y < rows; ++y) {
                for (int64_t x = 0; x < width; ++x) {
                    bench.expect(map, p, y0 + y, x0 + x);
                    bench.step(x == width - 1, x == width - 1 && y == rows - 1);
                }
            }
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_found_as_origin),
        cmocka_unit_test(every_row_is_found_as_origin),
        cmocka_unit_test(a_walk_passes_every_pixel_in_order),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
