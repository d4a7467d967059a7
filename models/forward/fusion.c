// SPDX-License-Identifier: Apache-2.0
// Which layers share one pass: the graph rules that the integer forward run and the planner both
// follow.
#include <tessera/forward.h>

// Number of edges that read a layer (an add of a map to itself reads it twice); the way out of the
// network is one.
static int32_t reader_edges(const tsr_network *network, int32_t layer) {
    int32_t edges = tsr_network_is_output(network, layer) ? 1 : 0;
    for (int32_t i = layer + 1; i < network->layer_count; ++i) {
        for (int32_t k = 0; k < network->layers[i].input_count; ++k) {
            edges += network->layers[i].inputs[k] == layer ? 1 : 0;
        }
    }
    return edges;
}

// The residual is added before the 2x2 max pool that stands in for a stride, so a strided conv
// cannot take an add of its pooled map.
static bool can_take_add(const tsr_network *network, const int32_t *fused_into, int32_t layer) {
    const tsr_layer_kind kind = network->layers[layer].kind;
    const tsr_layer *conv = &network->layers[fused_into[layer]];
    return (kind == TSR_LAYER_CONV || kind == TSR_LAYER_BATCH_NORM) &&
           conv->kind == TSR_LAYER_CONV && conv->stride_h == 1 && conv->stride_w == 1 &&
           reader_edges(network, layer) == 1;
}

static int32_t root_of_add(const tsr_network *network, const int32_t *fused_into, int32_t add) {
    const tsr_layer *layer = &network->layers[add];
    if (layer->input_count != 2) {
        return add;
    }
    const int32_t a = layer->inputs[0];
    const int32_t b = layer->inputs[1];
    const int32_t later = a > b ? a : b;
    const int32_t earlier = a > b ? b : a;
    if (can_take_add(network, fused_into, later)) {
        return fused_into[later];
    }
    return can_take_add(network, fused_into, earlier) ? fused_into[earlier] : add;
}

// Of what follows a computing layer directly: a relu, or the norm of a conv or gemm.
static int32_t root_of_follower(const tsr_network *network, const int32_t *fused_into,
                                int32_t follower) {
    const int32_t input = network->layers[follower].inputs[0];
    const tsr_layer_kind kind = network->layers[input].kind;
    const bool weighted = kind == TSR_LAYER_CONV || kind == TSR_LAYER_GEMM;
    const bool computes = weighted || kind == TSR_LAYER_ADD || kind == TSR_LAYER_BATCH_NORM;
    const bool norm = network->layers[follower].kind == TSR_LAYER_BATCH_NORM;
    return (norm ? weighted : computes) && reader_edges(network, input) == 1 ? fused_into[input]
                                                                             : follower;
}

void tsr_fusion_make(const tsr_network *network, int32_t *fused_into) {
    for (int32_t i = 0; i < network->layer_count; ++i) {
        switch (network->layers[i].kind) {
            case TSR_LAYER_ADD:
                fused_into[i] = root_of_add(network, fused_into, i);
                break;
            case TSR_LAYER_RELU:
            case TSR_LAYER_RELU6:
            case TSR_LAYER_BATCH_NORM:
                fused_into[i] = root_of_follower(network, fused_into, i);
                break;
            default:
                fused_into[i] = i;
                break;
        }
    }
}

int32_t tsr_fusion_last(const tsr_network *network, const int32_t *fused_into, int32_t root) {
    int32_t last = root;
    for (int32_t i = root + 1; i < network->layer_count; ++i) {
        last = fused_into[i] == root ? i : last;
    }
    return last;
}

int32_t tsr_fusion_add(const tsr_network *network, const int32_t *fused_into, int32_t root) {
    for (int32_t i = root + 1; i < network->layer_count; ++i) {
        if (fused_into[i] == root && network->layers[i].kind == TSR_LAYER_ADD) {
            return i;
        }
    }
    return -1;
}

int32_t tsr_fusion_residual(const tsr_network *network, const int32_t *fused_into, int32_t add) {
    const tsr_layer *layer = &network->layers[add];
    if (layer->kind != TSR_LAYER_ADD || fused_into[add] == add) {
        return -1;
    }
    const bool first_is_own = fused_into[layer->inputs[0]] == fused_into[add];
    return layer->inputs[first_is_own ? 1 : 0];
}
