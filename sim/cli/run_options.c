// SPDX-License-Identifier: Apache-2.0
// A run file and the options that change it.
#include "cli/run_options.h"

#include <stdlib.h>
#include <string.h>

#include <tessera/rtl.h>

enum { MOST = 65535 };  // pictures, or blocks at a time

// --set POINTER=JSON as overrides; the pointers are cut out of the words.
static tsr_status load(const cli_args *args, tsr_run_config *config, tsr_error *err) {
    char pointers[CLI_MAX_REPEATS][192];
    tsr_override overrides[CLI_MAX_REPEATS];
    const char *const *sets = NULL;
    const int32_t count = cli_values(args, "set", &sets);
    for (int32_t i = 0; i < count; ++i) {
        const char *equals = strchr(sets[i], '=');
        if (sets[i][0] != '/' || equals == NULL ||
            (size_t)(equals - sets[i]) >= sizeof pointers[i]) {
            return tsr_fail(err, TSR_ERR_USAGE, sets[i],
                            "must be POINTER=JSON such as /schedule/join=\"dram\"");
        }
        (void)snprintf(pointers[i], sizeof pointers[i], "%.*s", (int)(equals - sets[i]), sets[i]);
        overrides[i] = (tsr_override){.pointer = pointers[i], .value = equals + 1};
    }
    return tsr_run_config_load(args->words[0], overrides, count, config, err);
}

static tsr_status set_machine(const cli_args *args, tsr_run_config *config, tsr_error *err) {
    const char *network = cli_value(args, "network");
    const char *arch = cli_value(args, "arch");
    tsr_status status = TSR_OK;
    if (network != NULL) {
        if (strlen(network) >= sizeof config->network || network[0] == '\0') {
            return tsr_fail(err, TSR_ERR_USAGE, "network", "must have 1..%zu characters",
                            sizeof config->network - 1);
        }
        (void)snprintf(config->network, sizeof config->network, "%s", network);
    }
    if (arch != NULL) {
        status = tsr_arch_load(arch, &config->arch, err);
    }
    if (status == TSR_OK) {
        status = cli_size(args, "input-size", &config->input_h, &config->input_w, err);
    }
    int64_t batch = config->batch;
    if (status == TSR_OK) {
        status = cli_int(args, "batch", 1, MOST, &batch, err);
    }
    config->batch = (int32_t)batch;
    return status;
}

static tsr_status set_padding(const cli_args *args, const char *name, bool same_allowed,
                              tsr_pad_mode *mode, tsr_error *err) {
    const char *text = cli_value(args, name);
    tsr_error found = {0};
    if (text == NULL) {
        return TSR_OK;
    }
    if (tsr_pad_mode_parse(text, mode, &found) != TSR_OK ||
        (*mode == TSR_PAD_SAME && !same_allowed)) {
        return tsr_fail(err, TSR_ERR_USAGE, name, "'%s', must be zero, replicate%s reflect%s", text,
                        same_allowed ? "," : " or", same_allowed ? " or same" : "");
    }
    return TSR_OK;
}

static tsr_status set_mode(const cli_args *args, tsr_run_config *config, tsr_error *err) {
    const char *schedule = cli_value(args, "schedule");
    const char *blocking = cli_value(args, "blocking");
    tsr_blocking *b = &config->schedule.blocking;
    if (schedule != NULL && strcmp(schedule, "blocked") != 0) {
        const tsr_status status = tsr_run_config_set_schedule(config, schedule, err);
        if (status != TSR_OK) {
            return status;
        }
    } else if (schedule != NULL) {
        config->schedule.mode = TSR_SCHEDULE_BLOCKED;
        config->schedule.part_count = 0;
    }
    if (blocking != NULL) {
        tsr_blocking parsed = {0};
        const tsr_status status = tsr_blocking_parse(blocking, &parsed, err);
        if (status != TSR_OK) {
            return status;
        }
        b->kind = parsed.kind;
        b->h = parsed.h;
        b->w = parsed.w;
        if (schedule == NULL) {
            config->schedule.mode =
                parsed.kind == TSR_BLOCKING_NONE ? TSR_SCHEDULE_LAYERWISE : TSR_SCHEDULE_BLOCKED;
        }
    }
    const bool blocked = config->schedule.mode == TSR_SCHEDULE_BLOCKED;
    if (blocked) {
        config->schedule.tile_h = config->schedule.tile_w = 0;
    }
    const bool either = config->schedule.mode == TSR_SCHEDULE_AUTO ||
                        config->schedule.part_count > 0;  // checked with the parts
    if (!either && blocked != (b->kind != TSR_BLOCKING_NONE)) {
        return tsr_fail(
            err, TSR_ERR_USAGE, "schedule",
            blocked ? "blocked needs --blocking such as F28 or H4x4"
                    : "'%s' goes without blocks: leave --blocking out, or say --schedule blocked",
            tsr_schedule_mode_name(config->schedule.mode));
    }
    return TSR_OK;
}

// One LAYER=BLOCKING, or FIRST..LAST=BLOCKING.
static tsr_status add_layer_blocking(const char *word, tsr_run_config *config, tsr_error *err) {
    const char *equals = strrchr(word, '=');
    if (equals == NULL) {
        return tsr_fail(err, TSR_ERR_USAGE, "layer-blocking",
                        "'%s', must be LAYER=BLOCKING or FIRST..LAST=BLOCKING, such as conv1=none",
                        word);
    }
    char layers[2 * TSR_NAME_MAX + 8];
    (void)snprintf(layers, sizeof layers, "%.*s", (int)(equals - word), word);
    char *dots = strstr(layers, "..");
    const char *last = layers;
    if (dots != NULL) {
        *dots = '\0';
        last = dots + 2;
    }
    return tsr_run_config_add_layer_blocking(config, layers, last, equals + 1, err);
}

static tsr_status set_layer_blockings(const cli_args *args, tsr_run_config *config,
                                      tsr_error *err) {
    const char *text = cli_value(args, "layer-blocking");
    cli_list list;
    if (text == NULL) {
        return TSR_OK;
    }
    tsr_status status = cli_list_parse("layer-blocking", text, &list, err);
    for (int32_t i = 0; i < list.count && status == TSR_OK; ++i) {
        status = add_layer_blocking(list.items[i], config, err);
    }
    if (status == TSR_OK && config->schedule.blocking.kind == TSR_BLOCKING_NONE) {
        return tsr_fail(err, TSR_ERR_USAGE, "layer-blocking",
                        "needs a blocking for the other layers; H1 leaves them whole");
    }
    return status;
}

static tsr_status set_block_batch(const cli_args *args, tsr_schedule *schedule, tsr_error *err) {
    int64_t blocks = 0;
    const tsr_status status = cli_int(args, "block-batch", 1, MOST, &blocks, err);
    if (status == TSR_OK && blocks > 0 && schedule->residency != TSR_RESIDENCY_BLOCK_BATCH) {
        return tsr_fail(err, TSR_ERR_USAGE, "block-batch",
                        "goes with --weight-residency block_batch, not %s",
                        tsr_residency_name(schedule->residency));
    }
    if (blocks > 0 || schedule->residency != TSR_RESIDENCY_BLOCK_BATCH) {
        schedule->block_batch = (int32_t)blocks;
    }
    return status;
}

static tsr_status set_schedule(const cli_args *args, tsr_run_config *config, tsr_error *err) {
    static const char *const joins[] = {"auto", "on_chip", "dram", NULL};
    static const char *const residencies[] = {"auto",      "resident",    "per_block",
                                              "per_group", "block_batch", NULL};
    static const char *const objectives[] = {"dram_bytes", "cycles", NULL};
    int32_t objective = (int32_t)config->schedule.objective;
    tsr_blocking *blocking = &config->schedule.blocking;
    int32_t join = (int32_t)config->schedule.join;
    int32_t residency = (int32_t)config->schedule.residency;
    tsr_status status = set_mode(args, config, err);
    if (status == TSR_OK) {
        status = set_layer_blockings(args, config, err);
    }
    if (status == TSR_OK) {
        status = set_padding(args, "block-padding", false, &blocking->block_padding, err);
    }
    if (status == TSR_OK) {
        status = set_padding(args, "border-padding", true, &blocking->border_padding, err);
    }
    if (status == TSR_OK) {
        status = cli_switch(args, "ragged", &blocking->ragged, err);
    }
    if (status == TSR_OK) {
        status = cli_switch(args, "true-stride", &blocking->true_stride, err);
    }
    bool packs = !config->schedule.unpacked;
    if (status == TSR_OK) {
        status = cli_switch(args, "pixel-packing", &packs, err);
    }
    if (status == TSR_OK) {
        status = cli_choice(args, "join", joins, &join, err);
    }
    if (status == TSR_OK) {
        status = cli_choice(args, "weight-residency", residencies, &residency, err);
    }
    if (status == TSR_OK) {
        status = cli_choice(args, "objective", objectives, &objective, err);
    }
    if (status == TSR_OK && cli_given(args, "objective") &&
        config->schedule.mode != TSR_SCHEDULE_AUTO) {
        return tsr_fail(err, TSR_ERR_USAGE, "objective", "is for --schedule auto, not %s",
                        tsr_schedule_mode_name(config->schedule.mode));
    }
    config->schedule.objective = (tsr_objective)objective;
    config->schedule.unpacked = !packs;
    config->schedule.join = (tsr_join)join;
    config->schedule.residency = (tsr_residency)residency;
    return status == TSR_OK ? set_block_batch(args, &config->schedule, err) : status;
}

static tsr_status set_engine(const cli_args *args, tsr_run_config *config, tsr_error *err) {
    static const char *const engines[] = {"estimate", "systemc", "rtl", NULL};
    int32_t engine = (int32_t)config->executor;
    int64_t seed = (int64_t)config->seed;
    tsr_status status = cli_choice(args, "engine", engines, &engine, err);
    if (status == TSR_OK) {
        status = cli_switch(args, "values", &config->values, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "seed", 0, INT64_C(1) << 52, &seed, err);
    }
    config->executor = (tsr_executor)engine;
    config->seed = (uint64_t)seed;
    return status;
}

tsr_status cli_rtl_cache(const cli_args *args, tsr_error *err) {
    static char path[600];
    const char *chosen = cli_value(args, "rtl-cache");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length = 0;
    if (chosen != NULL) {
        length = snprintf(path, sizeof path, "%s", chosen);
    } else if (cache != NULL && cache[0] == '/') {
        length = snprintf(path, sizeof path, "%s/tessera", cache);
    } else if (home != NULL && home[0] != '\0') {
        length = snprintf(path, sizeof path, "%s/.cache/tessera", home);
    }
    if (length <= 0 || (size_t)length >= sizeof path) {
        return tsr_fail(err, TSR_ERR_USAGE, "rtl-cache", "%s",
                        length == 0 ? "must be given: neither XDG_CACHE_HOME nor HOME is set"
                                    : "path too long");
    }
    tsr_rtl_cache_dir_set(path);
    return TSR_OK;
}

tsr_status cli_run_config(const cli_args *args, tsr_run_config *config, tsr_error *err) {
    tsr_status status = load(args, config, err);
    if (status == TSR_OK) {
        status = set_machine(args, config, err);
    }
    if (status == TSR_OK) {
        status = set_schedule(args, config, err);
    }
    if (status == TSR_OK) {
        status = set_engine(args, config, err);
    }
    if (status == TSR_OK && config->executor == TSR_EXECUTOR_RTL) {
        status = cli_rtl_cache(args, err);
    }
    return status;
}
