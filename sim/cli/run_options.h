// SPDX-License-Identifier: Apache-2.0
// Options that change a run: shared by run, compare, plan and accuracy.
#ifndef TESSERA_CLI_RUN_OPTIONS_H
#define TESSERA_CLI_RUN_OPTIONS_H

#include <tessera/report.h>

#include "cli/cli.h"

#define CLI_MACHINE_OPTIONS                                                               \
    {"network", 0, "NAME|FILE", "another network: a shipped name, or a path"},            \
        {"arch", 0, "NAME|FILE", "another architecture: a shipped name, or a path"},      \
        {"input-size", 0, "HxW", "another picture size"},                                 \
        {"batch", 0, "N", "so many pictures one behind the other"}, {                     \
        "set", 0, "POINTER=JSON",                                                         \
            "change any field of the run file, e.g. --set /arch/array/tm=32 (repeatable)" \
    }

#define CLI_SCHEDULE_OPTIONS                                                                \
    {"block-padding", 0, "MODE", "what pads a block: zero, replicate, reflect"},            \
        {"border-padding", 0, "MODE",                                                       \
         "what pads the picture: same (as the blocks), zero, replicate, reflect"},          \
        {"layer-blocking", 0, "LAYER=BLOCKING,...",                                         \
         "layers cut otherwise, e.g. conv1=none,conv3_1..conv3_3=F14"},                     \
        {"ragged", 0, "on|off", "allow smaller last blocks where F does not divide"},       \
        {"true-stride", 0, "on|off",                                                        \
         "strides inside blocks as they are, not stride 1 + 2x2 max pool"},                 \
        {"join", 0, "WHERE", "where blocks meet: auto, on_chip, dram"},                     \
        {"objective", 0, "WHAT", "of schedule auto: dram_bytes, cycles"},                   \
        {"pixel-packing", 0, "on|off",                                                      \
         "several pixels a word where the first layer has few channels"},                   \
        {"weight-residency", 0, "RULE",                                                     \
         "how often weights are loaded: auto, resident, per_group, per_block, "             \
         "block_batch"},                                                                    \
    {                                                                                       \
        "block-batch", 0, "N", "blocks for each load, with block_batch (default: the best)" \
    }

#define CLI_ENGINE_OPTIONS                                                                   \
    {"engine", 0, "NAME",                                                                    \
     "estimate (closed form), systemc (event by event, DRAM timing), rtl (verilated)"},      \
        {"rtl-cache", 0, "DIR", "where built RTL libraries are kept (~/.cache/tessera)"},    \
        {"values", 0, "on|off", "compute values too and compare them with the reference"}, { \
        "seed", 0, "N", "seed of generated weights and input"                                \
    }

#define CLI_COMMON_OPTIONS \
    { "quiet", 'q', NULL, "no progress, no text" }

/** Where built RTL libraries are kept: --rtl-cache, or a folder of the user's. */
tsr_status cli_rtl_cache(const cli_args *args, tsr_error *err) TSR_MUST_USE;
/** Load the run file named by the first word and apply the options. */
tsr_status cli_run_config(const cli_args *args, tsr_run_config *config,
                          tsr_error *err) TSR_MUST_USE;

#endif
