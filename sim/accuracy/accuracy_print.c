// SPDX-License-Identifier: Apache-2.0
// The accuracy table in its forms.
#include <math.h>
#include <string.h>

#include <tessera/accuracy.h>

#include "base/check.h"
#include "base/json.h"
#include "table/text_grid.h"

enum { max_columns = 60, title_bytes = 80 };

static void add_db(tsr_grid *grid, double value, bool with_sign) {
    if (!isfinite(value)) {
        tsr_grid_add(grid, "%s", isinf(value) ? "inf" : "-");
    } else {
        tsr_grid_add(grid, with_sign ? "%+.3f" : "%.3f", value);
    }
}

static void add_program(tsr_grid *grid, const tsr_accuracy_row *row, int32_t pictures) {
    if (row->arithmetic != TSR_ARITHMETIC_INT8) {
        tsr_grid_add(grid, "-");
    } else if (row->program_equal == pictures) {
        tsr_grid_add(grid, "bit-exact");
    } else if (row->program_equal == 0) {
        tsr_grid_add(grid, "not run");
    } else {
        tsr_grid_add(grid, "bit-exact in %d of %d", row->program_equal, pictures);
    }
}

// Pictures are columns as far as there is room: 50 of them.
static int32_t make_titles(const tsr_accuracy *a, char text[max_columns][title_bytes],
                           const char *titles[max_columns + 1]) {
    static const char *const fixed[] = {"blocking", "block_padding", "border_padding", "arithmetic",
                                        "psnr_db",  "change_db",     "program"};
    int32_t count = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; ++i) {
        (void)snprintf(text[count++], title_bytes, "%s", fixed[i]);
    }
    for (int32_t i = 0; i < a->picture_count && count < max_columns; ++i) {
        (void)snprintf(text[count++], title_bytes, "%s_db", a->picture_names[i]);
    }
    for (int32_t i = 0; i < count; ++i) {
        titles[i] = text[i];
    }
    titles[count] = NULL;
    return count;
}

static void print_notes(const tsr_accuracy *a, tsr_table_format format, FILE *file) {
    const char *begin = format == TSR_TABLE_LATEX ? "% " : "- ";
    (void)fprintf(file, "\n%sint8: %s; weights per output channel, activations per tensor\n", begin,
                  a->calibration);
    (void)fprintf(file,
                  "%sprogram: the integer pictures went through plan, program and interpreter, and "
                  "were compared "
                  "with the integer reference byte for byte\n",
                  begin);
    for (int32_t i = 0; i < a->row_count; ++i) {
        const tsr_accuracy_row *row = &a->rows[i];
        char blocking[32];
        tsr_blocking_format(&row->blocking, blocking, sizeof blocking);
        if (row->program_not_run > 0) {
            (void)fprintf(file, "%s%s %s: %d of %d pictures have no program: %s\n", begin, blocking,
                          tsr_pad_mode_name(row->blocking.block_padding), row->program_not_run,
                          a->picture_count, row->program_note);
        }
    }
}

tsr_status tsr_accuracy_print(const tsr_accuracy *accuracy, tsr_table_format format, FILE *file,
                              tsr_error *err) {
    char text[max_columns][title_bytes];
    const char *titles[max_columns + 1];
    const int32_t columns = make_titles(accuracy, text, titles);
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < accuracy->row_count; ++i) {
        const tsr_accuracy_row *row = &accuracy->rows[i];
        char blocking[32];
        tsr_blocking_format(&row->blocking, blocking, sizeof blocking);
        tsr_grid_add(&grid, "%s", blocking);
        tsr_grid_add(&grid, "%s", tsr_pad_mode_name(row->blocking.block_padding));
        tsr_grid_add(&grid, "%s", tsr_pad_mode_name(tsr_blocking_border_mode(&row->blocking)));
        tsr_grid_add(&grid, "%s", tsr_arithmetic_name(row->arithmetic));
        add_db(&grid, row->psnr_db, false);
        add_db(&grid, row->change_db, true);
        add_program(&grid, row, accuracy->picture_count);
        for (int32_t k = 0; k + 7 < columns; ++k) {
            add_db(&grid, row->picture_db[k], false);
        }
    }
    char caption[160];
    (void)snprintf(caption, sizeof caption,
                   "%s: PSNR in dB, mean of %d pictures, and change against unblocked",
                   accuracy->name, accuracy->picture_count);
    const tsr_status status =
        tsr_grid_print(&grid, format == TSR_TABLE_CSV ? NULL : caption, format, file, err);
    tsr_grid_free(&grid);
    TSR_TRY(status);
    if (format != TSR_TABLE_CSV) {
        print_notes(accuracy, format, file);
    }
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, accuracy->name, "cannot write the table");
    return TSR_OK;
}

static void write_row(tsr_jwriter *w, const tsr_accuracy *a, const tsr_accuracy_row *row) {
    char blocking[32];
    tsr_blocking_format(&row->blocking, blocking, sizeof blocking);
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "blocking", blocking);
    tsr_jwrite_member_string(w, "block_padding", tsr_pad_mode_name(row->blocking.block_padding));
    tsr_jwrite_member_string(w, "border_padding",
                             tsr_pad_mode_name(tsr_blocking_border_mode(&row->blocking)));
    tsr_jwrite_member_string(w, "arithmetic", tsr_arithmetic_name(row->arithmetic));
    tsr_jwrite_member_double(w, "psnr_db", row->psnr_db);
    tsr_jwrite_member_double(w, "change_db", row->change_db);
    tsr_jwrite_key(w, "pictures");
    tsr_jwrite_object_begin(w);
    for (int32_t k = 0; k < a->picture_count; ++k) {
        tsr_jwrite_key(w, a->picture_names[k]);
        tsr_jwrite_double(w, row->picture_db[k]);
    }
    tsr_jwrite_object_end(w);
    if (row->arithmetic == TSR_ARITHMETIC_INT8) {
        tsr_jwrite_member_string(w, "calibration", a->calibration);
        tsr_jwrite_key(w, "program");
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_i64(w, "bit_exact_pictures", row->program_equal);
        tsr_jwrite_member_i64(w, "not_run_pictures", row->program_not_run);
        tsr_jwrite_member_string(w, "not_run_reason", row->program_note);
        tsr_jwrite_object_end(w);
    }
    tsr_jwrite_object_end(w);
}

tsr_status tsr_accuracy_print_json(const tsr_accuracy *accuracy, FILE *file, tsr_error *err) {
    tsr_jwriter w;
    tsr_jwriter_init(&w, file, false);
    tsr_jwrite_array_begin(&w);
    for (int32_t i = 0; i < accuracy->row_count; ++i) {
        write_row(&w, accuracy, &accuracy->rows[i]);
    }
    tsr_jwrite_array_end(&w);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, accuracy->name, "cannot write the list");
    return TSR_OK;
}
