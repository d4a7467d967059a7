// SPDX-License-Identifier: Apache-2.0
/**
 * @file   rtl.h
 * @brief  The synthesizable machine of rtl/, verilated, behind the same DRAM model as the SystemC machine.
 */
#ifndef TESSERA_RTL_H
#define TESSERA_RTL_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/arch.h>
#include <tessera/counters.h>
#include <tessera/program.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a machine's library comes from. */
typedef struct tsr_rtl_options {
    const char *
        cache_dir; /**< folder of built libraries; made if needed; NULL = the one set for the process */
    bool trace; /**< a library that can write waveforms (slower, built apart) */
    uint64_t
        start_seed; /**< what registers and memories hold at power-up: 0 = zero, else drawn from this */
} tsr_rtl_options;

typedef struct tsr_rtl tsr_rtl; /**< opaque: one loaded library */

/** @brief  Folder with the Verilog sources, tsr_uarch.vh and shim/; compiled in unless set before
 *          any open. Borrowed. */
void tsr_rtl_dir_set(const char *path);
/** @brief  Cache folder of opens that name none, e.g. those of tsr_run_execute. Borrowed. */
void tsr_rtl_cache_dir_set(const char *path);

/**
 * @brief  The RTL with the parameters of @p arch (clock, memory, rounding and name do not matter),
 *         built with Verilator if the cache does not have it yet: seconds to a minute.
 * @return TSR_ERR_UNSUPPORTED when verilator, make or a C++ compiler is missing (named), or for a parameter the RTL
 *         does not have; TSR_ERR_FILE when the cache cannot be written; TSR_ERR_INTERNAL when the build fails (the log
 *         is named).
 */
tsr_status tsr_rtl_open(const tsr_arch *arch, const tsr_rtl_options *options, tsr_rtl **rtl,
                        tsr_error *err) TSR_MUST_USE;
void tsr_rtl_close(tsr_rtl *rtl);
/** @brief  Refuse a parameter combination that the RTL does not have (TSR_ERR_UNSUPPORTED names it). */
tsr_status tsr_rtl_check(const tsr_arch *arch, tsr_error *err) TSR_MUST_USE;

/** One word of the feature pool as the RTL holds it; false when there is no such word. */
typedef bool (*tsr_rtl_word)(void *machine, uint32_t line, uint32_t bank, uint8_t *bytes,
                             uint32_t size);

/** What the outside does to the machine in a run that has no twin in the model. All zero = nothing. */
typedef struct tsr_rtl_stress {
    uint64_t seed;
    uint32_t
        stall_percent; /**< of the cycles in which a channel could move, it does not (drawn by channel) */
    uint32_t long_stall_cycles; /**< now and then a channel stands still for so long */
    uint32_t error_response;    /**< 0 = none, else the RRESP or BRESP given once */
    tsr_port error_port;        /**< by this port ... */
    uint64_t error_burst;       /**< ... for this burst of it */
    uint64_t abort_cycle;       /**< CONTROL.abort is written in about this cycle; 0 = never */
    uint64_t reset_cycle;       /**< CONTROL.soft_reset likewise */
} tsr_rtl_stress;

/** How a run under stress ended. */
typedef struct tsr_rtl_ending {
    bool done, error, aborted; /**< bits of STATUS */
    uint32_t error_code;       /**< ERROR_CODE */
    uint64_t error_address;
    uint64_t cycles; /**< until the machine stood still */
    uint64_t bursts
        [TSR_PORT_COUNT]; /**< addresses taken; every one was answered, or the run is an error */
} tsr_rtl_ending;

/** Beyond tsr_run_options; all members may be zero. */
typedef struct tsr_rtl_run_options {
    /** Called when a descriptor has completed and its last word can be read. */
    void (*completed)(void *user, int32_t index, uint64_t cycle, tsr_rtl_word word, void *machine);
    void *user;
    bool (*stop)(void *user); /**< asked now and then; true = TSR_ERR_INTERRUPTED */
    const char *
        fst_path; /**< waveform of cycles fst_from..fst_to; the library must have been opened for it */
    uint64_t fst_from, fst_to;
} tsr_rtl_run_options;

/**
 * @brief  Run a program: registers are written over AXI4-Lite, cycle 0 follows the start bit. Runs follow each other
 *         without a reset, unless one has failed.
 *
 * Cycles, events and counters are those of tsr_machine_run or something is wrong with one of the two.
 * @param[in,out] memory  DRAM image; always needed: the RTL computes.
 * @return TSR_ERR_INTERNAL: a failed assertion, a burst that does not belong to the program, an error the machine
 *         reports, or max_cycles (without it a limit far beyond any program of this size).
 */
tsr_status tsr_rtl_run(tsr_rtl *rtl, const tsr_program *program, const tsr_rtl_run_options *more,
                       const tsr_run_options *options, uint8_t *memory, tsr_result *result,
                       tsr_error *err) TSR_MUST_USE;

/**
 * @brief  Run a program while the outside stalls, answers with an error, aborts or resets: no twin, no counters.
 *
 * Ends when the machine stands still: done, or stopped and drained, all bursts answered.
 * TSR_ERR_INTERNAL if it does not (a hang), if an assertion fails, or if it breaks AXI rules. Values
 * land in the image.
 */
tsr_status tsr_rtl_run_stressed(tsr_rtl *rtl, const tsr_program *program,
                                const tsr_rtl_stress *stress, uint8_t *memory,
                                tsr_rtl_ending *ending, tsr_error *err) TSR_MUST_USE;

/** @brief  One register over AXI4-Lite, as driver software sees it after the last run. */
tsr_status tsr_rtl_register(tsr_rtl *rtl, uint32_t offset, uint32_t *value,
                            tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
