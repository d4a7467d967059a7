// SPDX-License-Identifier: Apache-2.0
// Random networks: small graphs of everything the machine executes.
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_sketch.h"

enum { max_layers = 64, layers_of_a_module = 12, max_extent = 26, max_tries = 12 };

void tsr_case_say(char *text, size_t bytes, const char *fmt, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(text + used, bytes - used, fmt, arguments);
    va_end(arguments);
}

/** Shapes of what is there. What nothing reads leaves the network. */
static bool infer(tsr_network *n) {
    tsr_error ignored = {0};
    for (int32_t i = 1; i < n->layer_count; ++i) {
        n->layers[i].is_output = tsr_network_consumer_count(n, i) == 0;
    }
    return tsr_network_infer(n, &ignored) == TSR_OK;
}

/** An extent of the input map: some cells, where a cell must not be cut. */
static int32_t extent(tsr_rng *rng, int32_t cell) {
    const int32_t most = max_extent / cell;
    return cell == 1 ? tsr_pick(rng, 4, max_extent)
                     : cell * tsr_pick(rng, cell < 4 ? 2 : 1, most > 2 ? most : 2);
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

/** Now and then a value in the middle leaves the network too. */
static void add_output(tsr_sketch *s) {
    tsr_error ignored = {0};
    tsr_network *n = s->network;
    tsr_layer *layer = &n->layers[tsr_pick(s->rng, 1, n->layer_count - 1)];
    if (!layer->is_output && tsr_chance(s->rng, 12)) {
        layer->is_output = true;
        layer->is_output = tsr_network_infer(n, &ignored) == TSR_OK;
    }
}

static void draw(tsr_sketch *s) {
    tsr_network *n = s->network;
    (void)tsr_sketch_layer(s, TSR_LAYER_INPUT, 0);
    n->layers[0].in = n->layers[0].out =
        (tsr_shape){tsr_chance(s->rng, 40) ? tsr_sketch_words(s, 3) : tsr_pick(s->rng, 1, 9),
                    extent(s->rng, s->wish->cell_h), extent(s->rng, s->wish->cell_w)};
    const int32_t modules = tsr_pick(s->rng, 1, 4);
    int32_t last = 0;
    int32_t made = 0;
    for (int32_t i = 0; i < max_tries && made < modules; ++i) {
        const int32_t count = n->layer_count;
        const bool far = count > 1 && tsr_chance(s->rng, 10);
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
        add_output(s);
    }
}

tsr_status tsr_case_network(tsr_rng *rng, const tsr_case_wish *wish, tsr_network *network,
                            tsr_error *err) {
    memset(network, 0, sizeof *network);
    network->layers = tsr_alloc(max_layers, sizeof *network->layers);
    TSR_CHECK(network->layers != NULL, TSR_ERR_NO_MEMORY, err, "random network",
              "no memory for layers");
    (void)snprintf(network->name, sizeof network->name, "random");
    network->batch = tsr_chance(rng, 8) ? tsr_pick(rng, 2, 3) : 1;
    tsr_sketch s = {.rng = rng, .wish = wish, .network = network, .capacity = max_layers};
    draw(&s);
    return TSR_OK;
}

static void say_window(const tsr_layer *l, char *text, size_t bytes) {
    tsr_case_say(text, bytes, "%dx%d", l->kernel_h, l->kernel_w);
    if (l->stride_h != 1) {
        tsr_case_say(text, bytes, "/%d", l->stride_h);
    }
    if (l->dilation_h != 1) {
        tsr_case_say(text, bytes, "*%d", l->dilation_h);
    }
    if (l->groups != 1) {
        tsr_case_say(text, bytes, "g%d", l->groups);
    }
}

/** What a layer reads, unless it is the one before it and nothing else. */
static void say_inputs(const tsr_layer *l, int32_t index, char *text, size_t bytes) {
    for (int32_t k = 0; k < l->input_count && (l->input_count > 1 || l->inputs[0] != index - 1);
         ++k) {
        tsr_case_say(text, bytes, "%c%d", k == 0 ? '(' : ',', l->inputs[k]);
    }
    if (l->input_count > 1 || l->inputs[0] != index - 1) {
        tsr_case_say(text, bytes, ")");
    }
}

void tsr_case_say_network(const tsr_network *network, char *text, size_t bytes) {
    const tsr_shape in = network->layers[0].out;
    tsr_case_say(text, bytes, "%dx%dx%d", in.c, in.h, in.w);
    if (network->batch != 1) {
        tsr_case_say(text, bytes, " batch %d", network->batch);
    }
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer *l = &network->layers[i];
        const bool window = l->kernel_h != 0;
        tsr_case_say(text, bytes, " %s%s",
                     l->kind == TSR_LAYER_CONV && !l->blockable ? "whole_" : "",
                     l->identity ? "copy" : tsr_layer_kind_name(l->kind));
        if (window) {
            say_window(l, text, bytes);
        }
        if (l->factor != 0) {
            tsr_case_say(text, bytes, "*%d", l->factor);
        }
        if (l->out_channels != 0) {
            tsr_case_say(text, bytes, ":%d", l->out_channels);
        }
        say_inputs(l, i, text, bytes);
        tsr_case_say(text, bytes, "%s", l->is_output && i + 1 < network->layer_count ? "!" : "");
    }
}
