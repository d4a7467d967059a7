// SPDX-License-Identifier: Apache-2.0
// The steps of an account, in the order in which they are taken.
#ifndef TESSERA_TABLE_ACCOUNT_PARTS_H
#define TESSERA_TABLE_ACCOUNT_PARTS_H

#include <tessera/table.h>

/** An account in the making. */
typedef struct account_work {
    const tsr_outline *outline;
    tsr_account *account;
    int32_t *group;      // of a stage: first stage of those that exchange blocks with it
    int32_t *group_end;  // of a group's first stage: its last stage
} account_work;

/** Bytes of the part of a map that the reader's largest block needs (no halo). */
uint64_t account_operand_block(const tsr_outline *outline, const tsr_account *account,
                               const tsr_outline_operand *operand);
/** Levels, maps through DRAM, and what waits on chip. */
void account_add_levels(account_work *w);
/** Least storage with all maps on chip. */
tsr_status account_add_storage(account_work *w, tsr_error *err) TSR_MUST_USE;

#endif
