// SPDX-License-Identifier: Apache-2.0
// Places in the feature pool of a halo group: one for each map, with the piece or the ring of rows
// it holds.
#include <stdio.h>

#include "plan/halo/halo.h"
#include "plan/halo/overlap.h"
#include "plan/halo/strips.h"
#include "plan/model/slots.h"
#include "plan/stages/pixel_pack.h"

enum { ROW_PITCH_MAX = (1 << 14) - 1 };  // of a descriptor

/** [words a pixel, pixel] that a map has in the pool. */
static tsr_shape place_words(const tsr_region_map *m) {
    return (tsr_shape){m->planes, m->ring > 0 ? m->ring : m->most_h, m->most_w};
}

int64_t tsr_halo_least_lines(const tsr_plan *plan, const tsr_regions *r) {
    int64_t least = 0;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        const int32_t touched[3] = {r->in[step], r->out[step], r->added[step]};
        int64_t lines = 0;
        for (int32_t k = 0; k < 3; ++k) {
            if (touched[k] >= 0) {
                const tsr_region_map *m = &r->maps[touched[k]];
                const tsr_shape words = place_words(m);
                lines += tsr_plan_map_lines(&plan->arch, words.c, words.h, words.w, m->stride_w);
            }
        }
        least = lines > least ? lines : least;
    }
    return least;
}

/** Rows that other engines fill or empty while the array works on others lie together: their
 * planes are side by side, and a part of the ring is one stretch of lines. */
static void interleave(const tsr_region_map *m, bool overlaps, tsr_slot *slot) {
    slot->ring = m->ring;
    const int64_t row = (int64_t)slot->planes * slot->row_pitch;
    // of a concatenation nothing may be overwritten while a part of it is still read: the program
    // check could not tell a dead row from a lost one
    const bool alone = m->writers <= 1;
    if (m->ring > 0 && alone && (m->loaded || m->stored || overlaps) && row <= ROW_PITCH_MAX) {
        slot->plane_pitch = slot->row_pitch;
        slot->row_pitch = (int32_t)row;
    }
}

/** Other engines take something of map e to DRAM, and bring it back. */
static bool comes_back_to(const tsr_regions *r, int32_t e) {
    bool any = false;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        any = any || (r->out[step] == e && tsr_overlap_has(r, step));
    }
    return any;
}

static void add_place(const tsr_plan *plan, tsr_group *group, tsr_region_map *m, tsr_halo_way way) {
    const tsr_regions *r = group->regions;
    char name[48];
    (void)snprintf(name, sizeof name, "%s %.32s",
                   m->twice    ? "again"
                   : m->loaded ? "input"
                               : "map",
                   plan->network.layers[plan->maps[m->map].layer].name);
    m->slot = tsr_slot_add(&plan->arch, group, name, place_words(m), m->stride_w);
    m->second_slot = -1;
    tsr_slot *slot = &group->slots[m->slot];
    tsr_slot_pack(&plan->arch, slot, m->pack, 1);
    const bool comes_back = comes_back_to(r, (int32_t)(m - r->maps));
    interleave(m, comes_back, slot);
    slot->load_writes = m->loaded || comes_back;
    slot->compute_writes = !m->loaded;
    slot->store_reads = m->stored || comes_back;
    slot->first_step = m->first_step;
    slot->last_step = m->last_step;
    const bool overlaps = way.prefetch != TSR_PREFETCH_NONE;
    if (m->ring > 0 || (m->loaded && overlaps)) {
        slot->first_step = 0;
        slot->last_step = r->last - r->first;
    } else if (m->stored && overlaps) {
        slot->first_step = 0;  // stored while the next piece is begun
    }
    if (m->loaded && m->ring == 0 && way.prefetch == TSR_PREFETCH_DOUBLE) {
        m->second_slot = tsr_slot_add(&plan->arch, group, name, place_words(m), m->stride_w);
        const tsr_slot first = group->slots[m->slot];
        group->slots[m->second_slot] = first;
    }
}

/** Input and added map of one pass need read ports of their own, whichever of two slots they are in. */
static void part(tsr_group *group, int32_t step) {
    const tsr_regions *r = group->regions;
    const tsr_region_map *in = &r->maps[r->in[step]];
    const tsr_region_map *added = r->added[step] >= 0 ? &r->maps[r->added[step]] : NULL;
    const int32_t ins[2] = {in->slot, in->second_slot};
    const int32_t adds[2] = {added != NULL ? added->slot : -1,
                             added != NULL ? added->second_slot : -1};
    for (int32_t i = 0; i < 2; ++i) {
        if (ins[i] >= 0) {
            group->slots[ins[i]].compute_reads = true;
        }
        if (adds[i] >= 0) {
            group->slots[adds[i]].compute_reads = true;
        }
        for (int32_t k = 0; k < 2; ++k) {
            if (ins[i] >= 0 && adds[k] >= 0) {
                tsr_slot_part(group, ins[i], adds[k]);
            }
        }
    }
}

void tsr_halo_slots(const tsr_plan *plan, tsr_group *group, tsr_halo_way way) {
    tsr_regions *r = group->regions;
    group->slot_count = 0;
    group->apart_count = 0;
    group->apart = way.apart;
    if (r->rows == 1 && r->cols == 1) {
        way.prefetch = TSR_PREFETCH_NONE;  // nothing to come
    }
    group->prefetch = way.prefetch;
    tsr_strips_size(plan, r, way.prefetch == TSR_PREFETCH_DOUBLE);
    for (int32_t e = 0; e < r->map_count; ++e) {
        add_place(plan, group, &r->maps[e], way);
    }
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        part(group, step);
    }
    tsr_slots_place(&plan->arch, group, plan->schedule.mode == TSR_SCHEDULE_AUTO);
}
