// SPDX-License-Identifier: Apache-2.0
/**
 * @file   interpreter.h
 * @brief  Executes descriptors on values: the bit-exact meaning of a program.
 */
#ifndef TESSERA_INTERPRETER_H
#define TESSERA_INTERPRETER_H

#include <stdint.h>

#include <tessera/program.h>
#include <tessera/status.h>
#include <tessera/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsr_datapath
    tsr_datapath; /**< feature pool, weight buffer, parameter buffer, accumulators */

/** @brief  Buffers of an architecture, filled with a poison pattern so that reads of unwritten words show. */
tsr_status tsr_datapath_create(const tsr_arch *arch, tsr_datapath **datapath,
                               tsr_error *err) TSR_MUST_USE;
void tsr_datapath_destroy(tsr_datapath *datapath);
/** @brief  Carry out one descriptor completely. @p memory is the DRAM image of @p memory_bytes. */
tsr_status tsr_datapath_execute(tsr_datapath *datapath, const tsr_desc *desc, uint8_t *memory,
                                uint64_t memory_bytes, tsr_error *err) TSR_MUST_USE;
/** @brief  Feature pool content as [line][bank][tn] elements, for comparisons with the RTL. Borrowed. */
const void *tsr_datapath_feature(const tsr_datapath *datapath, uint64_t *bytes);

/** @brief  All descriptors in dispatch order on a fresh datapath. */
tsr_status tsr_interpret(const tsr_program *program, uint8_t *memory, tsr_error *err) TSR_MUST_USE;

/** @brief  DRAM image of a program: memory_bytes, segments copied in, encoded descriptors in place, rest zero. Owned by
 *          the caller (tsr_memory_free). */
tsr_status tsr_memory_create(const tsr_program *program, uint8_t **memory,
                             tsr_error *err) TSR_MUST_USE;
void tsr_memory_free(uint8_t *memory);
/** @brief  Write a plain int8/int16 tensor [1][c][h][w] to a symbol's place. */
tsr_status tsr_memory_put(const tsr_program *program, const tsr_symbol *symbol,
                          const tsr_tensor *plain, uint8_t *memory, tsr_error *err) TSR_MUST_USE;
/** @brief  Read a symbol back as a plain tensor. */
tsr_status tsr_memory_get(const tsr_program *program, const tsr_symbol *symbol,
                          const uint8_t *memory, tsr_tensor *plain, tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
