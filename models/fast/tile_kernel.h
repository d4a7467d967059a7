// SPDX-License-Identifier: Apache-2.0
// Inner kernels of the int8 tile convolution: a few pixels times one panel of output channels, all
// taps.
//
// A panel holds `lanes` output channels. Its weights lie as [tap][step][lane][granule], its input
// words as
// [...][steps * granule], where a step is the number of input channels that one instruction
// multiplies:
//   portable  granule 1, int16 operands
//   AVX2      granule 2, int16 operands (pmaddwd; the bytewise form would saturate)
//   VNNI      granule 4, uint8 input (x + 128) times int8 weights; `correction` takes 128 * sum(w)
//   off again
// Sums are modulo 2^32 everywhere, so that all variants agree bit for bit.
#ifndef TESSERA_FAST_TILE_KERNEL_H
#define TESSERA_FAST_TILE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum { TSR_TILE_MAX_PIXELS = 12, TSR_TILE_MAX_LANES = 64 };

/** Work of one kernel call; borrowed. */
typedef struct tsr_tile_job {
    const void *in;      // packed input
    const size_t *taps;  // [tap_count]: elements from a pixel's first word to the tap's word
    size_t tap_count;
    size_t steps;                        // per tap
    const void *weight;                  // packed panel, aligned to 64 bytes
    size_t pixels[TSR_TILE_MAX_PIXELS];  // elements from `in` to each pixel's first word
    int32_t *sums;                       // filled, [pixels][lanes], aligned to 64 bytes
} tsr_tile_job;

/** One variant. */
typedef struct tsr_tile_variant {
    int32_t lanes, pixels, granule, element_bytes;
    void (*kernel)(const tsr_tile_job *job);
    /** correction[lane] = what the kernel's sums are too large by; NULL = nothing. */
    void (*correct)(const void *weight, size_t steps, int32_t *correction);
} tsr_tile_variant;

tsr_tile_variant tsr_tile_portable(void);
/** Variants for `channels` output channels; only where the processor has them (tsr_isa_available).
 */
tsr_tile_variant tsr_tile_avx2(void);
tsr_tile_variant tsr_tile_avx512(size_t channels);

#endif
