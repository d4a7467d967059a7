// SPDX-License-Identifier: Apache-2.0
// Refuses impossible memories, with the field named, and reads the address map.
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "dram/dram_state.h"

/** A plain integer field and what it may hold. */
typedef struct dram_limit {
    const char *name;
    size_t offset;
    int32_t low, high;
} dram_limit;

#define FIELD(member, low, high) \
    { #member, offsetof(tsr_dram_config, member), (low), (high) }
#define TIMING(member, low) \
    { "timing." #member, offsetof(tsr_dram_config, timing.member), (low), 100000 }

static const dram_limit banked_limits[] = {
    FIELD(bus_bytes, 1, 128),
    FIELD(bank_groups, 1, DRAM_MAX_BANKS),
    FIELD(banks_per_group, 1, DRAM_MAX_BANKS),
    FIELD(read_queue, 1, DRAM_MAX_QUEUE),
    FIELD(write_queue, 1, DRAM_MAX_QUEUE),
    FIELD(write_high, 1, DRAM_MAX_QUEUE),
    FIELD(write_low, 0, DRAM_MAX_QUEUE),
    FIELD(controller_cycles, 0, 100000),
    TIMING(cl, 1),
    TIMING(cwl, 1),
    TIMING(rcd, 1),
    TIMING(rp, 1),
    TIMING(ras, 1),
    TIMING(rc, 1),
    TIMING(rrd_s, 1),
    TIMING(rrd_l, 1),
    TIMING(faw, 1),
    TIMING(ccd_s, 1),
    TIMING(ccd_l, 1),
    TIMING(wtr_s, 0),
    TIMING(wtr_l, 0),
    TIMING(wr, 0),
    TIMING(rtp, 0),
    TIMING(rtw, 1),
    TIMING(rfc, 0),
    TIMING(burst_cycles, 1),
};

#undef FIELD
#undef TIMING

/** Clocks and rates stay below these, so that the products of dram_clock.h and dram_simple.c fit 64 bits. */
#define MAX_CLOCK_HZ (UINT64_C(1) << 33)
#define MAX_BYTES_PER_S (UINT64_C(1) << 44)

static bool power_of_two(int64_t value) {
    return value > 0 && (value & (value - 1)) == 0;
}

int64_t tsr_dram_access_bytes(const tsr_dram_config *config) {
    return (int64_t)config->bus_bytes * 2 * config->timing.burst_cycles;
}

static tsr_status check_clock(const char *name, uint64_t hz, tsr_error *err) {
    TSR_CHECK(hz >= 1 && hz <= MAX_CLOCK_HZ, TSR_ERR_CONFIG, err, "dram",
              "%s = %llu, must be 1..%llu", name, (unsigned long long)hz,
              (unsigned long long)MAX_CLOCK_HZ);
    return TSR_OK;
}

static tsr_status check_limits(const tsr_dram_config *config, tsr_error *err) {
    for (size_t index = 0; index < sizeof banked_limits / sizeof banked_limits[0]; ++index) {
        const dram_limit *limit = &banked_limits[index];
        int32_t value = 0;
        memcpy(&value, (const char *)config + limit->offset, sizeof value);
        TSR_CHECK(value >= limit->low && value <= limit->high, TSR_ERR_CONFIG, err, "dram",
                  "%s = %d, must be %d..%d", limit->name, value, limit->low, limit->high);
    }
    return TSR_OK;
}

/** `name` must be a power of two: addresses are taken apart by shifts. */
static tsr_status check_power(const char *name, int64_t value, tsr_error *err) {
    TSR_CHECK(power_of_two(value), TSR_ERR_CONFIG, err, "dram", "%s = %lld, must be a power of two",
              name, (long long)value);
    return TSR_OK;
}

static tsr_status check_geometry(const tsr_dram_config *config, tsr_error *err) {
    TSR_TRY(check_power("bus_bytes", config->bus_bytes, err));
    TSR_TRY(check_power("bank_groups", config->bank_groups, err));
    TSR_TRY(check_power("banks_per_group", config->banks_per_group, err));
    TSR_TRY(check_power("row_bytes", config->row_bytes, err));
    TSR_TRY(check_power("capacity_bytes", config->capacity_bytes, err));
    TSR_TRY(check_power("timing.burst_cycles", config->timing.burst_cycles, err));
    const int32_t banks = config->bank_groups * config->banks_per_group;
    TSR_CHECK(banks <= DRAM_MAX_BANKS, TSR_ERR_CONFIG, err, "dram",
              "bank_groups * banks_per_group = %d, must be 1..%d", banks, DRAM_MAX_BANKS);
    const int64_t access = tsr_dram_access_bytes(config);
    TSR_CHECK(config->row_bytes >= access && config->row_bytes <= (INT64_C(1) << 24),
              TSR_ERR_CONFIG, err, "dram", "row_bytes = %lld, must be %lld (one access)..%lld",
              (long long)config->row_bytes, (long long)access, 1LL << 24);
    TSR_CHECK(config->capacity_bytes >= config->row_bytes * banks &&
                  config->capacity_bytes <= (INT64_C(1) << 48),
              TSR_ERR_CONFIG, err, "dram",
              "capacity_bytes = %lld, must be %lld (one row in each bank)..%lld",
              (long long)config->capacity_bytes, (long long)(config->row_bytes * banks), 1LL << 48);
    return TSR_OK;
}

/** `name` must be at least `low`, which is what `low_name` says. */
static tsr_status check_order(const char *name, int64_t value, const char *low_name, int64_t low,
                              tsr_error *err) {
    TSR_CHECK(value >= low, TSR_ERR_CONFIG, err, "dram", "%s = %lld, must be at least %s = %lld",
              name, (long long)value, low_name, (long long)low);
    return TSR_OK;
}

static tsr_status check_timing(const tsr_dram_config *config, tsr_error *err) {
    const tsr_dram_timing *t = &config->timing;
    TSR_TRY(check_order("timing.ccd_s", t->ccd_s, "timing.burst_cycles", t->burst_cycles, err));
    TSR_TRY(check_order("timing.ccd_l", t->ccd_l, "timing.ccd_s", t->ccd_s, err));
    TSR_TRY(check_order("timing.rrd_l", t->rrd_l, "timing.rrd_s", t->rrd_s, err));
    TSR_TRY(check_order("timing.wtr_l", t->wtr_l, "timing.wtr_s", t->wtr_s, err));
    TSR_TRY(check_order("timing.rc", t->rc, "timing.ras", t->ras, err));
    TSR_TRY(check_order("timing.rtw", t->rtw, "cl + burst_cycles - cwl (data bus)",
                        t->cl + t->burst_cycles - t->cwl, err));
    const int64_t busy = 2 * ((int64_t)t->rfc + t->rc + t->rcd + t->cwl + t->burst_cycles + t->wr +
                              t->rp + (int64_t)config->bank_groups * config->banks_per_group);
    TSR_CHECK(t->refi == 0 || (t->refi >= busy && t->refi <= 100000000), TSR_ERR_CONFIG, err,
              "dram", "timing.refi = %d, must be 0 (no refresh) or %lld..100000000", t->refi,
              (long long)busy);
    return TSR_OK;
}

static tsr_status check_banked(const tsr_dram_config *config, tsr_error *err) {
    TSR_TRY(check_clock("dram_clock_hz", config->dram_clock_hz, err));
    TSR_TRY(check_limits(config, err));
    TSR_TRY(check_geometry(config, err));
    TSR_TRY(check_timing(config, err));
    TSR_CHECK(config->page == TSR_DRAM_PAGE_OPEN || config->page == TSR_DRAM_PAGE_CLOSED,
              TSR_ERR_CONFIG, err, "dram", "page = %d, must be open (0) or closed (1)",
              (int)config->page);
    TSR_CHECK(config->write_high <= config->write_queue, TSR_ERR_CONFIG, err, "dram",
              "write_high = %d, must be 1..%d (write_queue)", config->write_high,
              config->write_queue);
    TSR_CHECK(config->write_low < config->write_high, TSR_ERR_CONFIG, err, "dram",
              "write_low = %d, must be 0..%d (below write_high)", config->write_low,
              config->write_high - 1);
    dram_map map;
    return tsr_dram_map_parse(config, &map, err);
}

tsr_status tsr_dram_check(const tsr_dram_config *config, tsr_error *err) {
    TSR_CHECK(memchr(config->name, '\0', sizeof config->name) != NULL, TSR_ERR_CONFIG, err, "dram",
              "name is not terminated");
    TSR_TRY(check_clock("accelerator_clock_hz", config->accelerator_clock_hz, err));
    switch (config->kind) {
        case TSR_DRAM_BANKED:
            return check_banked(config, err);
        case TSR_DRAM_FIXED:
            TSR_CHECK(
                config->fixed_bytes_per_s >= 1 && config->fixed_bytes_per_s <= MAX_BYTES_PER_S,
                TSR_ERR_CONFIG, err, "dram", "fixed_bytes_per_s = %llu, must be 1..%llu",
                (unsigned long long)config->fixed_bytes_per_s, (unsigned long long)MAX_BYTES_PER_S);
            break;
        case TSR_DRAM_IDEAL:
            break;
        default:
            return tsr_fail(err, TSR_ERR_CONFIG, "dram",
                            "kind = %d, must be ideal, fixed or banked", (int)config->kind);
    }
    TSR_CHECK(config->ideal_latency_cycles >= 1 && config->ideal_latency_cycles <= 1000000,
              TSR_ERR_CONFIG, err, "dram", "ideal_latency_cycles = %d, must be 1..1000000",
              config->ideal_latency_cycles);
    return TSR_OK;
}

/* ---- address map ---------------------------------------------------------------------------------------------- */

static const char *const field_names[] = {"row", "bank", "column", "group"};

enum { FIELD_ROW, FIELD_BANK, FIELD_COLUMN, FIELD_GROUP, FIELD_COUNT };

/** Splits "row-bank-column" into field numbers, high to low; returns their count, 0 when a word is unknown or twice. */
static size_t split_map(const char *text, int32_t order[FIELD_COUNT]) {
    size_t count = 0;
    uint32_t seen = 0;
    const char *at = text;
    while (*at != '\0') {
        const size_t length = strcspn(at, "-");
        int32_t field = -1;
        for (int32_t index = 0; index < FIELD_COUNT; ++index) {
            if (strlen(field_names[index]) == length &&
                strncmp(field_names[index], at, length) == 0) {
                field = index;
            }
        }
        if (field < 0 || (seen & (1u << field)) != 0) {
            return 0;
        }
        seen |= 1u << field;
        order[count++] = field;
        at += length;
        if (*at == '-' && *++at == '\0') {
            return 0;
        }
    }
    const uint32_t needed = (1u << FIELD_ROW) | (1u << FIELD_BANK) | (1u << FIELD_COLUMN);
    return (seen & needed) == needed ? count : 0;
}

static uint32_t log2_of(int64_t power) {
    return (uint32_t)__builtin_ctzll((unsigned long long)power);
}

tsr_status tsr_dram_map_parse(const tsr_dram_config *config, dram_map *map, tsr_error *err) {
    const bool terminated = memchr(config->address_map, '\0', sizeof config->address_map) != NULL;
    int32_t order[FIELD_COUNT] = {0};
    const size_t count = terminated ? split_map(config->address_map, order) : 0;
    TSR_CHECK(count != 0, TSR_ERR_CONFIG, err, "dram",
              "address_map = \"%.*s\", must name row, bank and column (and may name group) once "
              "each, high to low, like \"row-bank-column\" or \"row-bank-column-group\"",
              (int)sizeof config->address_map, config->address_map);
    const uint32_t group_bits = log2_of(config->bank_groups);
    const uint32_t bank_bits = log2_of(config->banks_per_group);
    const uint32_t access_shift = log2_of(tsr_dram_access_bytes(config));
    const uint32_t row_bits =
        log2_of(config->capacity_bytes) - log2_of(config->row_bytes) - group_bits - bank_bits;
    const bool has_group = count == FIELD_COUNT;
    const uint32_t bits[FIELD_COUNT] = {
        [FIELD_ROW] = row_bits,
        [FIELD_BANK] = has_group ? bank_bits : bank_bits + group_bits,
        [FIELD_COLUMN] = log2_of(config->row_bytes) - access_shift,
        [FIELD_GROUP] = has_group ? group_bits : 0,
    };
    dram_field fields[FIELD_COUNT] = {{0, 0}};
    uint32_t shift = 0;
    for (size_t index = count; index-- > 0;) {
        dram_field *field = &fields[order[index]];
        field->shift = shift;
        field->mask = (UINT64_C(1) << bits[order[index]]) - 1;
        shift += bits[order[index]];
    }
    map->row = fields[FIELD_ROW];
    map->bank = fields[FIELD_BANK];
    map->group = fields[FIELD_GROUP];
    map->access_shift = access_shift;
    map->row_shift = order[count - 1] == FIELD_COLUMN ? bits[FIELD_COLUMN] : 0;
    map->group_shift = has_group ? group_bits : 0;
    map->capacity_mask = (UINT64_C(1) << shift) - 1;
    return TSR_OK;
}
