// SPDX-License-Identifier: Apache-2.0
// What tokens and engine order say about when descriptors run: one possible order, and what must
// come before what.
#ifndef TESSERA_PROGRAM_TOKEN_ORDER_H
#define TESSERA_PROGRAM_TOKEN_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/program.h>

/** Arrays owned, by descriptor index; `end` is in none of them. */
typedef struct tsr_token_order {
    int32_t count;     /**< descriptors that an engine runs */
    int32_t *order;    /**< [count] descriptors in an order the machine could run them in */
    int32_t *position; /**< number within its engine, from 0 */
    int32_t (*clock)[TSR_ENGINE_COUNT]; /**< of each engine: descriptors surely complete when this
                                           one starts */
} tsr_token_order;

/**
 * Play the program on an abstract machine: dispatch in order into command FIFOs of finite depth,
 * engines in order, k-th pop of a counter waits for its k-th push. Which descriptors get stuck does
 * not depend on times, so this finds every deadlock. TSR_ERR_CONFIG: a pop without a push, a
 * deadlock, a counter that can overflow.
 */
tsr_status tsr_token_order_make(const tsr_program *program, tsr_token_order *order,
                                tsr_error *err) TSR_MUST_USE;
void tsr_token_order_free(tsr_token_order *order);

#endif
