// SPDX-License-Identifier: Apache-2.0
// How one layer is cut under the blocking of a run (design: blockconv.md 1.1 and 1.2).
#include <stdio.h>

#include <tessera/network.h>

#include "base/check.h"

static const char *const why_names[] = {"", "no_blocks", "asked", "size", "map"};

const char *tsr_why_whole_name(tsr_why_whole why) {
    return why_names[why];
}

static int64_t reach(int32_t kernel, int32_t dilation) {
    return (int64_t)dilation * (kernel - 1);
}

// At stride 1 an output block is as large as its input block; at stride s it has every s-th row.
static bool keeps_size(const tsr_layer *layer) {
    return (int64_t)layer->pad_top + layer->pad_bottom ==
               reach(layer->kernel_h, layer->dilation_h) &&
           (int64_t)layer->pad_left + layer->pad_right == reach(layer->kernel_w, layer->dilation_w);
}

void tsr_layer_size_reason(const tsr_layer *layer, char *text, size_t size) {
    (void)snprintf(
        text, size,
        "%dx%d window with %dx%d pixels of padding in all, %lldx%lld would keep the size "
        "of a block",
        layer->kernel_h, layer->kernel_w, layer->pad_top + layer->pad_bottom,
        layer->pad_left + layer->pad_right, (long long)reach(layer->kernel_h, layer->dilation_h),
        (long long)reach(layer->kernel_w, layer->dilation_w));
}

static tsr_status find_grid(const tsr_layer *layer, const tsr_blocking *blocking,
                            tsr_layer_blocks *made, tsr_error *err) {
    tsr_error found = {0};
    const tsr_status status =
        tsr_block_grid_make(blocking, layer->in.h, layer->in.w, layer->name, &made->grid, &found);
    if (status == TSR_OK && tsr_block_grid_is_whole(&made->grid)) {
        made->why = TSR_WHOLE_MAP;
    } else if (!keeps_size(layer)) {
        char reason[128];
        tsr_layer_size_reason(layer, reason, sizeof reason);
        TSR_CHECK(layer->own_blocking.kind == TSR_BLOCKING_NONE, TSR_ERR_SHAPE, err, layer->name,
                  "its own blocking cannot hold: %s", reason);
        made->why = TSR_WHOLE_SIZE;
    } else if (status != TSR_OK) {
        return tsr_fail(err, status, found.where, "%s", found.message);
    }
    return TSR_OK;
}

static void leave_whole(const tsr_layer *layer, tsr_layer_blocks *made) {
    tsr_blocking *holds = &made->blocking;
    holds->border_padding = tsr_blocking_border_mode(holds);
    holds->kind = TSR_BLOCKING_NONE;
    holds->h = holds->w = 0;
    made->grid = (tsr_block_grid){.map_h = layer->in.h,
                                  .map_w = layer->in.w,
                                  .rows = 1,
                                  .cols = 1,
                                  .block_h = layer->in.h,
                                  .block_w = layer->in.w};
}

// The authors' code runs every convolution at stride 1 and knows a stand-in for 2x2 alone. Another
// stride would be lost there; here a layer that is left whole keeps it, and one in blocks is refused.
static tsr_status choose_stride(const tsr_layer *layer, tsr_layer_blocks *made, tsr_error *err) {
    const int32_t h = layer->stride_h;
    const int32_t w = layer->stride_w;
    if (layer->kind != TSR_LAYER_CONV || made->blocking.true_stride || (h == 1 && w == 1)) {
        return TSR_OK;
    }
    made->pools_after = h == 2 && w == 2;
    made->blocking.true_stride = !made->pools_after;
    TSR_CHECK(made->pools_after || made->why != TSR_WHOLE_NOT, TSR_ERR_UNSUPPORTED, err,
              layer->name,
              "stride is %dx%d; in blocks without true_stride only 1x1, and 2x2 as stride 1 + 2x2 "
              "max pool, are possible",
              h, w);
    return TSR_OK;
}

tsr_status tsr_layer_blocks_make(const tsr_layer *layer, const tsr_blocking *blocking,
                                 tsr_layer_blocks *blocks, tsr_error *err) {
    tsr_layer_blocks made = {.blocking = *blocking};
    if (layer->kind != TSR_LAYER_CONV || blocking->kind == TSR_BLOCKING_NONE) {
        made.why = TSR_WHOLE_NO_BLOCKS;
    } else if (!layer->blockable) {
        made.why = TSR_WHOLE_ASKED;
    } else {
        if (layer->own_blocking.kind != TSR_BLOCKING_NONE) {
            made.blocking.kind = layer->own_blocking.kind;
            made.blocking.h = layer->own_blocking.h;
            made.blocking.w = layer->own_blocking.w;
        }
        TSR_TRY(find_grid(layer, &made.blocking, &made, err));
    }
    if (made.why != TSR_WHOLE_NOT) {
        leave_whole(layer, &made);
    }
    TSR_TRY(choose_stride(layer, &made, err));
    *blocks = made;
    return TSR_OK;
}

int32_t tsr_network_next_whole(const tsr_network *network, const tsr_blocking *blocking,
                               int32_t from) {
    for (int32_t i = from; i < network->layer_count; ++i) {
        tsr_layer_blocks blocks = {0};
        if (tsr_layer_blocks_make(&network->layers[i], blocking, &blocks, NULL) == TSR_OK &&
            blocks.why == TSR_WHOLE_SIZE) {
            return i;
        }
    }
    return -1;
}
