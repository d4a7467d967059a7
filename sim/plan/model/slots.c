// SPDX-License-Identifier: Apache-2.0
// First fit, largest slot first.
#include "plan/model/slots.h"

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
        .pack = 1,
        .row_pitch = words.w > 0 ? tsr_plan_row_lines(arch, words.w, bank_stride) : 0,
        .lines = (int32_t)tsr_plan_map_lines(arch, words.c, words.h, words.w, bank_stride),
    };
    slot->plane_pitch = slot->h * slot->row_pitch;
    if (name[0] != '\0') {
        (void)snprintf(slot->name, sizeof slot->name, "%s", name);
    }
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

/** End of slot `b` if `a`, which lives at the same time, is in its way at line `base`; else -1. */
static int64_t obstacle(int32_t sector, const tsr_group *group, int32_t a_index, int64_t base,
                        int32_t b_index) {
    const tsr_slot *a = &group->slots[a_index];
    const tsr_slot *b = &group->slots[b_index];
    int64_t b_begin = b->base;
    int64_t b_end = (int64_t)b->base + b->lines;
    if (are_partners(group, a_index, b_index) || (group->apart && ports_meet(a, b))) {
        b_begin = b_begin / sector * sector;
        b_end = (b_end + sector - 1) / sector * sector;
    }
    return base < b_end && base + a->lines > b_begin ? b_end : -1;
}

/** Link the first `placed` slots by size that live when slot `index` does; the head, -1 for none. */
static int32_t link_neighbours(tsr_group *group, int32_t index, int32_t placed) {
    const tsr_slot *slot = &group->slots[index];
    int32_t head = -1;
    for (int32_t n = 0; n < placed; ++n) {
        const int32_t other = group->slots[n].rank;
        tsr_slot *o = &group->slots[other];
        if (o->lines > 0 && slot->first_step <= o->last_step && o->first_step <= slot->last_step) {
            o->neighbour = head;
            head = other;
        }
    }
    return head;
}

/** The least base where a slot is in nobody's way. */
static int64_t first_fit(int32_t sector, const tsr_group *group, int32_t index,
                         int32_t neighbours) {
    int64_t base = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        for (int32_t other = neighbours; other >= 0; other = group->slots[other].neighbour) {
            const int64_t end = obstacle(sector, group, index, base, other);
            if (end >= 0) {
                base = end;
                moved = true;
            }
        }
    }
    return base;
}

/** Slots by size, largest first, as `rank` says. */
static void sort_by_size(tsr_group *group) {
    for (int32_t i = 0; i < group->slot_count; ++i) {
        int32_t at = i;
        for (; at > 0 && group->slots[group->slots[at - 1].rank].lines < group->slots[i].lines;
             --at) {
            group->slots[at].rank = group->slots[at - 1].rank;
        }
        group->slots[at].rank = i;
    }
}

int64_t tsr_slots_alive(tsr_group *group) {
    const int32_t steps = group->last - group->first + 1;
    int64_t most = 0;
    for (int32_t step = 0; step < steps; ++step) {
        group->alive[step] = 0;
    }
    for (int32_t i = 0; i < group->slot_count; ++i) {
        const tsr_slot *slot = &group->slots[i];
        for (int32_t step = slot->first_step; step <= slot->last_step; ++step) {
            group->alive[step] += slot->lines;
        }
    }
    for (int32_t step = 0; step < steps; ++step) {
        most = group->alive[step] > most ? group->alive[step] : most;
    }
    return most;
}

/** Bases for sectors of `sector` lines; returns the lines that are needed. */
static int64_t place_all(tsr_group *group, int32_t sector) {
    int64_t peak = 0;
    for (int32_t n = 0; n < group->slot_count; ++n) {
        const int32_t index = group->slots[n].rank;
        tsr_slot *slot = &group->slots[index];
        const int64_t base = first_fit(sector, group, index, link_neighbours(group, index, n));
        slot->base = base < BASE_MAX ? (int32_t)base : BASE_MAX;
        peak = slot->base + slot->lines > peak ? slot->base + slot->lines : peak;
    }
    return peak;
}

/** Bases in sectors of `small` lines become bases in larger ones: what was apart is still apart, and
 * nothing reaches into a sector that it did not reach into. */
static int64_t spread(tsr_group *group, int32_t small, int32_t sector) {
    int64_t peak = 0;
    for (int32_t i = 0; i < group->slot_count; ++i) {
        tsr_slot *slot = &group->slots[i];
        slot->base = slot->base / small * sector + slot->base % small;
        peak = slot->base + slot->lines > peak ? slot->base + slot->lines : peak;
    }
    return peak;
}

void tsr_slots_place(const tsr_arch *arch, tsr_group *group, bool patient) {
    const int32_t sector = tsr_sector_lines(arch);
    const int64_t sectors = arch->feature_sectors;
    sort_by_size(group);
    int64_t peak = place_all(group, sector);
    const bool may_help = sectors > 1;  // in a single one nothing is ever apart
    if (peak > sectors * sector && patient && may_help && group->apart_count > 0 && !group->apart) {
        const int64_t alive = tsr_slots_alive(group);
        int32_t small = sector - 1;
        int64_t needed = peak;
        while (small > 0 && sectors * small >= alive && needed > sectors * small) {
            needed = place_all(group, small);
            small -= needed > sectors * small;
        }
        const bool found = small > 0 && needed <= sectors * small;
        peak = found ? spread(group, small, sector) : peak;
    }
    group->peak_lines = peak < BASE_MAX ? (int32_t)peak : BASE_MAX;
}
