// SPDX-License-Identifier: Apache-2.0
// Modes of layers: what a schedule says of them, and what goes together.
#include "plan/model/schedule_parts.h"

#include "base/check.h"
#include "plan/model/plan_model.h"

static tsr_status check_tile(tsr_schedule_mode mode, int32_t tile_h, int32_t tile_w,
                             const char *where, tsr_error *err) {
    const bool halo = mode == TSR_SCHEDULE_RECOMPUTE || mode == TSR_SCHEDULE_CACHED;
    TSR_CHECK(tile_h >= 0 && tile_w >= 0 && (halo || (tile_h == 0 && tile_w == 0)), TSR_ERR_USAGE,
              err, where, "tile of %d x %d: recompute and cached take one, other modes none",
              tile_h, tile_w);
    return TSR_OK;
}

/** Some groups may run with halos or strips. */
static bool has_halos(tsr_schedule_mode mode) {
    return (tsr_schedule_ways(mode) & (1U << TSR_GROUP_RECOMPUTE | 1U << TSR_GROUP_CACHED)) != 0;
}

static tsr_status check_residency(const tsr_schedule *schedule, bool blocked, bool halo,
                                  tsr_error *err) {
    TSR_CHECK(schedule->block_batch >= 0 &&
                  (schedule->block_batch == 0 || schedule->residency == TSR_RESIDENCY_BLOCK_BATCH),
              TSR_ERR_USAGE, err, "schedule",
              "block_batch is %d with weight residency %s: it goes with block_batch, from 1 on",
              schedule->block_batch, tsr_residency_name(schedule->residency));
    TSR_CHECK((blocked && !halo) || schedule->residency != TSR_RESIDENCY_BLOCK_BATCH, TSR_ERR_USAGE,
              err, "schedule", "weight residency block_batch needs mode blocked, not %s",
              tsr_schedule_mode_name(schedule->mode));
    TSR_CHECK(!halo || schedule->residency != TSR_RESIDENCY_PER_GROUP, TSR_ERR_USAGE, err,
              "schedule", "weight residency per_group needs mode blocked or layerwise, not %s",
              tsr_schedule_mode_name(schedule->mode));
    return TSR_OK;
}

tsr_status tsr_schedule_check(const tsr_schedule *schedule, tsr_error *err) {
    TSR_TRY(check_tile(schedule->mode, schedule->tile_h, schedule->tile_w, "schedule", err));
    bool blocked = schedule->mode == TSR_SCHEDULE_BLOCKED || schedule->mode == TSR_SCHEDULE_AUTO;
    bool halo = has_halos(schedule->mode);
    TSR_CHECK(schedule->part_count >= 0 && schedule->part_count <= TSR_SCHEDULE_PARTS_MAX,
              TSR_ERR_USAGE, err, "schedule", "%d parts, at most %d", schedule->part_count,
              TSR_SCHEDULE_PARTS_MAX);
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_schedule_part *part = &schedule->parts[i];
        TSR_TRY(check_tile(part->mode, part->tile_h, part->tile_w, part->from, err));
        TSR_CHECK(
            part->mode != TSR_SCHEDULE_BLOCKED || schedule->blocking.kind != TSR_BLOCKING_NONE,
            TSR_ERR_USAGE, err, part->from, "a blocked part needs a blocking");
        blocked = blocked || part->mode == TSR_SCHEDULE_BLOCKED || part->mode == TSR_SCHEDULE_AUTO;
        halo = halo || has_halos(part->mode);
    }
    TSR_TRY(check_residency(schedule, blocked, halo, err));
    TSR_CHECK(blocked || schedule->blocking.kind == TSR_BLOCKING_NONE, TSR_ERR_USAGE, err,
              "schedule", "a blocking needs mode blocked or auto, not %s",
              tsr_schedule_mode_name(schedule->mode));
    return TSR_OK;
}

/** First and last layer of a part, -1 if there are no such layers. */
static tsr_stretch layers_of(const tsr_schedule_part *part, const tsr_network *network) {
    return (tsr_stretch){tsr_network_find(network, part->from),
                         tsr_network_find(network, part->to)};
}

int32_t tsr_schedule_part_of(const tsr_schedule *schedule, const tsr_network *network,
                             int32_t layer) {
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_stretch layers = layers_of(&schedule->parts[i], network);
        if (layer >= layers.begin && layer <= layers.end) {
            return i;
        }
    }
    return -1;
}

uint32_t tsr_schedule_ways(tsr_schedule_mode mode) {
    const uint32_t tiled = 1U << TSR_GROUP_TILED;
    const uint32_t fused = 1U << TSR_GROUP_FUSED;
    const uint32_t recompute = 1U << TSR_GROUP_RECOMPUTE;
    const uint32_t cached = 1U << TSR_GROUP_CACHED;
    const uint32_t ways[] = {tiled, tiled | recompute, tiled | cached, tiled | fused,
                             tiled | fused | recompute | cached};
    return ways[mode];
}

static tsr_status check_parts(const tsr_schedule *schedule, const tsr_network *network,
                              tsr_error *err) {
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_schedule_part *part = &schedule->parts[i];
        const tsr_stretch layers = layers_of(part, network);
        TSR_CHECK(layers.begin > 0 && layers.end >= layers.begin, TSR_ERR_USAGE, err, "schedule",
                  "from '%s' to '%s': must be layers of %s, in its order", part->from, part->to,
                  network->name);
        for (int32_t k = 0; k < i; ++k) {
            const tsr_stretch others = layers_of(&schedule->parts[k], network);
            TSR_CHECK(layers.end < others.begin || others.end < layers.begin, TSR_ERR_USAGE, err,
                      "schedule", "the part from '%s' to '%s' overlaps the one from '%s'",
                      part->from, part->to, schedule->parts[k].from);
        }
    }
    return TSR_OK;
}

tsr_status tsr_schedule_apply(const tsr_schedule *schedule, tsr_network *network, tsr_error *err) {
    TSR_TRY(tsr_schedule_check(schedule, err));
    TSR_TRY(check_parts(schedule, network, err));
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const int32_t part = tsr_schedule_part_of(schedule, network, i);
        const tsr_schedule_mode mode = part >= 0 ? schedule->parts[part].mode : schedule->mode;
        const bool whole = (tsr_schedule_ways(mode) & 1U << TSR_GROUP_FUSED) == 0;
        if (whole && schedule->blocking.kind != TSR_BLOCKING_NONE) {
            network->layers[i].blockable = false;
        }
    }
    return TSR_OK;
}
