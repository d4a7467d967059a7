// SPDX-License-Identifier: Apache-2.0
// timeline.json in the Chrome trace format, which Perfetto opens: engines as threads, buffers as
// counters. Times are microseconds of the accelerator clock.
#include "base/alloc.h"
#include "base/check.h"
#include "base/json.h"
#include "report/result_files.h"

static double microseconds(const tsr_run_outcome *o, uint64_t cycle) {
    return (double)cycle * 1e6 / (double)o->config.arch.clock_hz;
}

static void name_engines(tsr_jwriter *w) {
    for (int32_t i = 0; i < TSR_ENGINE_COUNT; ++i) {
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_string(w, "name", "thread_name");
        tsr_jwrite_member_string(w, "ph", "M");
        tsr_jwrite_member_i64(w, "pid", 1);
        tsr_jwrite_member_i64(w, "tid", i + 1);
        tsr_jwrite_key(w, "args");
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_string(w, "name", tsr_engine_name((tsr_engine)i));
        tsr_jwrite_object_end(w);
        tsr_jwrite_object_end(w);
    }
}

static void write_span(const tsr_run_outcome *o, tsr_jwriter *w, const tsr_event *end,
                       uint64_t start) {
    const tsr_desc desc = tsr_program_desc(&o->program, (int32_t)end->argument);
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "name", o->program.layer_names[desc.header.layer]);
    tsr_jwrite_member_string(w, "ph", "X");
    tsr_jwrite_member_i64(w, "pid", 1);
    tsr_jwrite_member_i64(w, "tid", end->unit + 1);
    tsr_jwrite_member_double(w, "ts", microseconds(o, start));
    tsr_jwrite_member_double(w, "dur", microseconds(o, end->cycle - start));
    tsr_jwrite_key(w, "args");
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_i64(w, "descriptor", end->argument);
    tsr_jwrite_member_i64(w, "start_cycle", (int64_t)start);
    tsr_jwrite_member_i64(w, "end_cycle", (int64_t)end->cycle);
    tsr_jwrite_object_end(w);
    tsr_jwrite_object_end(w);
}

// Engines run their descriptors one after the other, so one open start an engine is enough.
static void write_spans(const tsr_run_outcome *o, tsr_jwriter *w) {
    uint64_t started[TSR_ENGINE_COUNT] = {0};
    for (int64_t i = 0; i < o->result.event_count; ++i) {
        const tsr_event *e = &o->result.events[i];
        if (e->unit >= TSR_ENGINE_COUNT || e->argument >= (uint32_t)o->program.desc_count) {
            continue;
        }
        if (e->kind == TSR_EVENT_START) {
            started[e->unit] = e->cycle;
        } else if (e->kind == TSR_EVENT_COMPLETE) {
            write_span(o, w, e, started[e->unit]);
        }
    }
}

static void write_occupancy(const tsr_run_outcome *o, tsr_jwriter *w) {
    for (int64_t i = 0; i < o->result.occupancy_count; ++i) {
        const tsr_occupancy *change = &o->result.occupancy[i];
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_string(w, "name", tsr_buffer_name(change->buffer));
        tsr_jwrite_member_string(w, "ph", "C");
        tsr_jwrite_member_i64(w, "pid", 1);
        tsr_jwrite_member_double(w, "ts", microseconds(o, change->cycle));
        tsr_jwrite_key(w, "args");
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_i64(w, "bytes", (int64_t)change->bytes);
        tsr_jwrite_object_end(w);
        tsr_jwrite_object_end(w);
    }
}

tsr_status tsr_write_timeline(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    tsr_jwriter w;
    tsr_jwriter_init(&w, file, true);
    tsr_jwrite_object_begin(&w);
    tsr_jwrite_member_string(&w, "displayTimeUnit", "ns");
    tsr_jwrite_key(&w, "traceEvents");
    tsr_jwrite_array_begin(&w);
    name_engines(&w);
    write_spans(outcome, &w);
    write_occupancy(outcome, &w);
    tsr_jwrite_array_end(&w);
    tsr_jwrite_object_end(&w);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "timeline.json", "cannot be written");
    return TSR_OK;
}
