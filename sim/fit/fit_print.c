// SPDX-License-Identifier: Apache-2.0
// A fit as a table for people and as JSON for programs.
#include <tessera/fit.h>
#include <tessera/table.h>

#include "base/check.h"
#include "fit/fit_json.h"
#include "table/text_grid.h"

static void write_resource(const tsr_fit *fit, tsr_resource r, tsr_jwriter *w) {
    static const char *const needed[] = {"lut_needed", "ff_needed", "dsp_needed", "bram36_needed"};
    static const char *const available[] = {"lut_available", "ff_available", "dsp_available",
                                            "bram36_available"};
    tsr_jwrite_member_i64(w, needed[r], fit->needed[r]);
    if (fit->known) {
        tsr_jwrite_member_i64(w, available[r], fit->available[r]);
    } else {
        tsr_jwrite_key(w, available[r]);
        tsr_jwrite_null(w);
    }
}

void tsr_fit_write_members(const tsr_fit *fit, tsr_jwriter *w) {
    tsr_jwrite_member_string(w, "device", fit->device);
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
        write_resource(fit, (tsr_resource)r, w);
    }
    tsr_jwrite_member_i64(w, "ramb36", fit->ramb36);
    tsr_jwrite_member_i64(w, "ramb18", fit->ramb18);
    tsr_jwrite_key(w, "fits");
    if (fit->known) {
        tsr_jwrite_bool(w, fit->fits);
    } else {
        tsr_jwrite_null(w);
    }
    tsr_jwrite_member_string(w, "source", TSR_FIT_SOURCE);
}

tsr_status tsr_fit_print_json(const tsr_arch *archs, const tsr_fit *fits, int32_t count, FILE *file,
                              tsr_error *err) {
    tsr_jwriter w;
    tsr_jwriter_init(&w, file, false);
    tsr_jwrite_array_begin(&w);
    for (int32_t i = 0; i < count; ++i) {
        tsr_jwrite_object_begin(&w);
        tsr_jwrite_member_string(&w, "architecture", archs[i].name);
        tsr_fit_write_members(&fits[i], &w);
        tsr_jwrite_object_end(&w);
    }
    tsr_jwrite_array_end(&w);
    TSR_CHECK(fputc('\n', file) != EOF && ferror(file) == 0, TSR_ERR_FILE, err, "fit",
              "cannot be written");
    return TSR_OK;
}

/** "fits", or what there is too little of. */
static void add_verdict(const tsr_fit *fit, tsr_grid *grid) {
    char text[64] = "no:";
    size_t length = 3;
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT && fit->known; ++r) {
        if (fit->needed[r] > fit->available[r]) {
            const int wrote = snprintf(text + length, sizeof text - length, " %s",
                                       tsr_resource_name((tsr_resource)r));
            length += wrote > 0 ? (size_t)wrote : 0;
        }
    }
    tsr_grid_add(grid, "%s", !fit->known ? "?" : fit->fits ? "yes" : text);
}

tsr_status tsr_fit_print(const tsr_arch *archs, const tsr_fit *fits, int32_t count,
                         tsr_table_format format, FILE *file, tsr_error *err) {
    static const char *const titles[] = {"architecture", "device", "LUT",    "%", "FF",   "%",
                                         "DSP",          "%",      "BRAM36", "%", "fits", NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < count; ++i) {
        const tsr_fit *fit = &fits[i];
        tsr_grid_add(&grid, "%s", archs[i].name);
        tsr_grid_add(&grid, "%s", fit->device);
        for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
            if (fit->known) {
                tsr_grid_add(&grid, "%lld of %lld", (long long)fit->needed[r],
                             (long long)fit->available[r]);
                tsr_grid_add(&grid, "%.0f",
                             100.0 * (double)fit->needed[r] / (double)fit->available[r]);
            } else {
                tsr_grid_add(&grid, "%lld of ?", (long long)fit->needed[r]);
                tsr_grid_add(&grid, "-");
            }
        }
        add_verdict(fit, &grid);
    }
    const tsr_status status =
        tsr_grid_print(&grid, "Need of a device: " TSR_FIT_SOURCE, format, file, err);
    tsr_grid_free(&grid);
    return status;
}
