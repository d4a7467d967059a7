// SPDX-License-Identifier: Apache-2.0
// What one blocking makes of an outline: grids, ratios, weights, working set (definitions:
// README.md).
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "table/account_parts.h"
#include "table/map_bytes.h"

// True when some pool window crosses a block edge of the (unpooled) output map.
static bool pool_crosses(int32_t blocks, int32_t block, int32_t kernel, int32_t stride) {
    return blocks > 1 && (block % stride != 0 || kernel > stride);
}

// A pool by itself runs per block only where its windows tile the blocks.
static bool runs_per_block(const tsr_outline_stage *stage, const tsr_block_grid *grid) {
    if (tsr_block_grid_is_whole(grid)) {
        return false;
    }
    return stage->kind != TSR_OUTLINE_POOL ||
           ((grid->rows == 1 || grid->block_h % stage->stride_h == 0) &&
            (grid->cols == 1 || grid->block_w % stage->stride_w == 0));
}

// The largest block: of the output with and without the stride, and after the pool.
static void block_shapes(const tsr_outline_stage *stage, const tsr_block_grid *grid, tsr_shape *out,
                         tsr_shape *stride1, tsr_shape *pooled) {
    *out = stage->out;
    *pooled = stage->pooled;
    *stride1 = (tsr_shape){stage->out.c, stage->in.h, stage->in.w};
    if (grid->rows > 1) {
        stride1->h = grid->block_h;
        out->h = shrunk(grid->block_h, stage->stride_h);
        pooled->h = shrunk(out->h, stage->pool_stride_h);
    }
    if (grid->cols > 1) {
        stride1->w = grid->block_w;
        out->w = shrunk(grid->block_w, stage->stride_w);
        pooled->w = shrunk(out->w, stage->pool_stride_w);
    }
}

uint64_t account_operand_block(const tsr_outline *outline, const tsr_account *account,
                               const tsr_outline_operand *operand) {
    const tsr_outline_stage *stage = &outline->stages[operand->reader];
    const tsr_block_grid *grid = &account->stages[operand->reader].grid;
    const tsr_shape map = tsr_outline_map(outline, operand);
    const tsr_shape whole = operand->shortcut ? stage->pooled : stage->in;
    tsr_shape block = {map.c, grid->rows > 1 ? grid->block_h : whole.h,
                       grid->cols > 1 ? grid->block_w : whole.w};
    if (operand->shortcut) {
        tsr_shape out;
        tsr_shape stride1;
        block_shapes(stage, grid, &out, &stride1, &block);
        block.c = map.c;
    }
    // A map that is resampled when it is read has another size than what is read.
    block.h = (int32_t)(((int64_t)block.h * map.h + whole.h - 1) / whole.h);
    block.w = (int32_t)(((int64_t)block.w * map.w + whole.w - 1) / whole.w);
    return map_bytes(block, account->bits);
}

static void add_operand_blocks(const tsr_outline *outline, tsr_account *a) {
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        const tsr_outline_operand *operand = &outline->operands[i];
        const uint64_t bytes = account_operand_block(outline, a, operand);
        tsr_account_stage *here = &a->stages[operand->reader];
        if (operand->shortcut) {
            here->block_shortcut_bytes += bytes;
        } else {
            here->block_in_bytes += bytes;
        }
    }
}

// Convolutions are cut as the network's definition says; what else may run per block takes the
// blocking as it is.
static tsr_status cut_stage(const tsr_outline_stage *stage, const tsr_blocking *blocking,
                            tsr_account_stage *out, tsr_error *err) {
    const tsr_blocking none = {.kind = TSR_BLOCKING_NONE};
    const bool conv = stage->kind == TSR_OUTLINE_CONV || stage->kind == TSR_OUTLINE_IDENTITY;
    out->kind = blocking->kind;
    if (!conv || stage->block_exact) {
        return tsr_block_grid_make(stage->blockable || stage->block_exact ? blocking : &none,
                                   stage->in.h, stage->in.w, stage->name, &out->grid, err);
    }
    tsr_layer_blocks blocks = {0};
    TSR_TRY(tsr_layer_blocks_make(&stage->source, blocking, &blocks, err));
    out->grid = blocks.grid;
    out->why = blocks.why;
    out->kind = blocks.blocking.kind;
    return TSR_OK;
}

static tsr_status grid_stage(const tsr_outline_stage *stage, const tsr_blocking *blocking,
                             int32_t bits, tsr_account_stage *out, tsr_error *err) {
    const tsr_blocking none = {.kind = TSR_BLOCKING_NONE};
    TSR_TRY(cut_stage(stage, blocking, out, err));
    out->per_block = runs_per_block(stage, &out->grid);
    if (!out->per_block) {
        TSR_TRY(tsr_block_grid_make(&none, stage->in.h, stage->in.w, stage->name, &out->grid, err));
    }
    out->blocked = out->per_block && stage->blockable && stage->kind == TSR_OUTLINE_CONV;
    tsr_shape full;
    tsr_shape stride1;
    tsr_shape pooled;
    block_shapes(stage, &out->grid, &full, &stride1, &pooled);
    out->pool_straddles =
        pool_crosses(out->grid.rows, full.h, stage->pool_kernel_h, stage->pool_stride_h) ||
        pool_crosses(out->grid.cols, full.w, stage->pool_kernel_w, stage->pool_stride_w);
    out->block_out_bytes = map_bytes(full, bits);
    out->block_stride1_bytes = map_bytes(stride1, bits);
    out->block_pooled_bytes = out->pool_straddles ? out->block_out_bytes : map_bytes(pooled, bits);
    return TSR_OK;
}

static double share(double part, double whole) {
    return whole > 0.0 ? part / whole : 0.0;
}

static void add_ratio_and_weights(const tsr_outline *outline, tsr_account *a) {
    const uint64_t bits = (uint64_t)a->bits;
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        const tsr_outline_stage *stage = &outline->stages[i];
        const tsr_account_stage *here = &a->stages[i];
        const uint64_t blocks = (uint64_t)here->grid.rows * (uint64_t)here->grid.cols;
        const uint64_t bytes = stage->weight_count * bits / 8u;
        const bool spatial =
            stage->kind == TSR_OUTLINE_CONV && (stage->kernel_h > 1 || stage->kernel_w > 1);
        a->blocked_convs += here->blocked;
        a->spatial_convs += spatial;
        a->blocked_spatial_convs += spatial && here->blocked;
        a->macs += stage->macs;
        a->blocked_macs += here->blocked ? stage->macs : 0;
        a->weights_once_bytes += bytes;
        a->weights_per_block_bytes += here->blocked ? bytes * blocks : bytes;
        a->weights_exact_bytes += bytes * blocks;
    }
    a->ratio_by_conv = share(a->blocked_convs, outline->conv_count);
    a->ratio_by_spatial_conv = share(a->blocked_spatial_convs, a->spatial_convs);
    a->ratio_by_macs = share((double)a->blocked_macs, (double)a->macs);
}

static void add_working_set(const tsr_outline *outline, tsr_account *a) {
    a->blocked_set_stage = -1;
    a->fallback_set_stage = -1;
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        const tsr_account_stage *here = &a->stages[i];
        const uint64_t set = here->block_in_bytes + here->block_out_bytes +
                             here->block_shortcut_bytes + here->held_bytes;
        if (here->per_block) {
            a->stride1_set_bytes = larger(a->stride1_set_bytes,
                                          set - here->block_out_bytes + here->block_stride1_bytes);
        }
        if (here->per_block && set > a->blocked_set_bytes) {
            a->blocked_set_bytes = set;
            a->blocked_set_stage = i;
        } else if (!here->per_block && set > a->fallback_set_bytes) {
            a->fallback_set_bytes = set;
            a->fallback_set_stage = i;
        }
    }
}

static tsr_status fill(account_work *w, tsr_error *err) {
    const tsr_outline *outline = w->outline;
    tsr_account *a = w->account;
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        TSR_TRY(grid_stage(&outline->stages[i], &a->blocking, a->bits, &a->stages[i], err));
    }
    add_operand_blocks(outline, a);
    add_ratio_and_weights(outline, a);
    account_add_levels(w);
    add_working_set(outline, a);
    return account_add_storage(w, err);
}

tsr_status tsr_account_make(const tsr_outline *outline, const tsr_blocking *blocking, int32_t bits,
                            tsr_account *account, tsr_error *err) {
    TSR_CHECK(bits == 8 || bits == 16 || bits == 32, TSR_ERR_USAGE, err, "bits",
              "%d, must be 8, 16 or 32", bits);
    const size_t stages = (size_t)outline->stage_count;
    tsr_account a = {.blocking = *blocking, .bits = bits, .stage_count = outline->stage_count};
    account_work w = {.outline = outline, .account = &a};
    a.stages = tsr_alloc(stages, sizeof *a.stages);
    a.operand_off_chip = tsr_alloc((size_t)outline->operand_count, sizeof *a.operand_off_chip);
    w.group = tsr_alloc(stages, sizeof *w.group);
    w.group_end = tsr_alloc(stages, sizeof *w.group_end);
    const bool room =
        a.stages != NULL && a.operand_off_chip != NULL && w.group != NULL && w.group_end != NULL;
    const tsr_status status =
        room ? fill(&w, err) : tsr_fail(err, TSR_ERR_NO_MEMORY, outline->name, "out of memory");
    tsr_free(w.group);
    tsr_free(w.group_end);
    if (status != TSR_OK) {
        tsr_account_free(&a);
        return status;
    }
    *account = a;
    return TSR_OK;
}

void tsr_account_free(tsr_account *account) {
    tsr_free(account->stages);
    tsr_free(account->operand_off_chip);
    memset(account, 0, sizeof *account);
}
