// SPDX-License-Identifier: Apache-2.0
// The identities that hold in every result, whoever made it; the first broken one is named with
// both of its sides.
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tessera/counters.h>

#include "base/check.h"
#include "counters/counter_fields.h"

#define MUST_EQUAL(a, b, where, ...) equal((uint64_t)(a), (uint64_t)(b), err, where, __VA_ARGS__)

#define FIELD_ENTRY(member) {#member, offsetof(tsr_counters, member), TSR_COUNTER_NUMBERS(member)},
#define ADD_NUMBERS(member) +TSR_COUNTER_NUMBERS(member)

static const tsr_counter_field fields[] = {TSR_COUNTER_MEMBERS(FIELD_ENTRY)};

enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

static_assert((0 TSR_COUNTER_MEMBERS(ADD_NUMBERS)) * sizeof(uint64_t) == sizeof(tsr_counters),
              "a member of tsr_counters is missing from counter_fields.h");

static tsr_status equal(uint64_t a, uint64_t b, tsr_error *err, const char *where,
                        const char *a_name, const char *b_name) {
    TSR_CHECK(a == b, TSR_ERR_INTERNAL, err, where, "%s is %" PRIu64 ", %s is %" PRIu64, a_name, a,
              b_name, b);
    return TSR_OK;
}

static tsr_status at_most(uint64_t a, uint64_t b, tsr_error *err, const char *where,
                          const char *a_name, const char *b_name) {
    TSR_CHECK(a <= b, TSR_ERR_INTERNAL, err, where, "%s is %" PRIu64 ", more than %s, %" PRIu64,
              a_name, a, b_name, b);
    return TSR_OK;
}

static uint64_t sum(const uint64_t *values, int32_t count) {
    uint64_t total = 0;
    for (int32_t i = 0; i < count; ++i) {
        total += values[i];
    }
    return total;
}

/** What holds inside one set of counters, of a layer or of the run. */
static tsr_status check_counters(const tsr_arch *arch, const tsr_counters *c, const char *where,
                                 tsr_error *err) {
    TSR_TRY(MUST_EQUAL(sum(c->cycles_by_cause, TSR_CAUSE_COUNT), c->cycles, where,
                       "the sum of cycles_by_cause", "cycles"));
    TSR_TRY(at_most(c->macs_recomputed, c->macs, err, where, "macs_recomputed", "macs"));
    const uint64_t possible =
        c->cycles_by_cause[TSR_CAUSE_COMPUTE] * (uint64_t)tsr_arch_macs_per_cycle(arch);
    TSR_TRY(
        at_most(c->macs, possible, err, where, "macs", "what the array does in compute cycles"));
    const uint64_t moved =
        sum(c->read_bytes, TSR_TRAFFIC_COUNT) + sum(c->write_bytes, TSR_TRAFFIC_COUNT);
    TSR_TRY(at_most(c->waste_bytes, moved, err, where, "waste_bytes", "the bytes moved"));
    TSR_TRY(at_most(c->reread_bytes, moved - c->waste_bytes, err, where, "reread_bytes",
                    "the bytes moved without waste"));
    for (int32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        TSR_TRY(at_most(c->memory_stall_cycles[e], c->busy_cycles[e], err, where,
                        "memory_stall_cycles", tsr_engine_name((tsr_engine)e)));
    }
    return TSR_OK;
}

static uint64_t number_at(const tsr_counters *counters, const tsr_counter_field *field,
                          size_t index) {
    uint64_t value = 0;
    memcpy(&value, (const char *)counters + field->offset + index * sizeof value, sizeof value);
    return value;
}

static tsr_status check_layer_sums(const tsr_program *program, const tsr_result *result,
                                   tsr_error *err) {
    TSR_TRY(MUST_EQUAL(result->layer_count, program->layer_count, "layers", "layer_count",
                       "that of the program"));
    for (int32_t i = 0; i < result->layer_count; ++i) {
        TSR_TRY(check_counters(&program->arch, &result->layers[i], program->layer_names[i], err));
    }
    for (size_t f = 0; f < FIELD_COUNT; ++f) {
        for (size_t k = 0; k < fields[f].count; ++k) {
            uint64_t total = 0;
            for (int32_t i = 0; i < result->layer_count; ++i) {
                total += number_at(&result->layers[i], &fields[f], k);
            }
            char name[64];
            (void)snprintf(name, sizeof name, "%s[%zu] of the layers together", fields[f].name, k);
            TSR_TRY(MUST_EQUAL(total, number_at(&result->total, &fields[f], k), "layers", name,
                               "that of the run"));
        }
    }
    return TSR_OK;
}

/** Bytes and bursts at the ports are those the memory saw. An executor without a memory model
 * leaves all zero. */
static tsr_status check_memory(const tsr_result *result, tsr_error *err) {
    static const tsr_dram_stats none;
    const tsr_counters *c = &result->total;
    const tsr_dram_stats *dram = &result->dram;
    if (memcmp(dram, &none, sizeof none) == 0) {
        return TSR_OK;
    }
    TSR_TRY(MUST_EQUAL(sum(c->read_bytes, TSR_TRAFFIC_COUNT), dram->read_bytes, "dram",
                       "the sum of read_bytes", "the memory's own count"));
    TSR_TRY(MUST_EQUAL(sum(c->write_bytes, TSR_TRAFFIC_COUNT), dram->write_bytes, "dram",
                       "the sum of write_bytes", "the memory's own count"));
    const uint64_t written = c->bursts[TSR_PORT_STORE];
    TSR_TRY(MUST_EQUAL(sum(c->bursts, TSR_PORT_COUNT) - written, dram->read_bursts, "dram",
                       "bursts of the reading ports", "the memory's own count"));
    return MUST_EQUAL(written, dram->write_bursts, "dram", "bursts of the store port",
                      "the memory's own count");
}

/** What a complete run of the program must have moved and done, from the descriptors alone. */
static tsr_counters expect(const tsr_program *program) {
    tsr_counters due = {0};
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_desc_note note = tsr_program_note(program, i);
        const tsr_engine engine = tsr_desc_engine(&desc);
        if (engine == TSR_ENGINE_COUNT) {
            continue;
        }
        ++due.descriptors[engine];
        due.macs += note.macs;
        due.macs_recomputed += note.macs_recomputed;
        if (engine == TSR_ENGINE_COMPUTE) {
            continue;
        }
        const uint64_t bytes =
            tsr_desc_beats(program, &desc, NULL) * (uint64_t)tsr_arch_beat_bytes(&program->arch);
        uint64_t *moved = engine == TSR_ENGINE_STORE ? due.write_bytes : due.read_bytes;
        moved[desc.header.traffic] += bytes;
    }
    return due;
}

static tsr_status check_against_program(const tsr_program *program, const tsr_counters *c,
                                        tsr_error *err) {
    const tsr_counters due = expect(program);
    const char *where = "program";
    TSR_TRY(MUST_EQUAL(c->macs, due.macs, where, "macs", "what the descriptors do"));
    TSR_TRY(MUST_EQUAL(c->macs_recomputed, due.macs_recomputed, where, "macs_recomputed",
                       "what the descriptors do again"));
    for (int32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        TSR_TRY(MUST_EQUAL(c->descriptors[e], due.descriptors[e], tsr_engine_name((tsr_engine)e),
                           "descriptors done", "what the program has"));
    }
    for (int32_t t = 0; t < TSR_TRAFFIC_COUNT; ++t) {
        const char *name = tsr_traffic_name((tsr_traffic)t);
        TSR_TRY(MUST_EQUAL(c->write_bytes[t], due.write_bytes[t], name, "write_bytes",
                           "what the descriptors store"));
        if (t != TSR_TRAFFIC_DESCRIPTORS) {  // the fetch unit reads those by itself
            TSR_TRY(MUST_EQUAL(c->read_bytes[t], due.read_bytes[t], name, "read_bytes",
                               "what the descriptors load"));
        }
    }
    return TSR_OK;
}

/** The recorded changes of one buffer: in time order, never above capacity, peak as reported, empty
 * at the end. */
static tsr_status check_occupancy(const tsr_result *result, tsr_buffer buffer, tsr_error *err) {
    const char *where = tsr_buffer_name(buffer);
    uint64_t last = 0;
    uint64_t peak = 0;
    uint64_t peak_cycle = 0;
    uint64_t cycle = 0;
    for (int64_t i = 0; i < result->occupancy_count; ++i) {
        const tsr_occupancy *change = &result->occupancy[i];
        TSR_TRY(at_most(cycle, change->cycle, err, where, "an earlier cycle of the occupancy",
                        "the next one"));
        cycle = change->cycle;
        if (change->buffer != buffer) {
            continue;
        }
        last = change->bytes;
        if (last > peak) {
            peak = last;
            peak_cycle = cycle;
        }
    }
    TSR_TRY(
        MUST_EQUAL(peak, result->peak_bytes[buffer], where, "the highest occupancy", "peak_bytes"));
    TSR_TRY(MUST_EQUAL(peak_cycle, result->peak_cycle[buffer], where,
                       "the first cycle of the highest occupancy", "peak_cycle"));
    TSR_TRY(at_most(cycle, result->total.cycles, err, where, "the last cycle of the occupancy",
                    "cycles"));
    return result->complete ? MUST_EQUAL(last, 0, where, "the occupancy at the end", "empty")
                            : TSR_OK;
}

static tsr_status check_buffers(const tsr_program *program, const tsr_result *result,
                                tsr_error *err) {
    for (int32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        const char *where = tsr_buffer_name((tsr_buffer)b);
        TSR_TRY(MUST_EQUAL(result->capacity_bytes[b],
                           tsr_buffer_capacity_bytes(&program->arch, (tsr_buffer)b), where,
                           "capacity_bytes", "that of the architecture"));
        TSR_TRY(at_most(result->peak_bytes[b], result->capacity_bytes[b], err, where, "peak_bytes",
                        "capacity_bytes"));
        TSR_TRY(at_most(result->peak_cycle[b], result->total.cycles, err, where, "peak_cycle",
                        "cycles"));
        if (result->occupancy_count > 0) {
            TSR_TRY(check_occupancy(result, (tsr_buffer)b, err));
        }
    }
    return TSR_OK;
}

/** Time order; ties by unit, kind, argument. */
static int compare_events(const tsr_event *a, const tsr_event *b) {
    if (a->cycle != b->cycle) {
        return a->cycle < b->cycle ? -1 : 1;
    }
    if (a->unit != b->unit) {
        return a->unit < b->unit ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->argument < b->argument ? -1 : a->argument > b->argument ? 1 : 0;
}

static tsr_status check_events(const tsr_result *result, tsr_error *err) {
    for (int64_t i = 1; i < result->event_count; ++i) {
        TSR_CHECK(compare_events(&result->events[i - 1], &result->events[i]) <= 0, TSR_ERR_INTERNAL,
                  err, "events", "event %" PRId64 " comes before the one in front of it", i);
    }
    return TSR_OK;
}

tsr_status tsr_result_check(const tsr_program *program, const tsr_result *result, tsr_error *err) {
    TSR_TRY(check_counters(&program->arch, &result->total, "the run", err));
    for (int32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        TSR_TRY(at_most(result->total.busy_cycles[e], result->total.cycles, err,
                        tsr_engine_name((tsr_engine)e), "busy_cycles", "cycles"));
    }
    TSR_TRY(check_layer_sums(program, result, err));
    TSR_TRY(check_memory(result, err));
    if (result->complete) {
        TSR_TRY(check_against_program(program, &result->total, err));
    }
    TSR_TRY(check_buffers(program, result, err));
    return check_events(result, err);
}
