// SPDX-License-Identifier: Apache-2.0
// Shapes, MACs and weight counts from the graph, and every rule a graph must keep.
#include <string.h>

#include <tessera/network.h>

#include "base/check.h"
#include "base/checked.h"

enum { max_extent = 65535, max_batch = 65535 };

/** What one output position of a window operator sees on one axis. */
typedef struct axis {
    const char *name;
    int64_t in, kernel, stride, dilation, pad_low, pad_high;
} axis;

static tsr_status infer_axis(const tsr_layer *layer, const axis *a, int32_t *out, tsr_error *err) {
    TSR_CHECK(
        a->kernel >= 1 && a->stride >= 1 && a->dilation >= 1 && a->pad_low >= 0 && a->pad_high >= 0,
        TSR_ERR_SHAPE, err, layer->name,
        "%s: kernel %lld, stride %lld, dilation %lld must be at least 1, padding %lld, %lld at "
        "least 0",
        a->name, (long long)a->kernel, (long long)a->stride, (long long)a->dilation,
        (long long)a->pad_low, (long long)a->pad_high);
    const int64_t reach = a->dilation * (a->kernel - 1) + 1;  // int32 values: no overflow
    const int64_t padded = a->in + a->pad_low + a->pad_high;
    TSR_CHECK(reach <= padded, TSR_ERR_SHAPE, err, layer->name,
              "%s: a window of %lld does not fit into %lld pixels (%lld + padding)", a->name,
              (long long)reach, (long long)padded, (long long)a->in);
    const int64_t size = (padded - reach) / a->stride + 1;
    TSR_CHECK(size <= max_extent, TSR_ERR_OVERFLOW, err, layer->name,
              "%s: %lld output pixels, at most %d", a->name, (long long)size, (int)max_extent);
    *out = (int32_t)size;
    return TSR_OK;
}

static tsr_status infer_window(tsr_layer *layer, tsr_error *err) {
    const axis rows = {"rows",           layer->in.h,       layer->kernel_h,
                       layer->stride_h,  layer->dilation_h, layer->pad_top,
                       layer->pad_bottom};
    const axis cols = {"columns",         layer->in.w,     layer->kernel_w, layer->stride_w,
                       layer->dilation_w, layer->pad_left, layer->pad_right};
    TSR_TRY(infer_axis(layer, &rows, &layer->out.h, err));
    return infer_axis(layer, &cols, &layer->out.w, err);
}

static int64_t elements(tsr_shape shape) {
    return (int64_t)shape.c * shape.h * shape.w;
}

static tsr_status count_work(tsr_layer *layer, int64_t per_output, int64_t outputs,
                             tsr_error *err) {
    int64_t weights = 0;
    int64_t macs = 0;
    TSR_CHECK(tsr_mul_i64(per_output, layer->out_channels, &weights) &&
                  tsr_mul_i64(per_output, outputs, &macs),
              TSR_ERR_OVERFLOW, err, layer->name, "the number of multiplications passes 2^63");
    layer->weight_count = (uint64_t)weights;
    layer->macs = (uint64_t)macs;
    return TSR_OK;
}

static tsr_status infer_conv(tsr_layer *layer, tsr_error *err) {
    const int32_t groups = layer->groups;
    TSR_CHECK(layer->out_channels >= 1, TSR_ERR_SHAPE, err, layer->name,
              "%d output channels, must be at least 1", layer->out_channels);
    TSR_CHECK(groups >= 1 && layer->in.c % groups == 0 && layer->out_channels % groups == 0,
              TSR_ERR_SHAPE, err, layer->name,
              "%d groups must divide %d input and %d output channels", groups, layer->in.c,
              layer->out_channels);
    TSR_CHECK(
        !layer->identity || (!layer->has_bias && groups == 1 && layer->out_channels >= layer->in.c),
        TSR_ERR_CONFIG, err, layer->name,
        "an identity has no bias, one group and at least as many output (%d) as input (%d) "
        "channels",
        layer->out_channels, layer->in.c);
    TSR_TRY(infer_window(layer, err));
    layer->out.c = layer->out_channels;
    int64_t per_output = 0;
    TSR_CHECK(
        tsr_mul_i64((int64_t)layer->kernel_h * layer->kernel_w, layer->in.c / groups, &per_output),
        TSR_ERR_OVERFLOW, err, layer->name, "the number of weights passes 2^63");
    return count_work(layer, per_output, elements(layer->out), err);
}

// A window of padding alone has neither a largest nor a mean value.
static tsr_status infer_pool(tsr_layer *layer, tsr_error *err) {
    TSR_CHECK(layer->pad_top < layer->kernel_h && layer->pad_bottom < layer->kernel_h &&
                  layer->pad_left < layer->kernel_w && layer->pad_right < layer->kernel_w,
              TSR_ERR_SHAPE, err, layer->name,
              "padding %d,%d,%d,%d must be smaller than the window of %dx%d", layer->pad_top,
              layer->pad_left, layer->pad_bottom, layer->pad_right, layer->kernel_h,
              layer->kernel_w);
    layer->out.c = layer->in.c;
    return infer_window(layer, err);
}

static tsr_status infer_gemm(tsr_layer *layer, tsr_error *err) {
    TSR_CHECK(layer->out_channels >= 1, TSR_ERR_SHAPE, err, layer->name,
              "%d outputs, must be at least 1", layer->out_channels);
    layer->out = (tsr_shape){layer->out_channels, 1, 1};
    return count_work(layer, elements(layer->in), layer->out_channels, err);
}

static tsr_status infer_join(const tsr_network *network, tsr_layer *layer, tsr_error *err) {
    const bool add = layer->kind == TSR_LAYER_ADD;
    int64_t channels = 0;
    for (int32_t k = 0; k < layer->input_count; ++k) {
        const tsr_layer *from = &network->layers[layer->inputs[k]];
        const tsr_shape a = layer->in;
        const tsr_shape b = from->out;
        TSR_CHECK(a.h == b.h && a.w == b.w && (a.c == b.c || !add), TSR_ERR_SHAPE, err, layer->name,
                  "inputs of %dx%dx%d and %dx%dx%d (%s), must have the same %s", a.c, a.h, a.w, b.c,
                  b.h, b.w, from->name, add ? "shape" : "height and width");
        channels += b.c;
    }
    TSR_CHECK(add || channels <= INT32_MAX, TSR_ERR_OVERFLOW, err, layer->name,
              "%lld channels, at most 2^31 - 1", (long long)channels);
    layer->out = layer->in;
    layer->out.c = add ? layer->in.c : (int32_t)channels;
    return TSR_OK;
}

static tsr_status infer_resize(tsr_layer *layer, tsr_error *err) {
    const int64_t r = layer->factor;
    const bool shuffle = layer->kind == TSR_LAYER_PIXEL_SHUFFLE;
    TSR_CHECK(r >= 1 && r <= max_extent, TSR_ERR_SHAPE, err, layer->name,
              "factor %lld, must be 1..%d", (long long)r, (int)max_extent);
    TSR_CHECK(!shuffle || layer->in.c % (r * r) == 0, TSR_ERR_SHAPE, err, layer->name,
              "%d channels must be a multiple of factor^2 = %lld", layer->in.c, (long long)(r * r));
    TSR_CHECK(layer->in.h * r <= max_extent && layer->in.w * r <= max_extent, TSR_ERR_OVERFLOW, err,
              layer->name, "%lldx%lld output pixels, at most %d on each axis",
              (long long)(layer->in.h * r), (long long)(layer->in.w * r), (int)max_extent);
    layer->out = (tsr_shape){shuffle ? (int32_t)(layer->in.c / (r * r)) : layer->in.c,
                             (int32_t)(layer->in.h * r), (int32_t)(layer->in.w * r)};
    return TSR_OK;
}

// What cannot be folded into the pass in front is refused: no machine here normalises by itself.
static tsr_status infer_norm(const tsr_network *network, tsr_layer *layer, tsr_error *err) {
    const tsr_layer *from = &network->layers[layer->inputs[0]];
    TSR_CHECK(from->kind == TSR_LAYER_CONV || from->kind == TSR_LAYER_GEMM, TSR_ERR_UNSUPPORTED,
              err, layer->name, "batch_norm behind '%s' (%s), must directly follow a conv or gemm",
              from->name, tsr_layer_kind_name(from->kind));
    TSR_CHECK(tsr_network_consumer_count(network, layer->inputs[0]) == 1 && !from->is_output,
              TSR_ERR_UNSUPPORTED, err, layer->name,
              "'%s' is read by others too, a batch_norm can be folded into it only if nothing else "
              "reads it",
              from->name);
    TSR_CHECK(layer->epsilon >= 0.0 && layer->epsilon <= 1.0, TSR_ERR_CONFIG, err, layer->name,
              "epsilon is %g, must be 0..1", layer->epsilon);
    layer->out = layer->in;
    return TSR_OK;
}

static tsr_status infer_layer(const tsr_network *network, tsr_layer *layer, tsr_error *err) {
    switch (layer->kind) {
        case TSR_LAYER_CONV:
            return infer_conv(layer, err);
        case TSR_LAYER_MAX_POOL:
        case TSR_LAYER_AVERAGE_POOL:
            return infer_pool(layer, err);
        case TSR_LAYER_GLOBAL_AVERAGE_POOL:
            layer->out = (tsr_shape){layer->in.c, 1, 1};
            return TSR_OK;
        case TSR_LAYER_ADD:
        case TSR_LAYER_CONCAT:
            return infer_join(network, layer, err);
        case TSR_LAYER_GEMM:
            return infer_gemm(layer, err);
        case TSR_LAYER_RELU:
        case TSR_LAYER_RELU6:
            layer->out = layer->in;
            return TSR_OK;
        case TSR_LAYER_FLATTEN:
            layer->out = (tsr_shape){(int32_t)elements(layer->in), 1, 1};  // a map holds below 2^31
            return TSR_OK;
        case TSR_LAYER_UPSAMPLE:
        case TSR_LAYER_PIXEL_SHUFFLE:
            return infer_resize(layer, err);
        case TSR_LAYER_BATCH_NORM:
            return infer_norm(network, layer, err);
        default:
            return tsr_fail(err, TSR_ERR_CONFIG, layer->name, "layer type %s stands only first",
                            tsr_layer_kind_name(layer->kind));
    }
}

static tsr_status check_map(const tsr_layer *layer, tsr_error *err) {
    const tsr_shape s = layer->out;
    TSR_CHECK(s.c >= 1 && s.h >= 1 && s.w >= 1 && s.h <= max_extent && s.w <= max_extent,
              TSR_ERR_SHAPE, err, layer->name,
              "map of %dx%dx%d (CxHxW), extents must be at least 1, height and width at most %d",
              s.c, s.h, s.w, (int)max_extent);
    TSR_CHECK((int64_t)s.c <= INT32_MAX / ((int64_t)s.h * s.w), TSR_ERR_OVERFLOW, err, layer->name,
              "map of %dx%dx%d (CxHxW), at most 2^31 - 1 elements", s.c, s.h, s.w);
    return TSR_OK;
}

static tsr_status check_inputs(const tsr_network *network, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &network->layers[index];
    const int32_t least = layer->kind == TSR_LAYER_ADD || layer->kind == TSR_LAYER_CONCAT ? 2 : 1;
    const int32_t most = layer->kind == TSR_LAYER_CONCAT ? TSR_LAYER_MAX_INPUTS : least;
    TSR_CHECK(layer->input_count >= least && layer->input_count <= most, TSR_ERR_CONFIG, err,
              layer->name, "%s with %d inputs, must have %d..%d", tsr_layer_kind_name(layer->kind),
              layer->input_count, least, most);
    for (int32_t k = 0; k < layer->input_count; ++k) {
        TSR_CHECK(layer->inputs[k] >= 0 && layer->inputs[k] < index, TSR_ERR_CONFIG, err,
                  layer->name, "reads layer %d, must be an earlier one than its own %d (no cycles)",
                  layer->inputs[k], index);
    }
    return TSR_OK;
}

// Names are how weights, messages and result files tell layers apart.
static tsr_status check_name(const tsr_network *network, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &network->layers[index];
    TSR_CHECK(layer->name[0] != '\0' && memchr(layer->name, 0, sizeof layer->name) != NULL,
              TSR_ERR_CONFIG, err, network->name, "layer %d has no name", index);
    const int32_t first = tsr_network_find(network, layer->name);
    TSR_CHECK(first == index, TSR_ERR_CONFIG, err, layer->name, "layers %d and %d have this name",
              first, index);
    return TSR_OK;
}

static tsr_status check_frame(const tsr_network *network, tsr_error *err) {
    TSR_CHECK(network->layer_count >= 2, TSR_ERR_CONFIG, err, network->name,
              "%d layers, must be an input and at least one more", network->layer_count);
    TSR_CHECK(network->layers[0].kind == TSR_LAYER_INPUT && network->layers[0].input_count == 0,
              TSR_ERR_CONFIG, err, network->name, "the first layer must be the input");
    TSR_CHECK(network->batch >= 1 && network->batch <= max_batch, TSR_ERR_SHAPE, err, network->name,
              "batch %d, must be 1..%d", network->batch, (int)max_batch);
    for (int32_t i = 0; i < network->layer_count; ++i) {
        TSR_TRY(check_name(network, i, err));
    }
    return TSR_OK;
}

// Sums over layers and batch are made in 64 bits everywhere.
static tsr_status check_totals(const tsr_network *network, tsr_error *err) {
    int64_t macs = 0;
    int64_t weights = 0;
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const tsr_layer *layer = &network->layers[i];
        TSR_CHECK(tsr_add_i64(macs, (int64_t)layer->macs, &macs) &&
                      tsr_add_i64(weights, (int64_t)layer->weight_count, &weights) &&
                      weights <= INT64_MAX / 8,
                  TSR_ERR_OVERFLOW, err, layer->name,
                  "the multiplications or weights up to here pass 2^60");
        TSR_CHECK(tsr_network_is_output(network, i) || tsr_network_consumer_count(network, i) > 0,
                  TSR_ERR_CONFIG, err, layer->name,
                  "no layer reads this one; only the last layer and those with \"output\": true "
                  "are outputs");
    }
    TSR_CHECK(tsr_mul_i64(macs, network->batch, &macs), TSR_ERR_OVERFLOW, err, network->name,
              "the multiplications of the batch pass 2^63");
    return TSR_OK;
}

tsr_status tsr_network_infer(tsr_network *network, tsr_error *err) {
    TSR_TRY(check_frame(network, err));
    network->layers[0].in = network->layers[0].out;
    TSR_TRY(check_map(&network->layers[0], err));
    for (int32_t i = 1; i < network->layer_count; ++i) {
        tsr_layer *layer = &network->layers[i];
        TSR_TRY(check_inputs(network, i, err));
        layer->in = network->layers[layer->inputs[0]].out;
        layer->macs = 0;
        layer->weight_count = 0;
        TSR_TRY(infer_layer(network, layer, err));
        TSR_TRY(check_map(layer, err));
    }
    return check_totals(network, err);
}
