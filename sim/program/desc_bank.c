// SPDX-License-Identifier: Apache-2.0
// Window geometry of conv and pool descriptors, and the rule that no two lanes want two lines of
// one bank.
#include <inttypes.h>

#include "base/check.h"
#include "program/desc_check.h"
#include "program/desc_fields.h"

tsr_axis tsr_desc_axis_y(const tsr_desc *desc) {
    if (desc->header.opcode == TSR_OP_POOL) {
        const tsr_desc_pool *p = &desc->u.pool;
        return (tsr_axis){p->in_h, p->out_h,   p->kernel_h,  p->stride_h,
                          1,       p->pad_top, TSR_PAD_ZERO, TSR_PAD_ZERO};
    }
    const tsr_desc_conv *c = &desc->u.conv;
    return (tsr_axis){c->in_h,
                      c->out_h,
                      c->kernel_h,
                      c->stride_h,
                      c->dilation_h,
                      c->pad_top,
                      (tsr_pad_mode)c->pad_mode_top,
                      (tsr_pad_mode)c->pad_mode_bottom};
}

tsr_axis tsr_desc_axis_x(const tsr_desc *desc) {
    if (desc->header.opcode == TSR_OP_POOL) {
        const tsr_desc_pool *p = &desc->u.pool;
        return (tsr_axis){p->in_w, p->out_w,    p->kernel_w,  p->stride_w,
                          1,       p->pad_left, TSR_PAD_ZERO, TSR_PAD_ZERO};
    }
    const tsr_desc_conv *c = &desc->u.conv;
    return (tsr_axis){c->in_w,
                      c->out_w,
                      c->kernel_w,
                      c->stride_w,
                      c->dilation_w,
                      c->pad_left,
                      (tsr_pad_mode)c->pad_mode_left,
                      (tsr_pad_mode)c->pad_mode_right};
}

int32_t tsr_axis_source(const tsr_axis *axis, int64_t o, int64_t k) {
    const int64_t i = o * axis->stride + k * axis->dilation - axis->pad;
    return tsr_pad_index((int32_t)i, (int32_t)axis->extent, axis->low, axis->high);
}

/** Lanes of one array access: tap k of outputs first..first+lanes-1. */
static tsr_status check_access(const tsr_arch *arch, const tsr_map_view *map, const tsr_axis *axis,
                               const int64_t position[3], tsr_error *err) {
    const int64_t first = position[0];
    const int64_t k = position[1];
    const int64_t x0 = position[2];
    int64_t line_of_bank[16];  // tp is at most 16
    for (int32_t bank = 0; bank < arch->tp; ++bank) {
        line_of_bank[bank] = -1;
    }
    for (int64_t o = first; o < first + arch->tp && o < axis->out; ++o) {
        const int32_t source = tsr_axis_source(axis, o, k);
        if (source < 0) {
            continue;  // padding comes from no bank
        }
        const int64_t x = x0 + source;
        const int64_t bank = tsr_map_column_bank(map, arch->tp, x);
        const int64_t line = tsr_map_column_line(map, arch->tp, x);
        TSR_CHECK(line_of_bank[bank] < 0 || line_of_bank[bank] == line, TSR_ERR_CONFIG, err, "",
                  "bank conflict at output column %" PRId64 ", tap %" PRId64 ": bank %" PRId64
                  " holds two of the pixels (stride %" PRId64 ", in_bank_stride %" PRId64 ")",
                  o, k, bank, axis->stride, map->bank_stride);
        line_of_bank[bank] = line;
    }
    return TSR_OK;
}

/**
 * Where no enumeration is needed. Map stride = axis stride = S: the columns of neighbouring lanes
 * differ by S, so their floor(x / S) are neighbours too and tp of them lie in tp banks; zero
 * padding only takes lanes away. S = 1 with replicate or reflect: the lanes' columns all lie among
 * tp neighbouring ones, folded or not.
 */
static bool is_free_of_conflicts(const tsr_axis *axis, int64_t bank_stride) {
    const bool zero = axis->low == TSR_PAD_ZERO && axis->high == TSR_PAD_ZERO;
    return bank_stride == axis->stride && (zero || axis->stride == 1);
}

tsr_status tsr_bank_check(const tsr_arch *arch, const tsr_desc *desc, tsr_error *err) {
    const bool conv = desc->header.opcode == TSR_OP_CONV;
    const tsr_axis axis = tsr_desc_axis_x(desc);
    const tsr_map_view map =
        conv ? tsr_map_of_conv_in(&desc->u.conv) : tsr_map_of_pool_in(&desc->u.pool);
    const int64_t x0 = conv ? desc->u.conv.in_x0 : desc->u.pool.in_x0;
    if (is_free_of_conflicts(&axis, map.bank_stride)) {
        return TSR_OK;
    }
    for (int64_t first = 0; first < axis.out; first += arch->tp) {
        for (int64_t k = 0; k < axis.kernel; ++k) {
            const int64_t position[3] = {first, k, x0};
            if (check_access(arch, &map, &axis, position, err) != TSR_OK) {
                if (err != NULL) {
                    (void)snprintf(err->where, sizeof err->where, "%s",
                                   tsr_opcode_name(desc->header.opcode));
                }
                return TSR_ERR_CONFIG;
            }
        }
    }
    return TSR_OK;
}
