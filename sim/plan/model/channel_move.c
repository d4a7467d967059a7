// SPDX-License-Identifier: Apache-2.0
// Where channels come from: concats whose parts begin inside a word, and pixel shuffles.
//
// The parts of a concat lie in a map of whole words each; one pass closes the gaps between them.
// A pixel shuffle by r = step * rest puts channel c*r*r + i*r + j at row i, column j of the r x r
// pixels of channel c. This pass does the outer step x step of them, i = i1*rest + i2: its output has
// channel c*rest*rest + i2*rest + j2, which the passes behind it put in their place.
#include "plan/model/channel_move.h"

#include "base/checked.h"

/** Channel m of a concat, in the map where each part begins a word. */
static int32_t lane_of_part(const tsr_plan *plan, const tsr_layer *concat, int32_t m) {
    const int32_t tn = plan->arch.tn;
    int32_t lane = 0;
    for (int32_t k = 0; k < concat->input_count; ++k) {
        const int32_t channels = plan->network.layers[concat->inputs[k]].out.c;
        if (m < channels) {
            break;
        }
        m -= channels;
        lane += (int32_t)tsr_ceil_div(channels, tn) * tn;
    }
    return lane + m;
}

int32_t tsr_move_lane(const tsr_plan *plan, const tsr_stage *stage, int32_t m, int32_t set) {
    const tsr_layer *layer = &plan->network.layers[stage->layer];
    if (layer->kind == TSR_LAYER_CONCAT) {
        return lane_of_part(plan, layer, m);
    }
    const int32_t rest = stage->rest;
    const int32_t factor = stage->step * rest;
    const int32_t row = set / stage->step * rest + m / rest % rest;
    const int32_t col = set % stage->step * rest + m % rest;
    return m / (rest * rest) * factor * factor + row * factor + col;
}

tsr_stretch tsr_move_planes(const tsr_plan *plan, const tsr_stage *stage, int32_t first,
                            int32_t last) {
    const int32_t tn = plan->arch.tn;
    if (plan->network.layers[stage->layer].kind == TSR_LAYER_CONCAT) {
        return (tsr_stretch){tsr_move_lane(plan, stage, first, 0) / tn,
                             tsr_move_lane(plan, stage, last, 0) / tn + 1};
    }
    const int32_t area = stage->rest * stage->rest;
    const int32_t all = area * stage->step * stage->step;
    return (tsr_stretch){first / area * all / tn,
                         (int32_t)tsr_ceil_div((int64_t)(last / area + 1) * all, tn)};
}

int32_t tsr_move_step(int32_t factor) {
    int32_t step = 4;
    while (factor % step != 0) {
        --step;
    }
    return step;
}
