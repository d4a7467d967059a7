// SPDX-License-Identifier: Apache-2.0
// Random networks: small graphs of everything the machine executes.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "draw/draw_sketch.h"

enum { max_layers = 64, layers_of_a_module = 12, least_extent = 4, max_tries = 12 };

/** Shapes of what is there. What nothing reads leaves the network. */
static bool infer(tsr_network *n) {
    tsr_error ignored = {0};
    for (int32_t i = 1; i < n->layer_count; ++i) {
        n->layers[i].is_output = tsr_network_consumer_count(n, i) == 0;
    }
    return tsr_network_infer(n, &ignored) == TSR_OK;
}

/** An extent of the input map: some cells, where a cell must not be cut. */
static int32_t extent(const tsr_sketch *s, int32_t cell) {
    const int32_t most = s->wish->most_extent / cell;
    return cell == 1 ? tsr_pick(s->rng, least_extent, s->wish->most_extent)
                     : cell * tsr_pick(s->rng, cell < least_extent ? 2 : 1, most > 2 ? most : 2);
}

/** One module behind `from`; `from` itself when nothing came of it. */
static int32_t grow(tsr_sketch *s, int32_t from) {
    const int32_t before = s->network->layer_count;
    const int32_t last = tsr_sketch_module(s, from);
    if (last != TSR_SKETCH_NONE && s->network->layer_count > before && infer(s->network)) {
        return last;
    }
    s->network->layer_count = before;
    return from;
}

static int32_t add_gemms(tsr_sketch *s, int32_t last) {
    if (tsr_chance(s->rng, 60)) {
        last = tsr_sketch_layer(s, TSR_LAYER_GLOBAL_AVERAGE_POOL, last);
    }
    last = tsr_chance(s->rng, 50) ? tsr_sketch_layer(s, TSR_LAYER_FLATTEN, last) : last;
    const int32_t count = tsr_pick(s->rng, 1, 2);
    for (int32_t i = 0; i < count; ++i) {
        last = tsr_sketch_layer(s, TSR_LAYER_GEMM, last);
        tsr_sketch_at(s, last)->out_channels = tsr_pick(s->rng, 1, 20);
        tsr_sketch_at(s, last)->has_bias = tsr_chance(s->rng, 80);
        last = tsr_sketch_dress(s, last, true);
    }
    return last;
}

/** Now and then values in the middle leave the network too. */
static void add_outputs(tsr_sketch *s) {
    tsr_error ignored = {0};
    tsr_network *n = s->network;
    for (int32_t i = 1; i < n->layer_count; ++i) {
        tsr_layer *layer = &n->layers[i];
        if (!layer->is_output && tsr_chance(s->rng, 3)) {
            layer->is_output = true;
            layer->is_output = tsr_network_infer(n, &ignored) == TSR_OK;
        }
    }
}

static void draw(tsr_sketch *s) {
    tsr_network *n = s->network;
    (void)tsr_sketch_layer(s, TSR_LAYER_INPUT, 0);
    n->layers[0].in = n->layers[0].out =
        (tsr_shape){tsr_chance(s->rng, 40) ? tsr_sketch_words(s, 3) : tsr_pick(s->rng, 1, 9),
                    extent(s, s->wish->cell_h), extent(s, s->wish->cell_w)};
    const int32_t modules = tsr_pick(s->rng, 1, 4);
    int32_t last = 0;
    int32_t made = 0;
    for (int32_t i = 0; i < max_tries && made < modules; ++i) {
        const int32_t count = n->layer_count;
        const bool far = count > 1 && tsr_chance(s->rng, 22);
        const int32_t from = far ? tsr_pick(s->rng, 0, count - 1) : last;
        if (count + layers_of_a_module > s->capacity) {
            break;
        }
        const int32_t end = grow(s, from);
        made += end != from;
        last = far && (end == from || tsr_chance(s->rng, 50)) ? last : end;
    }
    const int32_t before = n->layer_count;
    if (made > 0 && tsr_chance(s->rng, 20)) {
        (void)add_gemms(s, last);
        n->layer_count = infer(n) ? n->layer_count : before;
    }
    if (infer(n)) {
        add_outputs(s);
    }
}

tsr_status tsr_draw_network(tsr_rng *rng, const tsr_draw_wish *wish, tsr_network *network,
                            tsr_error *err) {
    memset(network, 0, sizeof *network);
    network->layers = tsr_alloc(max_layers, sizeof *network->layers);
    TSR_CHECK(network->layers != NULL, TSR_ERR_NO_MEMORY, err, "random network",
              "no memory for layers");
    (void)snprintf(network->name, sizeof network->name, "random");
    network->batch = 1;
    tsr_sketch s = {.rng = rng, .wish = wish, .network = network, .capacity = max_layers};
    draw(&s);
    return TSR_OK;
}
