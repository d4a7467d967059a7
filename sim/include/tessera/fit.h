// SPDX-License-Identifier: Apache-2.0
/**
 * @file   fit.h
 * @brief  What an architecture takes of a device: LUTs, flip-flops, DSPs, block RAMs.
 *
 * A model of the RTL under Yosys 0.23 `synth_xilinx -family xc7`, hierarchy kept, not of Vivado: LUTs and flip-flops
 * from formulas fitted on Yosys's counts (rtl/synth), DSPs and block RAMs as Yosys maps them, exact in tests/fit.
 */
#ifndef TESSERA_FIT_H
#define TESSERA_FIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/arch.h>
#include <tessera/status.h>
#include <tessera/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a device is counted in. */
typedef enum tsr_resource {
    TSR_RESOURCE_LUT = 0, /**< logic, shift registers and distributed memory alike */
    TSR_RESOURCE_FF,
    TSR_RESOURCE_DSP,
    TSR_RESOURCE_BRAM36, /**< two RAMB18 are one; an odd one counts whole */
    TSR_RESOURCE_COUNT
} tsr_resource;

/** Where the figures come from, for a line under every table that shows them. */
#define TSR_FIT_SOURCE "Yosys 0.23 synth_xilinx xc7 figures (model), not Vivado's"

/** A part. */
typedef struct tsr_device {
    const char *name; /**< as in the files of configs/arch, e.g. "xc7z045" */
    int64_t available[TSR_RESOURCE_COUNT];
} tsr_device;

/** An architecture against a device. */
typedef struct tsr_fit {
    bool known; /**< the device is in the table; else available is 0 and fits false */
    char device[TSR_NAME_MAX];
    int64_t needed[TSR_RESOURCE_COUNT];
    int64_t available[TSR_RESOURCE_COUNT];
    int64_t ramb36, ramb18; /**< needed[TSR_RESOURCE_BRAM36] by kind */
    bool fits;
} tsr_fit;

/** @brief  "LUT", "FF", "DSP", "BRAM36". */
const char *tsr_resource_name(tsr_resource resource);

/** @brief  Devices of the table, in its order; NULL from the last on. */
const tsr_device *tsr_device_at(int32_t index);
/**
 * @brief  A device by name, case ignored, "xc" in front optional, anything behind the name (package, speed) ignored:
 *         "XC7Z045", "zu9eg", "xc7z020clg484-1". NULL when it is not in the table.
 */
const tsr_device *tsr_device_find(const char *name);

/** @brief  Need of an architecture that passed tsr_arch_check against its own device, or @p device (may be NULL). */
tsr_fit tsr_fit_estimate(const tsr_arch *arch, const tsr_device *device);
/** @brief  TSR_ERR_NOT_FIT naming every resource that does not suffice; TSR_ERR_CONFIG when the device is unknown. */
tsr_status tsr_fit_require(const tsr_arch *arch, const tsr_fit *fit, tsr_error *err) TSR_MUST_USE;

/** @brief  A table, a row per architecture: needed of available and per cent of each resource, and the verdict. */
tsr_status tsr_fit_print(const tsr_arch *archs, const tsr_fit *fits, int32_t count,
                         tsr_table_format format, FILE *file, tsr_error *err) TSR_MUST_USE;
/** @brief  The same as a JSON array of objects. */
tsr_status tsr_fit_print_json(const tsr_arch *archs, const tsr_fit *fits, int32_t count, FILE *file,
                              tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
