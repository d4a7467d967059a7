// SPDX-License-Identifier: Apache-2.0
// Inner kernels of the float convolution: `rows` output channels times a run of neighbouring
// positions, all taps.
//
// A position is an index into a plane of the padded input; a tap is an offset from it. Every output
// is summed in the order bias, tap 0, tap 1, ... with one fused multiply-add a tap, so that all
// variants give the same bits.
#ifndef TESSERA_FAST_TAPS_F32_H
#define TESSERA_FAST_TAPS_F32_H

#include <stddef.h>

#include <tessera/kernels.h>

enum { TSR_TAPS_MAX_ROWS = 8 };

/** Work of one kernel call; borrowed. */
typedef struct tsr_taps_job {
    const float *in;     // at the first position
    const size_t *taps;  // [tap_count]: offsets from a position
    size_t tap_count;
    const float *weight;  // [tap_count][rows]
    const float *bias;    // [rows]
    float *out;           // filled, [rows][columns], row r at out + r * pitch
    size_t pitch;
} tsr_taps_job;

/** One variant: computes rows x columns outputs a call. */
typedef struct tsr_taps_variant {
    size_t rows, columns;
    void (*kernel)(const tsr_taps_job *job);
} tsr_taps_variant;

tsr_taps_variant tsr_taps_f32_portable(void);
/** Only where the processor has them (tsr_isa_available). */
tsr_taps_variant tsr_taps_f32_avx2(void);
tsr_taps_variant tsr_taps_f32_avx512(void);
/** The variant of an isa; portable where it is not available. */
tsr_taps_variant tsr_taps_f32_variant(tsr_isa isa);

#endif
