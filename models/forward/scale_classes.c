// SPDX-License-Identifier: Apache-2.0
// Layers that cannot rescale (pools, concat, moves, a relu alone) share the scale of what they
// read; so do the layers of one pass, and a network that ends by adding its own input answers in
// the input's scale.
#include "forward/scale_classes.h"

#include <math.h>

#include "base/alloc.h"
#include "base/check.h"

/** A class per layer: class_of[i] = smallest layer of its class. */
typedef struct classes {
    const tsr_network *network;
    const int32_t *fused_into;
    int32_t *class_of;  // owned
    tsr_range *ranges;  // owned, by class
} classes;

tsr_limits tsr_activation_limits(int32_t activation_bits) {
    return activation_bits == 16 ? (tsr_limits){INT16_MIN, INT16_MAX}
                                 : (tsr_limits){INT8_MIN, INT8_MAX};
}

static void unite(classes *c, int32_t a, int32_t b) {
    const int32_t from = c->class_of[a] > c->class_of[b] ? c->class_of[a] : c->class_of[b];
    const int32_t to = c->class_of[a] > c->class_of[b] ? c->class_of[b] : c->class_of[a];
    for (int32_t i = 0; i < c->network->layer_count; ++i) {
        c->class_of[i] = c->class_of[i] == from ? to : c->class_of[i];
    }
}

static bool keeps_scale(const classes *c, int32_t layer) {
    switch (c->network->layers[layer].kind) {
        case TSR_LAYER_INPUT:
        case TSR_LAYER_CONV:
        case TSR_LAYER_GEMM:
        case TSR_LAYER_ADD:
            return false;
        case TSR_LAYER_RELU:
        case TSR_LAYER_RELU6:
            return c->fused_into[layer] == layer;
        default:
            return true;
    }
}

static bool adds_network_input(const classes *c, int32_t layer) {
    const tsr_layer *add = &c->network->layers[layer];
    return add->kind == TSR_LAYER_ADD && (add->inputs[0] == 0 || add->inputs[1] == 0);
}

static void build(classes *c) {
    const int32_t last = c->network->layer_count - 1;
    for (int32_t i = 0; i <= last; ++i) {
        c->class_of[i] = i;
    }
    for (int32_t i = 1; i <= last; ++i) {
        const tsr_layer *layer = &c->network->layers[i];
        if (c->fused_into[i] != i) {
            unite(c, i, c->fused_into[i]);
        }
        for (int32_t k = 0; k < layer->input_count && keeps_scale(c, i); ++k) {
            unite(c, i, layer->inputs[k]);
        }
        if (adds_network_input(c, i) && (i == last || (i == last - 1 && c->class_of[last] == i))) {
            unite(c, i, 0);
        }
    }
}

// A class spans the values that are really stored: those of each pass's last layer.
static void span(classes *c, const tsr_range *ranges) {
    for (int32_t i = 0; i < c->network->layer_count; ++i) {
        if (tsr_fusion_last(c->network, c->fused_into, c->fused_into[i]) != i) {
            continue;
        }
        tsr_range *range = &c->ranges[c->class_of[i]];
        range->lo = ranges[i].lo < range->lo ? ranges[i].lo : range->lo;
        range->hi = ranges[i].hi > range->hi ? ranges[i].hi : range->hi;
    }
}

static double scale_of(tsr_range range, tsr_limits limits) {
    const double steps = (double)limits.hi - (double)limits.lo;
    const double width = range.hi - range.lo;
    return (width > 0.0 ? width : 1.0) / steps;  // a map of zeros may have any scale
}

static tsr_qparams params_of(tsr_range range, tsr_limits limits) {
    const double scale = scale_of(range, limits);
    const double zero = round((double)limits.lo - range.lo / scale);
    const double low = zero > limits.lo ? zero : limits.lo;
    return (tsr_qparams){scale, (int32_t)(low < limits.hi ? low : limits.hi)};
}

// Widen the class of an add until an operand's scale is below twice its own; whether it had to be.
static bool widen_for(classes *c, int32_t add, int32_t operand, tsr_limits limits) {
    static const double most = 1.99;  // the machine scales operands by factors below 2
    const double operand_scale = scale_of(c->ranges[c->class_of[operand]], limits);
    tsr_range *range = &c->ranges[c->class_of[add]];
    if (operand_scale <= most * scale_of(*range, limits)) {
        return false;
    }
    // A little more than needed, so that rounding cannot ask for it again.
    const double steps = (double)limits.hi - (double)limits.lo;
    range->hi = range->lo + operand_scale / most * steps * (1.0 + 1e-9);
    return true;
}

// A sum can be much smaller than its terms (a relu behind it cuts off what is negative): its scale
// then has to be coarser than its values need. Ends, since no class passes the widest one.
static void widen_for_adds(classes *c, tsr_limits limits) {
    bool again = true;
    while (again) {
        again = false;
        for (int32_t i = 1; i < c->network->layer_count; ++i) {
            const tsr_layer *layer = &c->network->layers[i];
            if (layer->kind != TSR_LAYER_ADD) {
                continue;
            }
            const int32_t residual = tsr_fusion_residual(c->network, c->fused_into, i);
            for (int32_t k = 0; k < layer->input_count; ++k) {
                const bool scaled = residual < 0 || layer->inputs[k] == residual;
                again = (scaled && widen_for(c, i, layer->inputs[k], limits)) || again;
            }
        }
    }
}

// Given input params cannot be widened: what is concatenated with the input has to fit them.
static tsr_status check_given(const classes *c, const tsr_quantize_options *options,
                              tsr_error *err) {
    const tsr_qparams given = options->input_params;
    const tsr_limits limits = tsr_activation_limits(options->activation_bits);
    const double lo = given.scale * (limits.lo - 1 - given.zero_point);
    const double hi = given.scale * (limits.hi + 1 - given.zero_point);
    const tsr_range range = c->ranges[0];
    for (int32_t i = 1; i < c->network->layer_count; ++i) {
        const tsr_layer *layer = &c->network->layers[i];
        const bool bound = layer->kind == TSR_LAYER_CONCAT && c->class_of[i] == 0;
        TSR_CHECK(!bound || (range.lo >= lo && range.hi <= hi), TSR_ERR_UNSUPPORTED, err,
                  layer->name,
                  "concat must share the network input's given scale, but its values span "
                  "[%g, %g] and that scale only [%g, %g]",
                  range.lo, range.hi, lo, hi);
    }
    return TSR_OK;
}

static tsr_status check_options(const tsr_quantize_options *options, tsr_error *err) {
    const tsr_qparams given = options->input_params;
    TSR_CHECK(options->activation_bits == 8 || options->activation_bits == 16, TSR_ERR_UNSUPPORTED,
              err, NULL, "activation_bits is %d, must be 8 or 16", options->activation_bits);
    const tsr_limits limits = tsr_activation_limits(options->activation_bits);
    TSR_CHECK(given.scale >= 0.0 && isfinite(given.scale) && given.zero_point >= limits.lo &&
                  given.zero_point <= limits.hi,
              TSR_ERR_CONFIG, err, NULL,
              "input scale %g and zero point %d: the scale must be finite and not negative, the "
              "zero point within [%d, %d]",
              given.scale, given.zero_point, limits.lo, limits.hi);
    return TSR_OK;
}

static tsr_status check_ranges(const tsr_network *network, const tsr_range *ranges,
                               tsr_error *err) {
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const tsr_range r = ranges[i];
        TSR_CHECK(isfinite(r.lo) && isfinite(r.hi) && r.lo <= 0.0 && r.hi >= 0.0, TSR_ERR_CONFIG,
                  err, network->layers[i].name, "range [%g, %g] must be finite and hold 0", r.lo,
                  r.hi);
    }
    return TSR_OK;
}

tsr_status tsr_scale_classes_solve(const tsr_network *network, const int32_t *fused_into,
                                   const tsr_range *ranges, const tsr_quantize_options *options,
                                   tsr_qparams *params, tsr_error *err) {
    TSR_TRY(check_options(options, err));
    TSR_TRY(check_ranges(network, ranges, err));
    const size_t count = (size_t)network->layer_count;
    classes c = {.network = network,
                 .fused_into = fused_into,
                 .class_of = tsr_alloc(count, sizeof *c.class_of),
                 .ranges = tsr_alloc(count, sizeof *c.ranges)};
    tsr_status status = TSR_OK;
    if (c.class_of == NULL || c.ranges == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, network->name, "out of memory");
        goto done;
    }
    build(&c);
    span(&c, ranges);
    const bool given = options->input_params.scale > 0.0;
    status = given ? check_given(&c, options, err) : TSR_OK;
    const tsr_limits limits = tsr_activation_limits(options->activation_bits);
    widen_for_adds(&c, limits);
    for (int32_t i = 0; i < network->layer_count; ++i) {
        params[i] = given && c.class_of[i] == 0 ? options->input_params
                                                : params_of(c.ranges[c.class_of[i]], limits);
    }
done:
    tsr_free(c.class_of);
    tsr_free(c.ranges);
    return status;
}
