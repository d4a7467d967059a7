// SPDX-License-Identifier: Apache-2.0
// Rows times pictures on a pool of processes; means, differences and files.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "accuracy/accuracy_work.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/pool.h"

enum { path_bytes = 1024 };

/** What the pool's callbacks see. */
typedef struct work {
    const tsr_accuracy_config *config;
    const tsr_accuracy_options *options;
    const tsr_accuracy_set *set;
    tsr_accuracy *accuracy;
    uint64_t finished, total;
} work;

static tsr_status png_path(const work *w, const tsr_accuracy_row *row, int32_t picture, char *path,
                           tsr_error *err) {
    char blocking[32];
    tsr_blocking_format(&row->blocking, blocking, sizeof blocking);
    const int length =
        snprintf(path, path_bytes, "%s/%s/%s_%s_%s_%s.png", w->options->out_dir, w->config->name,
                 w->set->names[picture], blocking, tsr_pad_mode_name(row->blocking.block_padding),
                 tsr_arithmetic_name(row->arithmetic));
    TSR_CHECK(length > 0 && length < path_bytes, TSR_ERR_FILE, err, w->options->out_dir,
              "path too long");
    return TSR_OK;
}

// In the child: "<dB> <ran through the program> <why not>".
static tsr_status run_one(void *user, int64_t item, char **text, tsr_error *err) {
    const work *w = user;
    const int32_t picture = (int32_t)(item % w->set->picture_count);
    const tsr_accuracy_row *row = &w->accuracy->rows[item / w->set->picture_count];
    tsr_accuracy_picture result;
    tsr_status status =
        tsr_accuracy_picture_run(w->config, w->set, row, picture, w->options, &result, err);
    if (status == TSR_OK && w->options->out_dir != NULL) {
        char path[path_bytes];
        status = png_path(w, row, picture, path, err);
        if (status == TSR_OK) {
            status = tsr_accuracy_png(path, &result.output, w->config->peak, err);
        }
    }
    tsr_tensor_free(&result.output);
    if (status == TSR_OK) {
        char line[sizeof result.program_note + 64];
        (void)snprintf(line, sizeof line, "%.17g %d %s", result.psnr_db, result.program_ran,
                       result.program_note);
        *text = tsr_strdup(line);
        TSR_CHECK(*text != NULL, TSR_ERR_NO_MEMORY, err, w->config->name, "out of memory");
    }
    return status;
}

static tsr_status take(void *user, int64_t item, tsr_status status, const char *text,
                       tsr_error *err) {
    work *w = user;
    tsr_accuracy_row *row = &w->accuracy->rows[item / w->set->picture_count];
    const int32_t picture = (int32_t)(item % w->set->picture_count);
    char blocking[32];
    tsr_blocking_format(&row->blocking, blocking, sizeof blocking);
    if (status != TSR_OK) {
        return tsr_fail(err, status, blocking, "%s, %s: %s", w->set->names[picture],
                        tsr_arithmetic_name(row->arithmetic), text);
    }
    char *rest = NULL;
    row->picture_db[picture] = strtod(text, &rest);
    if (strncmp(rest, " 1", 2) == 0) {
        ++row->program_equal;
    } else if (strlen(rest) > 3) {
        ++row->program_not_run;
        // of the first picture in order, whatever finished first
        if (row->program_note[0] == '\0' || picture == 0) {
            (void)snprintf(row->program_note, sizeof row->program_note, "%s", rest + 3);
        }
    }
    ++w->finished;
    if (w->options->progress != NULL) {
        w->options->progress(w->options->user, w->finished, w->total);
    }
    return TSR_OK;
}

static bool stop(void *user) {
    const work *w = user;
    return w->options->stop != NULL && w->options->stop(w->options->user);
}

static void add_row(const tsr_accuracy_config *config, const tsr_blocking *blocking,
                    tsr_pad_mode padding, tsr_arithmetic arithmetic, tsr_accuracy *accuracy) {
    tsr_accuracy_row *row = &accuracy->rows[accuracy->row_count++];
    row->blocking = *blocking;
    row->blocking.block_padding = padding;
    row->blocking.border_padding = config->border_padding;
    row->blocking.ragged = config->ragged;
    row->arithmetic = arithmetic;
}

// Float and integer of one configuration stand together; "none" has no blocks to pad and keeps the
// trained border.
static tsr_status make_rows(const tsr_accuracy_config *config, const tsr_accuracy_options *options,
                            tsr_accuracy *accuracy, tsr_error *err) {
    const int64_t most =
        (int64_t)options->blocking_count * options->padding_count * TSR_ARITHMETIC_COUNT;
    TSR_CHECK(options->blocking_count >= 1 && options->padding_count >= 1 &&
                  most <= TSR_ACCURACY_MAX_ROWS,
              TSR_ERR_USAGE, err, "blockings", "%lld rows, must be 1..%d", (long long)most,
              TSR_ACCURACY_MAX_ROWS);
    accuracy->rows = tsr_alloc((size_t)most, sizeof *accuracy->rows);
    TSR_CHECK(accuracy->rows != NULL, TSR_ERR_NO_MEMORY, err, config->name, "out of memory");
    for (int32_t b = 0; b < options->blocking_count; ++b) {
        const bool whole = options->blockings[b].kind == TSR_BLOCKING_NONE;
        for (int32_t p = 0; p < (whole ? 1 : options->padding_count); ++p) {
            for (int32_t a = 0; a < TSR_ARITHMETIC_COUNT; ++a) {
                if (options->arithmetic[a]) {
                    add_row(config, &options->blockings[b],
                            whole ? TSR_PAD_ZERO : options->paddings[p], (tsr_arithmetic)a,
                            accuracy);
                }
            }
        }
    }
    TSR_CHECK(accuracy->row_count > 0, TSR_ERR_USAGE, err, "arithmetic", "none is asked for");
    return TSR_OK;
}

static tsr_status make_places(const tsr_accuracy_set *set, tsr_accuracy *accuracy, tsr_error *err) {
    accuracy->picture_count = set->picture_count;
    accuracy->picture_names =
        tsr_alloc((size_t)set->picture_count, sizeof *accuracy->picture_names);
    TSR_CHECK(accuracy->picture_names != NULL, TSR_ERR_NO_MEMORY, err, accuracy->name,
              "out of memory");
    memcpy(accuracy->picture_names, set->names, (size_t)set->picture_count * sizeof *set->names);
    for (int32_t i = 0; i < accuracy->row_count; ++i) {
        accuracy->rows[i].picture_db = tsr_alloc((size_t)set->picture_count, sizeof(double));
        TSR_CHECK(accuracy->rows[i].picture_db != NULL, TSR_ERR_NO_MEMORY, err, accuracy->name,
                  "out of memory");
    }
    return TSR_OK;
}

static void add_means(tsr_accuracy *accuracy) {
    double unblocked[TSR_ARITHMETIC_COUNT] = {(double)NAN, (double)NAN};
    for (int32_t i = 0; i < accuracy->row_count; ++i) {
        tsr_accuracy_row *row = &accuracy->rows[i];
        row->psnr_db = 0.0;
        for (int32_t k = 0; k < accuracy->picture_count; ++k) {
            row->psnr_db += row->picture_db[k] / (double)accuracy->picture_count;
        }
        if (row->blocking.kind == TSR_BLOCKING_NONE) {
            unblocked[row->arithmetic] = row->psnr_db;
        }
    }
    for (int32_t i = 0; i < accuracy->row_count; ++i) {
        tsr_accuracy_row *row = &accuracy->rows[i];
        row->change_db = row->psnr_db - unblocked[row->arithmetic];
    }
}

static tsr_status write_inputs(const work *w, tsr_error *err) {
    for (int32_t i = 0; i < w->set->picture_count; ++i) {
        char path[path_bytes];
        const int length = snprintf(path, sizeof path, "%s/%s/%s_input.png", w->options->out_dir,
                                    w->config->name, w->set->names[i]);
        TSR_CHECK(length > 0 && length < path_bytes, TSR_ERR_FILE, err, w->options->out_dir,
                  "path too long");
        TSR_TRY(tsr_accuracy_png(path, &w->set->inputs[i], w->config->peak, err));
    }
    return TSR_OK;
}

static tsr_status write_table(const work *w, const char *ending, tsr_error *err) {
    char path[path_bytes];
    FILE *file = NULL;
    const int length = snprintf(path, sizeof path, "%s/%s/accuracy.%s", w->options->out_dir,
                                w->config->name, ending);
    TSR_CHECK(length > 0 && length < path_bytes, TSR_ERR_FILE, err, w->options->out_dir,
              "path too long");
    TSR_TRY(tsr_file_begin(path, &file, err));
    tsr_status status = TSR_OK;
    if (strcmp(ending, "json") == 0) {
        status = tsr_accuracy_print_json(w->accuracy, file, err);
    } else {
        status = tsr_accuracy_print(
            w->accuracy, ending[0] == 'm' ? TSR_TABLE_MARKDOWN : TSR_TABLE_CSV, file, err);
    }
    if (status != TSR_OK) {
        tsr_file_abandon(path, file);
        return status;
    }
    return tsr_file_commit(path, file, err);
}

static tsr_status make_folder(const work *w, tsr_error *err) {
    char path[path_bytes];
    const int length = snprintf(path, sizeof path, "%s/%s", w->options->out_dir, w->config->name);
    TSR_CHECK(length > 0 && length < path_bytes, TSR_ERR_FILE, err, w->options->out_dir,
              "path too long");
    return tsr_dir_make(path, err);
}

static tsr_status measure(work *w, tsr_error *err) {
    const bool files = w->options->out_dir != NULL;
    w->total = (uint64_t)w->accuracy->row_count * (uint64_t)w->set->picture_count;
    const tsr_pool pool = {.jobs = w->options->jobs,
                           .count = (int64_t)w->total,
                           .work = run_one,
                           .sink = take,
                           .stop = stop,
                           .user = w,
                           .where = w->config->name};
    TSR_TRY(make_places(w->set, w->accuracy, err));
    if (files) {
        TSR_TRY(make_folder(w, err));
        TSR_TRY(write_inputs(w, err));
    }
    TSR_TRY(tsr_pool_run(&pool, err));
    add_means(w->accuracy);
    if (files) {
        TSR_TRY(write_table(w, "csv", err));
        TSR_TRY(write_table(w, "md", err));
        TSR_TRY(write_table(w, "json", err));
    }
    return TSR_OK;
}

tsr_status tsr_accuracy_measure(const tsr_accuracy_config *config,
                                const tsr_accuracy_options *options, tsr_accuracy *accuracy,
                                tsr_error *err) {
    tsr_accuracy_set set = {0};
    tsr_accuracy made = {0};
    work w = {.config = config, .options = options, .set = &set, .accuracy = &made};
    TSR_CHECK(options->arch == NULL || options->arch->activation_bits == 8, TSR_ERR_UNSUPPORTED,
              err, config->name, "the machine computes in %d bits; int8 pictures need 8",
              options->arch != NULL ? options->arch->activation_bits : 0);
    (void)snprintf(made.name, sizeof made.name, "%s", config->name);
    tsr_status status = make_rows(config, options, &made, err);
    if (status == TSR_OK) {
        const tsr_rounding rounding =
            options->arch != NULL ? options->arch->rounding : TSR_ROUND_HALF_UP;
        status = tsr_accuracy_set_load(config, options->arithmetic[TSR_ARITHMETIC_INT8], rounding,
                                       &set, err);
    }
    if (status == TSR_OK) {
        (void)snprintf(made.calibration, sizeof made.calibration, "%s", set.calibration);
        status = measure(&w, err);
    }
    tsr_accuracy_set_free(&set);
    if (status != TSR_OK) {
        tsr_accuracy_free(&made);
        return status;
    }
    *accuracy = made;
    return TSR_OK;
}

void tsr_accuracy_free(tsr_accuracy *accuracy) {
    for (int32_t i = 0; i < accuracy->row_count; ++i) {
        tsr_free(accuracy->rows[i].picture_db);
    }
    tsr_free(accuracy->rows);
    tsr_free(accuracy->picture_names);
    memset(accuracy, 0, sizeof *accuracy);
}
