// SPDX-License-Identifier: Apache-2.0
/**
 * @file   sweep.h
 * @brief  Many runs from one file: a base run, lists over any of its fields, one SQLite database, resumable.
 */
#ifndef TESSERA_SWEEP_H
#define TESSERA_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsr_sweep tsr_sweep; /**< opaque: the points of one sweep file */

/**
 * @brief  Read a sweep: {"name", "base": run file or object, "axes": {"/json/pointer": [values...], ...}}.
 *
 * The points are the product of all axes, the last axis fastest. A pointer goes into the run object, whose architecture
 * is inlined first, so that its fields can be named (/arch/array/tm).
 * @param[in] max_points  refuse larger products (0 = 1,000,000).
 */
tsr_status tsr_sweep_load(const char *path, int64_t max_points, tsr_sweep **sweep,
                          tsr_error *err) TSR_MUST_USE;
void tsr_sweep_free(tsr_sweep *sweep);
const char *tsr_sweep_name(const tsr_sweep *sweep);
int64_t tsr_sweep_point_count(const tsr_sweep *sweep);

/**
 * Executes one point in a worker process.
 * @param[in]  run_json      Borrowed: the complete run object of the point.
 * @param[out] summary_json  On TSR_OK: summary as compact JSON, allocated with the library's allocator by the callee,
 *                           released by the sweep.
 */
typedef tsr_status (*tsr_sweep_execute)(void *user, const char *run_json, char **summary_json,
                                        tsr_error *err);

/** How to run a sweep. */
typedef struct tsr_sweep_options {
    const char *out_dir; /**< results go to <out_dir>/<sweep name>/ */
    int32_t jobs;        /**< worker processes, 1..256 */
    bool restart;        /**< throw away an existing database */
    tsr_sweep_execute execute;
    /** Called for every point before anything is written; a refusal refuses the sweep. May be NULL. */
    tsr_status (*check)(void *user, const char *run_json, tsr_error *err);
    void (*progress)(void *user, int64_t done, int64_t total); /**< may be NULL */
    bool (*stop)(
        void *user); /**< polled between points; true = keep what is done and return; may be NULL */
    void *user;
} tsr_sweep_options;

/** What a sweep did. */
typedef struct tsr_sweep_report {
    int64_t points;   /**< of the sweep */
    int64_t resumed;  /**< found in the database */
    int64_t executed; /**< now */
    int64_t not_fit;  /**< points refused because they do not fit the hardware */
    int64_t failed;   /**< points that ended in another error */
    char database[512];
} tsr_sweep_report;

/**
 * @brief  Execute all points that the database lacks, each one transaction, and write rows.csv and rows.md.
 *
 * The rows are in point order, so their bytes don't depend on jobs or on how often the sweep was stopped and resumed.
 * Points that do not fit, or fail, are rows with their status and message. @return TSR_ERR_INTERRUPTED when stopped
 * (database kept, rows not written), TSR_ERR_CONFIG when the database belongs to another sweep.
 */
tsr_status tsr_sweep_run(const tsr_sweep *sweep, const tsr_sweep_options *options,
                         tsr_sweep_report *report, tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
