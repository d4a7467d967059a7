// SPDX-License-Identifier: Apache-2.0
// A comparison as a JSON object.
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "validate/validation_work.h"

static void pair(tsr_jwriter *w, const char *key, const uint64_t values[2]) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_array_begin(w);
    tsr_jwrite_u64(w, values[0]);
    tsr_jwrite_u64(w, values[1]);
    tsr_jwrite_array_end(w);
}

static void write_row(tsr_jwriter *w, const tsr_layer_difference *row) {
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "layer", row->name);
    pair(w, "cycles", row->cycles);
    pair(w, "read_bytes", row->read_bytes);
    pair(w, "write_bytes", row->write_bytes);
    pair(w, "events", row->events);
    tsr_jwrite_member_u64(w, "events_differing", row->events_differing);
    tsr_jwrite_member_u64(w, "counters_differing", row->counters_differing);
    tsr_jwrite_member_u64(w, "pool_words_compared", row->words.compared);
    tsr_jwrite_member_u64(w, "pool_words_differing", row->words.differing);
    tsr_jwrite_member_u64(w, "dram_bytes_compared", row->values);
    tsr_jwrite_member_u64(w, "dram_bytes_differing", row->values_differing);
    tsr_jwrite_object_end(w);
}

static void write_event(tsr_jwriter *w, const tsr_event *event) {
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_u64(w, "cycle", event->cycle);
    tsr_jwrite_member_string(w, "kind",
                             event->kind < TSR_EVENT_KIND_COUNT
                                 ? tsr_event_kind_name((tsr_event_kind)event->kind)
                                 : "unknown");
    tsr_jwrite_member_u64(w, "argument", event->argument);
    tsr_jwrite_object_end(w);
}

static void write_unit(tsr_jwriter *w, int32_t unit, const tsr_unit_difference *d) {
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "unit", tsr_validate_unit_name(unit));
    pair(w, "events", d->events);
    tsr_jwrite_member_u64(w, "events_differing", d->differing);
    if (d->first >= 0) {
        tsr_jwrite_member_i64(w, "first_difference", d->first);
        tsr_jwrite_key(w, "around");
        tsr_jwrite_array_begin(w);
        for (uint32_t side = 0; side < 2; ++side) {
            tsr_jwrite_array_begin(w);
            for (int32_t i = 0; i < d->context[side]; ++i) {
                write_event(w, &d->around[side][i]);
            }
            tsr_jwrite_array_end(w);
        }
        tsr_jwrite_array_end(w);
    }
    tsr_jwrite_object_end(w);
}

static void write_rest(tsr_jwriter *w, const tsr_validation *v) {
    tsr_jwrite_member_u64(w, "memory_bytes", v->memory_bytes);
    pair(w, "memory_bytes_differing_from_interpreter", v->memory_differing);
    tsr_jwrite_member_u64(w, "output_bytes_compared_with_reference", v->outputs.bytes);
    tsr_jwrite_member_u64(w, "output_bytes_differing_from_reference", v->outputs.differing);
    tsr_jwrite_member_string(w, "first_output_byte", v->outputs.first);
    tsr_jwrite_member_u64(w, "occupancy_differing", v->occupancy_differing);
    tsr_jwrite_member_u64(w, "dram_statistics_differing", v->dram_differing);
    tsr_jwrite_member_u64(w, "registers_compared", v->registers.compared);
    tsr_jwrite_member_u64(w, "registers_differing", v->registers.differing);
    tsr_jwrite_member_string(w, "first_register", v->first_register);
    tsr_jwrite_member_string(w, "first_counter", v->first_counter);
    tsr_jwrite_member_string(w, "first_pool_word", v->first_word);
    tsr_jwrite_member_string(w, "first_dram_statistic", v->first_dram);
}

void tsr_validation_json(const tsr_validation *validation, tsr_jwriter *writer) {
    tsr_jwriter *w = writer;
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "name", validation->name);
    tsr_jwrite_key(w, "sides");
    tsr_jwrite_array_begin(w);
    tsr_jwrite_string(w, validation->side[0]);
    tsr_jwrite_string(w, validation->side[1]);
    tsr_jwrite_array_end(w);
    tsr_jwrite_member_u64(w, "differences", validation->differences);
    pair(w, "cycles", validation->cycles);
    tsr_jwrite_key(w, "layers");
    tsr_jwrite_array_begin(w);
    for (int32_t i = 0; i < validation->layer_count; ++i) {
        write_row(w, &validation->layers[i]);
    }
    tsr_jwrite_array_end(w);
    tsr_jwrite_key(w, "total");
    write_row(w, &validation->total);
    tsr_jwrite_key(w, "units");
    tsr_jwrite_array_begin(w);
    for (int32_t unit = 0; unit < TSR_VALIDATE_UNITS; ++unit) {
        write_unit(w, unit, &validation->units[unit]);
    }
    tsr_jwrite_array_end(w);
    write_rest(w, validation);
    tsr_jwrite_object_end(w);
}

tsr_status tsr_validation_print_json(const tsr_validation *validation, bool compact, FILE *file,
                                     tsr_error *err) {
    tsr_jwriter w;
    tsr_jwriter_init(&w, file, compact);
    tsr_validation_json(validation, &w);
    TSR_CHECK(fputc('\n', file) != EOF && ferror(file) == 0, TSR_ERR_FILE, err, validation->name,
              "cannot be written");
    return TSR_OK;
}

static tsr_status write_form(const tsr_validation *validation, const char *dir, bool json,
                             tsr_error *err) {
    enum { path_size = 1024 };

    char path[path_size];
    FILE *file = NULL;
    TSR_CHECK(
        snprintf(path, sizeof path, "%s/validation.%s", dir, json ? "json" : "md") < path_size,
        TSR_ERR_FILE, err, dir, "path too long");
    TSR_TRY(tsr_file_begin(path, &file, err));
    const tsr_status status = json ? tsr_validation_print_json(validation, false, file, err)
                                   : tsr_validation_print(validation, file, err);
    if (status != TSR_OK) {
        tsr_file_abandon(path, file);
        return status;
    }
    return tsr_file_commit(path, file, err);
}

tsr_status tsr_validation_write(const tsr_validation *validation, const char *dir, tsr_error *err) {
    TSR_TRY(tsr_dir_make(dir, err));
    TSR_TRY(write_form(validation, dir, false, err));
    return write_form(validation, dir, true, err);
}
