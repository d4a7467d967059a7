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

static inline tsr_chain load_chain(const char *name, int32_t h, int32_t w) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_chain chain = {0};
    assert_ok(tsr_network_load(name, h, w, &network, &err), err);
    assert_ok(tsr_chain_make(&network, &chain, &err), err);
    tsr_network_free(&network);
    return chain;
}

static inline tsr_account account_for(const tsr_chain *chain, const char *blocking_text,
                                      int32_t bits, bool ragged) {
    tsr_error err = {0};
    tsr_blocking blocking = {0};
    tsr_account account = {0};
    assert_ok(tsr_blocking_parse(blocking_text, &blocking, &err), err);
    blocking.ragged = ragged;
    assert_ok(tsr_account_make(chain, &blocking, bits, &account, &err), err);
    return account;
}

static inline double kib(uint64_t bytes) {
    return (double)bytes / 1024.0;
}

static inline double megabytes(uint64_t bytes) {
    return (double)bytes / 1e6;
}

/** A row of table 4.1; count rows starting at `first` are equal. */
typedef struct layer_row {
    int32_t first, count;
    const char *name;
    tsr_shape in, out;
    double in_kib, in_kib16, out_kib, out_kib16, weights_kib, weights_kib16, mmac;
} layer_row;

static inline void check_layer_rows(const tsr_chain *chain, const layer_row *rows, size_t row_count,
                                    double big_unit) {
    for (size_t r = 0; r < row_count; ++r) {
        for (int32_t i = rows[r].first; i < rows[r].first + rows[r].count; ++i) {
            const layer_row *row = &rows[r];
            const tsr_chain_layer *layer = &chain->layers[i];
            const double in =
                kib((uint64_t)layer->in.c * (uint64_t)layer->in.h * (uint64_t)layer->in.w);
            const double out =
                kib((uint64_t)layer->out.c * (uint64_t)layer->out.h * (uint64_t)layer->out.w);
            if (i == row->first) {
                assert_string_equal(layer->name, row->name);
            }
            assert_memory_equal(&layer->in, &row->in, sizeof row->in);
            assert_memory_equal(&layer->out, &row->out, sizeof row->out);
            print_message(" %s\n", layer->name);
            figure("input KiB, 8 bit", row->in_kib, in, row->in_kib > 100000 ? big_unit : 0.1);
            figure("input KiB, 16 bit", row->in_kib16, 2 * in,
                   row->in_kib16 > 100000 ? big_unit : 0.1);
            figure("output KiB, 8 bit", row->out_kib, out, row->out_kib > 100000 ? big_unit : 0.1);
            figure("output KiB, 16 bit", row->out_kib16, 2 * out,
                   row->out_kib16 > 100000 ? big_unit : 0.1);
            figure("weights KiB, 8 bit", row->weights_kib, kib(layer->weight_count), 0.1);
            figure("weights KiB, 16 bit", row->weights_kib16, 2 * kib(layer->weight_count), 0.1);
            figure("MMAC", row->mmac, megabytes(layer->macs), 0.1);
        }
    }
}

#endif
