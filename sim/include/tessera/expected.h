// SPDX-License-Identifier: Apache-2.0
/**
 * @file   expected.h
 * @brief  Pictures into a program's DRAM image, and what the plain integer run of the network says must come out.
 */
#ifndef TESSERA_EXPECTED_H
#define TESSERA_EXPECTED_H

#include <stdint.h>

#include <tessera/forward.h>
#include <tessera/network.h>
#include <tessera/plan.h>
#include <tessera/program.h>
#include <tessera/status.h>
#include <tessera/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief  Picture @p n of a batch [batch][c][h][w] as a tensor [1][c][h][w]; borrowed from the batch. */
tsr_tensor tsr_batch_picture(const tsr_tensor *batch, int32_t n);
/** @brief  DRAM image of a program with the pictures in place: what tsr_memory_create makes, and every input map from
 *          @p batch (int8 or int16, quantised). The caller's: tsr_memory_free. */
tsr_status tsr_batch_memory(const tsr_program *program, const tsr_tensor *batch, uint8_t **memory,
                            tsr_error *err) TSR_MUST_USE;

/** Output maps of a network by tsr_forward_int, picture by picture; everything owned. A zeroed struct is none. */
typedef struct tsr_expected {
    int32_t picture_count;
    tsr_activations *pictures; /**< [picture_count]; of every picture the outputs alone, by layer */
} tsr_expected;

/** An executed DRAM image against it. */
typedef struct tsr_expected_check {
    uint64_t maps, bytes; /**< output maps of all pictures, and bytes of their real channels */
    uint64_t differing;   /**< of these bytes */
    char first[256];      /**< the first one: map, picture, channel, pixel, expected, found */
} tsr_expected_check;

/** @brief  The outputs of every picture of @p batch (quantised, [batch][c][h][w]) under a blocking. */
tsr_status tsr_expected_make(const tsr_network *network, const tsr_qnetwork *qnetwork,
                             const tsr_blocking *blocking, const tsr_tensor *batch,
                             tsr_expected *expected, tsr_error *err) TSR_MUST_USE;
/** @brief  The same under the blocking that holds in a schedule, layers that it leaves whole left whole; @p network is
 *          the one that was planned. */
tsr_status tsr_expected_of_schedule(const tsr_network *network, const tsr_qnetwork *qnetwork,
                                    const tsr_schedule *schedule, const tsr_tensor *batch,
                                    tsr_expected *expected, tsr_error *err) TSR_MUST_USE;
void tsr_expected_free(tsr_expected *expected);
/**
 * @brief  Compare every output of every picture with the DRAM image that a program left behind, byte for byte.
 * @return TSR_OK whatever the bytes are (check->differing); TSR_ERR_INTERNAL when the program has no map for an output,
 *         one of another size, or output maps that are none of the network's.
 */
tsr_status tsr_expected_compare(const tsr_expected *expected, const tsr_program *program,
                                const uint8_t *memory, tsr_expected_check *check,
                                tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
