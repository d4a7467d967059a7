// SPDX-License-Identifier: Apache-2.0
// The peak of the feature pool beside the idealised storage.
#include "base/alloc.h"
#include "base/check.h"
#include "report/moved_work.h"

/** The feature pool at its peak. */
typedef struct peak {
    uint64_t cycle;
    int32_t pass;           // descriptor of the array that runs then
    uint64_t *layer_bytes;  // owned, [network layers]
    tsr_plan_held held;
} peak;

// The pass that runs in the cycle, or the last one before; -1: none yet.
static int32_t pass_at(const tsr_program *program, const uint64_t *start, uint64_t cycle) {
    int32_t pass = -1;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        if (tsr_program_engine(program, i) == TSR_ENGINE_COMPUTE && start[i] <= cycle) {
            pass = i;
        }
    }
    return pass;
}

static tsr_status look_at(const tsr_moved_work *work, uint64_t *start, uint64_t *complete, peak *p,
                          tsr_error *err) {
    tsr_result result = {0};
    TSR_TRY(tsr_estimate_times(work->program, NULL, &result, start, complete, err));
    p->cycle = result.peak_cycle[TSR_BUFFER_FEATURE];
    p->pass = pass_at(work->program, start, p->cycle);
    work->moved->peak_bytes = result.peak_bytes[TSR_BUFFER_FEATURE];
    tsr_result_free(&result);
    TSR_TRY(tsr_plan_held_at(work->plan, start, complete, p->cycle, p->layer_bytes, &p->held, err));
    TSR_CHECK(p->held.bytes == work->moved->peak_bytes, TSR_ERR_INTERNAL, err, work->network->name,
              "the maps at the peak have %llu bytes, the peak %llu",
              (unsigned long long)p->held.bytes, (unsigned long long)work->moved->peak_bytes);
    return TSR_OK;
}

static tsr_status find_peak(const tsr_moved_work *work, peak *p, tsr_error *err) {
    const size_t descs = (size_t)work->program->desc_count;
    uint64_t *cycles = tsr_alloc(2 * descs, sizeof *cycles);
    TSR_CHECK(cycles != NULL, TSR_ERR_NO_MEMORY, err, work->network->name, "out of memory");
    const tsr_status status = look_at(work, cycles, cycles + descs, p, err);
    tsr_free(cycles);
    return status;
}

static void describe_tile(tsr_plan_group group, char text[40]) {
    if (group.mode == TSR_SCHEDULE_CACHED && group.tile_w == 0) {
        (void)snprintf(text, 40, ", strips of %d rows", group.tile_h);
    } else if (group.tile_h > 0) {
        (void)snprintf(text, 40, ", tiles of %dx%d", group.tile_h, group.tile_w);
    }
}

// "while conv1_2, strips of 4 rows: conv1_1 196.0, conv1_2 392.0 KiB", the largest maps first.
static void describe(const tsr_moved_work *work, const peak *p) {
    enum { SHOWN = 4 };

    char *text = work->moved->peak_text;
    const size_t size = sizeof work->moved->peak_text;
    const tsr_layer *layers = work->network->layers;
    const int32_t running =
        p->pass >= 0 ? (int32_t)tsr_program_brief(work->program, p->pass).layer : -1;
    char tile[40] = "";
    if (p->pass >= 0) {
        describe_tile(tsr_plan_group_at(work->plan, tsr_program_note(work->program, p->pass).group),
                      tile);
    }
    int used = snprintf(text, size,
                        "while %.28s%s:", running >= 0 ? layers[running].name : "loading", tile);
    uint64_t left = p->held.bytes;
    for (int32_t n = 0; n < SHOWN && left > 0; ++n) {
        int32_t most = 0;
        for (int32_t i = 1; i < work->network->layer_count; ++i) {
            most = p->layer_bytes[i] > p->layer_bytes[most] ? i : most;
        }
        used += snprintf(text + used, size - (size_t)used, "%s %.28s %.1f", n > 0 ? "," : "",
                         layers[most].name, (double)p->layer_bytes[most] / 1024.0);
        left -= p->layer_bytes[most];
        p->layer_bytes[most] = 0;
    }
    if (left > 0) {
        (void)snprintf(text + used, size - (size_t)used, ", others %.1f", (double)left / 1024.0);
    }
}

static void add_row(const tsr_moved_work *work, tsr_moved_kind kind, const peak *p, uint64_t ideal,
                    int64_t elsewhere) {
    tsr_moved_row *row = &work->moved->rows[kind];
    *row = (tsr_moved_row){.counted = true, .ideal = ideal, .moved = p->held.bytes};
    row->parts[TSR_PART_WASTE] = (int64_t)p->held.padding_bytes;
    row->parts[TSR_PART_AHEAD] = (int64_t)p->held.ahead_bytes;
    row->parts[TSR_PART_GROUPS] = elsewhere;
    row->parts[TSR_PART_HELD] = (int64_t)(p->held.bytes - p->held.padding_bytes) -
                                (int64_t)p->held.ahead_bytes - elsewhere - (int64_t)ideal;
}

// Line buffers of the stages that run in one group, or in any (-1).
static uint64_t line_bytes(const tsr_moved_work *work, int32_t group) {
    uint64_t bytes = 0;
    for (int32_t i = 0; i < work->outline->stage_count; ++i) {
        if (group < 0 || tsr_plan_group_of(work->plan, work->outline->stages[i].layer) == group) {
            bytes += tsr_outline_line_buffer_bytes(work->outline, i, 1,
                                                   work->program->arch.activation_bits);
        }
    }
    return bytes;
}

static void add_rows(const tsr_moved_work *work, const peak *p) {
    const tsr_account *a = work->account;
    if (work->schedule->mode == TSR_SCHEDULE_RECOMPUTE) {
        return;  // tables have no storage of overlapped tiles
    }
    if (work->ideal_fuses_all) {
        const uint64_t all = line_bytes(work, -1);
        const int32_t group = p->pass >= 0 ? tsr_program_note(work->program, p->pass).group : 0;
        add_row(work, TSR_MOVED_LINES, p, all, (int64_t)line_bytes(work, group) - (int64_t)all);
        return;
    }
    const uint64_t set =
        a->blocked_set_bytes > a->fallback_set_bytes ? a->blocked_set_bytes : a->fallback_set_bytes;
    add_row(work, TSR_MOVED_BLOCK_SET, p, set, 0);
    add_row(work, TSR_MOVED_ON_CHIP, p, a->depth_first_bytes, 0);
}

tsr_status tsr_moved_count_peak(const tsr_moved_work *work, tsr_error *err) {
    peak p = {.layer_bytes = tsr_alloc((size_t)work->network->layer_count, sizeof *p.layer_bytes)};
    tsr_status status = p.layer_bytes != NULL ? find_peak(work, &p, err)
                                              : tsr_fail(err, TSR_ERR_NO_MEMORY,
                                                         work->network->name, "out of memory");
    if (status == TSR_OK) {
        add_rows(work, &p);
        describe(work, &p);
    }
    tsr_free(p.layer_bytes);
    return status;
}
