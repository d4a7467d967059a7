// SPDX-License-Identifier: Apache-2.0
// What the pictures of one measurement share, and the work on one of them.
#ifndef TESSERA_ACCURACY_ACCURACY_WORK_H
#define TESSERA_ACCURACY_ACCURACY_WORK_H

#include <tessera/accuracy.h>
#include <tessera/forward.h>

/** Pictures, network and numbers, loaded once; everything owned. A zeroed struct is empty. */
typedef struct tsr_accuracy_set {
    int32_t picture_count;
    char (*names)[TSR_NAME_MAX];
    tsr_tensor *inputs;  // float32 [1][1][h][w], 0..peak
    tsr_tensor *truths;
    tsr_weights weights;
    tsr_qnetwork qnetwork;  // empty unless integers are asked for
    char calibration[96];
} tsr_accuracy_set;

/** Load pictures and weights; with `integer` also quantise (8 bit, the given rounding). */
tsr_status tsr_accuracy_set_load(const tsr_accuracy_config *config, bool integer,
                                 tsr_rounding rounding, tsr_accuracy_set *set,
                                 tsr_error *err) TSR_MUST_USE;
void tsr_accuracy_set_free(tsr_accuracy_set *set);
/** Integer form of the network; ranges from the calibration file, or from the pictures. */
tsr_status tsr_accuracy_set_quantize(const tsr_accuracy_config *config, const tsr_network *network,
                                     tsr_rounding rounding, tsr_accuracy_set *set,
                                     tsr_error *err) TSR_MUST_USE;

/** A picture 0..peak as network input 0..1. */
tsr_status tsr_accuracy_input(const tsr_tensor *picture, double peak, tsr_tensor *input,
                              tsr_error *err) TSR_MUST_USE;

/** What became of one picture. */
typedef struct tsr_accuracy_picture {
    tsr_tensor output;  // float32, 0..peak, clipped; owned
    double psnr_db;
    bool program_ran;
    char program_note[200];  // why it did not
} tsr_accuracy_picture;

/** Picture number `picture` under a row's blocking and arithmetic; of the options the machine and the
 * blockings of layers. */
tsr_status tsr_accuracy_picture_run(const tsr_accuracy_config *config, const tsr_accuracy_set *set,
                                    const tsr_accuracy_row *row, int32_t picture,
                                    const tsr_accuracy_options *options,
                                    tsr_accuracy_picture *result, tsr_error *err) TSR_MUST_USE;
/** The integer picture through plan, program and interpreter; TSR_ERR_UNSUPPORTED and
 * TSR_ERR_NOT_FIT where the machine has no such plan. `q_output` as a plain tensor of the network's
 * output. */
tsr_status tsr_accuracy_program_run(const tsr_network *network, const tsr_qnetwork *qnetwork,
                                    const tsr_arch *arch, const tsr_blocking *blocking,
                                    const tsr_tensor *q_input, tsr_tensor *q_output,
                                    tsr_error *err) TSR_MUST_USE;
/** Write a picture as 8-bit PNG, rounded. */
tsr_status tsr_accuracy_png(const char *path, const tsr_tensor *picture, double peak,
                            tsr_error *err) TSR_MUST_USE;

#endif
