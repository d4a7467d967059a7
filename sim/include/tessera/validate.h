// SPDX-License-Identifier: Apache-2.0
/**
 * @file   validate.h
 * @brief  Two executors side by side on one program, and the network's own word on it: difference 0 or the first one.
 */
#ifndef TESSERA_VALIDATE_H
#define TESSERA_VALIDATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/counters.h>
#include <tessera/coverage.h>
#include <tessera/expected.h>
#include <tessera/plan.h>
#include <tessera/program.h>
#include <tessera/rtl.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one program on two executors -------------------------------------------------------------------------------- */

/** Words of the feature pool compared at the completion of descriptors, and those that differed. */
typedef struct tsr_word_check {
    uint64_t compared, differing;
} tsr_word_check;

/** What an executor may tell beyond its result. */
typedef struct tsr_side_report {
    tsr_word_check
        *words; /**< [layer_count], filled by executors that have a feature pool to look at */
    char first_word[160]; /**< the first word that differed, in words; empty if none */
    tsr_word_check
        registers; /**< performance counters as driver software reads them, against the result */
    char first_register[160];
} tsr_side_report;

/** Like tsr_machine_run with values and events; also fills what it can of *report. */
typedef tsr_status (*tsr_side_run)(void *user, const tsr_program *program,
                                   const tsr_run_options *options, uint8_t *memory,
                                   tsr_result *result, tsr_side_report *report, tsr_error *err);

/** An executor with its name in reports. */
typedef struct tsr_side {
    const char *name;
    tsr_side_run run;
    void *user;
} tsr_side;

/** @brief  The SystemC machine as a side. */
tsr_side tsr_side_machine(void);

/** A loaded machine and what to record of it. */
typedef struct tsr_rtl_side {
    tsr_rtl *rtl;
    const char *fst_path; /**< waveform of cycles fst_from..fst_to; NULL = none */
    uint64_t fst_from, fst_to;
    bool (*stop)(void *user); /**< asked now and then; may be NULL */
    void *user;
} tsr_rtl_side;

/** @brief  The RTL as a side; @p side is borrowed. Words of the feature pool are compared at each completion. */
tsr_side tsr_side_rtl(tsr_rtl_side *side);

/** Units whose events are compared one by one: the engines, the fetch unit, the ports. */
enum { TSR_VALIDATE_UNITS = TSR_ENGINE_COUNT + 1 + TSR_PORT_COUNT, TSR_VALIDATE_CONTEXT = 3 };

/** Events of one unit on both sides. */
typedef struct tsr_unit_difference {
    uint64_t events[2];
    uint64_t differing; /**< events of either side that the other one does not have */
    int64_t first;      /**< index of the first pair that differs, -1 = none */
    int32_t context[2]; /**< events kept around it, by side */
    int32_t before;     /**< of these before the first difference */
    tsr_event around[2][2 * TSR_VALIDATE_CONTEXT + 1];
} tsr_unit_difference;

/** @brief  load_feature, ..., fetch, port load_feature, ... */
const char *tsr_validate_unit_name(int32_t unit);

/** One row of the table; [0] = first side (model), [1] = second side (RTL). */
typedef struct tsr_layer_difference {
    char name[TSR_NAME_MAX];
    uint64_t cycles[2];
    uint64_t read_bytes[2], write_bytes[2];
    uint64_t events[2], events_differing; /**< of descriptors of this layer */
    uint64_t counters_differing; /**< numbers of tsr_counters, cycles and bytes among them */
    tsr_word_check words;        /**< feature-pool words against the interpreter */
    uint64_t values,
        values_differing; /**< DRAM bytes of its maps, and those the sides disagree on */
} tsr_layer_difference;

/** Outcome of a comparison; everything owned. */
typedef struct tsr_validation {
    char name[160];
    char side[2][32];
    uint64_t differences; /**< of any kind; 0 = equal */
    int32_t layer_count;
    tsr_layer_difference *layers; /**< [layer_count], then total */
    tsr_layer_difference total;
    tsr_unit_difference units[TSR_VALIDATE_UNITS];
    uint64_t cycles[2];
    uint64_t memory_bytes;
    uint64_t memory_differing[2]; /**< bytes of the DRAM image against the interpreter's, by side */
    uint64_t memory_first[2];     /**< and the first address */
    char memory_where[2][TSR_NAME_MAX]; /**< map or segment that the address lies in */
    tsr_expected_check
        outputs; /**< the interpreter's output maps against the network's integer run;
                                   bytes 0: the program comes from no network */
    uint64_t occupancy_differing; /**< changes of buffer occupancy */
    uint64_t dram_differing;      /**< numbers of tsr_dram_stats */
    char first_counter[256];      /**< first counter that differs, in words */
    char first_dram[192];
    char first_word[160];
    tsr_word_check registers; /**< performance counters of the RTL against its own result */
    char first_register[160];
} tsr_validation;

/**
 * @brief  Run both sides and the interpreter on the same program and image, and compare everything.
 * @param[in] memory  DRAM image with the inputs in place, memory_bytes long; not changed.
 * @param[in] expected  What the outputs must be, whatever the executors agree on; NULL when the program comes from no
 *                      network.
 * @return TSR_OK when both ran, whatever the comparison says (validation->differences); an error that one side ended
 *         with is passed on with the side's name in front.
 */
tsr_status tsr_validate_program(const char *name, const tsr_program *program, const uint8_t *memory,
                                const tsr_expected *expected, const tsr_side sides[2],
                                const tsr_run_options *options, tsr_validation *validation,
                                tsr_error *err) TSR_MUST_USE;
void tsr_validation_free(tsr_validation *validation);

/** @brief  The table per layer, then every difference with its context. */
tsr_status tsr_validation_print(const tsr_validation *validation, FILE *file,
                                tsr_error *err) TSR_MUST_USE;
/** @brief  The same as a JSON object. */
tsr_status tsr_validation_print_json(const tsr_validation *validation, bool compact, FILE *file,
                                     tsr_error *err) TSR_MUST_USE;
/** @brief  Both as validation.md and validation.json into @p dir, made if needed. */
tsr_status tsr_validation_write(const tsr_validation *validation, const char *dir,
                                tsr_error *err) TSR_MUST_USE;

/* ---- random cases ------------------------------------------------------------------------------------------------ */

/** @brief  Machines that random cases are drawn from: few, so that few have to be verilated. NULL-terminated. */
const char *const *tsr_case_shape_names(void);
/** @brief  One of them, with ideal memory. TSR_ERR_USAGE lists them. */
tsr_status tsr_case_shape(const char *name, tsr_arch *arch, tsr_error *err) TSR_MUST_USE;

/** What to draw from. */
typedef struct tsr_case_options {
    int32_t shape_count;       /**< 0 = all */
    const char *const *shapes; /**< names */
    const char *schedule; /**< NULL = random; else a text such as "layerwise" or "F8", or "mixed",
                               for every case */
} tsr_case_options;

/** Schedules of cases. */
enum {
    TSR_CASE_LAYERWISE = 0,
    TSR_CASE_FIXED,
    TSR_CASE_HIERARCHICAL,
    TSR_CASE_RECOMPUTE,
    TSR_CASE_CACHED,
    TSR_CASE_AUTO,
    TSR_CASE_MIXED, /**< stretches of layers in modes of their own */
    TSR_CASE_SCHEDULES
};

/** Kinds of layers: those of networks (conv = with one group), then other convolutions. */
enum {
    TSR_CASE_KIND_DEPTHWISE = TSR_LAYER_KIND_COUNT,
    TSR_CASE_KIND_GROUPED,
    TSR_CASE_KIND_IDENTITY,
    TSR_CASE_KINDS
};

/** What else schedules of cases ask for. */
enum {
    TSR_CASE_BATCH = 0,     /**< several pictures */
    TSR_CASE_FORCED,        /**< a weight residency other than auto */
    TSR_CASE_UNPACKED,      /**< no pixel packing */
    TSR_CASE_AUTO_BLOCKED,  /**< automatic, with blocks given */
    TSR_CASE_MIXED_BLOCKED, /**< parts, some of them or the rest in blocks */
    TSR_CASE_ONE_GROUP,     /**< a part that is not cut inside */
    TSR_CASE_FEATURES
};

/** Why something was drawn again. */
enum {
    TSR_CASE_NOT_FIT = 0, /**< a buffer is too small, or the case is too long */
    TSR_CASE_UNSUPPORTED,
    TSR_CASE_SHAPE,
    TSR_CASE_CONFIG,
    TSR_CASE_NO_REFERENCE, /**< the planner takes it, the integer run of the network does not */
    TSR_CASE_REFUSALS
};

const char *tsr_case_schedule_name(int32_t schedule);
const char *tsr_case_kind_name(int32_t kind);
const char *tsr_case_feature_name(int32_t feature);
const char *tsr_case_refusal_name(int32_t refusal);

/** A random network, schedule, memory and machine, planned and with values; everything owned. */
typedef struct tsr_case {
    uint64_t seed, index;
    char shape[TSR_NAME_MAX];
    char text[1536];  /**< what was drawn, on one line */
    char replay[256]; /**< the command that draws it again */
    tsr_schedule schedule;
    int32_t batch;
    uint32_t kinds[TSR_CASE_KINDS];      /**< layers of the network */
    uint32_t refused[TSR_CASE_REFUSALS]; /**< draws before that the planner did not take */
    tsr_program program;
    uint8_t *memory;       /**< DRAM image with input and weights */
    tsr_expected expected; /**< what the network says must come out */
} tsr_case;

/** Cases from this index on are directed: each is for bins of the coverage plan, not drawn from everything. */
#define TSR_CASE_DIRECTED UINT64_C(1000000000)

/** @brief  Case @p index of @p seed: the same wherever and whenever it is drawn, whatever the other cases. */
tsr_status tsr_case_draw(uint64_t seed, uint64_t index, const tsr_case_options *options,
                         tsr_case *drawn, tsr_error *err) TSR_MUST_USE;
void tsr_case_free(tsr_case *drawn);

/* ---- random cases on the RTL ------------------------------------------------------------------------------------- */

/** How a case ended. */
typedef struct tsr_case_outcome {
    const tsr_case *drawn;
    bool equal;                       /**< difference 0, and nothing wrong under stress */
    const tsr_validation *validation; /**< NULL when a side ended with an error */
    char stress[160];                 /**< what was done to the RTL before, empty = nothing */
    char trouble[800];                /**< what went wrong beside differences */
} tsr_case_outcome;

/** Which cases, and on what. */
typedef struct tsr_campaign_options {
    uint64_t seed, first_case, cases;
    tsr_case_options draw;
    bool stress; /**< before some cases: stalls, error responses, abort, reset on the same RTL */
    uint64_t start_seed;    /**< see tsr_rtl_options */
    tsr_coverage *coverage; /**< counts what the cases were in; may be NULL */
    bool directed;   /**< with coverage, after the cases: directed ones for what they left open, and
                                          if need be random ones, at most as many again */
    bool build_only; /**< open the RTL of every shape, run nothing */
    const char
        *out_dir; /**< validation.md and validation.json there, whole or not at all; may be NULL */
    FILE *json;   /**< the JSON document also here; may be NULL */
    void (*report)(void *user,
                   const tsr_case_outcome *outcome); /**< after each case; may be NULL */
    bool (*stop)(void *user);                        /**< may be NULL */
    void *user;
} tsr_campaign_options;

typedef struct tsr_campaign {
    uint64_t cases, differing;
    uint64_t stressed;
    uint64_t cycles;                    /**< of the RTL, compared runs only */
    uint64_t events, words, dram_bytes; /**< compared */
    uint64_t output_bytes;              /**< compared with the reference */
    uint64_t schedules[TSR_CASE_SCHEDULES], kinds[TSR_CASE_KINDS]; /**< what was drawn */
    uint64_t parts[TSR_SCHEDULE_AUTO + 1];                         /**< by mode */
    uint64_t features[TSR_CASE_FEATURES];
    uint64_t refused[TSR_CASE_REFUSALS]; /**< what was drawn again */
} tsr_campaign;

/** @brief  A case in text: one line, and its differences if it has any. */
tsr_status tsr_case_print(const tsr_case_outcome *outcome, FILE *file, tsr_error *err) TSR_MUST_USE;
/** @brief  What was drawn, then one line of sums. */
void tsr_campaign_print(const tsr_campaign *campaign, FILE *file);

/**
 * @brief  Draw and validate cases one after the other; one RTL a shape is opened and kept, so that runs follow each
 *         other without a reset. Goes on after a difference.
 * @return TSR_OK also when cases differ (campaign->differing); TSR_ERR_INTERRUPTED with what is done in *campaign.
 */
tsr_status tsr_validate_cases(const tsr_campaign_options *options, tsr_campaign *campaign,
                              tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
