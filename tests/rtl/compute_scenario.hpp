// SPDX-License-Identifier: Apache-2.0
// Random legal conv and pool descriptors for the bench of tsr_compute, and the places their maps have in the pool.
#ifndef TESSERA_TESTS_RTL_COMPUTE_SCENARIO_HPP
#define TESSERA_TESTS_RTL_COMPUTE_SCENARIO_HPP

#include "rtl_bench.hpp"

// Compound literals in C headers: the compilers take them in C++ too, as an extension.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
extern "C" {
#include <tessera/program.h>

#include "interpreter/datapath.h"
#include "program/desc_check.h"
}
#pragma GCC diagnostic pop

namespace bench {

constexpr int32_t feature_sectors = 8;

/** The architecture of this bench's parameters. */
inline tsr_arch made_arch() {
    tsr_arch arch = {};
    tsr_error err = {};
    (void)std::snprintf(arch.name, sizeof arch.name, "bench");
    (void)std::snprintf(arch.device, sizeof arch.device, "none");
    arch.clock_hz = 100000000;
    arch.tm = RTL_Tm;
    arch.tn = RTL_Tn;
    arch.tp = RTL_Tp;
    arch.wp = RTL_Wp;
    arch.activation_bits = RTL_Aw;
    arch.feature_sectors = feature_sectors;
    arch.feature_buffer_bytes = static_cast<int64_t>(RTL_FeatureLines) * tsr_arch_line_bytes(&arch);
    arch.weight_buffer_bytes =
        static_cast<int64_t>(RTL_WeightWords) * tsr_arch_weight_word_bytes(&arch);
    arch.parameter_channels = RTL_ParameterChannels;
    arch.axi_data_bits = 64;
    arch.max_burst_beats = 16;
    arch.max_outstanding_bursts = 8;
    assert_ok(tsr_dram_preset("ideal", &arch.dram, &err), err);
    arch.dram.accelerator_clock_hz = arch.clock_hz;
    assert_ok(tsr_arch_check(&arch, &err), err);
    return arch;
}

/** Draws descriptors; every one of them passes tsr_desc_check. */
class scenario_source {
public:
    scenario_source(random_source &random, const tsr_arch &arch) : random_(random), arch_(arch) {}

    tsr_desc conv() {
        for (;;) {
            tsr_desc desc = drawn_conv();
            if (is_legal(desc)) {
                return desc;
            }
        }
    }

    tsr_desc pool() {
        for (;;) {
            tsr_desc desc = drawn_pool();
            if (is_legal(desc)) {
                return desc;
            }
        }
    }

    /** One tile, to be summed over several descriptors by the caller. */
    tsr_desc one_tile() {
        for (;;) {
            tsr_desc desc = drawn_conv();
            tsr_desc_conv &d = desc.u.conv;
            d.m_groups = 1;
            d.out_h = 1;
            d.out_w = random_.pick(1, arch_.tp);
            d.max_pool_2x2 = 0;
            draw_rings(d);
            place(desc);
            if (is_legal(desc)) {
                return desc;
            }
        }
    }

private:
    struct map_size {
        int64_t planes, h, w, stride, y0, x0, wrap;
    };

    bool is_legal(const tsr_desc &desc) const {
        return next_line_ <= RTL_FeatureLines &&
               tsr_desc_check(&arch_, &desc, UINT64_MAX >> 1, nullptr) == TSR_OK;
    }

    int64_t origin(bool column) {
        return random_.percent(10) ? random_.pick(0, column ? 90 : 20) : random_.pick(0, 3);
    }

    /** Lines of its own, planes outside or rows outside, at a random origin. */
    tsr_map_view placed(const map_size &size) {
        const int64_t span = size.stride * arch_.tp;
        const int64_t row = (size.x0 + size.w + span - 1) / span * size.stride;
        const int64_t rows = size.wrap != 0 ? size.wrap : size.y0 + size.h;
        const bool plane_major = random_.percent(50);
        tsr_map_view map = {};
        map.base = next_line_;
        map.bank_stride = size.stride;
        map.row_pitch = plane_major ? row : row * size.planes;
        map.plane_pitch = plane_major ? row * rows : row;
        next_line_ += row * rows * size.planes;
        return map;
    }

    void start_sector() {
        const int64_t lines = RTL_FeatureLines / feature_sectors;
        next_line_ = (next_line_ + lines - 1) / lines * lines;
    }

    /** Input, residual (from another sector on) and output. */
    void place(tsr_desc &desc) {
        tsr_desc_conv &d = desc.u.conv;
        const int64_t half = d.max_pool_2x2 != 0 ? 2 : 1;
        const int64_t planes = d.m_groups * (arch_.tm / arch_.tn);
        next_line_ = random_.pick(0, 5);
        const tsr_map_view in = placed({(d.m_groups - 1) * d.group_planes + d.in_planes, d.in_h,
                                        d.in_w, d.in_bank_stride, d.in_y0, d.in_x0, d.in_wrap});
        start_sector();
        tsr_map_view side = {};
        if (d.residual != 0) {
            side = placed({planes, d.out_h, d.out_w, d.residual_bank_stride, d.residual_y0,
                           d.residual_x0, d.residual_wrap});
        }
        const tsr_map_view out =
            placed({planes, out_rows(d), (d.out_w / half - 1) * step(d.out_step_w) + 1,
                    d.out_bank_stride, d.out_y0, d.out_x0, d.out_wrap});
        d.in_base = in.base;
        d.in_row_pitch = in.row_pitch;
        d.in_plane_pitch = in.plane_pitch;
        d.residual_base = side.base;
        d.residual_row_pitch = side.row_pitch;
        d.residual_plane_pitch = side.plane_pitch;
        d.out_base = out.base;
        d.out_row_pitch = out.row_pitch;
        d.out_plane_pitch = out.plane_pitch;
    }

    static int64_t step(int64_t field) { return field == 0 ? 1 : field; }

    static int64_t out_rows(const tsr_desc_conv &d) {
        return (d.out_h / (d.max_pool_2x2 != 0 ? 2 : 1) - 1) * step(d.out_step_h) + 1;
    }

    /** A ring that holds so many rows, and often no more; or none. The origin is one of its rows. */
    int64_t ring(int64_t rows, int64_t &y0) {
        if (rows < 1 || !random_.percent(40)) {
            return 0;
        }
        const int64_t wrap = rows + (random_.percent(50) ? 0 : random_.pick(0, 4));
        y0 = random_.percent(70) ? wrap - random_.pick(1, wrap) : y0 % wrap;
        return wrap;
    }

    void draw_rings(tsr_desc_conv &d) {
        d.in_wrap = ring(d.in_h, d.in_y0);
        d.out_wrap = ring(out_rows(d), d.out_y0);
        d.residual_wrap = d.residual != 0 ? ring(d.out_h, d.residual_y0) : 0;
    }

    /** Weight form, planes of the groups, steps between output pixels. */
    void draw_form(tsr_desc_conv &d) {
        const int64_t slots = arch_.tm / arch_.tn;
        const bool dense = random_.percent(60);
        d.weight_form = dense ? int64_t{TSR_WEIGHTS_DENSE}
                              : random_.pick(TSR_WEIGHTS_DIAGONAL, TSR_WEIGHTS_ONES);
        d.ones_weight = d.weight_form == TSR_WEIGHTS_ONES ? random_.pick(1, 2) : 0;
        if (d.weight_form != TSR_WEIGHTS_DENSE) {
            d.in_planes = random_.pick(1, slots);
            d.group_planes = random_.percent(60) ? slots : random_.pick(0, 3);
        } else if (random_.percent(30)) {
            d.group_planes = random_.percent(50) ? d.in_planes : random_.pick(1, 4);
        }
        if (d.max_pool_2x2 == 0 && random_.percent(25)) {
            d.out_step_h = random_.pick(0, 4);
            d.out_step_w = random_.pick(0, 4);
        }
    }

    /** Padding of the low side, and the output extent that leaves some padding on the high side. */
    int64_t extent_out(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
        const int64_t after = random_.percent(60) ? random_.pick(0, 3) : 0;
        return (in + pad + after - dilation * (kernel - 1) - 1) / stride + 1;
    }

    /** One tile of one operand a group: groups follow one another as fast as can be. */
    void draw_speck(tsr_desc_conv &d) {
        d.kernel_h = d.kernel_w = d.stride_h = d.stride_w = d.dilation_h = d.dilation_w = 1;
        d.in_planes = d.in_h = d.out_h = d.in_bank_stride = 1;
        d.in_w = d.out_w = random_.pick(1, arch_.tp);
    }

    void draw_window(tsr_desc_conv &d, int64_t most_dilation) {
        if (random_.percent(8)) {
            draw_speck(d);
            return;
        }
        const bool tiny = random_.percent(35);  // L small against D
        d.kernel_h = tiny ? 1 : random_.pick(1, 4);
        d.kernel_w = tiny ? random_.pick(1, 2) : random_.pick(1, 4);
        d.stride_h = random_.percent(60) ? 1 : random_.pick(1, 4);
        d.stride_w = random_.percent(60) ? 1 : random_.pick(1, 4);
        d.dilation_h = random_.percent(70) ? 1 : random_.pick(1, most_dilation);
        d.dilation_w = random_.percent(70) ? 1 : random_.pick(1, most_dilation);
        d.in_planes = tiny ? 1 : random_.pick(1, 3);
        d.in_h = random_.pick(1, 9);
        d.in_w = random_.pick(1, random_.percent(20) ? 40 : 12);
        d.pad_top = random_.percent(60) ? random_.pick(0, 3) : 0;
        d.pad_left = random_.percent(60) ? random_.pick(0, 3) : 0;
        d.pad_mode_top = random_.pick(0, 2);
        d.pad_mode_left = random_.pick(0, 2);
        d.pad_mode_bottom = random_.pick(0, 2);
        d.pad_mode_right = random_.pick(0, 2);
        d.in_bank_stride = random_.percent(85) ? d.stride_w : random_.pick(1, 7);
        d.out_h = extent_out(d.in_h, d.kernel_h, d.stride_h, d.dilation_h, d.pad_top);
        d.out_w = extent_out(d.in_w, d.kernel_w, d.stride_w, d.dilation_w, d.pad_left);
    }

    tsr_desc drawn_conv() {
        const int64_t limit = int64_t{1} << (arch_.activation_bits - 1);
        tsr_desc desc = {};
        desc.header.opcode = TSR_OP_CONV;
        desc.header.units = 2;
        tsr_desc_conv &d = desc.u.conv;
        draw_window(d, 3);
        d.in_y0 = origin(false);
        d.in_x0 = origin(true);
        d.in_zero_point = random_.pick(-limit, limit - 1);
        d.m_groups = random_.pick(1, 3);
        d.max_pool_2x2 = d.out_h >= 2 && d.out_w >= 2 && random_.percent(45);
        d.accumulate_first = 1;
        d.accumulate_last = 1;
        d.weight_base = random_.pick(0, 40);
        d.parameter_base = random_.pick(0, 3);
        d.out_bank_stride = random_.percent(70) ? 1 : random_.pick(1, 7);
        d.out_y0 = origin(false);
        d.out_x0 = origin(true);
        draw_form(d);
        d.residual = random_.percent(40);
        if (d.residual != 0) {
            d.residual_bank_stride = random_.percent(80) ? 1 : random_.pick(1, 7);
            d.residual_y0 = origin(false);
            d.residual_x0 = origin(true);
            d.residual_multiplier = random_.pick(int64_t{1} << 30, INT32_MAX);
            d.residual_shift = random_.percent(80) ? random_.pick(29, 34) : random_.pick(1, 62);
            d.residual_zero_point = random_.pick(-limit, limit - 1);
        }
        d.rounding = random_.pick(0, TSR_ROUNDING_COUNT - 1);
        d.out_zero_point = random_.pick(-limit / 4, limit / 4);
        d.clamp_lo = random_.percent(50) ? -limit : random_.pick(-limit, d.out_zero_point);
        d.clamp_hi = random_.percent(50) ? limit - 1 : random_.pick(d.out_zero_point, limit - 1);
        draw_rings(d);
        place(desc);
        return desc;
    }

    tsr_desc drawn_pool() {
        tsr_desc_conv c = {};
        draw_window(c, 1);
        tsr_desc desc = {};
        desc.header.opcode = TSR_OP_POOL;
        desc.header.units = 2;
        tsr_desc_pool &d = desc.u.pool;
        d.planes = random_.pick(1, 4);
        d.in_bank_stride = c.in_bank_stride;
        d.in_y0 = origin(false);
        d.in_x0 = origin(true);
        d.in_h = c.in_h;
        d.in_w = c.in_w;
        d.kernel_h = c.kernel_h;
        d.kernel_w = c.kernel_w;
        d.stride_h = c.stride_h;
        d.stride_w = c.stride_w;
        d.pad_top = c.pad_top;
        d.pad_left = c.pad_left;
        d.out_h = c.out_h;
        d.out_w = c.out_w;
        d.out_bank_stride = random_.percent(70) ? 1 : random_.pick(1, 7);
        d.out_y0 = origin(false);
        d.out_x0 = origin(true);
        d.in_wrap = ring(d.in_h, d.in_y0);
        d.out_wrap = ring(d.out_h, d.out_y0);
        next_line_ = random_.pick(0, 5);
        const tsr_map_view in =
            placed({d.planes, d.in_h, d.in_w, d.in_bank_stride, d.in_y0, d.in_x0, d.in_wrap});
        const tsr_map_view out =
            placed({d.planes, d.out_h, d.out_w, d.out_bank_stride, d.out_y0, d.out_x0, d.out_wrap});
        d.in_base = in.base;
        d.in_row_pitch = in.row_pitch;
        d.in_plane_pitch = in.plane_pitch;
        d.out_base = out.base;
        d.out_row_pitch = out.row_pitch;
        d.out_plane_pitch = out.plane_pitch;
        return desc;
    }

    random_source &random_;
    const tsr_arch &arch_;
    int64_t next_line_ = 0;
};

}  // namespace bench

#endif
