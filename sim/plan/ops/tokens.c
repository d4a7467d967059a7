// SPDX-License-Identifier: Apache-2.0
// Tokens from hazards.
//
// Operations are looked at in dispatch order. An engine runs its own in that order, so for each
// engine the *latest* operation that something must wait for stands for all of its earlier ones.
// For an operation b:
//   need[A] = latest operation of engine A that b may not overtake (it wrote what b reads, or uses
//   what b writes, or
//             uses a port of a memory sector that b uses, or stored the map that b loads);
//   known[A] = latest operation of A that is surely complete when b starts: whatever the operation
//   before b on its own
//             engine knew, that operation itself, and whatever the senders of b's tokens knew.
// Where need[A] > known[A], operation need[A] pushes a token to b's engine and b pops it. For one
// pair of engines the senders rise strictly with the receivers (known only grows), so the k-th push
// belongs to the k-th pop. Every token goes from an operation to a later one in dispatch order: the
// machine can not wait for something behind the queue.
#include "plan/ops/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "plan/model/slots.h"

/** What is known to be complete, by engine: index of an operation, -1 = nothing. */
typedef struct clock {
    int32_t done[TSR_ENGINE_COUNT];
} clock;

/** Last users of one place. */
typedef struct users {
    int32_t writer[TSR_ENGINE_COUNT];
    int32_t reader[TSR_ENGINE_COUNT];
} users;

/** A memory cut at every boundary that some operation has: each piece is used as a whole or not at
 * all. */
typedef struct pieces {
    int32_t *edges;  // owned, ascending, [count + 1]
    int32_t count;   // of edges while they are collected
    int32_t capacity;
    users *users;  // owned, [count]
} pieces;

typedef struct placing {
    tsr_plan *plan;
    pieces lines, words, entries;
    users *sectors;  // owned, [feature_sectors]: ports, not content
    int32_t sector_lines;
    int32_t *last_store;  // owned, [maps]
    clock *known;         // owned, [operations]: when each starts
    int32_t last_of[TSR_ENGINE_COUNT];
} placing;

enum { FIRST_EDGES = 1024 };

static const users nobody = {{-1, -1, -1, -1}, {-1, -1, -1, -1}};

static int compare_edges(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a;
    const int32_t y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

/** Sort, drop doubles. */
static void sort_edges(pieces *p) {
    if (p->count == 0) {
        return;
    }
    qsort(p->edges, (size_t)p->count, sizeof *p->edges, compare_edges);
    int32_t kept = 0;
    for (int32_t i = 0; i < p->count; ++i) {
        if (kept == 0 || p->edges[i] != p->edges[kept - 1]) {
            p->edges[kept++] = p->edges[i];
        }
    }
    p->count = kept;
}

/** There are few edges, and each comes very often: doubles go before there is more room. */
static tsr_status add_edges(pieces *p, tsr_stretch stretch, tsr_error *err) {
    if (stretch.begin >= stretch.end) {
        return TSR_OK;
    }
    const bool full = p->count + 2 > p->capacity;
    if (full) {
        sort_edges(p);
    }
    if (full && p->count + 2 > p->capacity / 2) {
        const int32_t capacity = p->capacity > 0 ? 2 * p->capacity : FIRST_EDGES;
        int32_t *edges = tsr_realloc(p->edges, (size_t)capacity, sizeof *edges);
        TSR_CHECK(edges != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d buffer edges",
                  capacity);
        p->edges = edges;
        p->capacity = capacity;
    }
    p->edges[p->count++] = stretch.begin;
    p->edges[p->count++] = stretch.end;
    return TSR_OK;
}

/** Make room for the users. */
static tsr_status finish_pieces(pieces *p, tsr_error *err) {
    sort_edges(p);
    p->count = p->count > 0 ? p->count - 1 : 0;
    p->users = tsr_alloc((size_t)p->count, sizeof *p->users);
    TSR_CHECK(p->users != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d buffer pieces",
              p->count);
    for (int32_t i = 0; i < p->count; ++i) {
        p->users[i] = nobody;
    }
    return TSR_OK;
}

/** A memory is cut at every boundary that some operation has. */
static tsr_status cut_memories(placing *s, tsr_error *err) {
    const tsr_op_list *list = &s->plan->list;
    for (int32_t i = 0; i < list->count; ++i) {
        const tsr_touches op = tsr_op_claims(list, i);
        for (int32_t k = 0; k < 4; ++k) {
            TSR_TRY(add_edges(&s->lines, op.reads[k], err));
        }
        for (int32_t k = 0; k < 2; ++k) {
            TSR_TRY(add_edges(&s->lines, op.writes[k], err));
        }
        TSR_TRY(add_edges(&s->words, op.words, err));
        TSR_TRY(add_edges(&s->entries, op.parameters, err));
    }
    TSR_TRY(finish_pieces(&s->lines, err));
    TSR_TRY(finish_pieces(&s->words, err));
    return finish_pieces(&s->entries, err);
}

/** Piece that starts at an edge. */
static int32_t piece_at(const pieces *p, int32_t edge) {
    int32_t low = 0;
    int32_t high = p->count;
    while (low < high) {
        const int32_t middle = (low + high) / 2;
        if (p->edges[middle] < edge) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void wait_for(const int32_t *latest, clock *need) {
    for (int32_t engine = 0; engine < TSR_ENGINE_COUNT; ++engine) {
        if (latest[engine] > need->done[engine]) {
            need->done[engine] = latest[engine];
        }
    }
}

/** Content: a reader waits for writers, a writer for writers and readers. */
static void use_stretch(pieces *p, tsr_stretch stretch, bool write, int32_t op, int32_t engine,
                        clock *need) {
    if (stretch.begin >= stretch.end) {
        return;
    }
    for (int32_t i = piece_at(p, stretch.begin); i < p->count && p->edges[i] < stretch.end; ++i) {
        users *u = &p->users[i];
        wait_for(u->writer, need);
        if (write) {
            wait_for(u->reader, need);
            u->writer[engine] = op;
        } else {
            u->reader[engine] = op;
        }
    }
}

/** Ports: each sector has one to read and one to write; another engine must be through with it. */
static void use_sectors(placing *s, tsr_stretch stretch, bool write, int32_t op, int32_t engine,
                        clock *need) {
    if (stretch.begin >= stretch.end) {
        return;
    }
    const int32_t last = (stretch.end - 1) / s->sector_lines;
    for (int32_t sector = stretch.begin / s->sector_lines; sector <= last; ++sector) {
        int32_t *port = write ? s->sectors[sector].writer : s->sectors[sector].reader;
        wait_for(port, need);
        port[engine] = op;
    }
}

static clock needs_of(placing *s, int32_t index, int32_t engine) {
    const tsr_touches touches = tsr_op_claims(&s->plan->list, index);
    const tsr_touches *op = &touches;
    const bool loads_weights = s->plan->list.ops[index].opcode == TSR_OP_LOAD_WEIGHT;
    clock need = {{-1, -1, -1, -1}};
    for (int32_t i = 0; i < 4; ++i) {
        use_stretch(&s->lines, op->reads[i], false, index, engine, &need);
        use_sectors(s, op->reads[i], false, index, engine, &need);
    }
    for (int32_t i = 0; i < 2; ++i) {
        use_stretch(&s->lines, op->writes[i], true, index, engine, &need);
        use_sectors(s, op->writes[i], true, index, engine, &need);
    }
    use_stretch(&s->words, op->words, loads_weights, index, engine, &need);
    use_stretch(&s->entries, op->parameters, loads_weights, index, engine, &need);
    if (op->load_map >= 0 && s->last_store[op->load_map] > need.done[TSR_ENGINE_STORE]) {
        need.done[TSR_ENGINE_STORE] = s->last_store[op->load_map];
    }
    if (op->store_map >= 0) {
        s->last_store[op->store_map] = index;
    }
    need.done[engine] = -1;  // its own engine is in order anyway
    return need;
}

/** True when the sender of another token of this operation knew of need[engine] already. */
static bool implied(const placing *s, const clock *need, const clock *known, int32_t engine) {
    for (int32_t other = 0; other < TSR_ENGINE_COUNT; ++other) {
        const int32_t sender = need->done[other];
        if (other != engine && sender > known->done[other] &&
            s->known[sender].done[engine] >= need->done[engine]) {
            return true;
        }
    }
    return false;
}

static void place_one(placing *s, int32_t index) {
    tsr_listed_op *ops = s->plan->list.ops;
    const int32_t engine = ops[index].engine;
    const clock need = needs_of(s, index, engine);
    clock known = {{-1, -1, -1, -1}};
    if (s->last_of[engine] >= 0) {
        known = s->known[s->last_of[engine]];
        known.done[engine] = s->last_of[engine];
    }
    const clock before = known;
    for (int32_t other = 0; other < TSR_ENGINE_COUNT; ++other) {
        const int32_t sender = need.done[other];
        if (sender <= before.done[other] || implied(s, &need, &before, other)) {
            continue;
        }
        ops[sender].push |= (uint8_t)(1u << engine);
        ops[index].pop |= (uint8_t)(1u << other);
        wait_for(s->known[sender].done, &known);
        known.done[other] = sender > known.done[other] ? sender : known.done[other];
    }
    s->known[index] = known;
    s->last_of[engine] = index;
}

static tsr_status prepare(placing *s, tsr_error *err) {
    const tsr_plan *plan = s->plan;
    TSR_TRY(cut_memories(s, err));
    const size_t maps = (size_t)plan->map_count;
    const size_t sectors = (size_t)plan->arch.feature_sectors;
    s->sector_lines = tsr_sector_lines(&plan->arch);
    s->sectors = tsr_alloc(sectors, sizeof *s->sectors);
    s->last_store = tsr_alloc(maps, sizeof *s->last_store);
    s->known = tsr_alloc((size_t)plan->list.count, sizeof *s->known);
    TSR_CHECK(s->sectors != NULL && s->last_store != NULL && s->known != NULL, TSR_ERR_NO_MEMORY,
              err, "", "no memory for the tokens of %d operations", plan->list.count);
    for (size_t i = 0; i < sectors; ++i) {
        s->sectors[i] = nobody;
    }
    for (size_t i = 0; i < maps; ++i) {
        s->last_store[i] = -1;
    }
    memcpy(s->last_of, nobody.writer, sizeof s->last_of);
    return TSR_OK;
}

tsr_status tsr_tokens_place(tsr_plan *plan, tsr_error *err) {
    placing s = {.plan = plan};
    const tsr_status status = prepare(&s, err);
    for (int32_t i = 0; i < plan->list.count && status == TSR_OK; ++i) {
        place_one(&s, i);
    }
    tsr_free(s.lines.edges);
    tsr_free(s.lines.users);
    tsr_free(s.words.edges);
    tsr_free(s.words.users);
    tsr_free(s.entries.edges);
    tsr_free(s.entries.users);
    tsr_free(s.sectors);
    tsr_free(s.last_store);
    tsr_free(s.known);
    return status;
}
