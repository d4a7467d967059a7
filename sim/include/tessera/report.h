// SPDX-License-Identifier: Apache-2.0
/**
 * @file   report.h
 * @brief  One run from a file to its result files, several runs side by side, and what a plan moves against the ideal.
 */
#ifndef TESSERA_REPORT_H
#define TESSERA_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/arch.h>
#include <tessera/counters.h>
#include <tessera/expected.h>
#include <tessera/fit.h>
#include <tessera/network.h>
#include <tessera/plan.h>
#include <tessera/program.h>
#include <tessera/status.h>
#include <tessera/table.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSR_PATH_MAX 512
#define TSR_COMPARE_MAX 32

/** @brief  Version of the library, e.g. "0.1.0". */
const char *tsr_version(void);

/* ---- configuration of a run ------------------------------------------------------------------------------------- */

/** What executes the program: the "engine" of a run. */
typedef enum tsr_executor {
    TSR_EXECUTOR_ESTIMATE = 0, /**< closed form, ideal memory */
    TSR_EXECUTOR_SYSTEMC,      /**< event by event, DRAM timing */
    TSR_EXECUTOR_RTL /**< the verilated RTL (tessera/rtl.h) behind the same DRAM model, values included */
} tsr_executor;

/** @brief  estimate, systemc, rtl. */
const char *tsr_executor_name(tsr_executor executor);

enum { TSR_LAYER_BLOCKINGS_MAX = 64 }; /**< most entries of schedule.layers */

/** A run, completely resolved. */
typedef struct tsr_run_config {
    char name[TSR_NAME_MAX];
    char network[TSR_PATH_MAX]; /**< shipped name or path */
    int32_t input_h, input_w;   /**< 0 = as in the network file */
    int32_t batch;              /**< pictures; 0 = as in the network file */
    tsr_arch arch;
    tsr_schedule schedule;
    int32_t layer_blocking_count; /**< of a layer that is in several, the last one holds */
    tsr_layer_blocking layer_blockings[TSR_LAYER_BLOCKINGS_MAX];
    char weights_file[TSR_PATH_MAX]; /**< .npz; empty = generated from the seed */
    char weights_pattern
        [TSR_NAME_MAX]; /**< names inside the file, e.g. "conv%02d"; empty = layer names */
    uint64_t seed;      /**< of generated weights and of the generated input */
    tsr_executor executor;
    bool values;           /**< also compute, and compare with the reference */
    int32_t compare_count; /**< schedules that `compare` runs unless told otherwise */
    char compare[TSR_COMPARE_MAX][32];
} tsr_run_config;

/** A field given on the command line: JSON pointer and JSON text, e.g. {"/schedule/blocking", "\"F28\""}. */
typedef struct tsr_override {
    const char *pointer;
    const char *value;
} tsr_override;

/**
 * @brief  Read a run file: a bare name means configs/run/<name>.json.
 *
 * Keys (all but network and arch optional): name, network, arch (name, path or object), input_size {height, width},
 * batch, schedule {mode, blocking, block_padding, border_padding, ragged, true_stride, join, weight_residency,
 * block_batch, tile_h, tile_w, pixel_packing, layers}, weights {seed} or {file, pattern}, engine, values, compare
 * [schedules]; about, $schema and accuracy are skipped.
 * schedule.layers is a list of {layer, blocking} or {from, to, blocking}: convolutions that are cut otherwise than the
 * rest, or "none"; the options of blocks are those of the schedule, a later entry stands over an earlier one. Unknown
 * keys are refused. Paths are relative to the run file; paths in overrides to the working directory.
 */
tsr_status tsr_run_config_load(const char *name_or_path, const tsr_override *overrides,
                               int32_t override_count, tsr_run_config *config,
                               tsr_error *err) TSR_MUST_USE;
/** @brief  The same from the text of an object; @p where names it in messages. */
tsr_status tsr_run_config_parse(const char *text, const char *where, tsr_run_config *config,
                                tsr_error *err) TSR_MUST_USE;
/** @brief  Replace the schedule by a text such as "layerwise" or "F28", keeping paddings, join and residency. */
tsr_status tsr_run_config_set_schedule(tsr_run_config *config, const char *text,
                                       tsr_error *err) TSR_MUST_USE;
/** @brief  Append to layer_blockings: convolutions from @p from to @p to (the same for one) are cut by @p text, such as
 *          "F14", "H2x4" or "none". TSR_ERR_USAGE says what is wrong with the text, or that there are too many. */
tsr_status tsr_run_config_add_layer_blocking(tsr_run_config *config, const char *from,
                                             const char *to, const char *text,
                                             tsr_error *err) TSR_MUST_USE;

/** @brief  Load the network of a run; layers that the schedule leaves whole, or cuts in a way of their own, are marked
 *          so. TSR_ERR_CONFIG names a layer that the network lacks, or a stretch of it without a convolution. */
tsr_status tsr_run_config_network(const tsr_run_config *config, tsr_network *network,
                                  tsr_error *err) TSR_MUST_USE;

/* ---- one run ----------------------------------------------------------------------------------------------------- */

/** What `values` adds to a run. */
typedef struct tsr_run_values {
    bool computed;
    uint32_t output_crc32; /**< of the integer output */
    bool has_psnr;         /**< false: equal outputs (no noise) */
    double psnr_db_vs_unblocked;
    double psnr_peak;           /**< range of the unblocked output that the PSNR refers to */
    uint64_t differing_outputs; /**< output elements that differ from the unblocked network */
    uint64_t output_elements;
    bool classifies; /**< output is one vector: top1_agreement means something */
    double top1_agreement;
} tsr_run_values;

/** Energy by part [J]; NaN where no table has a figure. */
typedef struct tsr_energy {
    char table[320];
    double dram_j, sram_j, mac_j;
} tsr_energy;

/** Result of one run; everything owned. */
typedef struct tsr_run_outcome {
    tsr_run_config config;
    tsr_network network;
    tsr_program program;
    tsr_plan_summary plan;
    tsr_result result;
    tsr_run_values values;
    tsr_energy energy;
    tsr_fit fit;
    double ratio_by_conv, ratio_by_spatial_conv, ratio_by_macs;
} tsr_run_outcome;

/** How to execute. */
typedef struct tsr_execute_options {
    bool keep_events;                                            /**< for timeline.json */
    void (*progress)(void *user, uint64_t done, uint64_t total); /**< may be NULL */
    bool (*stop)(void *user); /**< may be NULL; true = TSR_ERR_INTERRUPTED */
    void *user;
} tsr_execute_options;

/** @brief  Load, plan, lower, check, execute, compare values, check the identities. */
tsr_status tsr_run_execute(const tsr_run_config *config, const tsr_execute_options *options,
                           tsr_run_outcome *outcome, tsr_error *err) TSR_MUST_USE;
void tsr_run_outcome_free(tsr_run_outcome *outcome);
/**
 * @brief  The same up to the point of execution: the checked program, its DRAM image with weights and input in
 *         place, and what the network says must come out. All are the caller's: tsr_program_free, tsr_memory_free,
 *         tsr_expected_free.
 */
tsr_status tsr_run_prepare(const tsr_run_config *config, tsr_program *program, uint8_t **memory,
                           tsr_expected *expected, tsr_error *err) TSR_MUST_USE;
/** @brief  Bytes by direction over all traffic classes. */
uint64_t tsr_counters_read_bytes(const tsr_counters *counters);
uint64_t tsr_counters_write_bytes(const tsr_counters *counters);

/** @brief  Executor of a sweep point (tsr_sweep_execute): run object in, summary object out. @p user is ignored. */
tsr_status tsr_run_execute_json(void *user, const char *run_json, char **summary_json,
                                tsr_error *err) TSR_MUST_USE;

/** @brief  Print the summary object (architecture.md section 5). */
tsr_status tsr_run_print_summary(const tsr_run_outcome *outcome, bool compact, FILE *file,
                                 tsr_error *err) TSR_MUST_USE;
/** @brief  Print the run for people: figures, bottleneck, fidelity. */
tsr_status tsr_run_print_text(const tsr_run_outcome *outcome, FILE *file,
                              tsr_error *err) TSR_MUST_USE;
/** @brief  Write summary.json, layers.csv, dram.csv, buffers.csv, manifest.json (and timeline.json if events were kept)
 *          into @p dir, made if needed; summary.json comes last. */
tsr_status tsr_run_write(const tsr_run_outcome *outcome, const char *dir,
                         tsr_error *err) TSR_MUST_USE;

/* ---- several schedules side by side ------------------------------------------------------------------------------ */

typedef struct tsr_comparison tsr_comparison; /**< opaque: one row a schedule */

/** How to compare. */
typedef struct tsr_compare_options {
    const char
        *out_dir; /**< results in <out_dir>/<name>/<schedule>/ and comparison.{md,csv,json} */
    int32_t schedule_count;       /**< 0 = the run's own list */
    const char *const *schedules; /**< e.g. "layerwise", "F28", "H4x4" */
    int32_t jobs;                 /**< processes, 1..64 */
    bool keep_events;
    void (*progress)(void *user, uint64_t done,
                     uint64_t total); /**< schedules finished; may be NULL */
    bool (*stop)(void *user);         /**< may be NULL */
    void *user;
} tsr_compare_options;

/**
 * @brief  Run every schedule, each in a process of its own, and write the comparison.
 *
 * A schedule that does not fit or is not supported is a row with its message; the comparison is still written.
 * @return the status of the first such row (TSR_ERR_NOT_FIT, TSR_ERR_UNSUPPORTED, ...) with the comparison filled, or
 *         TSR_OK. *comparison is NULL when nothing was run.
 */
tsr_status tsr_compare(const tsr_run_config *config, const tsr_compare_options *options,
                       tsr_comparison **comparison, tsr_error *err) TSR_MUST_USE;
void tsr_comparison_free(tsr_comparison *comparison);
/** @brief  As a table. */
tsr_status tsr_comparison_print(const tsr_comparison *comparison, tsr_table_format format,
                                FILE *file, tsr_error *err) TSR_MUST_USE;
/** @brief  As a JSON list of summary objects. */
tsr_status tsr_comparison_print_json(const tsr_comparison *comparison, FILE *file,
                                     tsr_error *err) TSR_MUST_USE;

/* ---- the ideal and the moved ------------------------------------------------------------------------------------- */

/** Whose ideal and moved figures are printed. */
typedef struct tsr_moved_request {
    const tsr_network *networks;
    int32_t network_count;
    const tsr_arch *arch;
    const tsr_blocking *blockings; /**< none: layer by layer */
    int32_t blocking_count;
    const tsr_schedule *baselines; /**< without blocks: recompute, cached, auto, layerwise */
    int32_t baseline_count;
    bool tables
        [TSR_TABLE_KIND_COUNT]; /**< which: traffic, weights, working_set, on_chip (blockings), baselines */
    bool
        by_row; /**< summaries: a row a network and blocking; false: a row a blocking, columns by network */
    tsr_table_format format;
} tsr_moved_request;

/**
 * @brief  Two figures side by side: the idealised count (table.h) and what our plan moves, holds and computes on this
 *         machine. First a summary for each table, then for each network the parts of the differences in words.
 *
 * What cannot be planned is a row that says "not planned" and why. Without a table that has such figures nothing is
 * printed.
 */
tsr_status tsr_moved_print(const tsr_moved_request *request, FILE *file,
                           tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
