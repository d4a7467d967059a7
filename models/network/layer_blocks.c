// SPDX-License-Identifier: Apache-2.0
// How one layer is cut under the blocking of a run (design: blockconv.md 1.1 and 1.2).
#include <stdio.h>
#include <string.h>

#include <tessera/network.h>

#include "base/check.h"
#include "base/checked.h"

static const char *const why_names[] = {"", "no_blocks", "asked", "size", "map"};

const char *tsr_why_whole_name(tsr_why_whole why) {
    return why_names[why];
}

tsr_status tsr_network_set_blocking(tsr_network *network, const tsr_layer_blocking *own,
                                    tsr_error *err) {
    const int32_t first = tsr_network_find(network, own->from);
    const int32_t last = tsr_network_find(network, own->to);
    int32_t convs = 0;
    for (int32_t i = first; i >= 0 && i <= last; ++i) {
        tsr_layer *layer = &network->layers[i];
        if (layer->kind == TSR_LAYER_CONV) {
            layer->own_blocking = own->blocking;
            layer->blockable = own->blocking.kind != TSR_BLOCKING_NONE;
            ++convs;
        }
    }
    TSR_CHECK(convs > 0, TSR_ERR_CONFIG, err, network->name,
              "a blocking for the layers from %s to %s, where there is no convolution", own->from,
              own->to);
    return TSR_OK;
}

/** Output of a convolution before a max pool that stands in for its stride. */
typedef struct made_map {
    int32_t stride_h, stride_w;  // really done
    int64_t h, w;
} made_map;

static made_map at_declared_stride(const tsr_layer *layer) {
    return (made_map){layer->stride_h, layer->stride_w, layer->out.h, layer->out.w};
}

static made_map at_stride_1(const tsr_layer *layer) {
    const int64_t reach_h = (int64_t)layer->dilation_h * (layer->kernel_h - 1);
    const int64_t reach_w = (int64_t)layer->dilation_w * (layer->kernel_w - 1);
    return (made_map){1, 1, layer->in.h + (int64_t)layer->pad_top + layer->pad_bottom - reach_h,
                      layer->in.w + (int64_t)layer->pad_left + layer->pad_right - reach_w};
}

static bool is_strided(const tsr_layer *layer) {
    return layer->stride_h != 1 || layer->stride_w != 1;
}

static bool is_2x2(const tsr_layer *layer) {
    return layer->stride_h == 2 && layer->stride_w == 2;
}

static made_map map_in_blocks(const tsr_layer *layer, const tsr_blocking *blocking) {
    return is_2x2(layer) && !blocking->true_stride ? at_stride_1(layer) : at_declared_stride(layer);
}

// Blocks can be put together again only where every input row has its output row (every stride-th
// one).
static bool keeps_size(const tsr_layer *layer, const made_map *made) {
    return made->h == tsr_ceil_div(layer->in.h, made->stride_h) &&
           made->w == tsr_ceil_div(layer->in.w, made->stride_w);
}

static void size_reason(const tsr_layer *layer, const made_map *made, char *text, size_t size) {
    (void)snprintf(
        text, size,
        "%dx%d window at stride %dx%d makes %lldx%lld of %dx%d pixels, in blocks %lldx%lld",
        layer->kernel_h, layer->kernel_w, made->stride_h, made->stride_w, (long long)made->h,
        (long long)made->w, layer->in.h, layer->in.w,
        (long long)tsr_ceil_div(layer->in.h, made->stride_h),
        (long long)tsr_ceil_div(layer->in.w, made->stride_w));
}

static tsr_status find_grid(const tsr_layer *layer, tsr_layer_blocks *made, tsr_error *err) {
    tsr_error found = {0};
    const made_map map = map_in_blocks(layer, &made->blocking);
    const tsr_status status = tsr_block_grid_make(&made->blocking, layer->in.h, layer->in.w,
                                                  layer->name, &made->grid, &found);
    if (status == TSR_OK && tsr_block_grid_is_whole(&made->grid)) {
        made->why = TSR_WHOLE_MAP;
    } else if (!keeps_size(layer, &map)) {
        char reason[160];
        size_reason(layer, &map, reason, sizeof reason);
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

// The authors' code runs every convolution at stride 1 and has a stand-in for 2x2 alone; any other
// stride would be lost there. Where padding keeps no size, the stand-in may give another map than
// the layer's.
static tsr_status choose_stride(const tsr_layer *layer, tsr_layer_blocks *made, tsr_error *err) {
    if (layer->kind != TSR_LAYER_CONV || made->blocking.true_stride || !is_strided(layer)) {
        return TSR_OK;
    }
    const bool whole = made->why != TSR_WHOLE_NOT;
    const made_map map = at_stride_1(layer);
    const bool fits = map.h / 2 == layer->out.h && map.w / 2 == layer->out.w;
    made->pools_after = is_2x2(layer) && (fits || keeps_size(layer, &map));
    made->keeps_stride = whole && !made->pools_after;
    made->blocking.true_stride = made->keeps_stride;
    TSR_CHECK(whole || made->pools_after, TSR_ERR_UNSUPPORTED, err, layer->name,
              "stride is %dx%d; in blocks without true_stride only 1x1, and 2x2 as stride 1 + 2x2 "
              "max pool, are possible",
              layer->stride_h, layer->stride_w);
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
        TSR_TRY(find_grid(layer, &made, err));
    }
    if (made.why != TSR_WHOLE_NOT) {
        leave_whole(layer, &made);
    }
    TSR_TRY(choose_stride(layer, &made, err));
    *blocks = made;
    return TSR_OK;
}

// Its own blocking, where that is another than the run's.
static void own_note(const tsr_layer *layer, const tsr_layer_blocks *blocks, char *text,
                     size_t size) {
    const bool asks = blocks->why == TSR_WHOLE_NOT || blocks->why == TSR_WHOLE_MAP;
    if (asks && layer->own_blocking.kind != TSR_BLOCKING_NONE) {
        char own[32];
        tsr_blocking_format(&layer->own_blocking, own, sizeof own);
        (void)snprintf(text, size, "blocking %s of its own%s", own,
                       blocks->why == TSR_WHOLE_MAP ? ", one block" : "");
    }
}

bool tsr_layer_note(const tsr_layer *layer, const tsr_blocking *blocking, char *note, size_t size) {
    tsr_layer_blocks blocks = {0};
    char reason[160] = "";
    note[0] = '\0';
    if (tsr_layer_blocks_make(layer, blocking, &blocks, NULL) != TSR_OK) {
        return false;
    }
    if (blocks.why == TSR_WHOLE_SIZE) {
        const made_map map = map_in_blocks(layer, blocking);
        size_reason(layer, &map, reason, sizeof reason);
        (void)snprintf(note, size, "left whole: %s", reason);
    } else {
        own_note(layer, &blocks, note, size);
    }
    if (blocks.keeps_stride) {
        const size_t used = strlen(note);
        (void)snprintf(note + used, size - used, "%sstrided as it is", used > 0 ? "; " : "");
    }
    return note[0] != '\0';
}

int32_t tsr_network_next_note(const tsr_network *network, const tsr_blocking *blocking,
                              int32_t from, char *note, size_t size) {
    for (int32_t i = from; i < network->layer_count; ++i) {
        if (tsr_layer_note(&network->layers[i], blocking, note, size)) {
            return i;
        }
    }
    return -1;
}
