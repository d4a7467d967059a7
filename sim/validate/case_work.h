// SPDX-License-Identifier: Apache-2.0
// What random cases are put together from.
#ifndef TESSERA_VALIDATE_CASE_WORK_H
#define TESSERA_VALIDATE_CASE_WORK_H

#include <tessera/network.h>
#include <tessera/validate.h>

#include "draw/draw.h"

/** Append to text of a fixed size; what does not fit is cut. */
void tsr_case_say(char *text, size_t bytes, const char *fmt, ...) TSR_PRINTF(3, 4);

/** A random schedule, or the one that is wanted, with its paddings and residency; its name also in words. *mixes: it
 * is what holds for the layers without a mode of their own: tsr_case_mix goes on as soon as there are layers. */
tsr_status tsr_case_schedule(tsr_rng *rng, const char *wanted, tsr_schedule *schedule, bool *mixes,
                             char *text, size_t bytes, tsr_error *err) TSR_MUST_USE;
/** Random parts of a network in modes of their own, and the residency. */
void tsr_case_mix(tsr_rng *rng, const tsr_network *network, tsr_schedule *schedule);
/** What the name does not say: paddings, residency, parts. */
void tsr_case_say_schedule(const tsr_schedule *schedule, char *text, size_t bytes);
/** What networks a schedule can run. */
tsr_draw_wish tsr_case_wish_of(const tsr_arch *arch, const tsr_schedule *schedule);
/** Which of TSR_CASE_SCHEDULES, or that number: none of them. */
int32_t tsr_case_schedule_of(const tsr_schedule *schedule);
/** The same of layers in a mode. */
int32_t tsr_case_mode_of(tsr_schedule_mode mode, const tsr_blocking *blocking);

/* Directed cases (case_directed.c): an index says which bins of group `pass` they are for. */
bool tsr_case_is_directed(uint64_t index);
/** The first directed case from *index on that may close a hole; false when there is none. */
bool tsr_case_next_directed(const tsr_coverage *coverage, uint64_t *index);
/** Machine that the case needs, NULL = any. */
const char *tsr_case_directed_shape(uint64_t index);
tsr_status tsr_case_directed_schedule(uint64_t index, tsr_rng *rng, tsr_schedule *schedule,
                                      tsr_error *err);
/** Moves what must lie elsewhere in DRAM than the planner puts it. Any case. */
void tsr_case_directed_place(uint64_t index, tsr_program *program);
/** Like tsr_draw_network. */
tsr_status tsr_case_directed_network(uint64_t index, tsr_rng *rng, tsr_network *network,
                                     tsr_error *err);
/** The network in a few words: "4x13x17 conv3x3:8 relu add(2,0) whole_conv1x1g2:4!"; ! = an output. */
void tsr_case_say_network(const tsr_network *network, char *text, size_t bytes);

#endif
