// SPDX-License-Identifier: Apache-2.0
// Counters, occupancy and DRAM statistics of two executors.
#include <inttypes.h>
#include <string.h>

#include "counters/counter_fields.h"
#include "validate/validation_work.h"

static const tsr_counter_field fields[] = {
#define FIELD(member) {#member, offsetof(tsr_counters, member), TSR_COUNTER_NUMBERS(member)},
    TSR_COUNTER_MEMBERS(FIELD)
#undef FIELD
};

static const struct {
    const char *name;
    size_t offset;
} dram_fields[] = {

#define FIELD(member) \
    { #member, offsetof(tsr_dram_stats, member) }
    FIELD(read_bursts),     FIELD(write_bursts),        FIELD(read_accesses),
    FIELD(write_accesses),  FIELD(read_bytes),          FIELD(write_bytes),
    FIELD(activates),       FIELD(precharges),          FIELD(refreshes),
    FIELD(row_hits),        FIELD(row_misses),          FIELD(row_conflicts),
    FIELD(forwarded_reads), FIELD(read_latency_cycles), FIELD(max_read_latency_cycles),
    FIELD(busy_dram_cycles)
#undef FIELD
};

_Static_assert(sizeof(tsr_dram_stats) ==
                   sizeof dram_fields / sizeof dram_fields[0] * sizeof(uint64_t),
               "a number of tsr_dram_stats is missing");

static uint64_t number_at(const void *object, size_t offset) {
    uint64_t value = 0;
    memcpy(&value, (const uint8_t *)object + offset, sizeof value);
    return value;
}

static uint64_t diff_one(const tsr_counters *a, const tsr_counters *b, const char *layer,
                         tsr_validation *v) {
    uint64_t differing = 0;
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; ++f) {
        for (size_t i = 0; i < fields[f].count; ++i) {
            const size_t offset = fields[f].offset + i * sizeof(uint64_t);
            const uint64_t left = number_at(a, offset);
            const uint64_t right = number_at(b, offset);
            if (left == right) {
                continue;
            }
            ++differing;
            if (v->first_counter[0] == '\0') {
                (void)snprintf(v->first_counter, sizeof v->first_counter,
                               "layer %.40s, %s[%zu]: %s %" PRIu64 ", %s %" PRIu64, layer,
                               fields[f].name, i, v->side[0], left, v->side[1], right);
            }
        }
    }
    return differing;
}

static uint64_t sum(const uint64_t bytes[TSR_TRAFFIC_COUNT]) {
    uint64_t total = 0;
    for (int32_t t = 0; t < TSR_TRAFFIC_COUNT; ++t) {
        total += bytes[t];
    }
    return total;
}

static void fill_row(const tsr_counters *counters, uint32_t side, tsr_layer_difference *row) {
    row->cycles[side] = counters->cycles;
    row->read_bytes[side] = sum(counters->read_bytes);
    row->write_bytes[side] = sum(counters->write_bytes);
}

static void diff_layers(const tsr_validation_sides *sides, tsr_validation *v) {
    static const tsr_counters none;
    for (int32_t i = 0; i < v->layer_count; ++i) {
        const tsr_counters *of[2];
        for (uint32_t side = 0; side < 2; ++side) {
            const tsr_result *result = &sides->result[side];
            of[side] = i < result->layer_count ? &result->layers[i] : &none;
            fill_row(of[side], side, &v->layers[i]);
        }
        v->layers[i].counters_differing = diff_one(of[0], of[1], v->layers[i].name, v);
        v->differences += v->layers[i].counters_differing;
    }
    fill_row(&sides->result[0].total, 0, &v->total);
    fill_row(&sides->result[1].total, 1, &v->total);
    v->total.counters_differing =
        diff_one(&sides->result[0].total, &sides->result[1].total, "total", v);
    v->differences += v->total.counters_differing;
}

static bool same_change(const tsr_occupancy *a, const tsr_occupancy *b) {
    return a->cycle == b->cycle && a->bytes == b->bytes && a->buffer == b->buffer;
}

static uint64_t diff_occupancy(const tsr_result *a, const tsr_result *b) {
    const int64_t common =
        a->occupancy_count < b->occupancy_count ? a->occupancy_count : b->occupancy_count;
    uint64_t differing = (uint64_t)(a->occupancy_count + b->occupancy_count - 2 * common);
    for (int64_t i = 0; i < common; ++i) {
        differing += !same_change(&a->occupancy[i], &b->occupancy[i]);
    }
    for (int32_t i = 0; i < TSR_BUFFER_COUNT; ++i) {
        differing += a->peak_bytes[i] != b->peak_bytes[i] || a->peak_cycle[i] != b->peak_cycle[i] ||
                     a->capacity_bytes[i] != b->capacity_bytes[i];
    }
    return differing;
}

static void diff_dram(const tsr_validation_sides *sides, tsr_validation *v) {
    for (size_t i = 0; i < sizeof dram_fields / sizeof dram_fields[0]; ++i) {
        const uint64_t left = number_at(&sides->result[0].dram, dram_fields[i].offset);
        const uint64_t right = number_at(&sides->result[1].dram, dram_fields[i].offset);
        if (left == right) {
            continue;
        }
        if (v->dram_differing++ == 0) {
            (void)snprintf(v->first_dram, sizeof v->first_dram, "%s: %s %" PRIu64 ", %s %" PRIu64,
                           dram_fields[i].name, v->side[0], left, v->side[1], right);
        }
    }
}

void tsr_diff_counters(const tsr_validation_sides *sides, tsr_validation *validation) {
    diff_layers(sides, validation);
    diff_dram(sides, validation);
    validation->occupancy_differing = diff_occupancy(&sides->result[0], &sides->result[1]);
    validation->cycles[0] = sides->result[0].total.cycles;
    validation->cycles[1] = sides->result[1].total.cycles;
    validation->differences += validation->occupancy_differing + validation->dram_differing;
}
