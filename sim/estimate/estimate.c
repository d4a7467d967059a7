// SPDX-License-Identifier: Apache-2.0
// Closed-form cycles: the machine's rules as a max-plus recurrence over descriptors, every DMA at
// its ideal law.
#include <inttypes.h>
#include <string.h>

#include <tessera/counters.h>

#include "base/alloc.h"
#include "base/check.h"
#include "counters/timeline.h"
#include "estimate/fetch_law.h"

enum { NONE = -1 };

/** One engine: its descriptors are those with its opcode, in order. */
typedef struct engine_state {
    int32_t next;       /**< descriptor to start next; desc_count = none left */
    uint64_t done_from; /**< completion of the one before */
    bool any;           /**< one has completed */
    uint64_t dispatched, started;
    uint64_t starts[TSR_UARCH_COMMAND_FIFO_DEPTH]; /**< cycle FIFO place k % depth became free */
    int32_t token[TSR_ENGINE_COUNT]; /**< [producer] descriptor that pushed the token to be popped
                                        next */
} engine_state;

typedef struct estimate {
    const tsr_program *program;
    tsr_timeline timeline;
    engine_state engine[TSR_ENGINE_COUNT];
    tsr_fetch_law fetch;
    int32_t dispatch; /**< descriptor to dispatch next */
} estimate;

static uint64_t later(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/** First descriptor of `engine` from `index` on; with a mask, the first that pushes to one of its
 * engines. */
static int32_t seek(const tsr_program *program, tsr_engine engine, int64_t push_mask,
                    int32_t index) {
    while (index < program->desc_count &&
           (tsr_program_engine(program, index) != engine ||
            (push_mask != 0 && (tsr_program_brief(program, index).push & push_mask) == 0))) {
        ++index;
    }
    return index;
}

/** Engines among those popped whose token has not been pushed yet, as far as is known. */
static uint32_t missing_tokens(const estimate *e, const engine_state *state, uint32_t pop) {
    uint32_t missing = 0;
    for (uint32_t p = 0; p < TSR_ENGINE_COUNT; ++p) {
        if ((pop & (1U << p)) != 0 &&
            (state->token[p] >= e->program->desc_count ||
             e->timeline.complete[state->token[p]] == TSR_CYCLE_UNKNOWN)) {
            missing |= 1U << p;
        }
    }
    return missing;
}

/** Starts and completes the next descriptor of an engine if everything it waits for is known. */
static bool try_start(estimate *e, tsr_engine engine) {
    engine_state *state = &e->engine[engine];
    const int32_t index = state->next;
    if (index >= e->dispatch) {
        return false;  // not dispatched, or none left
    }
    const uint32_t pop = tsr_program_brief(e->program, index).pop;
    if (missing_tokens(e, state, pop) != 0) {
        return false;
    }
    uint64_t start = e->timeline.dispatch[index] + TSR_UARCH_FIFO_VISIBLE_CYCLES;
    if (state->any) {
        start = later(start, state->done_from + TSR_UARCH_ENGINE_GAP_CYCLES);
    }
    for (uint32_t p = 0; p < TSR_ENGINE_COUNT; ++p) {
        if ((pop & (1U << p)) != 0) {
            const int32_t pusher = state->token[p];
            start = later(start, e->timeline.complete[pusher] + TSR_UARCH_TOKEN_VISIBLE_CYCLES);
            state->token[p] = seek(e->program, (tsr_engine)p, INT64_C(1) << engine, pusher + 1);
        }
    }
    state->starts[state->started++ % TSR_UARCH_COMMAND_FIFO_DEPTH] = start;
    const tsr_desc desc = tsr_program_desc(e->program, index);
    state->done_from = start + tsr_cost_of(e->program, &desc).cycles;
    state->any = true;
    e->timeline.start[index] = start;
    e->timeline.complete[index] = state->done_from;
    state->next = seek(e->program, engine, 0, index + 1);
    return true;
}

/** Dispatches the next descriptor if its place in the FIFO is known to be free. */
static bool try_dispatch(estimate *e) {
    const int32_t index = e->dispatch;
    if (index >= e->program->desc_count) {
        return false;
    }
    const tsr_engine engine = tsr_program_engine(e->program, index);
    uint64_t cycle = 0;
    if (engine != TSR_ENGINE_COUNT) {
        engine_state *state = &e->engine[engine];
        if (state->dispatched >= state->started + TSR_UARCH_COMMAND_FIFO_DEPTH) {
            return false;
        }
        if (state->dispatched >= TSR_UARCH_COMMAND_FIFO_DEPTH) {
            cycle = state->starts[state->dispatched % TSR_UARCH_COMMAND_FIFO_DEPTH] + 1;
        }
        ++state->dispatched;
    }
    if (index > 0) {
        cycle = later(cycle, e->timeline.dispatch[index - 1] + TSR_UARCH_DISPATCH_CYCLES);
    }
    const uint64_t fetched = tsr_fetch_law_arrival(&e->fetch, &e->timeline, index);
    e->timeline.dispatch[index] = later(cycle, fetched + TSR_UARCH_DISPATCH_CYCLES);
    ++e->dispatch;
    return true;
}

static tsr_status stuck(const estimate *e, tsr_error *err) {
    tsr_unit_state units[TSR_ENGINE_COUNT + 1];
    const tsr_program *program = e->program;
    memset(units, 0, sizeof units);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        units[tsr_program_engine(program, i)].total += 1;
    }
    for (uint32_t k = 0; k < TSR_ENGINE_COUNT; ++k) {
        const engine_state *state = &e->engine[k];
        const bool waits = state->next < e->dispatch;
        units[k].index = waits ? state->next : NONE;
        units[k].lacks =
            waits ? missing_tokens(e, state, tsr_program_brief(program, state->next).pop) : 0;
        units[k].done = (int32_t)state->started;
    }
    tsr_unit_state *fetch = &units[TSR_ENGINE_COUNT];
    fetch->index = e->dispatch < program->desc_count ? e->dispatch : NONE;
    fetch->lacks = fetch->index >= 0 ? 1U << tsr_program_engine(program, fetch->index) : 0;
    fetch->done = e->dispatch;
    fetch->total = program->desc_count;
    char text[400];
    tsr_units_describe(units, text, sizeof text);
    return tsr_fail(err, TSR_ERR_INTERNAL, "estimate", "deadlock: %s", text);
}

/** The recurrence, in whatever order its terms become known; a program that never gets anywhere is
 * a deadlock. */
static tsr_status solve(estimate *e, const tsr_run_options *options, tsr_error *err) {
    const tsr_program *program = e->program;
    for (uint32_t k = 0; k < TSR_ENGINE_COUNT; ++k) {
        engine_state *state = &e->engine[k];
        state->next = seek(program, (tsr_engine)k, 0, 0);
        for (uint32_t p = 0; p < TSR_ENGINE_COUNT; ++p) {
            state->token[p] = seek(program, (tsr_engine)p, INT64_C(1) << k, 0);
        }
    }
    bool moved = true;
    while (moved) {
        moved = false;
        while (try_dispatch(e)) {
            moved = true;
        }
        for (uint32_t k = 0; k < TSR_ENGINE_COUNT; ++k) {
            while (try_start(e, (tsr_engine)k)) {
                moved = true;
            }
        }
    }
    e->timeline.done = 0;
    for (uint32_t k = 0; k < TSR_ENGINE_COUNT; ++k) {
        if (e->engine[k].next < program->desc_count) {
            return stuck(e, err);
        }
        if (e->engine[k].any) {
            e->timeline.done =
                later(e->timeline.done, e->engine[k].done_from + TSR_UARCH_ENGINE_GAP_CYCLES);
        }
    }
    e->timeline.done = later(e->timeline.done, e->timeline.dispatch[program->desc_count - 1]);
    TSR_CHECK(
        options == NULL || options->max_cycles == 0 || e->timeline.done <= options->max_cycles,
        TSR_ERR_INTERNAL, err, "estimate", "%" PRIu64 " cycles, more than max_cycles = %" PRIu64,
        e->timeline.done, options->max_cycles);
    return TSR_OK;
}

/** What the events of a port's bursts depend on. */
typedef struct burst_events {
    uint32_t port;
    uint64_t number;                         /**< bursts so far */
    uint64_t responses[TSR_MAX_OUTSTANDING]; /**< of the newest ones */
} burst_events;

/**
 * Address and response events of one DMA descriptor under ideal memory. The limit of outstanding
 * bursts holds addresses back as long as that costs no beat; where it would, the machine records a
 * stall and the two differ.
 */
static tsr_status add_bursts(const estimate *e, int32_t index, tsr_event_list *list,
                             burst_events *events, tsr_error *err) {
    const tsr_arch *arch = &e->program->arch;
    const tsr_desc desc = tsr_program_desc(e->program, index);
    const bool store = desc.header.opcode == TSR_OP_STORE;
    const uint64_t interval = tsr_desc_beat_interval(arch, &desc);
    const uint64_t limit = (uint64_t)arch->max_outstanding_bursts;
    const uint64_t ahead = store ? 1 : tsr_ideal_read_latency(&arch->dram);
    const uint64_t behind = store ? tsr_ideal_write_latency(&arch->dram) : 0;
    uint64_t at = e->timeline.start[index] + TSR_UARCH_DMA_COMMAND_CYCLES +
                  (store ? TSR_UARCH_DMA_STORE_READ_CYCLES + interval - 1 : 0);
    uint64_t beat = at + ahead;
    tsr_burst_walk walk = tsr_burst_first(e->program, &desc);
    uint64_t address = 0;
    uint32_t beats = 0;
    while (tsr_burst_next(&walk, &address, &beats)) {
        if (events->number >= limit) {
            at = later(at, events->responses[(events->number - limit) % TSR_MAX_OUTSTANDING] + 1);
        }
        at = at < beat - ahead ? at : beat - ahead;
        const uint64_t last = beat + (beats - 1) * interval;
        TSR_TRY(tsr_event_add(list, at, TSR_EVENT_ADDRESS, events->port, events->number, err));
        TSR_TRY(tsr_event_add(list, last + behind, TSR_EVENT_RESPONSE, events->port, events->number,
                              err));
        events->responses[events->number++ % TSR_MAX_OUTSTANDING] = last + behind;
        beat = last + interval + tsr_burst_rest(&walk);
        ++at;
    }
    return TSR_OK;
}

static tsr_status add_events(estimate *e, tsr_event_list *list, tsr_result *result,
                             tsr_error *err) {
    burst_events ports[TSR_ENGINE_COUNT] = {
        [TSR_ENGINE_LOAD_FEATURE] = {.port = TSR_PORT_LOAD_FEATURE},
        [TSR_ENGINE_LOAD_WEIGHT] = {.port = TSR_PORT_LOAD_WEIGHT},
        [TSR_ENGINE_STORE] = {.port = TSR_PORT_STORE}};
    for (int32_t i = 0; i < e->program->desc_count; ++i) {
        const tsr_engine engine = tsr_program_engine(e->program, i);
        if (engine != TSR_ENGINE_COUNT && engine != TSR_ENGINE_COMPUTE) {
            TSR_TRY(add_bursts(e, i, list, &ports[engine], err));
        }
    }
    TSR_TRY(tsr_fetch_law_events(e->program, &e->timeline, list, err));
    return tsr_timeline_events(e->program, &e->timeline, list, result, err);
}

tsr_status tsr_estimate(const tsr_program *program, const tsr_run_options *options,
                        tsr_result *result, tsr_error *err) {
    return tsr_estimate_times(program, options, result, NULL, NULL, err);
}

tsr_status tsr_estimate_times(const tsr_program *program, const tsr_run_options *options,
                              tsr_result *result, uint64_t *start, uint64_t *complete,
                              tsr_error *err) {
    estimate e = {.program = program};
    tsr_result made = {0};
    tsr_event_list list = {0};
    TSR_TRY(tsr_timeline_create(program, &e.timeline, err));
    tsr_fetch_law_init(&e.fetch, program);
    tsr_status status = solve(&e, options, err);
    if (status == TSR_OK) {
        status = tsr_timeline_account(program, &e.timeline, options, &made, err);
    }
    if (status == TSR_OK && options != NULL && options->keep_events) {
        status = add_events(&e, &list, &made, err);
    }
    for (int32_t i = 0; status == TSR_OK && start != NULL && i < program->desc_count; ++i) {
        start[i] = e.timeline.start[i];
        complete[i] = e.timeline.complete[i];
    }
    tsr_free(list.items);
    tsr_timeline_free(&e.timeline);
    if (status != TSR_OK) {
        tsr_result_free(&made);
        return status;
    }
    if (options != NULL && options->progress != NULL) {
        options->progress(options->user, (uint64_t)program->desc_count,
                          (uint64_t)program->desc_count);
    }
    *result = made;
    return TSR_OK;
}
