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
    void (*build)(tsr_network *network);
    uint64_t descriptor_offset;  // the descriptors sit so far behind where the planner puts them
} extra;

enum { most_layers = 5, map_edge = 24, wide_map = 200 };

int32_t tsr_case_add_layer(tsr_network *n, tsr_layer_kind kind, int32_t kernel, int32_t stride,
                           int32_t pad) {
    const int32_t index = n->layer_count++;
    tsr_layer *layer = &n->layers[index];
    *layer = (tsr_layer){.kind = kind,
                         .input_count = kind == TSR_LAYER_INPUT ? 0 : 1,
                         .inputs = {index > 0 ? index - 1 : 0},
                         .kernel_h = kernel,
                         .kernel_w = kernel,
                         .stride_h = stride,
                         .stride_w = stride,
                         .dilation_h = 1,
                         .dilation_w = 1,
                         .pad_top = pad,
                         .pad_left = pad,
                         .pad_bottom = pad,
                         .pad_right = pad,
                         .groups = 1,
                         .blockable = true};
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

static void strided_by_3(tsr_network *n) {
    add_input(n, 3, map_edge, map_edge);
    add_conv(n, 4, 3, 3, 1);
}

static void strided_by_2(tsr_network *n) {
    add_input(n, 3, map_edge, map_edge);
    add_conv(n, 4, 3, 2, 1);
}

static void wide_pool(tsr_network *n) {
    add_input(n, 3, map_edge - 1, map_edge - 1);
    add_conv(n, 4, 1, 1, 0);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 3, 2, 0);
}

/** The second pool is a pass of its own; its output is banked for the conv that strides. */
static void banked_pool(tsr_network *n) {
    add_input(n, 2, 2 * map_edge / 3, 2 * map_edge / 3);
    add_conv(n, 2, 3, 1, 1);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    add_conv(n, 2, 3, 2, 1);
}

static void long_rows(tsr_network *n) {
    add_input(n, 1, 2, wide_map);
    add_conv(n, 2, 1, 1, 0);
}

/** Rows of 32 pixels of 4 bytes: 16 beats of 8. */
static void rows_of_16_beats(tsr_network *n) {
    add_input(n, 4, 2, 32);
    add_conv(n, 4, 1, 1, 0);
}

/** One tile of two pixels over 4 planes of 4 channels: L = 4, as D is where 8 channels leave by 4, pixel by pixel. */
static void one_even_tile(tsr_network *n) {
    add_input(n, 16, 1, 2);
    add_conv(n, 8, 1, 1, 0);
}

static void many_blocks(tsr_network *n) {
    add_input(n, 4, map_edge, map_edge);
    add_conv(n, 4, 3, 1, 1);
}

static const extra extras[] = {
    {TSR_COVER_STRIDE, {1, 1}, NULL, "F6", strided_by_2, 0},
    {TSR_COVER_STRIDE, {2, 1}, NULL, "H2x2", strided_by_2, 0},
    {TSR_COVER_STRIDE, {1, 2}, NULL, "F6", strided_by_3, 0},
    {TSR_COVER_STRIDE, {2, 2}, NULL, "H2x2", strided_by_3, 0},
    {TSR_COVER_MAX_POOL, {1, 0}, NULL, "layerwise", wide_pool, 0},
    {TSR_COVER_POOL_LAW, {1, 0}, "m6n2p4w4", "F8", banked_pool, 0},
    {TSR_COVER_CONV_LAW, {1, 0}, "m8n4p2", "layerwise", one_even_tile, 0},
    {TSR_COVER_BURST, {TSR_PORT_DESCRIPTOR, 0}, "m8n8p4w3", "layerwise", long_rows, 0},
    {TSR_COVER_BURST, {TSR_PORT_LOAD_FEATURE, 2}, "m8n4p2", "layerwise", rows_of_16_beats, 0},
    {TSR_COVER_BURST, {TSR_PORT_STORE, 2}, "m8n4p2", "layerwise", rows_of_16_beats, 0},
    {TSR_COVER_BURST, {TSR_PORT_LOAD_FEATURE, 3}, "m2n1p1h", "layerwise", long_rows, 0},
    {TSR_COVER_BURST, {TSR_PORT_STORE, 3}, "m2n1p1h", "layerwise", long_rows, 0},
    {TSR_COVER_BURST, {TSR_PORT_DESCRIPTOR, 3}, "m2n1p1h", "layerwise", long_rows, 0},
    {TSR_COVER_BURST, {TSR_PORT_LOAD_WEIGHT, 3}, "m2n1p1h", "layerwise", many_blocks, 0},
    {TSR_COVER_PAGE,
     {TSR_PORT_DESCRIPTOR, 0},
     "m8n4p2",
     "F4",
     many_blocks,
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
    extras[number].build(network);
    return TSR_OK;
}

void tsr_case_extra_place(int32_t number, tsr_program *program) {
    program->descriptor_address += extras[number].descriptor_offset;
    program->memory_bytes += extras[number].descriptor_offset;
}
