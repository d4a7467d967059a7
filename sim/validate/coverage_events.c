// SPDX-License-Identifier: Apache-2.0
// What the time-stamped events of a run say: how full queues were, who asked in the same cycle.
#include <string.h>

#include "base/check.h"
#include "counters/dma_law.h"
#include "validate/coverage_plan.h"

enum { page_bytes = 4096, beats_one_by_one = 16, short_burst = 16 };

/* ---- bursts, as the program has them: the host lets no other pass */

static void hit_burst(tsr_coverage *coverage, tsr_port port, uint32_t beats) {
    const int32_t kind = beats == 1 ? 0 : beats < short_burst ? 1 : beats == short_burst ? 2 : 3;
    const int32_t at[] = {(int32_t)port, kind};
    tsr_cover_hit(coverage, TSR_COVER_BURST, at);
    if (beats <= beats_one_by_one) {
        const int32_t length = (int32_t)beats - 1;
        tsr_cover_hit(coverage, TSR_COVER_BURST_BEATS, &length);
    }
}

/** `longest`: what the burst could have been but for the page. */
static void hit_cut(tsr_coverage *coverage, const tsr_arch *arch, tsr_port port, uint64_t address,
                    uint32_t beats, uint32_t longest, uint64_t rest) {
    const uint64_t end = address + (uint64_t)beats * (uint64_t)tsr_arch_beat_bytes(arch);
    const int32_t at = (int32_t)port;
    if (end % page_bytes == 0 && beats < longest && rest > 0) {
        tsr_cover_hit(coverage, TSR_COVER_PAGE, &at);
    }
}

static void hit_fetches(tsr_coverage *coverage, const tsr_program *program) {
    const tsr_arch *arch = &program->arch;
    const uint32_t whole = (uint32_t)(TSR_UARCH_FETCH_BURST_UNITS *
                                      TSR_UARCH_DESCRIPTOR_UNIT_BYTES / tsr_arch_beat_bytes(arch));
    const uint32_t longest =
        (uint32_t)arch->max_burst_beats < whole ? (uint32_t)arch->max_burst_beats : whole;
    tsr_fetch_walk walk = tsr_fetch_first(program);
    uint64_t address = 0;
    uint32_t beats = 0;
    while (tsr_fetch_next(&walk, &address, &beats)) {
        hit_burst(coverage, TSR_PORT_DESCRIPTOR, beats);
        hit_cut(coverage, arch, TSR_PORT_DESCRIPTOR, address, beats, longest,
                walk.bytes - walk.position);
    }
}

void tsr_cover_bursts(tsr_coverage *coverage, const tsr_program *program) {
    static const tsr_port ports[] = {[TSR_ENGINE_LOAD_FEATURE] = TSR_PORT_LOAD_FEATURE,
                                     [TSR_ENGINE_LOAD_WEIGHT] = TSR_PORT_LOAD_WEIGHT,
                                     [TSR_ENGINE_STORE] = TSR_PORT_STORE};
    const tsr_arch *arch = &program->arch;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_engine engine = tsr_desc_engine(&desc);
        if (engine == TSR_ENGINE_COMPUTE || engine == TSR_ENGINE_COUNT) {
            continue;
        }
        tsr_burst_walk walk = tsr_burst_first(program, &desc);
        uint64_t address = 0;
        uint32_t beats = 0;
        while (tsr_burst_next(&walk, &address, &beats)) {
            hit_burst(coverage, ports[engine], beats);
            hit_cut(coverage, arch, ports[engine], address, beats, (uint32_t)arch->max_burst_beats,
                    walk.end - walk.address);
        }
    }
    hit_fetches(coverage, program);
}

/* ---- a replay, cycle by cycle ------------------------------------------------------------------------------------ */

/** Levels at the end of a cycle. */
typedef struct replay {
    tsr_coverage *coverage;
    const tsr_program *program;
    int32_t queued[TSR_ENGINE_COUNT];   // descriptors in a command FIFO
    int32_t to_come[TSR_ENGINE_COUNT];  // descriptors not dispatched yet
    bool held[TSR_ENGINE_COUNT];        // something was in it
    int32_t open[TSR_PORT_COUNT];       // bursts outstanding
    bool asked[TSR_PORT_COUNT];         // an address in this cycle
    tsr_fetch_walk addresses, answers;  // of the descriptor port
    uint64_t next_bytes;                // length of the fetch burst to come, 0 = none
    int64_t room, here;  // bytes of the fetch buffer: not asked for; whole and not dispatched
    bool fetched;        // something was in it
} replay;

static uint64_t take_fetch(tsr_fetch_walk *walk) {
    uint64_t address = 0;
    uint32_t beats = 0;
    return tsr_fetch_next(walk, &address, &beats)
               ? (uint64_t)beats * (uint64_t)tsr_arch_beat_bytes(&walk->program->arch)
               : 0;
}

static replay replay_begin(tsr_coverage *coverage, const tsr_program *program) {
    replay r = {.coverage = coverage,
                .program = program,
                .addresses = tsr_fetch_first(program),
                .answers = tsr_fetch_first(program),
                .room = TSR_UARCH_FETCH_BUFFER_UNITS * TSR_UARCH_DESCRIPTOR_UNIT_BYTES};
    r.next_bytes = take_fetch(&r.addresses);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_engine engine = tsr_program_engine(program, i);
        if (engine != TSR_ENGINE_COUNT) {
            ++r.to_come[engine];
        }
    }
    return r;
}

static void on_descriptor(replay *r, const tsr_event *event) {
    const tsr_desc desc = tsr_program_desc(r->program, (int32_t)event->argument);
    const tsr_engine engine = tsr_desc_engine(&desc);
    if (event->kind == TSR_EVENT_DISPATCH) {
        const int64_t bytes = desc.header.units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
        ++r->queued[engine];
        --r->to_come[engine];
        r->room += bytes;
        r->here -= bytes;
    } else if (event->kind == TSR_EVENT_START) {
        --r->queued[engine];
    }
}

static void on_burst(replay *r, const tsr_event *event) {
    const bool fetch = event->unit == TSR_PORT_DESCRIPTOR;
    if (event->kind == TSR_EVENT_ADDRESS) {
        ++r->open[event->unit];
        r->asked[event->unit] = true;
        if (fetch) {
            r->room -= (int64_t)r->next_bytes;
            r->next_bytes = take_fetch(&r->addresses);
        }
    } else {
        --r->open[event->unit];
        r->here += fetch ? (int64_t)take_fetch(&r->answers) : 0;
    }
}

static void hit_queues(replay *r) {
    for (int32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        const int32_t full[] = {e, TSR_COVER_FULL};
        const int32_t empty[] = {e, TSR_COVER_EMPTY};
        if (r->queued[e] == TSR_UARCH_COMMAND_FIFO_DEPTH) {
            tsr_cover_hit(r->coverage, TSR_COVER_FIFO, full);
        }
        if (r->queued[e] == 0 && r->held[e] && r->to_come[e] > 0) {
            tsr_cover_hit(r->coverage, TSR_COVER_FIFO, empty);
        }
        r->held[e] = r->queued[e] > 0;
    }
    const int32_t full = TSR_COVER_FULL;
    const int32_t empty = TSR_COVER_EMPTY;
    if (r->next_bytes > 0 && r->room < (int64_t)r->next_bytes) {
        tsr_cover_hit(r->coverage, TSR_COVER_FETCH_BUFFER, &full);
    }
    if (r->here == 0 && r->fetched && r->next_bytes > 0) {
        tsr_cover_hit(r->coverage, TSR_COVER_FETCH_BUFFER, &empty);
    }
    r->fetched = r->here > 0;
}

static void hit_ports(replay *r) {
    int32_t pair = 0;
    for (int32_t a = 0; a < TSR_PORT_COUNT; ++a) {
        for (int32_t b = a + 1; b < TSR_PORT_COUNT; ++b, ++pair) {
            if (r->asked[a] && r->asked[b]) {
                tsr_cover_hit(r->coverage, TSR_COVER_ADDRESS_PAIR, &pair);
            }
        }
        if (r->open[a] == r->program->arch.max_outstanding_bursts) {
            tsr_cover_hit(r->coverage, TSR_COVER_OUTSTANDING, &a);
        }
    }
    memset(r->asked, 0, sizeof r->asked);
}

tsr_status tsr_cover_events(tsr_coverage *coverage, const tsr_program *program,
                            const tsr_result *result, tsr_error *err) {
    TSR_CHECK(result->event_count > 0, TSR_ERR_USAGE, err, "coverage", "a result without events");
    replay r = replay_begin(coverage, program);
    for (int64_t i = 0; i < result->event_count; ++i) {
        const tsr_event *event = &result->events[i];
        const bool burst = event->kind == TSR_EVENT_ADDRESS || event->kind == TSR_EVENT_RESPONSE;
        if (event->kind == TSR_EVENT_DONE) {
            break;
        }
        if (burst) {
            on_burst(&r, event);
        } else {
            on_descriptor(&r, event);
        }
        if (i + 1 == result->event_count || result->events[i + 1].cycle != event->cycle) {
            hit_queues(&r);
            hit_ports(&r);
        }
    }
    return TSR_OK;
}
