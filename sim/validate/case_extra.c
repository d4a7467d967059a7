// SPDX-License-Identifier: Apache-2.0
// Directed cases for bins that neither random cases nor single convs come to: one hand-made network each.
#include "validate/case_extra.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

/** What a case is for, and on which machine it can be. */
typedef struct extra {
    tsr_cover_group group;
    int32_t at[2];
    const char *shape;  // NULL = any
    const char *schedule;
    void (*build)(tsr_network *network, int32_t size);
    int32_t size;                // what `build` makes of it
    uint64_t descriptor_offset;  // the descriptors sit so far behind where the planner puts them
} extra;

enum { most_layers = 8, map_edge = 24, small_edge = 8, wide_map = 200 };

int32_t tsr_case_add_layer(tsr_network *n, tsr_layer_kind kind, int32_t kernel, int32_t stride,
                           int32_t pad) {
    const int32_t index = n->layer_count++;
    tsr_layer *layer = &n->layers[index];
    *layer = tsr_layer_of(kind, index - 1);
    layer->kernel_h = layer->kernel_w = kernel;
    layer->stride_h = layer->stride_w = stride;
    layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = pad;
    layer->blockable = true;
    (void)snprintf(layer->name, sizeof layer->name, "%s%d", tsr_layer_kind_name(kind), index);
    return index;
}

static void add_input(tsr_network *n, int32_t c, int32_t h, int32_t w) {
    const int32_t index = tsr_case_add_layer(n, TSR_LAYER_INPUT, 0, 1, 0);
    n->layers[index].in = n->layers[index].out = (tsr_shape){c, h, w};
}

static void add_conv(tsr_network *n, int32_t channels, int32_t kernel, int32_t stride,
                     int32_t pad) {
    n->layers[tsr_case_add_layer(n, TSR_LAYER_CONV, kernel, stride, pad)].out_channels = channels;
}

static void strided(tsr_network *n, int32_t stride) {
    add_input(n, 3, map_edge, map_edge);
    add_conv(n, 4, 3, stride, 1);
}

/** In a group with another layer. */
static void strided_behind(tsr_network *n, int32_t stride) {
    add_input(n, 3, map_edge, map_edge);
    add_conv(n, 4, 1, 1, 0);
    add_conv(n, 4, 3, stride, 1);
}

static void dilated_behind(tsr_network *n, int32_t dilation) {
    add_input(n, 3, map_edge, map_edge);
    add_conv(n, 4, 1, 1, 0);
    add_conv(n, 4, 3, 1, dilation);
    tsr_layer *l = &n->layers[n->layer_count - 1];
    l->dilation_h = l->dilation_w = dilation;
}

static void wide_pool(tsr_network *n, int32_t window) {
    add_input(n, 3, map_edge - 1, map_edge - 1);
    add_conv(n, 4, 1, 1, 0);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, window, window - 1, 0);
}

static void padded_pool(tsr_network *n, int32_t window) {
    wide_pool(n, window);
    tsr_layer *l = &n->layers[n->layer_count - 1];
    l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = window / 2;
}

static void oblong_pool(tsr_network *n, int32_t pad) {
    wide_pool(n, 2);
    tsr_layer *l = &n->layers[n->layer_count - 1];
    l->kernel_w = 3;
    l->pad_left = l->pad_right = pad;
}

/** The second pool is a pass of its own; its output is banked for the conv that strides. */
static void banked_pool(tsr_network *n, int32_t window_w) {
    add_input(n, 2, 2 * map_edge / 3, 2 * map_edge / 3);
    add_conv(n, 2, 3, 1, 1);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    n->layers[n->layer_count - 1].kernel_w = window_w;
    add_conv(n, 2, 3, 2, 1);
}

static void long_rows(tsr_network *n, int32_t width) {
    add_input(n, 1, 2, width);
    add_conv(n, 2, 1, 1, 0);
}

/** Rows of 32 pixels of 4 bytes: 16 beats of 8. */
static void rows_of_16_beats(tsr_network *n, int32_t width) {
    add_input(n, 4, 2, width);
    add_conv(n, 4, 1, 1, 0);
}

/** One tile of two pixels over 4 planes of 4 channels: L = 4, as D is where 8 channels leave by 4, pixel by pixel. */
static void one_even_tile(tsr_network *n, int32_t width) {
    add_input(n, 16, 1, width);
    add_conv(n, 8, 1, 1, 0);
}

static void many_blocks(tsr_network *n, int32_t edge) {
    add_input(n, 4, edge, edge);
    add_conv(n, 4, 3, 1, 1);
}

static void shuffled(tsr_network *n, int32_t factor) {
    add_input(n, 3, small_edge, small_edge);
    add_conv(n, factor * factor, 3, 1, 1);
    n->layers[tsr_case_add_layer(n, TSR_LAYER_PIXEL_SHUFFLE, 0, 1, 0)].factor = factor;
}

static void upsampled(tsr_network *n, int32_t factor) {
    add_input(n, 3, small_edge, small_edge);
    n->layers[tsr_case_add_layer(n, TSR_LAYER_UPSAMPLE, 0, 1, 0)].factor = factor;
}

static void grouped(tsr_network *n, int32_t groups) {
    add_input(n, 32, small_edge, small_edge);
    add_conv(n, 32, 3, 1, 1);
    n->layers[n->layer_count - 1].groups = groups;
}

static void averaged(tsr_network *n, int32_t window) {
    add_input(n, 32, small_edge, small_edge);
    (void)tsr_case_add_layer(n, TSR_LAYER_AVERAGE_POOL, window, window, 0);
}

/** Means of one pixel: with a rounding that takes half of a double. */
static void averaged_pixels(tsr_network *n, int32_t edge) {
    add_input(n, 4, edge, edge);
    (void)tsr_case_add_layer(n, TSR_LAYER_AVERAGE_POOL, 1, 1, 0);
}

/** Strips of a sum of what was made two layers ago: rows of all three are kept. */
static void ringed_sum(tsr_network *n, int32_t edge) {
    add_input(n, 4, edge, edge);
    add_conv(n, 4, 1, 1, 0);
    const int32_t early = n->layer_count - 1;
    add_conv(n, 4, 3, 1, 1);
    add_conv(n, 4, 3, 1, 1);
    tsr_layer *sum = &n->layers[tsr_case_add_layer(n, TSR_LAYER_ADD, 0, 1, 0)];
    sum->input_count = 2;
    sum->inputs[1] = early;
    add_conv(n, 4, 3, 1, 1);
}

static void ringed_pool(tsr_network *n, int32_t edge) {
    add_input(n, 4, edge, edge);
    add_conv(n, 4, 1, 1, 0);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 3, 1, 1);
    add_conv(n, 4, 3, 1, 1);
}

#define EXTRA(group, first, second, shape, schedule, build, size) \
    { TSR_COVER_##group, {first, second}, shape, schedule, build, size, 0 }

static const extra extras[] = {
    EXTRA(STRIDE, 0, 1, NULL, "layerwise", strided, 2),
    EXTRA(STRIDE, 0, 2, NULL, "layerwise", strided, 3),
    EXTRA(STRIDE, 1, 1, NULL, "F6", strided, 2),
    EXTRA(STRIDE, 2, 1, NULL, "H2x2", strided, 2),
    EXTRA(STRIDE, 1, 2, NULL, "F6", strided, 3),
    EXTRA(STRIDE, 2, 2, NULL, "H2x2", strided, 3),
    EXTRA(STRIDE, 3, 1, NULL, "recompute:4", strided_behind, 2),
    EXTRA(STRIDE, 4, 1, NULL, "cached:4", strided_behind, 2),
    EXTRA(STRIDE, 3, 2, NULL, "recompute:4", strided_behind, 3),
    EXTRA(STRIDE, 4, 2, NULL, "cached:4", strided_behind, 3),
    EXTRA(DILATION, 3, 1, NULL, "recompute:8", dilated_behind, 2),
    EXTRA(DILATION, 4, 1, NULL, "cached:8", dilated_behind, 2),
    EXTRA(DILATION, 3, 2, NULL, "recompute:8", dilated_behind, 3),
    EXTRA(DILATION, 4, 2, NULL, "cached:8", dilated_behind, 3),
    EXTRA(DILATION, 0, 1, NULL, "layerwise", dilated_behind, 2),
    EXTRA(DILATION, 0, 2, NULL, "layerwise", dilated_behind, 3),
    EXTRA(DILATION, 1, 1, NULL, "F8", dilated_behind, 2),
    EXTRA(DILATION, 2, 1, NULL, "H2x2", dilated_behind, 2),
    EXTRA(DILATION, 1, 2, NULL, "F8", dilated_behind, 3),
    EXTRA(DILATION, 2, 2, NULL, "H2x2", dilated_behind, 3),
    EXTRA(MAX_POOL, 0, 1, NULL, "layerwise", padded_pool, 2),
    EXTRA(MAX_POOL, 1, 0, NULL, "layerwise", wide_pool, 3),
    EXTRA(MAX_POOL, 1, 1, NULL, "layerwise", padded_pool, 3),
    EXTRA(MAX_POOL, 2, 0, NULL, "layerwise", wide_pool, 4),
    EXTRA(MAX_POOL, 2, 1, NULL, "layerwise", padded_pool, 4),
    EXTRA(MAX_POOL, 3, 0, NULL, "layerwise", oblong_pool, 0),
    EXTRA(MAX_POOL, 3, 1, NULL, "layerwise", oblong_pool, 1),
    EXTRA(POOL_LAW, 0, 0, "m6n2p4w4", "F8", banked_pool, 1),
    EXTRA(POOL_LAW, 1, 0, "m6n2p4w4", "F8", banked_pool, 2),
    EXTRA(CONV_LAW, 1, 0, "m8n4p2", "layerwise", one_even_tile, 2),
    EXTRA(STEP, 0, 0, NULL, "layerwise", shuffled, 2),
    EXTRA(STEP, 1, 0, NULL, "layerwise", shuffled, 3),
    EXTRA(STEP, 2, 0, NULL, "layerwise", shuffled, 4),
    EXTRA(STEP, 0, 1, NULL, "layerwise", upsampled, 2),
    EXTRA(STEP, 1, 1, NULL, "layerwise", upsampled, 3),
    EXTRA(STEP, 2, 1, NULL, "layerwise", upsampled, 4),
    EXTRA(GROUPS, TSR_WEIGHTS_DENSE, 0, "m8n8p4w3", "layerwise", grouped, 4),
    EXTRA(GROUPS, TSR_WEIGHTS_DENSE, 1, "m8n4p2", "layerwise", grouped, 4),
    EXTRA(GROUPS, TSR_WEIGHTS_DIAGONAL, 0, "m8n8p4w3", "layerwise", grouped, 32),
    EXTRA(GROUPS, TSR_WEIGHTS_DIAGONAL, 1, "m8n4p2", "layerwise", grouped, 32),
    EXTRA(GROUPS, TSR_WEIGHTS_ONES, 0, "m8n8p4w3", "layerwise", averaged, 2),
    EXTRA(GROUPS, TSR_WEIGHTS_ONES, 1, "m8n4p2", "layerwise", averaged, 2),
    EXTRA(ONES, 0, 1, NULL, "layerwise", averaged, 3),
    EXTRA(ONES, 1, 1, NULL, "layerwise", averaged, 2),
    EXTRA(ONES, 1, 0, NULL, "layerwise", averaged_pixels, small_edge),
    EXTRA(RING, TSR_COVER_CONV_INPUT, 1, NULL, "cached:3", ringed_sum, map_edge),
    EXTRA(RING, TSR_COVER_CONV_OUTPUT, 1, NULL, "cached:3", ringed_sum, map_edge),
    EXTRA(RING, TSR_COVER_CONV_RESIDUAL, 1, NULL, "cached:3", ringed_sum, map_edge),
    EXTRA(RING, TSR_COVER_POOL_INPUT, 1, NULL, "cached:3", ringed_pool, map_edge),
    EXTRA(RING, TSR_COVER_POOL_OUTPUT, 1, NULL, "cached:3", ringed_pool, map_edge),
    EXTRA(BURST, TSR_PORT_DESCRIPTOR, 0, "m8n8p4w3", "layerwise", long_rows, wide_map),
    EXTRA(BURST, TSR_PORT_LOAD_FEATURE, 2, "m8n4p2", "layerwise", rows_of_16_beats, 32),
    EXTRA(BURST, TSR_PORT_STORE, 2, "m8n4p2", "layerwise", rows_of_16_beats, 32),
    EXTRA(BURST, TSR_PORT_LOAD_FEATURE, 3, "m2n1p1h", "layerwise", long_rows, wide_map),
    EXTRA(BURST, TSR_PORT_STORE, 3, "m2n1p1h", "layerwise", long_rows, wide_map),
    EXTRA(BURST, TSR_PORT_DESCRIPTOR, 3, "m2n1p1h", "layerwise", long_rows, wide_map),
    EXTRA(BURST, TSR_PORT_LOAD_WEIGHT, 3, "m2n1p1h", "layerwise", many_blocks, map_edge),
    {TSR_COVER_PAGE,
     {TSR_PORT_DESCRIPTOR, 0},
     "m8n4p2",
     "F4",
     many_blocks,
     map_edge,
     TSR_UARCH_DESCRIPTOR_UNIT_BYTES},
};

int32_t tsr_case_extra_count(void) {
    return (int32_t)(sizeof extras / sizeof extras[0]);
}

bool tsr_case_extra_open(const tsr_coverage *coverage, int32_t number) {
    const extra *e = &extras[number];
    return tsr_cover_hits(coverage, e->group, tsr_cover_index(&tsr_cover_plans[e->group], e->at)) ==
           0;
}

const char *tsr_case_extra_shape(int32_t number) {
    return extras[number].shape;
}

tsr_status tsr_case_extra_schedule(int32_t number, tsr_schedule *schedule, tsr_error *err) {
    TSR_TRY(tsr_schedule_parse(extras[number].schedule, schedule, err));
    schedule->blocking.ragged = schedule->blocking.true_stride =
        schedule->mode == TSR_SCHEDULE_BLOCKED;
    return TSR_OK;
}

tsr_status tsr_case_extra_network(int32_t number, tsr_network *network, tsr_error *err) {
    memset(network, 0, sizeof *network);
    network->layers = tsr_alloc(most_layers, sizeof *network->layers);
    TSR_CHECK(network->layers != NULL, TSR_ERR_NO_MEMORY, err, "directed case",
              "no memory for layers");
    (void)snprintf(network->name, sizeof network->name, "directed");
    network->batch = 1;
    extras[number].build(network, extras[number].size);
    return TSR_OK;
}

void tsr_case_extra_place(int32_t number, tsr_program *program) {
    program->descriptor_address += extras[number].descriptor_offset;
    program->memory_bytes += extras[number].descriptor_offset;
}
