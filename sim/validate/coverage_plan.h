// SPDX-License-Identifier: Apache-2.0
// The plan as data: groups of bins, each a cross of named axes.
#ifndef TESSERA_VALIDATE_COVERAGE_PLAN_H
#define TESSERA_VALIDATE_COVERAGE_PLAN_H

#include <tessera/coverage.h>

enum { TSR_COVER_AXES = 6 };

/** Groups, in the order of the table. */
typedef enum tsr_cover_group {
    TSR_COVER_CROSS = 0,
    TSR_COVER_STALL,
    TSR_COVER_STRIDE,
    TSR_COVER_DILATION,
    TSR_COVER_WINDOW,
    TSR_COVER_FORM,
    TSR_COVER_ONES,
    TSR_COVER_GROUPS,
    TSR_COVER_STEP,
    TSR_COVER_RING,
    TSR_COVER_PACK,
    TSR_COVER_MAX_POOL,
    TSR_COVER_POOL_STRIDE,
    TSR_COVER_ROUNDING,
    TSR_COVER_ACCUMULATE,
    TSR_COVER_CONV_LAW,
    TSR_COVER_POOL_LAW,
    TSR_COVER_DRAIN,
    TSR_COVER_BOUND,
    TSR_COVER_PLANNING,
    TSR_COVER_HALO,
    TSR_COVER_AUTO,
    TSR_COVER_PART,
    TSR_COVER_MIX,
    TSR_COVER_MIX_RESIDENCY,
    TSR_COVER_PICTURES,
    TSR_COVER_PACKING,
    TSR_COVER_MEMORY,
    TSR_COVER_FIFO,
    TSR_COVER_FETCH_BUFFER,
    TSR_COVER_ADDRESS_PAIR,
    TSR_COVER_BURST,
    TSR_COVER_BURST_BEATS,
    TSR_COVER_PAGE,
    TSR_COVER_OUTSTANDING,
    TSR_COVER_ROW,
    TSR_COVER_STALLING,
    TSR_COVER_ERROR,
    TSR_COVER_STOP,
    TSR_COVER_GROUP_COUNT
} tsr_cover_group;

/** One axis: its values by name, NULL-terminated. */
typedef struct tsr_cover_axis {
    const char *name;
    const char *const *values;
} tsr_cover_axis;

/** A group. */
typedef struct tsr_cover_plan {
    const char *name, *about;
    tsr_cover_axis axes[TSR_COVER_AXES + 1]; /**< ends with a NULL name */
    /** Why this cross cannot be; NULL = it can. May be NULL: all can. */
    const char *(*impossible)(const int32_t *at);
} tsr_cover_plan;

extern const tsr_cover_plan tsr_cover_plans[TSR_COVER_GROUP_COUNT];

/* Values of axes that collectors name. */
enum { TSR_COVER_PAD_NONE, TSR_COVER_PAD_FIRST_MODE };

enum { TSR_COVER_ACC_WHOLE, TSR_COVER_ACC_FIRST, TSR_COVER_ACC_MIDDLE, TSR_COVER_ACC_LAST };

enum { TSR_COVER_EMPTY, TSR_COVER_FULL };

enum {
    TSR_COVER_CONV_INPUT,
    TSR_COVER_CONV_OUTPUT,
    TSR_COVER_CONV_RESIDUAL,
    TSR_COVER_POOL_INPUT,
    TSR_COVER_POOL_OUTPUT
};

int32_t tsr_cover_axis_count(const tsr_cover_plan *plan);
int32_t tsr_cover_axis_size(const tsr_cover_axis *axis);
/** Bins of the whole cross. */
int32_t tsr_cover_size(const tsr_cover_plan *plan);
/** Values of bin `index`; the last axis runs fastest. */
void tsr_cover_at(const tsr_cover_plan *plan, int32_t index, int32_t at[TSR_COVER_AXES]);
/** Inverse; -1 when a value is outside of its axis. */
int32_t tsr_cover_index(const tsr_cover_plan *plan, const int32_t *at);
/** NULL = the bin is planned. */
const char *tsr_cover_impossible(const tsr_cover_plan *plan, int32_t index);

/** Count a situation; values outside of the plan and impossible ones do not count. */
void tsr_cover_hit(tsr_coverage *coverage, tsr_cover_group group, const int32_t *at);
/** Times that a bin was hit. */
uint64_t tsr_cover_hits(const tsr_coverage *coverage, tsr_cover_group group, int32_t index);

/** What events say: FIFOs, the fetch buffer, address channels, bursts on their way. */
tsr_status tsr_cover_events(tsr_coverage *coverage, const tsr_program *program,
                            const tsr_result *result, tsr_error *err) TSR_MUST_USE;
/** What descriptors and the counters of their layers say. */
tsr_status tsr_cover_passes(tsr_coverage *coverage, const tsr_program *program,
                            const tsr_schedule *schedule, const tsr_result *result,
                            tsr_error *err) TSR_MUST_USE;
/** What the schedule asked of the planner, where the program has it. */
tsr_status tsr_cover_schedule(tsr_coverage *coverage, const tsr_program *program,
                              const tsr_schedule *schedule, tsr_error *err) TSR_MUST_USE;
/** Bursts of the DMA descriptors and of the fetch unit. */
void tsr_cover_bursts(tsr_coverage *coverage, const tsr_program *program);

#endif
