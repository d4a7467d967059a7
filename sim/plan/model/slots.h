// SPDX-License-Identifier: Apache-2.0
// Places of maps in the feature pool: first fit over life times, kept apart by sector where engines
// would share a port.
#ifndef TESSERA_PLAN_SLOTS_H
#define TESSERA_PLAN_SLOTS_H

#include "plan/model/plan_model.h"

/**
 * Add a slot for a map of `planes` x h x w read with `bank_stride`, alive in steps first..last. Its
 * ports are not set.
 * @param name  for people; empty: named later.
 * @return its index; the group has room for it by construction.
 */
int32_t tsr_slot_add(const tsr_arch *arch, tsr_group *group, const char *name, tsr_shape words,
                     int32_t bank_stride);
/** Two slots that one pass reads both: they share no sector. */
void tsr_slot_part(tsr_group *group, int32_t a, int32_t b);
/**
 * Choose the base of every slot and group->peak_lines, as if the pool had no end: what comes out is
 * what is needed. Slots whose lives overlap are disjoint. group->apart: two of them whose ports
 * different engines would use at the same time share no sector either; without it, tokens make the
 * engines take turns. patient: what does not fit is tried again as if sectors were smaller, so that
 * what fits a pool fits every larger one with as many sectors.
 */
void tsr_slots_place(const tsr_arch *arch, tsr_group *group, bool patient);
/** Most lines that are alive in one step: no placement needs less. */
int64_t tsr_slots_alive(tsr_group *group);
/** Lines of one sector of the pool. */
int32_t tsr_sector_lines(const tsr_arch *arch);

#endif
