// SPDX-License-Identifier: Apache-2.0
// Device capacities (hardware.md 3.4), block RAMs by data bits, DSPs by multipliers.
#include "report/fit.h"

#include <stdio.h>
#include <string.h>

#include "base/checked.h"

/** A RAMB36 holds 4 KiB of data; parity bits are left out. */
enum { bram36_bytes = 4096 };

static const struct {
    const char *device;
    int32_t bram36, dsp;
} devices[] = {
    {"xc7z020", 140, 220},   // Xilinx/finn platforms.py
    {"xc7z045", 545, 900},   // AlexMontgomerie/fpgaconvnet-optimiser zc706.json (1090 x 18K)
    {"xczu3eg", 216, 360},   // HLS report "Available" line, third-party table
    {"xczu9eg", 912, 2520},  // third-party tables; finn 1824 x 18K
    {"xcvu9p", 2160, 6840},  // third-party tables
    {"xcu50", 1344, 5952},   // third-party table; finn
};

/**
 * Multipliers of the RTL as Yosys 0.23 maps them to DSPs (synth_xilinx -family xc7 of tsr_compute, 8x8x2: 183): one a
 * MAC, six a lane of the post-processor at 8 bits (eight at 16, counted in the RTL), one a pixel column, five more.
 */
static int32_t dsp_count(const tsr_arch *arch) {
    const int32_t lane = arch->activation_bits == 16 ? 8 : 6;
    return (int32_t)tsr_arch_macs_per_cycle(arch) + arch->wp * arch->tn * lane + arch->tp + 5;
}

tsr_fit tsr_fit_estimate(const tsr_arch *arch) {
    tsr_fit fit = {0};
    (void)snprintf(fit.device, sizeof fit.device, "%s", arch->device);
    const int64_t blocks =
        tsr_ceil_div(arch->feature_buffer_bytes, bram36_bytes) +
        tsr_ceil_div(arch->weight_buffer_bytes, bram36_bytes) +
        tsr_ceil_div((int64_t)arch->parameter_channels * TSR_PARAMETER_RECORD_BYTES, bram36_bytes);
    fit.bram36_needed = (int32_t)blocks;
    fit.dsp_needed = dsp_count(arch);
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; ++i) {
        if (strncmp(arch->device, devices[i].device, strlen(devices[i].device)) == 0) {
            fit.known = true;
            fit.bram36_available = devices[i].bram36;
            fit.dsp_available = devices[i].dsp;
        }
    }
    fit.fits = fit.known && fit.bram36_needed <= fit.bram36_available &&
               fit.dsp_needed <= fit.dsp_available;
    return fit;
}
