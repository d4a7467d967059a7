// SPDX-License-Identifier: Apache-2.0
// Convolution of one cut after the other with one layer's weights, packed once. Results go straight
// into the output map.
#ifndef TESSERA_FAST_CUT_CONV_H
#define TESSERA_FAST_CUT_CONV_H

#include "fast/cut.h"

/** Convolve one cut of every batch entry into its place in `out`. */
typedef tsr_status (*tsr_cut_conv_fn)(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                      tsr_error *err);

/** Float layer, ready for cuts. */
typedef struct tsr_cut_conv_f32 tsr_cut_conv_f32;
/** `o` was checked (tsr_conv_check), is borrowed and must outlive the layer; padding fields of its
 * window are not used. */
tsr_status tsr_cut_conv_f32_create(const tsr_conv_operands *o, tsr_isa isa,
                                   tsr_cut_conv_f32 **layer, tsr_error *err) TSR_MUST_USE;
void tsr_cut_conv_f32_destroy(tsr_cut_conv_f32 *layer);
/** A tsr_cut_conv_fn. */
tsr_status tsr_cut_conv_f32_run(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                tsr_error *err) TSR_MUST_USE;

/** Integer layer, ready for cuts. */
typedef struct tsr_cut_conv_int tsr_cut_conv_int;
/** As tsr_cut_conv_f32_create; int8 operands whose sums surely fit 32 bits use the int8 kernels of
 * `isa`, all others exact 64-bit sums. */
tsr_status tsr_cut_conv_int_create(const tsr_conv_operands *o, int32_t zero_point, tsr_isa isa,
                                   tsr_cut_conv_int **layer, tsr_error *err) TSR_MUST_USE;
void tsr_cut_conv_int_destroy(tsr_cut_conv_int *layer);
/** A tsr_cut_conv_fn; TSR_ERR_OVERFLOW when a sum leaves int32. */
tsr_status tsr_cut_conv_int_run(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                tsr_error *err) TSR_MUST_USE;

/** The same by the reference operators. */
typedef struct tsr_cut_conv_ref {
    const tsr_conv_operands *o;
    int32_t zero_point;  // integer layers
} tsr_cut_conv_ref;

/** A tsr_cut_conv_fn: materialise the padded block, convolve by the reference, paste. */
tsr_status tsr_cut_conv_ref_run(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                tsr_error *err) TSR_MUST_USE;

#endif
