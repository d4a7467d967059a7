// SPDX-License-Identifier: Apache-2.0
// Checks of one descriptor: DMA, conv and pool, each field against what the machine can do.
#include "program/desc_check.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/checked.h"
#include "program/desc_fields.h"

#define REFUSE_UNLESS(cond, ...) TSR_CHECK(cond, TSR_ERR_CONFIG, err, where, __VA_ARGS__)

enum { STEP_MAX = 4 };

/** Largest column line of columns 0..x. */
static int64_t last_column_line(const tsr_map_view *map, int64_t tp, int64_t x) {
    const int64_t span = map->bank_stride * tp;
    const int64_t in_span = x % span;
    const int64_t top = map->bank_stride - 1;
    return x / span * map->bank_stride + (in_span < top ? in_span : top);
}

/** Last row of the map that is touched; in a ring that is gone round, the ring's last. */
static int64_t last_row(const tsr_map_use *use) {
    const int64_t end = use->y0 + tsr_use_height(use);
    return use->map.wrap > 0 && end > use->map.wrap ? use->map.wrap - 1 : end - 1;
}

static tsr_status check_ring(const tsr_map_use *use, const char *where, tsr_error *err) {
    const int64_t wrap = use->map.wrap;
    REFUSE_UNLESS(
        wrap == 0 || (use->y0 < wrap && tsr_use_height(use) <= wrap),
        "%s is a ring of %" PRId64 " rows: row %" PRId64 " and %" PRId64
        " rows from there, allowed are a first row below the ring's rows and no more rows "
        "than it has",
        use->name, wrap, use->y0, tsr_use_height(use));
    return TSR_OK;
}

/** Inside the pool, and no two pixels of the map in one word (plane-major or row-major
 * interleaving). */
static tsr_status check_map(const tsr_arch *arch, const tsr_map_use *use, const char *where,
                            tsr_error *err) {
    const tsr_map_view *map = &use->map;
    REFUSE_UNLESS(map->bank_stride >= 1, "%s bank_stride is 0, allowed are 1 to 7", use->name);
    REFUSE_UNLESS(use->planes >= 1 && use->h >= 1 && use->w >= 1,
                  "%s has %" PRId64 " planes of %" PRId64 " x %" PRId64
                  " pixels, allowed are 1 and more",
                  use->name, use->planes, use->h, use->w);
    TSR_TRY(check_ring(use, where, err));
    const int64_t column = last_column_line(map, arch->tp, use->x0 + tsr_use_width(use) - 1);
    const int64_t row = last_row(use) * map->row_pitch;
    const int64_t plane = (tsr_use_plane_end(use) - 1) * map->plane_pitch;
    const int64_t last = map->base + plane + row + column;
    REFUSE_UNLESS(last < tsr_arch_feature_lines(arch),
                  "%s reaches line %" PRId64 ", the feature pool has %d", use->name, last,
                  tsr_arch_feature_lines(arch));
    const bool one_row = last_row(use) == 0;
    const bool one_plane = tsr_use_plane_end(use) == 1;
    const bool plane_major =
        (one_row || map->row_pitch > column) && (one_plane || map->plane_pitch > row + column);
    const bool row_major =
        (one_plane || map->plane_pitch > column) && (one_row || map->row_pitch > plane + column);
    REFUSE_UNLESS(plane_major || row_major,
                  "%s puts two pixels in one word: row_pitch %" PRId64 ", plane_pitch %" PRId64
                  ", last column in line %" PRId64 " of the row",
                  use->name, map->row_pitch, map->plane_pitch, column);
    return TSR_OK;
}

static tsr_status check_memory_range(uint64_t memory_bytes, int64_t last_byte, const char *where,
                                     tsr_error *err) {
    REFUSE_UNLESS(last_byte >= 0 && (uint64_t)last_byte < memory_bytes,
                  "reaches DRAM byte %" PRId64 ", the image has %" PRIu64, last_byte, memory_bytes);
    return TSR_OK;
}

static tsr_status check_value_range(const tsr_arch *arch, const char *name, int64_t value,
                                    const char *where, tsr_error *err) {
    const int64_t limit = (int64_t)1 << (arch->activation_bits - 1);
    REFUSE_UNLESS(value >= -limit && value < limit,
                  "%s is %" PRId64 ", allowed are %" PRId64 " to %" PRId64, name, value, -limit,
                  limit - 1);
    return TSR_OK;
}

/** Pixels that are gathered in one word. */
static tsr_status check_pack(const tsr_arch *arch, const tsr_desc_load_feature *d, tsr_error *err) {
    const char *where = "load_feature";
    const int64_t word_bytes = tsr_arch_feature_word_bytes(arch);
    REFUSE_UNLESS(d->pack <= 1 || d->pack * d->pixel_bytes <= word_bytes,
                  "pack is %" PRId64 ", allowed are 0 to %" PRId64 ": pixels of %" PRId64
                  " bytes in a word of %" PRId64,
                  d->pack, word_bytes / d->pixel_bytes, d->pixel_bytes, word_bytes);
    return check_value_range(arch, "pack_value", d->pack_value, where, err);
}

/** A store has the fields of a load, but for packing. */
static tsr_status check_map_dma(const tsr_arch *arch, const tsr_desc_load_feature *d,
                                const char *where, uint64_t memory_bytes, tsr_error *err) {
    const int64_t word_bytes = tsr_arch_feature_word_bytes(arch);
    REFUSE_UNLESS(d->rows >= 1 && d->planes >= 1 && d->row_bytes >= 1,
                  "rows %" PRId64 ", planes %" PRId64 ", row_bytes %" PRId64
                  ": allowed are 1 and more",
                  d->rows, d->planes, d->row_bytes);
    REFUSE_UNLESS(d->pixel_bytes >= tsr_arch_element_bytes(arch) && d->pixel_bytes <= word_bytes &&
                      (d->pixel_bytes & (d->pixel_bytes - 1)) == 0,
                  "pixel_bytes is %" PRId64 ", allowed are powers of two from %d to %" PRId64,
                  d->pixel_bytes, tsr_arch_element_bytes(arch), word_bytes);
    REFUSE_UNLESS(d->row_bytes % d->pixel_bytes == 0,
                  "row_bytes is %" PRId64 ", allowed are multiples of pixel_bytes = %" PRId64,
                  d->row_bytes, d->pixel_bytes);
    const tsr_map_use use = tsr_use_of_load(d);
    TSR_TRY(check_map(arch, &use, where, err));
    return check_memory_range(memory_bytes,
                              d->dram_address + (d->planes - 1) * d->plane_stride_bytes +
                                  (d->rows - 1) * d->row_stride_bytes + d->row_bytes - 1,
                              where, err);
}

/** A store has the fields of a load: one check for both. */
static tsr_desc_load_feature as_load(const tsr_desc_store *d) {
    return (tsr_desc_load_feature){.dram_address = d->dram_address,
                                   .row_bytes = d->row_bytes,
                                   .row_stride_bytes = d->row_stride_bytes,
                                   .rows = d->rows,
                                   .planes = d->planes,
                                   .plane_stride_bytes = d->plane_stride_bytes,
                                   .pixel_bytes = d->pixel_bytes,
                                   .base = d->base,
                                   .row_pitch = d->row_pitch,
                                   .plane_pitch = d->plane_pitch,
                                   .bank_stride = d->bank_stride,
                                   .y0 = d->y0,
                                   .x0 = d->x0};
}

static tsr_status check_weight_region(const tsr_arch *arch, int64_t base, int64_t words,
                                      const char *where, tsr_error *err) {
    REFUSE_UNLESS(base + words <= tsr_arch_weight_words(arch),
                  "reaches weight word %" PRId64 ", the weight buffer has %d", base + words - 1,
                  tsr_arch_weight_words(arch));
    return TSR_OK;
}

static tsr_status check_parameter_region(const tsr_arch *arch, int64_t base, int64_t groups,
                                         const char *where, tsr_error *err) {
    const int64_t entries = arch->parameter_channels / arch->tm;
    REFUSE_UNLESS(base + groups <= entries,
                  "reaches parameter entry %" PRId64 ", the parameter buffer has %" PRId64
                  " of tm channels",
                  base + groups - 1, entries);
    return TSR_OK;
}

static tsr_status check_load_weight(const tsr_arch *arch, const tsr_desc_load_weight *d,
                                    uint64_t memory_bytes, tsr_error *err) {
    const char *where = "load_weight";
    REFUSE_UNLESS(d->groups >= 1 && (d->words_per_group >= 1 || d->parameters != 0),
                  "groups %" PRId64 ", words_per_group %" PRId64 ": nothing to load", d->groups,
                  d->words_per_group);
    TSR_TRY(check_weight_region(arch, d->weight_base, d->groups * d->words_per_group, where, err));
    int64_t bytes = d->words_per_group * tsr_arch_weight_word_bytes(arch);
    if (d->parameters != 0) {
        TSR_TRY(check_parameter_region(arch, d->parameter_base, d->groups, where, err));
        bytes += (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES;
    }
    return check_memory_range(memory_bytes,
                              d->dram_address + (d->groups - 1) * d->group_stride_bytes + bytes - 1,
                              where, err);
}

/** Kernel, stride and output extents of a window operator, and reflect where it can be done. */
static tsr_status check_axis(const tsr_axis *axis, const char *name, const char *where,
                             tsr_error *err) {
    REFUSE_UNLESS(axis->extent >= 1 && axis->out >= 1 && axis->kernel >= 1 && axis->stride >= 1 &&
                      axis->dilation >= 1,
                  "%s: extent %" PRId64 ", out %" PRId64 ", kernel %" PRId64 ", stride %" PRId64
                  ", dilation %" PRId64 ": allowed are 1 and more",
                  name, axis->extent, axis->out, axis->kernel, axis->stride, axis->dilation);
    REFUSE_UNLESS(axis->low <= TSR_PAD_REFLECT && axis->high <= TSR_PAD_REFLECT,
                  "%s: pad mode %d, %d: allowed are 0 (zero), 1 (replicate), 2 (reflect)", name,
                  (int)axis->low, (int)axis->high);
    const int64_t after = (axis->out - 1) * axis->stride + (axis->kernel - 1) * axis->dilation -
                          axis->pad - (axis->extent - 1);
    const bool low_fits = axis->low != TSR_PAD_REFLECT || axis->pad < axis->extent;
    const bool high_fits = axis->high != TSR_PAD_REFLECT || after < axis->extent;
    REFUSE_UNLESS(low_fits && high_fits,
                  "%s: reflect needs padding smaller than the extent: %" PRId64 " before, %" PRId64
                  " after, extent %" PRId64,
                  name, axis->pad, after > 0 ? after : 0, axis->extent);
    return TSR_OK;
}

static tsr_status check_conv_output(const tsr_arch *arch, const tsr_desc_conv *d, tsr_error *err) {
    const char *where = "conv";
    const bool pools = d->max_pool_2x2 != 0;
    REFUSE_UNLESS(!pools || (d->out_h >= 2 && d->out_w >= 2),
                  "max_pool_2x2 of %" PRId64 " x %" PRId64 " pixels, allowed are 2 and more",
                  d->out_h, d->out_w);
    TSR_TRY(check_parameter_region(arch, d->parameter_base, d->m_groups, where, err));
    TSR_TRY(check_value_range(arch, "out_zero_point", d->out_zero_point, where, err));
    TSR_TRY(check_value_range(arch, "clamp_lo", d->clamp_lo, where, err));
    TSR_TRY(check_value_range(arch, "clamp_hi", d->clamp_hi, where, err));
    REFUSE_UNLESS(d->clamp_lo <= d->clamp_hi, "clamp_lo is %" PRId64 ", above clamp_hi %" PRId64,
                  d->clamp_lo, d->clamp_hi);
    REFUSE_UNLESS(d->rounding < TSR_ROUNDING_COUNT, "rounding is %" PRId64 ", allowed are 0 to %d",
                  d->rounding, TSR_ROUNDING_COUNT - 1);
    REFUSE_UNLESS(d->out_step_h <= STEP_MAX && d->out_step_w <= STEP_MAX,
                  "out_step_h %" PRId64 ", out_step_w %" PRId64 ", allowed are 0 to %d",
                  d->out_step_h, d->out_step_w, STEP_MAX);
    REFUSE_UNLESS(!pools || (d->out_step_h <= 1 && d->out_step_w <= 1),
                  "out_step_h %" PRId64 ", out_step_w %" PRId64
                  " together with max_pool_2x2, allowed are 0 and 1",
                  d->out_step_h, d->out_step_w);
    const tsr_map_use out = tsr_use_of_conv_out(arch, d);
    TSR_TRY(check_map(arch, &out, where, err));
    if (d->residual == 0) {
        return TSR_OK;
    }
    REFUSE_UNLESS(
        d->residual_multiplier <= INT32_MAX && d->residual_shift >= 1 && d->residual_shift <= 62,
        "residual scale %" PRId64 " >> %" PRId64 ", allowed are below 2^31 and 1 to 62",
        d->residual_multiplier, d->residual_shift);
    TSR_TRY(check_value_range(arch, "residual_zero_point", d->residual_zero_point, where, err));
    const tsr_map_use residual = tsr_use_of_residual(arch, d);
    return check_map(arch, &residual, where, err);
}

/** Which weights the array takes, and whether the weight buffer holds them. */
static tsr_status check_weights(const tsr_arch *arch, const tsr_desc_conv *d, tsr_error *err) {
    const char *where = "conv";
    const bool ones = d->weight_form == TSR_WEIGHTS_ONES;
    REFUSE_UNLESS(d->weight_form < TSR_WEIGHTS_COUNT,
                  "weight_form is %" PRId64 ", allowed are 0 to %d", d->weight_form,
                  TSR_WEIGHTS_COUNT - 1);
    REFUSE_UNLESS(d->weight_form == TSR_WEIGHTS_DENSE || d->in_planes <= arch->tm / arch->tn,
                  "in_planes is %" PRId64 " with diagonal weights, allowed are 1 to tm/tn = %d",
                  d->in_planes, arch->tm / arch->tn);
    REFUSE_UNLESS(ones ? d->ones_weight == 1 || d->ones_weight == 2 : d->ones_weight == 0,
                  "ones_weight is %" PRId64 " with weight_form %" PRId64
                  ", allowed are 1 and 2 with weight_form 2, else 0",
                  d->ones_weight, d->weight_form);
    const int64_t words = d->m_groups * tsr_conv_weight_words(arch, d);
    return words == 0 ? TSR_OK : check_weight_region(arch, d->weight_base, words, where, err);
}

static tsr_status check_conv(const tsr_arch *arch, const tsr_desc *desc, tsr_error *err) {
    const char *where = "conv";
    const tsr_desc_conv *d = &desc->u.conv;
    const tsr_axis y = tsr_desc_axis_y(desc);
    const tsr_axis x = tsr_desc_axis_x(desc);
    TSR_TRY(check_axis(&y, "vertical", where, err));
    TSR_TRY(check_axis(&x, "horizontal", where, err));
    REFUSE_UNLESS(d->m_groups >= 1, "m_groups is 0, allowed are 1 and more");
    TSR_TRY(check_value_range(arch, "in_zero_point", d->in_zero_point, where, err));
    const tsr_map_use in = tsr_use_of_conv_in(d);
    TSR_TRY(check_map(arch, &in, where, err));
    TSR_TRY(check_weights(arch, d, err));
    const bool whole = d->accumulate_first != 0 && d->accumulate_last != 0;
    const int64_t tiles = d->m_groups * d->out_h * tsr_ceil_div(d->out_w, arch->tp);
    REFUSE_UNLESS(whole || tiles == 1,
                  "accumulation over descriptors with %" PRId64 " tiles, allowed is 1", tiles);
    if (d->accumulate_last != 0) {
        TSR_TRY(check_conv_output(arch, d, err));
    }
    return tsr_bank_check(arch, desc, err);
}

static tsr_status check_pool(const tsr_arch *arch, const tsr_desc *desc, tsr_error *err) {
    const char *where = "pool";
    const tsr_desc_pool *d = &desc->u.pool;
    const tsr_axis y = tsr_desc_axis_y(desc);
    const tsr_axis x = tsr_desc_axis_x(desc);
    TSR_TRY(check_axis(&y, "vertical", where, err));
    TSR_TRY(check_axis(&x, "horizontal", where, err));
    REFUSE_UNLESS(d->pad_top < d->kernel_h && (d->out_h - 1) * d->stride_h - d->pad_top < d->in_h &&
                      d->pad_left < d->kernel_w &&
                      (d->out_w - 1) * d->stride_w - d->pad_left < d->in_w,
                  "a window lies wholly in the padding");
    const tsr_map_use in = tsr_use_of_pool_in(d);
    const tsr_map_use out = tsr_use_of_pool_out(d);
    TSR_TRY(check_map(arch, &in, where, err));
    TSR_TRY(check_map(arch, &out, where, err));
    return tsr_bank_check(arch, desc, err);
}

/** Every field inside its width: an in-memory descriptor may hold anything. */
static tsr_status check_widths(const tsr_desc *desc, tsr_error *err) {
    const char *where = tsr_opcode_name(desc->header.opcode);
    REFUSE_UNLESS(where != NULL, "unknown opcode %" PRId64, desc->header.opcode);
    const tsr_field_table tables[] = {tsr_header_fields(), tsr_body_fields(desc->header.opcode)};
    for (int32_t t = 0; t < 2; ++t) {
        for (int32_t i = 0; i < tables[t].count; ++i) {
            const tsr_field *field = &tables[t].fields[i];
            const int64_t value = tsr_field_get(desc, field);
            REFUSE_UNLESS(value >= tsr_field_min(field) && value <= tsr_field_max(field),
                          "%s is %" PRId64 ", its %d bits hold %" PRId64 " to %" PRId64,
                          field->name, value, field->width, tsr_field_min(field),
                          tsr_field_max(field));
        }
    }
    REFUSE_UNLESS(desc->header.flags == 0, "flags is %" PRId64 ", allowed is 0",
                  desc->header.flags);
    REFUSE_UNLESS(desc->header.traffic < TSR_TRAFFIC_COUNT,
                  "traffic is %" PRId64 ", allowed are 0 to %d", desc->header.traffic,
                  TSR_TRAFFIC_COUNT - 1);
    return TSR_OK;
}

tsr_status tsr_desc_check(const tsr_arch *arch, const tsr_desc *desc, uint64_t memory_bytes,
                          tsr_error *err) {
    TSR_TRY(check_widths(desc, err));
    switch (desc->header.opcode) {
        case TSR_OP_LOAD_FEATURE:
            TSR_TRY(check_map_dma(arch, &desc->u.load_feature, "load_feature", memory_bytes, err));
            return check_pack(arch, &desc->u.load_feature, err);
        case TSR_OP_STORE: {
            const tsr_desc_load_feature d = as_load(&desc->u.store);
            return check_map_dma(arch, &d, "store", memory_bytes, err);
        }
        case TSR_OP_LOAD_WEIGHT:
            return check_load_weight(arch, &desc->u.load_weight, memory_bytes, err);
        case TSR_OP_CONV:
            return check_conv(arch, desc, err);
        case TSR_OP_POOL:
            return check_pool(arch, desc, err);
        default:
            return TSR_OK;
    }
}
