// SPDX-License-Identifier: Apache-2.0
// Vector clocks over the four engines, found by playing the program without times.
#include "program/token_order.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_fields.h"

enum { ENGINES = TSR_ENGINE_COUNT };

/** State of the abstract machine. */
typedef struct player {
    const tsr_program *program;
    tsr_token_order *made;
    int32_t *queue[ENGINES];     /**< descriptors of an engine, in order; one owned array */
    int32_t length[ENGINES];     /**< descriptors of an engine in the program */
    int32_t dispatched[ENGINES]; /**< of these, written into the FIFO */
    int32_t done[ENGINES];       /**< of these, complete */
    int32_t cursor[ENGINES]
                  [ENGINES]; /**< [from][to]: position behind the last push that was popped */
    int32_t pushes[ENGINES][ENGINES]; /**< [from][to] so far */
    int32_t looked[ENGINES]
                  [ENGINES]; /**< [from][to]: descriptors of `to` that are in popped[from][to] */
    int32_t popped[ENGINES][ENGINES]; /**< of these, those that pop a token of `from` */
    int32_t next;                     /**< next descriptor to dispatch */
} player;

static const char *engine_word(int32_t engine) {
    static const char *const words[ENGINES] = {"load_feature", "load_weight", "compute", "store"};
    return words[engine];
}

static bool has_bit(int64_t mask, int32_t engine) {
    return (mask >> engine & 1) != 0;
}

static tsr_status create(player *p, tsr_error *err) {
    const size_t count = (size_t)p->program->desc_count;
    tsr_token_order *made = p->made;
    made->order = tsr_alloc(count, sizeof *made->order);
    made->position = tsr_alloc(count, sizeof *made->position);
    made->clock = tsr_alloc(count, sizeof *made->clock);
    p->queue[0] = tsr_alloc(count, sizeof *p->queue[0]);
    TSR_CHECK(
        made->order != NULL && made->position != NULL && made->clock != NULL && p->queue[0] != NULL,
        TSR_ERR_NO_MEMORY, err, "", "no memory for the order of %zu descriptors", count);
    for (int32_t i = 0; i < p->program->desc_count; ++i) {
        const tsr_engine engine = tsr_program_engine(p->program, i);
        if (engine != TSR_ENGINE_COUNT) {
            ++p->length[engine];
        }
    }
    int32_t filled[ENGINES] = {0};
    for (int32_t e = 1; e < ENGINES; ++e) {
        p->queue[e] = p->queue[e - 1] + p->length[e - 1];
    }
    for (int32_t i = 0; i < p->program->desc_count; ++i) {
        const tsr_engine engine = tsr_program_engine(p->program, i);
        if (engine != TSR_ENGINE_COUNT) {
            made->position[i] = filled[engine];
            p->queue[engine][filled[engine]++] = i;
        }
    }
    return TSR_OK;
}

/** Position of the push that the next pop of counter (from, to) takes, or -1 when it has not been
 * given yet. */
static int32_t next_push(player *p, int32_t from, int32_t to) {
    int32_t *cursor = &p->cursor[from][to];
    while (*cursor < p->done[from]) {
        const int32_t desc = p->queue[from][*cursor];
        if (has_bit(tsr_program_brief(p->program, desc).push, to)) {
            return *cursor;
        }
        ++*cursor;  // gives nothing to this counter
    }
    return -1;
}

static bool can_start(player *p, int32_t desc, int32_t engine) {
    const int64_t pop = tsr_program_brief(p->program, desc).pop;
    for (int32_t from = 0; from < ENGINES; ++from) {
        if (has_bit(pop, from) && next_push(p, from, engine) < 0) {
            return false;
        }
    }
    return true;
}

static void merge_clock(int32_t *clock, const int32_t *other) {
    for (int32_t e = 0; e < ENGINES; ++e) {
        clock[e] = clock[e] > other[e] ? clock[e] : other[e];
    }
}

/** What is complete when the descriptor starts: everything behind its predecessor and behind the
 * tokens it pops. */
static void take_tokens(player *p, int32_t desc, int32_t engine) {
    int32_t *clock = p->made->clock[desc];
    const int32_t position = p->made->position[desc];
    if (position > 0) {
        const int32_t before = p->queue[engine][position - 1];
        merge_clock(clock, p->made->clock[before]);
    }
    clock[engine] = position;
    for (int32_t from = 0; from < ENGINES; ++from) {
        if (!has_bit(tsr_program_brief(p->program, desc).pop, from)) {
            continue;
        }
        const int32_t at = next_push(p, from, engine);
        p->cursor[from][engine] = at + 1;
        merge_clock(clock, p->made->clock[p->queue[from][at]]);
        clock[from] = clock[from] > at + 1 ? clock[from] : at + 1;
    }
}

/** Tokens of `from` that `to` has surely popped when it has done its first `surely` descriptors; asked for with
 * `surely` rising, because what an engine knows only grows. */
static int32_t popped_by(player *p, int32_t from, int32_t to, int32_t surely) {
    int32_t *looked = &p->looked[from][to];
    for (; *looked < surely; ++*looked) {
        const tsr_desc_brief brief = tsr_program_brief(p->program, p->queue[to][*looked]);
        p->popped[from][to] += has_bit(brief.pop, from);
    }
    return p->popped[from][to];
}

/** Give the tokens; the counter is highest when the other engine has done no more than it surely
 * has. */
static tsr_status give_tokens(player *p, int32_t desc, int32_t engine, tsr_error *err) {
    const int32_t limit = (1 << TSR_UARCH_TOKEN_COUNTER_BITS) - 1;
    for (int32_t to = 0; to < ENGINES; ++to) {
        if (!has_bit(tsr_program_brief(p->program, desc).push, to)) {
            continue;
        }
        const int32_t pushed = ++p->pushes[engine][to];
        const int32_t popped = popped_by(p, engine, to, p->made->clock[desc][to]);
        TSR_CHECK(pushed - popped <= limit, TSR_ERR_CONFIG, err, "tokens",
                  "descriptor %d can raise the counter from %s to %s to %d, allowed are %d", desc,
                  engine_word(engine), engine_word(to), pushed - popped, limit);
    }
    return TSR_OK;
}

static tsr_status run_engine(player *p, int32_t engine, bool *moved, tsr_error *err) {
    while (p->done[engine] < p->dispatched[engine]) {
        const int32_t desc = p->queue[engine][p->done[engine]];
        if (!can_start(p, desc, engine)) {
            return TSR_OK;
        }
        take_tokens(p, desc, engine);
        ++p->done[engine];
        p->made->order[p->made->count++] = desc;
        *moved = true;
        TSR_TRY(give_tokens(p, desc, engine, err));
    }
    return TSR_OK;
}

static void dispatch(player *p, bool *moved) {
    for (; p->next < p->program->desc_count; ++p->next) {
        const tsr_engine engine = tsr_program_engine(p->program, p->next);
        if (engine == TSR_ENGINE_COUNT) {
            continue;
        }
        if (p->dispatched[engine] - p->done[engine] >= TSR_UARCH_COMMAND_FIFO_DEPTH) {
            return;  // a full FIFO holds up everything behind
        }
        ++p->dispatched[engine];
        *moved = true;
    }
}

/** Nothing moves any more: name a token that is never given, or else the circle. */
static tsr_status explain_stop(player *p, tsr_error *err) {
    for (int32_t engine = 0; engine < ENGINES; ++engine) {
        if (p->done[engine] == p->dispatched[engine]) {
            continue;
        }
        const int32_t desc = p->queue[engine][p->done[engine]];
        for (int32_t from = 0; from < ENGINES; ++from) {
            if (!has_bit(tsr_program_brief(p->program, desc).pop, from) ||
                next_push(p, from, engine) >= 0) {
                continue;
            }
            bool comes = false;
            for (int32_t k = p->cursor[from][engine]; k < p->length[from] && !comes; ++k) {
                comes = has_bit(tsr_program_brief(p->program, p->queue[from][k]).push, engine);
            }
            TSR_CHECK(comes, TSR_ERR_CONFIG, err, "tokens",
                      "descriptor %d (%s) pops a token of %s that no descriptor pushes", desc,
                      tsr_opcode_name(tsr_program_brief(p->program, desc).opcode),
                      engine_word(from));
        }
    }
    return tsr_fail(
        err, TSR_ERR_CONFIG, "tokens",
        "deadlock: dispatched up to descriptor %d; load_feature, load_weight, compute and "
        "store have done %d, %d, %d and %d of %d, %d, %d and %d and wait for each other",
        p->next, p->done[0], p->done[1], p->done[2], p->done[3], p->length[0], p->length[1],
        p->length[2], p->length[3]);
}

static tsr_status play(player *p, tsr_error *err) {
    bool moved = true;
    while (moved) {
        moved = false;
        dispatch(p, &moved);
        for (int32_t engine = 0; engine < ENGINES; ++engine) {
            TSR_TRY(run_engine(p, engine, &moved, err));
        }
    }
    for (int32_t engine = 0; engine < ENGINES; ++engine) {
        if (p->done[engine] < p->length[engine]) {
            return explain_stop(p, err);
        }
    }
    return TSR_OK;
}

tsr_status tsr_token_order_make(const tsr_program *program, tsr_token_order *order,
                                tsr_error *err) {
    memset(order, 0, sizeof *order);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc_brief brief = tsr_program_brief(program, i);
        const tsr_engine engine = tsr_program_engine(program, i);
        const bool own = engine == TSR_ENGINE_COUNT
                             ? (brief.pop | brief.push) != 0
                             : has_bit(brief.pop | brief.push, (int32_t)engine);
        TSR_CHECK(!own, TSR_ERR_CONFIG, err, "tokens",
                  "descriptor %d (%s) has a token to or from itself", i,
                  tsr_opcode_name(brief.opcode));
    }
    player p = {.program = program, .made = order};
    tsr_status status = create(&p, err);
    if (status == TSR_OK) {
        status = play(&p, err);
    }
    tsr_free(p.queue[0]);
    if (status != TSR_OK) {
        tsr_token_order_free(order);
    }
    return status;
}

void tsr_token_order_free(tsr_token_order *order) {
    tsr_free(order->order);
    tsr_free(order->position);
    tsr_free(order->clock);
    memset(order, 0, sizeof *order);
}
