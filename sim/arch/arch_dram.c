// SPDX-License-Identifier: Apache-2.0
// The "dram" object of an architecture: a preset with overrides, or every field; and its way back
// to JSON.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch_json.h"
#include "base/check.h"

/** Where an integer key lies in tsr_dram_config. */
typedef struct dram_field {
    const char *key;
    size_t offset;

    enum { FIELD_I32, FIELD_I64, FIELD_U64 } type;
} dram_field;

#define CONFIG_FIELD(key, type) \
    { #key, offsetof(tsr_dram_config, key), type }
#define TIMING_FIELD(key) \
    { #key, offsetof(tsr_dram_config, timing) + offsetof(tsr_dram_timing, key), FIELD_I32 }

static const dram_field config_fields[] = {
    CONFIG_FIELD(dram_clock_hz, FIELD_U64),     CONFIG_FIELD(bus_bytes, FIELD_I32),
    CONFIG_FIELD(bank_groups, FIELD_I32),       CONFIG_FIELD(banks_per_group, FIELD_I32),
    CONFIG_FIELD(row_bytes, FIELD_I64),         CONFIG_FIELD(capacity_bytes, FIELD_I64),
    CONFIG_FIELD(read_queue, FIELD_I32),        CONFIG_FIELD(write_queue, FIELD_I32),
    CONFIG_FIELD(write_high, FIELD_I32),        CONFIG_FIELD(write_low, FIELD_I32),
    CONFIG_FIELD(controller_cycles, FIELD_I32), CONFIG_FIELD(ideal_latency_cycles, FIELD_I32),
    CONFIG_FIELD(fixed_bytes_per_s, FIELD_U64),
};

static const dram_field timing_fields[] = {
    TIMING_FIELD(cl),    TIMING_FIELD(cwl),   TIMING_FIELD(rcd),          TIMING_FIELD(rp),
    TIMING_FIELD(ras),   TIMING_FIELD(rc),    TIMING_FIELD(rrd_s),        TIMING_FIELD(rrd_l),
    TIMING_FIELD(faw),   TIMING_FIELD(ccd_s), TIMING_FIELD(ccd_l),        TIMING_FIELD(wtr_s),
    TIMING_FIELD(wtr_l), TIMING_FIELD(wr),    TIMING_FIELD(rtp),          TIMING_FIELD(rtw),
    TIMING_FIELD(rfc),   TIMING_FIELD(refi),  TIMING_FIELD(burst_cycles),
};

enum {
    CONFIG_FIELDS = sizeof config_fields / sizeof config_fields[0],
    TIMING_FIELDS = sizeof timing_fields / sizeof timing_fields[0],
    OTHER_KEYS = 6
};

static const char *const kind_words[] = {"ideal", "fixed", "banked", NULL};
static const char *const page_words[] = {"open", "closed", NULL};

static int64_t field_get(const tsr_dram_config *dram, const dram_field *field) {
    const char *place = (const char *)dram + field->offset;
    int32_t narrow = 0;
    int64_t wide = 0;
    if (field->type == FIELD_I32) {
        memcpy(&narrow, place, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, place, sizeof wide);  // the unsigned values are far below 2^63
    return wide;
}

static void field_set(tsr_dram_config *dram, const dram_field *field, int64_t value) {
    char *place = (char *)dram + field->offset;
    const int32_t narrow = (int32_t)value;
    if (field->type == FIELD_I32) {
        memcpy(place, &narrow, sizeof narrow);
    } else {
        memcpy(place, &value, sizeof value);
    }
}

static tsr_status read_fields(const tsr_jnode *node, const dram_field *fields, size_t count,
                              tsr_dram_config *dram, tsr_error *err) {
    for (size_t i = 0; i < count; ++i) {
        int64_t value = field_get(dram, &fields[i]);
        const int64_t max = fields[i].type == FIELD_I32 ? INT32_MAX : INT64_C(1) << 52;
        TSR_TRY(tsr_jnode_int(node, fields[i].key, false, 0, max, &value, err));
        field_set(dram, &fields[i], value);
    }
    return TSR_OK;
}

static tsr_status check_keys(const tsr_jnode *node, tsr_error *err) {
    static const char *const others[OTHER_KEYS] = {"preset",      "name",        "kind",
                                                   "page_policy", "address_map", "timing"};
    const char *known[OTHER_KEYS + CONFIG_FIELDS + 1] = {NULL};
    memcpy(known, others, sizeof others);
    for (size_t i = 0; i < CONFIG_FIELDS; ++i) {
        known[OTHER_KEYS + i] = config_fields[i].key;
    }
    return tsr_jnode_check_keys(node, known, err);
}

static tsr_status copy_text(const tsr_jnode *node, const char *key, char *text, size_t size,
                            tsr_error *err) {
    const char *value = text;
    TSR_TRY(tsr_jnode_string(node, key, false, &value, err));
    if (value == text) {
        return TSR_OK;
    }
    if (strlen(value) >= size) {
        const tsr_jnode item = tsr_jnode_get(node, key);
        return tsr_jnode_fail(&item, err, "'%s' is too long, allowed are %zu characters", value,
                              size - 1);
    }
    (void)snprintf(text, size, "%s", value);
    return TSR_OK;
}

static tsr_status read_start(const tsr_jnode *node, tsr_dram_config *dram, tsr_error *err) {
    const char *preset = NULL;
    int32_t kind = 0;
    TSR_TRY(tsr_jnode_string(node, "preset", false, &preset, err));
    if (preset == NULL) {
        TSR_TRY(tsr_jnode_enum(node, "kind", true, kind_words, &kind, err));
        dram->kind = (tsr_dram_kind)kind;
        return TSR_OK;
    }
    const tsr_jnode kind_node = tsr_jnode_get(node, "kind");
    if (tsr_jnode_exists(&kind_node)) {
        return tsr_jnode_fail(&kind_node, err, "a preset has its kind, give one of the two");
    }
    tsr_error found = {0};
    if (tsr_dram_preset(preset, dram, &found) != TSR_OK) {
        const tsr_jnode item = tsr_jnode_get(node, "preset");
        return tsr_jnode_fail(&item, err, "%s", found.message);
    }
    return TSR_OK;
}

static tsr_status read_timing(const tsr_jnode *node, tsr_dram_config *dram, tsr_error *err) {
    const tsr_jnode timing = tsr_jnode_get(node, "timing");
    if (!tsr_jnode_exists(&timing)) {
        return TSR_OK;
    }
    if (!tsr_jnode_is_object(&timing)) {
        return tsr_jnode_fail(&timing, err, "'timing' must be an object");
    }
    const char *known[TIMING_FIELDS + 1] = {NULL};
    for (size_t i = 0; i < TIMING_FIELDS; ++i) {
        known[i] = timing_fields[i].key;
    }
    TSR_TRY(tsr_jnode_check_keys(&timing, known, err));
    return read_fields(&timing, timing_fields, TIMING_FIELDS, dram, err);
}

tsr_status tsr_arch_dram_from_node(const tsr_jnode *node, uint64_t accelerator_clock_hz,
                                   tsr_dram_config *dram, tsr_error *err) {
    tsr_dram_config read = {0};
    TSR_TRY(check_keys(node, err));
    TSR_TRY(read_start(node, &read, err));
    read.accelerator_clock_hz = accelerator_clock_hz;
    TSR_TRY(copy_text(node, "name", read.name, sizeof read.name, err));
    TSR_TRY(copy_text(node, "address_map", read.address_map, sizeof read.address_map, err));
    int32_t page = (int32_t)read.page;
    TSR_TRY(tsr_jnode_enum(node, "page_policy", false, page_words, &page, err));
    read.page = (tsr_dram_page)page;
    TSR_TRY(read_fields(node, config_fields, CONFIG_FIELDS, &read, err));
    TSR_TRY(read_timing(node, &read, err));
    tsr_error found = {0};
    if (tsr_dram_check(&read, &found) != TSR_OK) {
        return tsr_jnode_fail(node, err, "%s", found.message);
    }
    *dram = read;
    return TSR_OK;
}

static void write_fields(const tsr_dram_config *dram, const dram_field *fields, size_t count,
                         tsr_jwriter *writer) {
    for (size_t i = 0; i < count; ++i) {
        tsr_jwrite_key(writer, fields[i].key);
        tsr_jwrite_i64(writer, field_get(dram, &fields[i]));
    }
}

void tsr_arch_dram_write(const tsr_dram_config *dram, tsr_jwriter *writer) {
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_string(writer, "name", dram->name);
    tsr_jwrite_member_string(writer, "kind", kind_words[dram->kind]);
    tsr_jwrite_member_string(writer, "page_policy", page_words[dram->page]);
    tsr_jwrite_member_string(writer, "address_map", dram->address_map);
    write_fields(dram, config_fields, CONFIG_FIELDS, writer);
    tsr_jwrite_key(writer, "timing");
    tsr_jwrite_object_begin(writer);
    write_fields(dram, timing_fields, TIMING_FIELDS, writer);
    tsr_jwrite_object_end(writer);
    tsr_jwrite_object_end(writer);
}
