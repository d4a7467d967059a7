// SPDX-License-Identifier: Apache-2.0
// Compares one stated figure with ours, prints both and the difference, and fails beyond half a
// unit of its last digit.
#ifndef TESSERA_TESTS_PAPER_FIGURES_H
#define TESSERA_TESTS_PAPER_FIGURES_H

#include <math.h>

#include <tessera/table.h>

#include "support/test.h"

/** `unit` = weight of the last digit that is stated, e.g. 0.1 for "392.0". */
static inline void figure(const char *what, double stated, double ours, double unit) {
    print_message("  %-58s stated %14.4f  ours %14.4f  difference %+.4f\n", what, stated, ours,
                  ours - stated);
    if (fabs(ours - stated) > 0.5 * unit * (1.0 + 1e-9)) {
        fail_msg("%s: stated %.6f, ours %.6f", what, stated, ours);
    }
}

// A stated figure that is not ours: `derived` is what its own definition gives, `why` how the stated one came about.
static inline void figure_explained(const char *what, double stated, double ours, double derived,
                                    double unit, const char *why) {
    print_message("  %-58s stated %14.4f  ours %14.4f  difference %+.4f: %s\n", what, stated, ours,
                  ours - stated, why);
    if (fabs(ours - derived) > 1e-6 * fabs(derived)) {
        fail_msg("%s: derived %.6f, ours %.6f", what, derived, ours);
    }
    if (fabs(ours - stated) <= 0.5 * unit || fabs(ours - stated) > 1.5 * unit) {
        fail_msg("%s: stated %.6f, ours %.6f: this explanation does not fit", what, stated, ours);
    }
}

// A 16-bit figure that the document got by doubling its rounded 8-bit figure.
static inline void figure_doubled(const char *what, double stated, double ours, double ours8,
                                  double unit) {
    if (fabs(ours - stated) > 0.5 * unit) {
        figure_explained(what, stated, ours, 2.0 * ours8, unit, "rounded before doubling");
    } else {
        figure(what, stated, ours, unit);
    }
}

static inline tsr_outline load_outline(const char *name, int32_t h, int32_t w) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_outline outline = {0};
    assert_ok(tsr_network_load(name, h, w, &network, &err), err);
    assert_ok(tsr_outline_make(&network, &outline, &err), err);
    tsr_network_free(&network);
    return outline;
}

static inline tsr_recompute recompute_for(const tsr_outline *outline, int32_t first, int32_t count,
                                          int32_t tile, bool clip) {
    tsr_error err = {0};
    tsr_recompute factors = {0.0, 0.0};
    assert_ok(tsr_outline_recompute(outline, first, count, tile, tile, clip, &factors, &err), err);
    return factors;
}

static inline tsr_account account_for(const tsr_outline *outline, const char *blocking_text,
                                      int32_t bits, bool ragged) {
    tsr_error err = {0};
    tsr_blocking blocking = {0};
    tsr_account account = {0};
    assert_ok(tsr_blocking_parse(blocking_text, &blocking, &err), err);
    blocking.ragged = ragged;
    assert_ok(tsr_account_make(outline, &blocking, bits, &account, &err), err);
    return account;
}

static inline double kib(uint64_t bytes) {
    return (double)bytes / 1024.0;
}

static inline double megabytes(uint64_t bytes) {
    return (double)bytes / 1e6;
}

/** A row of table 4.1: stages of equal shapes, under our names. */
typedef struct layer_row {
    const char *names;  // with spaces between
    const char *op;     // as printed there
    tsr_shape in, out;
    double in_kib, in_kib16, out_kib, out_kib16, weights_kib, weights_kib16, mmac;
} layer_row;

static inline int32_t find_stage(const tsr_outline *outline, const char *name) {
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        if (strcmp(outline->stages[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("no stage '%s' in %s", name, outline->name);
    return -1;
}

// The column "op" of table 4.1: "3x3 s1", "dw s2".
static inline void check_operation(const tsr_outline_stage *stage, const char *op) {
    char ours[32];
    if (stage->groups > 1 && stage->groups == stage->in.c) {
        (void)snprintf(ours, sizeof ours, "dw s%d", stage->stride_h);
    } else {
        (void)snprintf(ours, sizeof ours, "%dx%d s%d", stage->kernel_h, stage->kernel_w,
                       stage->stride_h);
    }
    assert_string_equal(ours, op);
}

static inline void check_layer_row(const tsr_outline_stage *stage, const layer_row *row) {
    const double in = kib((uint64_t)stage->in.c * (uint64_t)stage->in.h * (uint64_t)stage->in.w);
    const double out =
        kib((uint64_t)stage->out.c * (uint64_t)stage->out.h * (uint64_t)stage->out.w);
    assert_memory_equal(&stage->in, &row->in, sizeof row->in);
    assert_memory_equal(&stage->out, &row->out, sizeof row->out);
    check_operation(stage, row->op);
    print_message(" %s\n", stage->name);
    figure("input KiB, 8 bit", row->in_kib, in, 0.1);
    figure("input KiB, 16 bit", row->in_kib16, 2 * in, 0.1);
    figure("output KiB, 8 bit", row->out_kib, out, 0.1);
    figure("output KiB, 16 bit", row->out_kib16, 2 * out, 0.1);
    figure("weights KiB, 8 bit", row->weights_kib, kib(stage->weight_count), 0.1);
    figure("weights KiB, 16 bit", row->weights_kib16, 2 * kib(stage->weight_count), 0.1);
    figure("MMAC", row->mmac, megabytes(stage->macs), 0.1);
}

// The rows name every stage of the outline exactly once.
static inline void check_layer_rows(const tsr_outline *outline, const layer_row *rows,
                                    size_t row_count) {
    int32_t named = 0;
    for (size_t r = 0; r < row_count; ++r) {
        for (const char *at = rows[r].names; *at != '\0'; ++named) {
            char name[TSR_NAME_MAX] = "";
            const size_t length = strcspn(at, " ");
            assert_true(length < sizeof name);
            memcpy(name, at, length);
            check_layer_row(&outline->stages[find_stage(outline, name)], &rows[r]);
            at += length + strspn(at + length, " ");
        }
    }
    assert_int_equal(named, outline->stage_count);
}

#endif
