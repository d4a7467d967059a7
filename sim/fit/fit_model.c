// SPDX-License-Identifier: Apache-2.0
// Sum over the modules of the RTL, plus its memories; then against a device.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <tessera/fit.h>

#include "base/check.h"
#include "fit/fit_table.h"
#include "fit/fit_terms.h"

static double part_size(const tsr_fit_part *part, const double terms[TSR_FIT_TERM_COUNT]) {
    double size = 0.0;
    for (int32_t i = 0; i < part->count; ++i) {
        size += part->terms[i].coefficient * terms[part->terms[i].term];
    }
    return size;
}

static void fill_needed(const tsr_arch *arch, tsr_fit *fit) {
    double terms[TSR_FIT_TERM_COUNT];
    double sums[TSR_RESOURCE_COUNT] = {0};
    tsr_fit_terms_of(arch, terms);
    for (size_t i = 0; i < sizeof tsr_fit_table / sizeof tsr_fit_table[0]; ++i) {
        sums[tsr_fit_table[i].resource] += part_size(&tsr_fit_table[i], terms);
    }
    const tsr_ram_cells memories = tsr_fit_memories(arch);
    sums[TSR_RESOURCE_LUT] += (double)memories.luts;
    sums[TSR_RESOURCE_FF] += (double)memories.ffs;
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
        fit->needed[r] = llround(fmax(sums[r], 0.0));
    }
    fit->ramb36 = memories.ramb36;
    fit->ramb18 = memories.ramb18;
    fit->needed[TSR_RESOURCE_BRAM36] = memories.ramb36 + (memories.ramb18 + 1) / 2;
}

tsr_fit tsr_fit_estimate(const tsr_arch *arch, const tsr_device *device) {
    tsr_fit fit = {0};
    const tsr_device *against = device != NULL ? device : tsr_device_find(arch->device);
    (void)snprintf(fit.device, sizeof fit.device, "%s",
                   device != NULL ? device->name : arch->device);
    fill_needed(arch, &fit);
    fit.known = against != NULL;
    fit.fits = fit.known;
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
        fit.available[r] = fit.known ? against->available[r] : 0;
        fit.fits = fit.fits && fit.needed[r] <= fit.available[r];
    }
    return fit;
}

tsr_status tsr_fit_require(const tsr_arch *arch, const tsr_fit *fit, tsr_error *err) {
    TSR_CHECK(fit->known, TSR_ERR_CONFIG, err, arch->name,
              "device '%s' is not in the table of devices", fit->device);
    char text[160] = "";
    size_t length = 0;
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
        if (fit->needed[r] > fit->available[r]) {
            const int wrote =
                snprintf(text + length, sizeof text - length, "%s%lld %s of %lld",
                         length > 0 ? ", " : "", (long long)fit->needed[r],
                         tsr_resource_name((tsr_resource)r), (long long)fit->available[r]);
            length += wrote > 0 && (size_t)wrote < sizeof text - length ? (size_t)wrote : 0;
        }
    }
    TSR_CHECK(fit->fits, TSR_ERR_NOT_FIT, err, arch->name, "does not fit the %s: needs %s",
              fit->device, text);
    return TSR_OK;
}
