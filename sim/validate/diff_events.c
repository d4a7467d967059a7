// SPDX-License-Identifier: Apache-2.0
// Event lists of two executors: what one has and the other has not, and the first place where a
// unit parts.
#include "validate/validation_work.h"

const char *tsr_validate_unit_name(int32_t unit) {
    static const char *const ports[TSR_PORT_COUNT] = {[TSR_PORT_LOAD_FEATURE] = "port load_feature",
                                                      [TSR_PORT_LOAD_WEIGHT] = "port load_weight",
                                                      [TSR_PORT_DESCRIPTOR] = "port descriptor",
                                                      [TSR_PORT_STORE] = "port store"};
    if (unit < 0 || unit >= TSR_VALIDATE_UNITS) {
        return "unknown";
    }
    if (unit < TSR_ENGINE_COUNT) {
        return tsr_engine_name((tsr_engine)unit);
    }
    return unit == TSR_ENGINE_COUNT ? "fetch" : ports[unit - TSR_ENGINE_COUNT - 1];
}

/** Unit an event is compared with; what no unit claims goes to fetch, so that it is not lost. */
static int32_t unit_of(const tsr_event *event) {
    const bool burst = event->kind == TSR_EVENT_ADDRESS || event->kind == TSR_EVENT_RESPONSE;
    if (burst && event->unit < TSR_PORT_COUNT) {
        return TSR_ENGINE_COUNT + 1 + event->unit;
    }
    return !burst && event->unit < TSR_ENGINE_COUNT ? event->unit : TSR_ENGINE_COUNT;
}

/** Layer of a descriptor's event, -1 for events of ports. */
static int64_t layer_of(const tsr_program *program, const tsr_event *event) {
    const bool descriptor = event->kind == TSR_EVENT_DISPATCH || event->kind == TSR_EVENT_START ||
                            event->kind == TSR_EVENT_COMPLETE || event->kind == TSR_EVENT_DONE;
    return descriptor && event->argument < (uint32_t)program->desc_count
               ? tsr_program_brief(program, (int32_t)event->argument).layer
               : -1;
}

/** Order of event lists: time, unit, kind, argument. */
static int compare(const tsr_event *a, const tsr_event *b) {
    if (a->cycle != b->cycle) {
        return a->cycle < b->cycle ? -1 : 1;
    }
    const uint64_t left = (uint64_t)a->unit << 40 | (uint64_t)a->kind << 32 | a->argument;
    const uint64_t right = (uint64_t)b->unit << 40 | (uint64_t)b->kind << 32 | b->argument;
    return left < right ? -1 : left > right;
}

static void count(const tsr_validation_sides *sides, tsr_validation *v, const tsr_event *event,
                  uint32_t side, bool differs) {
    tsr_unit_difference *unit = &v->units[unit_of(event)];
    const int64_t layer = layer_of(sides->program, event);
    tsr_layer_difference *row = layer >= 0 ? tsr_diff_row(v, layer) : NULL;
    ++unit->events[side];
    ++v->total.events[side];
    unit->differing += differs;
    v->total.events_differing += differs;
    if (row != NULL && row != &v->total) {
        ++row->events[side];
        row->events_differing += differs;
    }
}

/** A merge: both lists are in order. */
static void count_all(const tsr_validation_sides *sides, tsr_validation *v) {
    const tsr_result *a = &sides->result[0];
    const tsr_result *b = &sides->result[1];
    int64_t i = 0;
    int64_t j = 0;
    while (i < a->event_count || j < b->event_count) {
        const int order = i >= a->event_count   ? 1
                          : j >= b->event_count ? -1
                                                : compare(&a->events[i], &b->events[j]);
        if (order <= 0) {
            count(sides, v, &a->events[i++], 0, order != 0);
        }
        if (order >= 0) {
            count(sides, v, &b->events[j++], 1, order != 0);
        }
    }
}

/** Next event of a unit from `at` on, event_count when there is none. */
static int64_t next_of(const tsr_result *result, int64_t at, int32_t unit) {
    while (at < result->event_count && unit_of(&result->events[at]) != unit) {
        ++at;
    }
    return at;
}

static bool same(const tsr_result *a, int64_t i, const tsr_result *b, int64_t j) {
    const bool left = i < a->event_count;
    const bool right = j < b->event_count;
    return left && right ? compare(&a->events[i], &b->events[j]) == 0 : left == right;
}

/** Keeps the events of one side from `from` on. */
static void keep(const tsr_result *result, int64_t from, int32_t unit, uint32_t side,
                 tsr_unit_difference *d) {
    int64_t at = from;
    while (d->context[side] < d->before + TSR_VALIDATE_CONTEXT + 1) {
        at = next_of(result, at, unit);
        if (at >= result->event_count) {
            return;
        }
        d->around[side][d->context[side]++] = result->events[at++];
    }
}

static void find_first(const tsr_validation_sides *sides, int32_t unit, tsr_unit_difference *d) {
    const tsr_result *a = &sides->result[0];
    const tsr_result *b = &sides->result[1];
    int64_t recent[TSR_VALIDATE_CONTEXT] = {0};  // indices in a; up to there both are the same
    int64_t i = next_of(a, 0, unit);
    int64_t j = next_of(b, 0, unit);
    int64_t index = 0;
    while (i < a->event_count && same(a, i, b, j)) {
        recent[index % TSR_VALIDATE_CONTEXT] = i;
        i = next_of(a, i + 1, unit);
        j = next_of(b, j + 1, unit);
        ++index;
    }
    d->first = same(a, i, b, j) ? -1 : index;
    if (d->first < 0) {
        return;
    }
    d->before = index < TSR_VALIDATE_CONTEXT ? (int32_t)index : TSR_VALIDATE_CONTEXT;
    for (int32_t k = 0; k < d->before; ++k) {
        const tsr_event event = a->events[recent[(index - d->before + k) % TSR_VALIDATE_CONTEXT]];
        d->around[0][d->context[0]++] = event;
        d->around[1][d->context[1]++] = event;
    }
    keep(a, i, unit, 0, d);
    keep(b, j, unit, 1, d);
}

void tsr_diff_events(const tsr_validation_sides *sides, tsr_validation *validation) {
    count_all(sides, validation);
    for (int32_t unit = 0; unit < TSR_VALIDATE_UNITS; ++unit) {
        find_first(sides, unit, &validation->units[unit]);
    }
    validation->differences += validation->total.events_differing;
}
