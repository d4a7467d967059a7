// SPDX-License-Identifier: Apache-2.0
// A pool of forked processes: each item of work in a process of its own, so that no two share state
// and a crash costs one item.
#ifndef TESSERA_BASE_POOL_H
#define TESSERA_BASE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/status.h>

enum { TSR_POOL_MAX_JOBS = 256 };

/** What to do and with how many processes. */
typedef struct tsr_pool {
    int32_t jobs;   // processes at a time, 1..TSR_POOL_MAX_JOBS
    int64_t count;  // items 0..count-1, started in order
    // In the child. *text may stay NULL, else it is allocated with tsr_alloc; it travels to the
    // parent.
    tsr_status (*work)(void *user, int64_t item, char **text, tsr_error *err);
    // In the parent, in the order items finish. TSR_OK: text is what work gave (never NULL); else
    // text is "where: message" of its failure. A crash arrives as TSR_ERR_INTERNAL that says how
    // the process ended.
    tsr_status (*sink)(void *user, int64_t item, tsr_status status, const char *text,
                       tsr_error *err);
    bool (*stop)(void *user);  // polled in the parent; true ends the running items without a
                               // result; may be NULL
    void *user;
    const char *where;  // for messages
} tsr_pool;

/** Run all items. TSR_ERR_INTERRUPTED when stopped; a failure of `sink` ends everything and is
 * returned. */
tsr_status tsr_pool_run(const tsr_pool *pool, tsr_error *err) TSR_MUST_USE;

#endif
