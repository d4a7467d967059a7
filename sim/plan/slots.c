// SPDX-License-Identifier: Apache-2.0
// First fit, largest slot first.
#include "plan/slots.h"

#include <stdio.h>

enum { BASE_MAX = 1 << 30 };  // far beyond any pool: what is there does not fit

int32_t tsr_sector_lines(const tsr_arch *arch) {
    return tsr_arch_feature_lines(arch) / arch->feature_sectors;
}

int32_t tsr_slot_add(const tsr_arch *arch, tsr_group *group, const char *name, tsr_shape words,
                     int32_t bank_stride) {
    const int32_t index = group->slot_count++;
    tsr_slot *slot = &group->slots[index];
    *slot = (tsr_slot){
        .planes = words.c,
        .h = words.h,
        .w = words.w,
        .bank_stride = bank_stride,
        .row_pitch = words.w > 0 ? tsr_plan_row_lines(arch, words.w, bank_stride) : 0,
        .lines = (int32_t)tsr_plan_map_lines(arch, words.c, words.h, words.w, bank_stride),
    };
    slot->plane_pitch = slot->h * slot->row_pitch;
    (void)snprintf(slot->name, sizeof slot->name, "%s", name);
    return index;
}

void tsr_slot_part(tsr_group *group, int32_t a, int32_t b) {
    group->apart_pairs[group->apart_count++] = (tsr_slot_pair){a, b};
    group->slots[a].has_partner = true;
    group->slots[b].has_partner = true;
}

static bool are_partners(const tsr_group *group, int32_t a, int32_t b) {
    bool found = false;
    const bool both = group->slots[a].has_partner && group->slots[b].has_partner;
    for (int32_t i = 0; both && !found && i < group->apart_count; ++i) {
        const tsr_slot_pair *pair = &group->apart_pairs[i];
        found = (pair->a == a && pair->b == b) || (pair->a == b && pair->b == a);
    }
    return found;
}

static bool ports_meet(const tsr_slot *a, const tsr_slot *b) {
    return (a->load_writes && b->compute_writes) || (a->compute_writes && b->load_writes) ||
           (a->compute_reads && b->store_reads) || (a->store_reads && b->compute_reads);
}

/** End of slot `b` if `a`, put at line `base`, is in its way; else -1. */
static int64_t obstacle(const tsr_arch *arch, const tsr_group *group, int32_t a_index, int64_t base,
                        int32_t b_index) {
    const tsr_slot *a = &group->slots[a_index];
    const tsr_slot *b = &group->slots[b_index];
    if (a->first_step > b->last_step || b->first_step > a->last_step || b->lines == 0) {
        return -1;
    }
    const bool by_sector =
        are_partners(group, a_index, b_index) || (group->apart && ports_meet(a, b));
    const int64_t grain = by_sector ? tsr_sector_lines(arch) : 1;
    const int64_t b_begin = b->base / grain * grain;
    const int64_t b_end = ((int64_t)b->base + b->lines + grain - 1) / grain * grain;
    return base < b_end && base + a->lines > b_begin ? b_end : -1;
}

static int64_t first_fit(const tsr_arch *arch, const tsr_group *group, int32_t index) {
    int64_t base = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        for (int32_t other = 0; other < group->slot_count; ++other) {
            const int64_t end =
                group->slots[other].placed ? obstacle(arch, group, index, base, other) : -1;
            if (end >= 0) {
                base = end;
                moved = true;
            }
        }
    }
    return base;
}

static int32_t largest_unplaced(const tsr_group *group) {
    int32_t best = -1;
    for (int32_t i = 0; i < group->slot_count; ++i) {
        if (!group->slots[i].placed &&
            (best < 0 || group->slots[i].lines > group->slots[best].lines)) {
            best = i;
        }
    }
    return best;
}

void tsr_slots_place(const tsr_arch *arch, tsr_group *group) {
    group->peak_lines = 0;
    for (int32_t i = 0; i < group->slot_count; ++i) {
        group->slots[i].placed = false;
    }
    for (int32_t n = 0; n < group->slot_count; ++n) {
        const int32_t index = largest_unplaced(group);
        tsr_slot *slot = &group->slots[index];
        const int64_t base = first_fit(arch, group, index);
        slot->base = base < BASE_MAX ? (int32_t)base : BASE_MAX;
        slot->placed = true;
        const int32_t end = slot->base + slot->lines;
        group->peak_lines = end > group->peak_lines ? end : group->peak_lines;
    }
}
