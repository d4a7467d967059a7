// SPDX-License-Identifier: Apache-2.0
// Random stretches of layers that run in modes of their own.
#include <string.h>

#include "draw/draw.h"

enum { most_tile = 9 };

tsr_schedule_mode tsr_draw_mode(tsr_rng *rng, bool blocks) {
    static const tsr_schedule_mode modes[] = {TSR_SCHEDULE_LAYERWISE, TSR_SCHEDULE_RECOMPUTE,
                                              TSR_SCHEDULE_CACHED, TSR_SCHEDULE_AUTO,
                                              TSR_SCHEDULE_BLOCKED};
    return modes[tsr_pick(rng, 0, blocks ? 4 : 3)];
}

static void draw_part(tsr_rng *rng, const tsr_parts_wish *wish, tsr_schedule_part *part) {
    part->mode = tsr_draw_mode(rng, wish->blocks);
    part->one_group = tsr_chance(rng, wish->one_group);
    const bool halo = part->mode == TSR_SCHEDULE_RECOMPUTE || part->mode == TSR_SCHEDULE_CACHED;
    if (halo && tsr_chance(rng, 50)) {
        part->tile_h = tsr_pick(rng, 1, most_tile);
        part->tile_w = part->mode == TSR_SCHEDULE_RECOMPUTE ? tsr_pick(rng, 1, most_tile) : 0;
    }
}

void tsr_draw_parts(tsr_rng *rng, const tsr_network *network, const tsr_parts_wish *wish,
                    tsr_schedule *schedule) {
    int32_t layer = 1;
    while (layer < network->layer_count && schedule->part_count < wish->most) {
        const int32_t last = tsr_pick(rng, layer, network->layer_count - 1);
        if (tsr_chance(rng, 70)) {
            tsr_schedule_part *part = &schedule->parts[schedule->part_count++];
            draw_part(rng, wish, part);
            memcpy(part->from, network->layers[layer].name, sizeof part->from);
            memcpy(part->to, network->layers[last].name, sizeof part->to);
        }
        layer = last + 1;
    }
}
