// SPDX-License-Identifier: Apache-2.0
// What one blocking makes of a chain: ratio, working set, maps through DRAM, least storage
// (definitions: README.md).
#include <string.h>

#include <tessera/table.h>

#include "base/alloc.h"
#include "base/check.h"

static uint64_t map_bytes(tsr_shape s, int32_t bits) {
    return (uint64_t)s.c * (uint64_t)s.h * (uint64_t)s.w * (uint64_t)bits / 8u;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

// A block edge after a stride: the authors allow only edges that divide; others count rounded up.
static int32_t shrunk(int32_t edge, int32_t stride) {
    return (edge + stride - 1) / stride;
}

// True when some pool window crosses a block edge of the (unpooled) output map.
static bool pool_crosses(int32_t blocks, int32_t block, int32_t kernel, int32_t stride) {
    return blocks > 1 && stride > 1 && (block % stride != 0 || kernel > stride);
}

static tsr_status grid_layer(const tsr_chain_layer *layer, const tsr_blocking *blocking,
                             int32_t bits, tsr_account_layer *out, tsr_error *err) {
    const tsr_blocking none = {.kind = TSR_BLOCKING_NONE};
    TSR_TRY(tsr_block_grid_make(layer->blockable ? blocking : &none, layer->in.h, layer->in.w,
                                layer->name, &out->grid, err));
    out->blocked = !tsr_block_grid_is_whole(&out->grid);
    const int32_t block_h = out->grid.block_h;
    const int32_t block_w = out->grid.block_w;
    // A block maps to a block of the output; a layer left whole maps to its whole output.
    const tsr_shape in = {layer->in.c, block_h, block_w};
    tsr_shape full = layer->out;
    tsr_shape pooled = layer->pooled;
    if (out->blocked) {
        full.h = out->grid.rows > 1 ? shrunk(block_h, layer->stride_h) : full.h;
        full.w = out->grid.cols > 1 ? shrunk(block_w, layer->stride_w) : full.w;
        pooled.h = out->grid.rows > 1 ? shrunk(full.h, layer->pool_stride_h) : pooled.h;
        pooled.w = out->grid.cols > 1 ? shrunk(full.w, layer->pool_stride_w) : pooled.w;
    }
    out->pool_straddles =
        pool_crosses(out->grid.rows, full.h, layer->pool_kernel_h, layer->pool_stride_h) ||
        pool_crosses(out->grid.cols, full.w, layer->pool_kernel_w, layer->pool_stride_w);
    out->block_in_bytes = map_bytes(in, bits);
    out->block_out_bytes = map_bytes(full, bits);
    out->block_pooled_bytes = out->pool_straddles ? out->block_out_bytes : map_bytes(pooled, bits);
    return TSR_OK;
}

static void add_ratio_and_weights(const tsr_chain *chain, tsr_account *a) {
    const uint64_t bits = (uint64_t)a->bits;
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const tsr_chain_layer *layer = &chain->layers[i];
        const tsr_account_layer *here = &a->layers[i];
        const bool spatial = layer->kernel_h > 1 || layer->kernel_w > 1;
        const uint64_t blocks = (uint64_t)here->grid.rows * (uint64_t)here->grid.cols;
        a->blocked_convs += here->blocked;
        a->spatial_convs += spatial;
        a->blocked_spatial_convs += spatial && here->blocked;
        a->macs += layer->macs;
        a->blocked_macs += here->blocked ? layer->macs : 0;
        a->weights_once_bytes += layer->weight_count * bits / 8u;
        a->weights_per_block_bytes += layer->weight_count * bits / 8u * blocks;
    }
    a->ratio_by_conv = (double)a->blocked_convs / (double)chain->layer_count;
    a->ratio_by_spatial_conv =
        a->spatial_convs > 0 ? (double)a->blocked_spatial_convs / (double)a->spatial_convs : 0.0;
    a->ratio_by_macs = a->macs > 0 ? (double)a->blocked_macs / (double)a->macs : 0.0;
}

static void add_working_set(const tsr_chain *chain, tsr_account *a) {
    a->blocked_set_layer = -1;
    a->fallback_set_layer = -1;
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const tsr_account_layer *here = &a->layers[i];
        const uint64_t set = here->block_in_bytes + here->block_out_bytes;
        if (here->blocked && set > a->blocked_set_bytes) {
            a->blocked_set_bytes = set;
            a->blocked_set_layer = i;
        } else if (!here->blocked && set > a->fallback_set_bytes) {
            a->fallback_set_bytes = set;
            a->fallback_set_layer = i;
        }
    }
}

// True when blocks of layer i cannot go on as blocks of layer i + 1.
static bool joint(const tsr_chain *chain, const tsr_account *a, int32_t i) {
    const tsr_account_layer *here = &a->layers[i];
    const tsr_account_layer *next = &a->layers[i + 1];
    if (!here->blocked || !next->blocked) {
        return true;
    }
    const tsr_shape from = chain->layers[i].in;
    const tsr_shape to = chain->layers[i + 1].in;
    const bool other_resolution = from.h != to.h || from.w != to.w;
    const bool other_grid =
        here->grid.rows != next->grid.rows || here->grid.cols != next->grid.cols;
    return other_grid || here->pool_straddles ||
           (a->blocking.kind == TSR_BLOCKING_FIXED && other_resolution);
}

static void add_traffic(const tsr_chain *chain, tsr_account *a) {
    for (int32_t i = 0; i + 1 < chain->layer_count; ++i) {
        if (joint(chain, a, i)) {
            a->layers[i].map_off_chip = true;
            ++a->maps_off_chip;
            a->intermediate_bytes += 2 * map_bytes(chain->layers[i].pooled, a->bits);
        }
    }
}

static void add_depth_first(const tsr_chain *chain, tsr_account *a) {
    a->tail_layer = -1;
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const tsr_chain_layer *layer = &chain->layers[i];
        const tsr_account_layer *here = &a->layers[i];
        const bool last = i == chain->layer_count - 1;
        const uint64_t pair = here->block_in_bytes + here->block_pooled_bytes;
        if (!here->blocked) {
            a->tail_layer = pair > a->tail_bytes ? i : a->tail_layer;
            a->tail_bytes = larger(a->tail_bytes, pair);
            continue;
        }
        a->pair_bytes = larger(a->pair_bytes, pair);
        const bool fixed = a->blocking.kind == TSR_BLOCKING_FIXED;
        if (fixed && !last && joint(chain, a, i)) {
            a->join_bytes +=
                a->layers[i + 1]
                    .block_in_bytes;  // one block of the next level, whole map if unblocked
        } else if (!fixed && (last ? here->pool_straddles : joint(chain, a, i))) {
            a->collection_bytes +=
                map_bytes(here->pool_straddles ? layer->out : layer->pooled, a->bits);
        }
    }
    a->depth_first_bytes =
        larger(a->pair_bytes + a->join_bytes + a->collection_bytes, a->tail_bytes);
}

// Blocked layers first..last of one resolution, run completely before the next resolution starts.
static uint64_t level_bytes(const tsr_chain *chain, const tsr_account *a, int32_t first,
                            int32_t last) {
    const bool from_dram = first == 0;
    const bool to_dram = last == chain->layer_count - 1;
    uint64_t inner = 0;
    for (int32_t i = first; i <= last; ++i) {
        const uint64_t in = i > first || from_dram ? a->layers[i].block_in_bytes : 0;
        const uint64_t out = i < last || to_dram ? a->layers[i].block_pooled_bytes : 0;
        inner = larger(inner, in + out);
    }
    return inner + (from_dram ? 0 : map_bytes(chain->layers[first].in, a->bits)) +
           (to_dram ? 0 : map_bytes(chain->layers[last].pooled, a->bits));
}

static void add_breadth_first(const tsr_chain *chain, tsr_account *a) {
    if (a->blocking.kind == TSR_BLOCKING_HIERARCHICAL) {
        return;
    }
    a->breadth_first_bytes = a->tail_bytes;
    int32_t first = 0;
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const bool ends = i == chain->layer_count - 1 || joint(chain, a, i);
        if (a->layers[i].blocked && ends) {
            a->breadth_first_bytes =
                larger(a->breadth_first_bytes, level_bytes(chain, a, first, i));
        }
        first = ends ? i + 1 : first;
    }
}

tsr_status tsr_account_make(const tsr_chain *chain, const tsr_blocking *blocking, int32_t bits,
                            tsr_account *account, tsr_error *err) {
    TSR_CHECK(bits == 8 || bits == 16 || bits == 32, TSR_ERR_USAGE, err, "bits",
              "%d, must be 8, 16 or 32", bits);
    tsr_account a = {.blocking = *blocking, .bits = bits, .layer_count = chain->layer_count};
    a.layers = tsr_alloc((size_t)chain->layer_count, sizeof *a.layers);
    TSR_CHECK(a.layers != NULL, TSR_ERR_NO_MEMORY, err, chain->name, "out of memory");
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const tsr_status status = grid_layer(&chain->layers[i], blocking, bits, &a.layers[i], err);
        if (status != TSR_OK) {
            tsr_account_free(&a);
            return status;
        }
    }
    add_ratio_and_weights(chain, &a);
    add_working_set(chain, &a);
    add_traffic(chain, &a);
    add_depth_first(chain, &a);
    add_breadth_first(chain, &a);
    *account = a;
    return TSR_OK;
}

void tsr_account_free(tsr_account *account) {
    tsr_free(account->layers);
    memset(account, 0, sizeof *account);
}
