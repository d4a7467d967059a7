// SPDX-License-Identifier: Apache-2.0
/**
 * @file   status.h
 * @brief  Result codes and error details of every fallible Tessera call.
 */
#ifndef TESSERA_STATUS_H
#define TESSERA_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/** Marks a result that must be looked at. */
#if defined(__GNUC__)
#define TSR_MUST_USE __attribute__((warn_unused_result))
#define TSR_PRINTF(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))
#else
#define TSR_MUST_USE
#define TSR_PRINTF(fmt_index, first_arg)
#endif

/** Result of a fallible call; groups are spaced by ten and never renumbered. */
typedef enum tsr_status {
    TSR_OK = 0,
    TSR_ERR_DIFFERS = 10,     /**< a comparison or validation differed (exit 1) */
    TSR_ERR_USAGE = 20,       /**< the caller's words are off (exit 2) */
    TSR_ERR_CONFIG = 30,      /**< bad configuration, network or data content (exit 3) */
    TSR_ERR_SYNTAX = 31,      /**< text that does not parse: line and column given (exit 3) */
    TSR_ERR_SHAPE = 32,       /**< extents disagree or are out of range (exit 3) */
    TSR_ERR_OVERFLOW = 33,    /**< a product or sum of sizes leaves its type (exit 3) */
    TSR_ERR_UNSUPPORTED = 34, /**< understood, but not built (exit 3) */
    TSR_ERR_NOT_FIT = 40,     /**< does not fit the hardware; resource named (exit 4) */
    TSR_ERR_FILE = 50,        /**< a file cannot be opened, read or written (exit 5) */
    TSR_ERR_INTERRUPTED = 60, /**< stopped by the user; what is done is kept (exit 6) */
    TSR_ERR_NO_MEMORY = 70,   /**< allocation failed (exit 70) */
    TSR_ERR_INTERNAL = 71     /**< our own mistake: an identity did not hold (exit 70) */
} tsr_status;

/** Detail of a failure; owned by the caller, filled by the callee. */
typedef struct tsr_error {
    tsr_status status; /**< same code that the call returned */
    char where[256];   /**< file[:line:column], JSON pointer, layer name; may be empty */
    char message[512]; /**< what was found and what is allowed */
} tsr_error;

/**
 * @brief  Fill @p err (may be NULL) and return @p status, so that a caller writes `return tsr_fail(...)`.
 * @param[in] where  Borrowed; NULL counts as empty.
 */
tsr_status tsr_fail(tsr_error *err, tsr_status status, const char *where, const char *fmt, ...)
    TSR_PRINTF(4, 5);

/** @brief  Documented process exit code of a status (architecture: 0,1,2,3,4,5,6,70). */
int tsr_status_exit_code(tsr_status status);

/** @brief  Short lower-case name of a status, e.g. "not_fit"; never NULL. */
const char *tsr_status_name(tsr_status status);

#ifdef __cplusplus
}
#endif
#endif
