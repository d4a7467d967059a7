// SPDX-License-Identifier: Apache-2.0
// The plan. A new feature of the machine gets its bins here first; what cannot be says why.
#include "validate/coverage_plan.h"

#include <stddef.h>

#include <tessera/plan.h>

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SCHEDULES \
    { "schedule", VALUES("layerwise", "F", "H", "recompute", "cached") }
#define ALL_SCHEDULES \
    { "schedule", VALUES("layerwise", "F", "H", "recompute", "cached", "auto", "mixed") }
#define MODES VALUES("layerwise", "recompute", "cached", "blocked", "auto")
#define PASSES                                                              \
    SCHEDULES, {"padding", VALUES("none", "zero", "replicate", "reflect")}, \
        {"kernel", VALUES("1x1", "3x3", "5x5", "7x7")}, {"pool", VALUES("no", "2x2")}, RESIDUALS
#define RESIDUALS \
    { "residual", VALUES("no", "yes") }
#define PORTS \
    { "port", VALUES("load_feature", "load_weight", "descriptor", "store") }
#define FORMS \
    { "form", VALUES("dense", "diagonal", "ones") }
#define LAWS \
    { "law", VALUES("L<D", "L=D", "L>D") }

static const char *pass_impossible(const int32_t *at) {
    const bool padded = at[1] != TSR_COVER_PAD_NONE;
    if (at[2] == 0 && padded) {
        return "a 1x1 window stays inside of its map: nothing is padded";
    }
    if (at[2] != 0 && !padded) {
        return "not a padding mode: wider windows that read no padding are in group window";
    }
    return NULL;
}

static const char *ring_impossible(const int32_t *at) {
    return at[1] == 0 ? "the planner says ring only where a pass goes around; programs that say it "
                        "everywhere are in test_validate_programs"
                      : NULL;
}

static const char *part_impossible(const int32_t *at) {
    const bool halo = at[0] == TSR_SCHEDULE_RECOMPUTE || at[0] == TSR_SCHEDULE_CACHED;
    return at[2] != 0 && !halo ? "only recompute and cached have tiles that can be given" : NULL;
}

const tsr_cover_plan tsr_cover_plans[TSR_COVER_GROUP_COUNT] = {
    [TSR_COVER_CROSS] = {"pass",
                         "dense conv passes with padding that is really read; all but "
                         "layerwise: of a layer that is cut, recompute and cached: together with "
                         "others",
                         {PASSES},
                         pass_impossible},
    [TSR_COVER_STALL] = {"pass_stall",
                         "the same, with what the layer's cycles beside compute went into",
                         {PASSES,
                          {"cause", VALUES("fill_drain", "wait_weights", "wait_features",
                                           "wait_store", "sync")}},
                         pass_impossible},
    [TSR_COVER_STRIDE] = {"stride",
                          "of convs that the machine strides itself",
                          {SCHEDULES, {"stride", VALUES("1", "2", "3")}},
                          NULL},
    [TSR_COVER_DILATION] = {"dilation",
                            "of windows wider than 1",
                            {SCHEDULES, {"dilation", VALUES("1", "2", "3")}},
                            NULL},
    [TSR_COVER_WINDOW] = {"window",
                          "shapes of conv windows beside the odd squares",
                          {{"shape", VALUES("even", "oblong", "without_padding", "whole_map")}},
                          NULL},
    [TSR_COVER_FORM] = {"weight_form",
                        "what the array has for weights: of each channel with each, depthwise, or "
                        "one constant (averages, adds, copies)",
                        {SCHEDULES, FORMS, RESIDUALS, {"pool", VALUES("no", "2x2")}},
                        NULL},
    [TSR_COVER_ONES] = {"ones_weight",
                        "the constant, and the window that it stands for",
                        {{"weight", VALUES("1", "2")}, {"window", VALUES("1x1", "wider")}},
                        NULL},
    [TSR_COVER_GROUPS] = {"groups",
                          "each group of output channels reads planes of its own",
                          {FORMS, {"planes", VALUES("1", "more")}},
                          NULL},
    [TSR_COVER_STEP] = {"output_step",
                        "outputs with gaps: pixel shuffle is dense, upsampling is ones",
                        {{"step", VALUES("2", "3", "4")}, {"form", VALUES("dense", "ones")}},
                        NULL},
    [TSR_COVER_RING] = {"ring",
                        "maps that are rings of rows; around: rows behind the last come first",
                        {{"map", VALUES("conv_input", "conv_output", "residual", "pool_input",
                                        "pool_output")},
                         {"rows", VALUES("straight", "around")}},
                        ring_impossible},
    [TSR_COVER_PACK] = {"pack",
                        "pixels that a load gathers in a word",
                        {{"pixels", VALUES("2", "3", "more")}},
                        NULL},
    [TSR_COVER_MAX_POOL] = {"max_pool",
                            "pool passes",
                            {{"window", VALUES("2x2", "3x3", "4x4", "oblong")},
                             {"padded", VALUES("no", "yes")}},
                            NULL},
    [TSR_COVER_POOL_STRIDE] = {"pool_stride",
                               "of pool passes",
                               {SCHEDULES, {"stride", VALUES("1", "2", "3")}},
                               NULL},
    [TSR_COVER_ROUNDING] = {"rounding",
                            "rule of the requantiser",
                            {{"rule",
                              VALUES("half_up", "half_away", "half_even", "floor", "double")},
                             {"activation_bits", VALUES("8", "16")},
                             RESIDUALS},
                            NULL},
    [TSR_COVER_ACCUMULATE] = {"accumulate",
                              "passes over all input planes, or over a part of them",
                              {{"part", VALUES("whole", "first", "middle", "last")}},
                              NULL},
    [TSR_COVER_CONV_LAW] = {"conv_law",
                            "L against D of conv passes",
                            {LAWS, {"tiles", VALUES("one", "many")}},
                            NULL},
    [TSR_COVER_POOL_LAW] = {"pool_law", "L against D of pool passes", {LAWS}, NULL},
    [TSR_COVER_DRAIN] = {"drain",
                         "pixels that the post-processor takes a cycle; do neighbours share a bank",
                         {{"wp", VALUES("one", "more")}, {"bank_stride", VALUES("1", "more")}},
                         NULL},
    [TSR_COVER_BOUND] = {"bound",
                         "layers that wait longer for this than they compute; compute: than "
                         "they wait",
                         {{"by", VALUES("compute", "weights", "features", "store")}},
                         NULL},
    [TSR_COVER_PLANNING] = {"planning",
                            "blocked schedules",
                            {{"schedule", VALUES("F", "H")},
                             {"residency",
                              VALUES("auto", "resident", "per_block", "per_group", "block_batch")},
                             {"join", VALUES("auto", "on_chip", "dram")}},
                            NULL},
    [TSR_COVER_HALO] = {"halo",
                        "groups of the schedules that give the plain network's values, cut into "
                        "tiles or strips",
                        {{"schedule", VALUES("recompute", "cached")},
                         {"residency", VALUES("auto", "resident", "per_block")},
                         {"tile", VALUES("chosen", "given")}},
                        NULL},
    [TSR_COVER_AUTO] = {"auto",
                        "automatic schedules: what for, over which blocks, with which weights",
                        {{"objective", VALUES("dram_bytes", "cycles")},
                         {"blocking", VALUES("none", "F", "H")},
                         {"residency", VALUES("auto", "resident", "per_block")}},
                        NULL},
    [TSR_COVER_PART] = {"part",
                        "layers in a mode of their own; recompute and cached: cut and together; "
                        "blocked: cut",
                        {{"mode", MODES},
                         {"one_group", VALUES("no", "yes")},
                         {"tile", VALUES("chosen", "given")}},
                        part_impossible},
    [TSR_COVER_MIX] = {"mix",
                       "modes of a part and of layers in no part, both as in group part",
                       {{"rest", MODES}, {"part", MODES}},
                       NULL},
    [TSR_COVER_MIX_RESIDENCY] = {"mix_residency",
                                 "weights of networks with parts",
                                 {{"residency", VALUES("auto", "resident", "per_block", "per_group",
                                                       "block_batch")}},
                                 NULL},
    [TSR_COVER_PICTURES] = {"pictures",
                            "of a batch",
                            {ALL_SCHEDULES, {"pictures", VALUES("one", "more")}},
                            NULL},
    [TSR_COVER_PACKING] = {"packing",
                           "windows over an input whose words hold several pixels: gathered, or "
                           "told not to be",
                           {ALL_SCHEDULES, {"packed", VALUES("yes", "off")}},
                           NULL},
    [TSR_COVER_MEMORY] = {"memory",
                          "what stands behind the ports",
                          {{"kind", VALUES("ideal", "fixed", "banked")}},
                          NULL},
    [TSR_COVER_FIFO] = {"command_fifo",
                        "empty: after it held something, and more comes",
                        {{"engine", VALUES("load_feature", "load_weight", "compute", "store")},
                         {"state", VALUES("empty", "full")}},
                        NULL},
    [TSR_COVER_FETCH_BUFFER] = {"fetch_buffer",
                                "full: no room for the next burst; empty: all of what has come is "
                                "dispatched, and more comes",
                                {{"state", VALUES("empty", "full")}},
                                NULL},
    [TSR_COVER_ADDRESS_PAIR] = {"address_pair",
                                "addresses of two ports in one cycle: the memory arbitrates",
                                {{"ports",
                                  VALUES("load_feature+load_weight", "load_feature+descriptor",
                                         "load_feature+store", "load_weight+descriptor",
                                         "load_weight+store", "descriptor+store")}},
                                NULL},
    [TSR_COVER_BURST] = {"burst",
                         "lengths by port",
                         {PORTS, {"beats", VALUES("1", "2-15", "16", "17-256")}},
                         NULL},
    [TSR_COVER_BURST_BEATS] = {"burst_beats",
                               "lengths of any port, one by one",
                               {{"beats", VALUES("1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
                                                 "11", "12", "13", "14", "15", "16")}},
                               NULL},
    [TSR_COVER_PAGE] = {"page", "burst cut at 4 KiB, the rest follows", {PORTS}, NULL},
    [TSR_COVER_OUTSTANDING] = {"outstanding", "as many bursts open as allowed", {PORTS}, NULL},
    [TSR_COVER_ROW] = {"row",
                       "where rows of maps begin and end: at a beat, or inside of one",
                       {{"port", VALUES("load_feature", "store")},
                        {"begin", VALUES("beat", "inside")},
                        {"end", VALUES("beat", "inside")}},
                       NULL},
    [TSR_COVER_STALLING] = {"stalling",
                            "of the outside: share of cycles in which a channel stands, and now "
                            "and then long",
                            {{"percent", VALUES("0", "10", "50", "90")},
                             {"long", VALUES("no", "yes")}},
                            NULL},
    [TSR_COVER_ERROR] = {"error",
                         "a response that is an error, reported, and the next run is right",
                         {PORTS, {"response", VALUES("slverr", "decerr")}},
                         NULL},
    [TSR_COVER_STOP] = {"stop",
                        "while data moves, or behind the last burst; the next run is right",
                        {{"by", VALUES("abort", "soft_reset")},
                         {"when", VALUES("bursts_left", "behind_last")}},
                        NULL},
};

int32_t tsr_cover_axis_count(const tsr_cover_plan *plan) {
    int32_t count = 0;
    while (plan->axes[count].name != NULL) {
        ++count;
    }
    return count;
}

int32_t tsr_cover_axis_size(const tsr_cover_axis *axis) {
    int32_t count = 0;
    while (axis->values[count] != NULL) {
        ++count;
    }
    return count;
}

int32_t tsr_cover_size(const tsr_cover_plan *plan) {
    int32_t size = 1;
    for (int32_t i = 0; plan->axes[i].name != NULL; ++i) {
        size *= tsr_cover_axis_size(&plan->axes[i]);
    }
    return size;
}

void tsr_cover_at(const tsr_cover_plan *plan, int32_t index, int32_t at[TSR_COVER_AXES]) {
    for (int32_t i = tsr_cover_axis_count(plan) - 1; i >= 0; --i) {
        const int32_t size = tsr_cover_axis_size(&plan->axes[i]);
        at[i] = index % size;
        index /= size;
    }
}

int32_t tsr_cover_index(const tsr_cover_plan *plan, const int32_t *at) {
    int32_t index = 0;
    for (int32_t i = 0; plan->axes[i].name != NULL; ++i) {
        const int32_t size = tsr_cover_axis_size(&plan->axes[i]);
        if (at[i] < 0 || at[i] >= size) {
            return -1;
        }
        index = index * size + at[i];
    }
    return index;
}

const char *tsr_cover_impossible(const tsr_cover_plan *plan, int32_t index) {
    int32_t at[TSR_COVER_AXES] = {0};
    tsr_cover_at(plan, index, at);
    return plan->impossible != NULL ? plan->impossible(at) : NULL;
}
