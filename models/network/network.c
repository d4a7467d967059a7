// SPDX-License-Identifier: Apache-2.0
// The network as a value: copy, free, questions about it, and where shipped configuration lives.
#include <string.h>

#include <tessera/network.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"

static const char *const kind_names[TSR_LAYER_KIND_COUNT] = {
    [TSR_LAYER_INPUT] = "input",
    [TSR_LAYER_CONV] = "conv",
    [TSR_LAYER_MAX_POOL] = "max_pool",
    [TSR_LAYER_AVERAGE_POOL] = "average_pool",
    [TSR_LAYER_GLOBAL_AVERAGE_POOL] = "global_average_pool",
    [TSR_LAYER_ADD] = "add",
    [TSR_LAYER_CONCAT] = "concat",
    [TSR_LAYER_GEMM] = "gemm",
    [TSR_LAYER_RELU] = "relu",
    [TSR_LAYER_RELU6] = "relu6",
    [TSR_LAYER_FLATTEN] = "flatten",
    [TSR_LAYER_UPSAMPLE] = "upsample",
    [TSR_LAYER_PIXEL_SHUFFLE] = "pixel_shuffle",
    [TSR_LAYER_BATCH_NORM] = "batch_norm",
};

const char *tsr_layer_kind_name(tsr_layer_kind kind) {
    return (size_t)kind < TSR_LAYER_KIND_COUNT ? kind_names[kind] : "unknown";
}

tsr_layer tsr_layer_of(tsr_layer_kind kind, int32_t input) {
    const bool reads = kind != TSR_LAYER_INPUT;
    return (tsr_layer){.kind = kind,
                       .input_count = reads ? 1 : 0,
                       .inputs = {reads ? input : 0},
                       .stride_h = 1,
                       .stride_w = 1,
                       .dilation_h = 1,
                       .dilation_w = 1,
                       .groups = 1};
}

tsr_status tsr_network_copy(const tsr_network *from, tsr_network *to, tsr_error *err) {
    tsr_network copy = *from;
    copy.layers = tsr_alloc((size_t)from->layer_count, sizeof *copy.layers);
    TSR_CHECK(copy.layers != NULL, TSR_ERR_NO_MEMORY, err, from->name, "out of memory");
    memcpy(copy.layers, from->layers, (size_t)from->layer_count * sizeof *copy.layers);
    *to = copy;
    return TSR_OK;
}

void tsr_network_free(tsr_network *network) {
    if (network == NULL) {
        return;
    }
    tsr_free(network->layers);
    *network = (tsr_network){0};
}

int32_t tsr_network_find(const tsr_network *network, const char *layer_name) {
    for (int32_t i = 0; i < network->layer_count; ++i) {
        if (strcmp(network->layers[i].name, layer_name) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t tsr_network_consumer_count(const tsr_network *network, int32_t layer) {
    int32_t count = 0;
    for (int32_t i = layer + 1; i < network->layer_count; ++i) {
        const tsr_layer *reader = &network->layers[i];
        bool reads = false;  // an add of a map to itself is one reader
        for (int32_t k = 0; k < reader->input_count; ++k) {
            reads = reads || reader->inputs[k] == layer;
        }
        count += reads;
    }
    return count;
}

bool tsr_network_is_output(const tsr_network *network, int32_t layer) {
    return layer == network->layer_count - 1 || network->layers[layer].is_output;
}

int32_t tsr_network_output_count(const tsr_network *network) {
    int32_t count = 0;
    for (int32_t i = 0; i < network->layer_count; ++i) {
        count += tsr_network_is_output(network, i);
    }
    return count;
}

// Set by the command line before anything is loaded; the only state of this component.
static const char *chosen_config_dir;

const char *tsr_config_dir(void) {
    if (chosen_config_dir != NULL) {
        return chosen_config_dir;
    }
    return tsr_file_exists(TSR_CONFIG_SOURCE_DIR) ? TSR_CONFIG_SOURCE_DIR : TSR_CONFIG_INSTALL_DIR;
}

void tsr_config_dir_set(const char *path) {
    chosen_config_dir = path;
}
