// SPDX-License-Identifier: Apache-2.0
// The RTL as a side: beside its result, every word that a descriptor has put into the feature pool
// is compared at its completion with what the interpreter's data path holds at that moment.
#include <inttypes.h>
#include <string.h>

#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/map_use.h"
#include "validate/validation_work.h"

enum { max_word_bytes = 256 };

/** A shadow of the machine's values. */
typedef struct shadow {
    const tsr_program *program;
    tsr_datapath *datapath;
    uint8_t *memory;  // owned DRAM image of the shadow
    tsr_side_report *report;
    const tsr_rtl_side *side;
    uint64_t cycle;
    tsr_rtl_word word;
    void *machine;
    tsr_status status;
    tsr_error error;
} shadow;

/** What of the feature pool a descriptor has written. */
static bool written_by(const tsr_arch *arch, const tsr_desc *desc, tsr_map_use *out) {
    switch (desc->header.opcode) {
        case TSR_OP_LOAD_FEATURE:
            *out = tsr_use_of_load(&desc->u.load_feature);
            return true;
        case TSR_OP_CONV:
            *out = tsr_use_of_conv_out(arch, &desc->u.conv);
            return desc->u.conv.accumulate_last != 0;
        case TSR_OP_POOL:
            *out = tsr_use_of_pool_out(&desc->u.pool);
            return true;
        default:
            return false;
    }
}

static void compare_word(shadow *s, const tsr_desc *desc, int32_t index, int64_t line,
                         int64_t bank) {
    const tsr_arch *arch = &s->program->arch;
    const uint32_t size = (uint32_t)tsr_arch_feature_word_bytes(arch);
    uint64_t bytes = 0;
    const uint8_t *all = tsr_datapath_feature(s->datapath, &bytes);
    const uint64_t at = (uint64_t)(line * arch->tp + bank) * size;
    uint8_t found[max_word_bytes] = {0};
    tsr_word_check *check = &s->report->words[desc->header.layer];
    ++check->compared;
    const bool there = size <= max_word_bytes && at + size <= bytes &&
                       s->word(s->machine, (uint32_t)line, (uint32_t)bank, found, size);
    if (there && memcmp(found, all + at, size) == 0) {
        return;
    }
    ++check->differing;
    if (s->report->first_word[0] == '\0') {
        uint32_t lane = 0;
        while (there && lane + 1 < size && found[lane] == all[at + lane]) {
            ++lane;
        }
        (void)snprintf(s->report->first_word, sizeof s->report->first_word,
                       "descriptor %d, complete in cycle %" PRIu64 ": line %" PRId64
                       ", bank %" PRId64 ", byte %u is %u, the interpreter says %u",
                       index, s->cycle, line, bank, lane, found[lane], there ? all[at + lane] : 0);
    }
}

static void compare_written(shadow *s, int32_t index) {
    const tsr_desc desc = tsr_program_desc(s->program, index);
    const int64_t tp = s->program->arch.tp;
    tsr_map_use w;
    if (!written_by(&s->program->arch, &desc, &w)) {
        return;
    }
    for (int64_t p = 0; p < w.planes; ++p) {
        for (int64_t y = 0; y < w.h; ++y) {
            const int64_t row = tsr_map_row_line(&w.map, p, w.y0 + y * tsr_step(w.step_h));
            for (int64_t i = 0; i < w.w; ++i) {
                const int64_t x = w.x0 + i * tsr_step(w.step_w);
                compare_word(s, &desc, index, row + tsr_map_column_line(&w.map, tp, x),
                             tsr_map_column_bank(&w.map, tp, x));
            }
        }
    }
}

/** Completions of one cycle come in the order of the engines, as the machine carries them out. */
static void completed(void *user, int32_t index, uint64_t cycle, tsr_rtl_word word, void *machine) {
    shadow *s = user;
    const tsr_desc desc = tsr_program_desc(s->program, index);
    if (s->status != TSR_OK || tsr_desc_engine(&desc) == TSR_ENGINE_COUNT) {
        return;
    }
    s->word = word;
    s->machine = machine;
    s->cycle = cycle;
    s->status =
        tsr_datapath_execute(s->datapath, &desc, s->memory, s->program->memory_bytes, &s->error);
    if (s->status == TSR_OK) {
        compare_written(s, index);
    }
}

static bool stop(void *user) {
    const shadow *s = user;
    return s->side->stop != NULL && s->side->stop(s->side->user);
}

static tsr_status shadow_make(const tsr_program *program, const uint8_t *memory,
                              tsr_side_report *report, shadow *s, tsr_error *err) {
    *s = (shadow){.program = program, .report = report};
    s->memory = tsr_alloc((size_t)program->memory_bytes, 1);
    TSR_CHECK(s->memory != NULL, TSR_ERR_NO_MEMORY, err, "validate", "no memory for a DRAM image");
    memcpy(s->memory, memory, (size_t)program->memory_bytes);
    return tsr_datapath_create(&program->arch, &s->datapath, err);
}

/** The counters that the RTL keeps itself. */
static tsr_status compare_registers(tsr_rtl *rtl, const tsr_result *result, tsr_side_report *report,
                                    tsr_error *err) {
    const tsr_counters *t = &result->total;

    const struct {
        const char *name;
        uint32_t offset;
        uint64_t value;
    } all[] = {
        {"cycles", TSR_REG_COUNT_CYCLES_LO, t->cycles},
        {"compute", TSR_REG_COUNT_COMPUTE_LO, t->cycles_by_cause[TSR_CAUSE_COMPUTE]},
        {"fill_drain", TSR_REG_COUNT_FILL_DRAIN_LO, t->cycles_by_cause[TSR_CAUSE_FILL_DRAIN]},
        {"wait_weights", TSR_REG_COUNT_WAIT_WEIGHTS_LO, t->cycles_by_cause[TSR_CAUSE_WAIT_WEIGHTS]},
        {"wait_features", TSR_REG_COUNT_WAIT_FEATURES_LO,
         t->cycles_by_cause[TSR_CAUSE_WAIT_FEATURES]},
        {"wait_store", TSR_REG_COUNT_WAIT_STORE_LO, t->cycles_by_cause[TSR_CAUSE_WAIT_STORE]},
        {"sync", TSR_REG_COUNT_SYNC_LO, t->cycles_by_cause[TSR_CAUSE_SYNC]},
        {"busy_load_feature", TSR_REG_COUNT_BUSY_LOAD_FEATURE_LO,
         t->busy_cycles[TSR_ENGINE_LOAD_FEATURE]},
        {"busy_load_weight", TSR_REG_COUNT_BUSY_LOAD_WEIGHT_LO,
         t->busy_cycles[TSR_ENGINE_LOAD_WEIGHT]},
        {"busy_compute", TSR_REG_COUNT_BUSY_COMPUTE_LO, t->busy_cycles[TSR_ENGINE_COMPUTE]},
        {"busy_store", TSR_REG_COUNT_BUSY_STORE_LO, t->busy_cycles[TSR_ENGINE_STORE]},
        {"bursts_load_feature", TSR_REG_COUNT_BURSTS_LOAD_FEATURE_LO,
         t->bursts[TSR_PORT_LOAD_FEATURE]},
        {"bursts_load_weight", TSR_REG_COUNT_BURSTS_LOAD_WEIGHT_LO,
         t->bursts[TSR_PORT_LOAD_WEIGHT]},
        {"bursts_descriptor", TSR_REG_COUNT_BURSTS_DESCRIPTOR_LO, t->bursts[TSR_PORT_DESCRIPTOR]},
        {"bursts_store", TSR_REG_COUNT_BURSTS_STORE_LO, t->bursts[TSR_PORT_STORE]}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
        uint32_t low = 0;
        uint32_t high = 0;
        TSR_TRY(tsr_rtl_register(rtl, all[i].offset, &low, err));
        TSR_TRY(tsr_rtl_register(rtl, all[i].offset + 4, &high, err));
        const uint64_t value = (uint64_t)high << 32 | low;
        ++report->registers.compared;
        if (value != all[i].value && report->registers.differing++ == 0) {
            (void)snprintf(report->first_register, sizeof report->first_register,
                           "count_%s is %" PRIu64 ", the events say %" PRIu64, all[i].name, value,
                           all[i].value);
        }
    }
    return TSR_OK;
}

static tsr_status run_rtl(void *user, const tsr_program *program, const tsr_run_options *options,
                          uint8_t *memory, tsr_result *result, tsr_side_report *report,
                          tsr_error *err) {
    const tsr_rtl_side *side = user;
    shadow s;
    tsr_status status = shadow_make(program, memory, report, &s, err);
    s.side = side;
    tsr_rtl_run_options more = {.completed = completed,
                                .user = &s,
                                .stop = stop,
                                .fst_path = side->fst_path,
                                .fst_from = side->fst_from,
                                .fst_to = side->fst_to};
    if (status == TSR_OK) {
        status = tsr_rtl_run(side->rtl, program, &more, options, memory, result, err);
    }
    if (status == TSR_OK) {
        status = s.status == TSR_OK ? compare_registers(side->rtl, result, report, err)
                                    : tsr_fail(err, s.status, s.error.where, "%s", s.error.message);
        if (status != TSR_OK) {
            tsr_result_free(result);
        }
    }
    tsr_datapath_destroy(s.datapath);
    tsr_free(s.memory);
    return status;
}

tsr_side tsr_side_rtl(tsr_rtl_side *side) {
    return (tsr_side){"rtl", run_rtl, side};
}
