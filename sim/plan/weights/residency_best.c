// SPDX-License-Identifier: Apache-2.0
// Branch and bound: items in the order of bytes saved per word, each first taken, then left; a branch
// ends where even a piece of an item could not make it better than the best.
#include "plan/weights/residency_best.h"

enum { STEPS_MAX = 4000 };

typedef struct branch {
    tsr_resident_problem *p;
    bool stays[TSR_RESIDENT_ITEMS_MAX];
    uint64_t best;
    int32_t steps;
} branch;

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/** Bytes saved per word, for comparing; weights without words come first. */
static bool saves_more(const tsr_resident_item *a, const tsr_resident_item *b) {
    const double per_a = (double)a->saves / (double)larger(a->words, 1);
    const double per_b = (double)b->saves / (double)larger(b->words, 1);
    return per_a > per_b || (per_a == per_b && a->index < b->index);
}

static void sort(tsr_resident_problem *p) {
    for (int32_t i = 1; i < p->count; ++i) {
        const tsr_resident_item item = p->items[i];
        int32_t at = i;
        for (; at > 0 && saves_more(&item, &p->items[at - 1]); --at) {
            p->items[at] = p->items[at - 1];
        }
        p->items[at] = item;
    }
}

/** Most that items from `next` on can save in some words, as if they could be cut. */
static double most_saved(const tsr_resident_problem *p, int32_t next, int64_t words) {
    double saved = 0.0;
    for (int32_t i = next; i < p->count && words > 0; ++i) {
        const tsr_resident_item *item = &p->items[i];
        const double part = item->words > words ? (double)words / (double)item->words : 1.0;
        saved += part * (double)item->saves;
        words -= item->words;
    }
    return saved;
}

/** What is taken, and what that leaves. */
typedef struct taken {
    int64_t words, entries, ring, ring_entries;
    uint64_t saved;
} taken;

static void search(branch *b, int32_t next, taken t) {
    const tsr_resident_problem *p = b->p;
    const int64_t room = p->words - t.words - t.ring;
    if (room < 0 || t.entries + t.ring_entries > p->entries || ++b->steps > STEPS_MAX ||
        (double)t.saved + most_saved(p, next, room) <= (double)b->best) {
        return;
    }
    if (next == p->count) {
        b->best = t.saved;
        for (int32_t i = 0; i < p->count; ++i) {
            b->p->items[i].stays = b->stays[i];
        }
        return;
    }
    const tsr_resident_item *item = &p->items[next];
    taken with = t;
    with.words += item->words;
    with.entries += item->entries;
    with.saved += item->saves;
    b->stays[next] = true;
    search(b, next + 1, with);
    b->stays[next] = false;
    t.ring = larger(t.ring, item->ring);
    t.ring_entries = larger(t.ring_entries, item->ring_entries);
    search(b, next + 1, t);
}

void tsr_resident_choose(tsr_resident_problem *problem) {
    branch b = {.p = problem};
    bool all = true;
    for (int32_t i = 0; i < problem->count; ++i) {
        b.best += problem->items[i].stays ? problem->items[i].saves : 0;
        all = all && problem->items[i].stays;
    }
    if (!all) {
        sort(problem);
        search(&b, 0, (taken){.ring = problem->ring, .ring_entries = problem->ring_entries});
    }
}
