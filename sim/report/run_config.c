// SPDX-License-Identifier: Apache-2.0
// The fields of a run object, both ways.
#include <string.h>

#include "arch/arch_json.h"
#include "base/alloc.h"
#include "base/check.h"
#include "report/run_document.h"

enum {
    TILE_MAX = 16383,   // pixels, of a descriptor
    EXTENT_MAX = 65535  // pictures, or blocks at a time
};

static const char *const executor_names[] = {"estimate", "systemc", "rtl", NULL};

const char *tsr_executor_name(tsr_executor executor) {
    return executor_names[executor];
}

static tsr_status copy_string(const tsr_jnode *object, const char *key, bool required, char *text,
                              size_t size, tsr_error *err) {
    const char *value = NULL;
    TSR_TRY(tsr_jnode_string(object, key, required, &value, err));
    if (value == NULL) {
        return TSR_OK;
    }
    if (strlen(value) >= size || value[0] == '\0') {
        const tsr_jnode node = tsr_jnode_get(object, key);
        return tsr_jnode_fail(&node, err, "%zu characters, must be 1..%zu", strlen(value),
                              size - 1);
    }
    (void)snprintf(text, size, "%s", value);
    return TSR_OK;
}

// Turn the refusal of a text parser into one that says where in the document the text stands.
static tsr_status at_key(const tsr_jnode *object, const char *key, const tsr_error *found,
                         tsr_error *err) {
    const tsr_jnode node = tsr_jnode_get(object, key);
    return tsr_jnode_fail(&node, err, "%s", found->message);
}

static tsr_status read_padding(const tsr_jnode *object, const char *key, tsr_pad_mode *mode,
                               tsr_error *err) {
    const char *text = NULL;
    tsr_error found = {0};
    TSR_TRY(tsr_jnode_string(object, key, false, &text, err));
    if (text != NULL && tsr_pad_mode_parse(text, mode, &found) != TSR_OK) {
        return at_key(object, key, &found, err);
    }
    return TSR_OK;
}

static tsr_status read_blocking(const tsr_jnode *node, tsr_schedule *schedule, tsr_error *err) {
    tsr_blocking *blocking = &schedule->blocking;
    const char *text = NULL;
    tsr_error found = {0};
    TSR_TRY(tsr_jnode_string(node, "blocking", false, &text, err));
    if (text != NULL && tsr_blocking_parse(text, blocking, &found) != TSR_OK) {
        return at_key(node, "blocking", &found, err);
    }
    blocking->block_padding = TSR_PAD_ZERO;
    blocking->border_padding = TSR_PAD_SAME;
    TSR_TRY(read_padding(node, "block_padding", &blocking->block_padding, err));
    TSR_TRY(read_padding(node, "border_padding", &blocking->border_padding, err));
    if (blocking->block_padding == TSR_PAD_SAME) {
        const tsr_jnode padding = tsr_jnode_get(node, "block_padding");
        return tsr_jnode_fail(&padding, err, "'same' is for border_padding only");
    }
    TSR_TRY(tsr_jnode_bool(node, "ragged", false, &blocking->ragged, err));
    return tsr_jnode_bool(node, "true_stride", false, &blocking->true_stride, err);
}

static tsr_status read_whole_layer(const tsr_jnode *item, tsr_run_config *config, tsr_error *err) {
    static const char *const keys[] = {"layer", "blocking", NULL};
    static const char *const blockings[] = {"none", NULL};
    int32_t blocking = 0;
    TSR_TRY(tsr_jnode_check_keys(item, keys, err));
    TSR_TRY(tsr_jnode_enum(item, "blocking", true, blockings, &blocking, err));
    char *name = config->whole_layers[config->whole_count];
    TSR_TRY(copy_string(item, "layer", true, name, TSR_NAME_MAX, err));
    ++config->whole_count;
    return TSR_OK;
}

/** Layers whose blocking is another than that of the schedule. */
static tsr_status read_layers(const tsr_jnode *schedule, tsr_run_config *config, tsr_error *err) {
    const tsr_jnode list = tsr_jnode_get(schedule, "layers");
    if (!tsr_jnode_exists(&list)) {
        return TSR_OK;
    }
    const int32_t count = tsr_jnode_count(&list);
    if (!tsr_jnode_is_array(&list) || count > TSR_WHOLE_MAX) {
        return tsr_jnode_fail(&list, err,
                              "must be a list of at most %d objects {\"layer\": ..., "
                              "\"blocking\": \"none\"}",
                              TSR_WHOLE_MAX);
    }
    tsr_jnode item = tsr_jnode_first(&list);
    for (int32_t i = 0; i < count; ++i) {
        if (!tsr_jnode_is_object(&item)) {
            return tsr_jnode_fail(&item, err, "must be an object with layer and blocking");
        }
        TSR_TRY(read_whole_layer(&item, config, err));
        item = tsr_jnode_next(&list, &item, i + 1);
    }
    return TSR_OK;
}

/** Tile of a group's output: rows and columns for recompute, rows for cached. */
static tsr_status read_tile(const tsr_jnode *node, tsr_schedule_mode mode, tsr_schedule *schedule,
                            tsr_error *err) {
    static const char *const keys[] = {"tile_h", "tile_w"};
    int32_t *const values[] = {&schedule->tile_h, &schedule->tile_w};
    const bool allowed[] = {mode == TSR_SCHEDULE_RECOMPUTE || mode == TSR_SCHEDULE_CACHED,
                            mode == TSR_SCHEDULE_RECOMPUTE};
    for (int32_t i = 0; i < 2; ++i) {
        const tsr_jnode key = tsr_jnode_get(node, keys[i]);
        if (!tsr_jnode_exists(&key)) {
            continue;
        }
        if (!allowed[i]) {
            return tsr_jnode_fail(&key, err, "does not go with mode '%s'",
                                  tsr_schedule_mode_name(mode));
        }
        int64_t pixels = 0;
        TSR_TRY(tsr_jnode_int(node, keys[i], true, 1, TILE_MAX, &pixels, err));
        *values[i] = (int32_t)pixels;
    }
    return TSR_OK;
}

/** Blocks that meet each portion of the weights together. */
static tsr_status read_block_batch(const tsr_jnode *node, tsr_residency residency,
                                   tsr_schedule *schedule, tsr_error *err) {
    const tsr_jnode key = tsr_jnode_get(node, "block_batch");
    int64_t blocks = 0;
    if (tsr_jnode_exists(&key) && residency != TSR_RESIDENCY_BLOCK_BATCH) {
        return tsr_jnode_fail(&key, err, "goes with weight_residency \"block_batch\" only");
    }
    TSR_TRY(tsr_jnode_int(node, "block_batch", false, 1, EXTENT_MAX, &blocks, err));
    schedule->block_batch = (int32_t)blocks;
    return TSR_OK;
}

static tsr_status read_schedule(const tsr_jnode *root, tsr_run_config *config, tsr_error *err) {
    tsr_schedule *schedule = &config->schedule;
    static const char *const keys[] = {"mode",   "blocking",    "block_padding", "border_padding",
                                       "ragged", "true_stride", "join",          "weight_residency",
                                       "layers", "tile_h",      "tile_w",        "block_batch",
                                       NULL};
    static const char *const modes[] = {"layerwise", "recompute", "cached", "blocked", NULL};
    static const char *const joins[] = {"auto", "on_chip", "dram", NULL};
    static const char *const residencies[] = {"auto",      "resident",    "per_block",
                                              "per_group", "block_batch", NULL};
    const tsr_jnode node = tsr_jnode_get(root, "schedule");
    if (!tsr_jnode_exists(&node)) {
        return TSR_OK;
    }
    TSR_TRY(tsr_jnode_check_keys(&node, keys, err));
    int32_t mode = TSR_SCHEDULE_LAYERWISE;
    int32_t join = TSR_JOIN_AUTO;
    int32_t residency = TSR_RESIDENCY_AUTO;
    TSR_TRY(tsr_jnode_enum(&node, "mode", true, modes, &mode, err));
    TSR_TRY(tsr_jnode_enum(&node, "join", false, joins, &join, err));
    TSR_TRY(tsr_jnode_enum(&node, "weight_residency", false, residencies, &residency, err));
    TSR_TRY(read_blocking(&node, schedule, err));
    TSR_TRY(read_layers(&node, config, err));
    TSR_TRY(read_tile(&node, (tsr_schedule_mode)mode, schedule, err));
    TSR_TRY(read_block_batch(&node, (tsr_residency)residency, schedule, err));
    schedule->mode = (tsr_schedule_mode)mode;
    schedule->join = (tsr_join)join;
    schedule->residency = (tsr_residency)residency;
    const bool has_blocking = schedule->blocking.kind != TSR_BLOCKING_NONE;
    if (has_blocking != (schedule->mode == TSR_SCHEDULE_BLOCKED)) {
        return tsr_jnode_fail(&node, err,
                              has_blocking
                                  ? "mode '%s' goes with blocking \"none\"; blocks need mode "
                                    "\"blocked\""
                                  : "mode '%s' needs a blocking such as \"F28\" or \"H4x4\"",
                              tsr_schedule_mode_name(schedule->mode));
    }
    return TSR_OK;
}

static tsr_status read_input_size(const tsr_jnode *root, tsr_run_config *config, tsr_error *err) {
    static const char *const keys[] = {"height", "width", NULL};
    const tsr_jnode node = tsr_jnode_get(root, "input_size");
    if (!tsr_jnode_exists(&node)) {
        return TSR_OK;
    }
    int64_t height = 0;
    int64_t width = 0;
    TSR_TRY(tsr_jnode_check_keys(&node, keys, err));
    TSR_TRY(tsr_jnode_int(&node, "height", true, 1, 65535, &height, err));
    TSR_TRY(tsr_jnode_int(&node, "width", true, 1, 65535, &width, err));
    config->input_h = (int32_t)height;
    config->input_w = (int32_t)width;
    return TSR_OK;
}

static tsr_status read_weights(const tsr_jnode *root, tsr_run_config *config, tsr_error *err) {
    static const char *const keys[] = {"seed", "file", "pattern", NULL};
    const tsr_jnode node = tsr_jnode_get(root, "weights");
    int64_t seed = 1;
    if (tsr_jnode_exists(&node)) {
        TSR_TRY(tsr_jnode_check_keys(&node, keys, err));
        TSR_TRY(tsr_jnode_int(&node, "seed", false, 0, INT64_C(1) << 52, &seed, err));
        TSR_TRY(copy_string(&node, "file", false, config->weights_file, sizeof config->weights_file,
                            err));
        TSR_TRY(copy_string(&node, "pattern", false, config->weights_pattern,
                            sizeof config->weights_pattern, err));
    }
    config->seed = (uint64_t)seed;
    return TSR_OK;
}

static tsr_status read_compare(const tsr_jnode *root, tsr_run_config *config, tsr_error *err) {
    const tsr_jnode list = tsr_jnode_get(root, "compare");
    if (!tsr_jnode_exists(&list)) {
        return TSR_OK;
    }
    const int32_t count = tsr_jnode_count(&list);
    if (!tsr_jnode_is_array(&list) || count > TSR_COMPARE_MAX) {
        return tsr_jnode_fail(&list, err, "must be a list of at most %d schedules",
                              TSR_COMPARE_MAX);
    }
    tsr_jnode item = tsr_jnode_first(&list);
    for (int32_t i = 0; i < count; ++i) {
        char *text = NULL;
        tsr_schedule schedule = {0};
        tsr_error found = {0};
        if (!tsr_jnode_is_string(&item) || (text = tsr_jnode_print(&item)) == NULL) {
            return tsr_jnode_fail(&item, err,
                                  "must be a schedule such as \"layerwise\" or \"F28\"");
        }
        // printed with its quotes, which are left out again
        (void)snprintf(config->compare[i], sizeof config->compare[i], "%.*s",
                       (int)(strlen(text) - 2), text + 1);
        tsr_free(text);
        if (tsr_schedule_parse(config->compare[i], &schedule, &found) != TSR_OK) {
            return tsr_jnode_fail(&item, err, "%s", found.message);
        }
        config->compare_count = i + 1;
        item = tsr_jnode_next(&list, &item, i + 1);
    }
    return TSR_OK;
}

static tsr_status read_arch(const tsr_jnode *root, tsr_run_config *config, tsr_error *err) {
    const tsr_jnode node = tsr_jnode_get(root, "arch");
    if (tsr_jnode_is_object(&node)) {
        return tsr_arch_from_node(&node, &config->arch, err);
    }
    const char *name = NULL;
    TSR_TRY(tsr_jnode_string(root, "arch", true, &name, err));
    return tsr_arch_load(name, &config->arch, err);
}

tsr_status tsr_run_config_from_document(const tsr_json *document, tsr_run_config *config,
                                        tsr_error *err) {
    static const char *const keys[] = {"$schema",  "about",   "name",     "network", "arch",
                                       "schedule", "engine",  "values",   "weights", "input_size",
                                       "batch",    "compare", "accuracy", NULL};
    const tsr_jnode root = tsr_json_root(document);
    tsr_run_config read = {0};
    int32_t executor = TSR_EXECUTOR_SYSTEMC;
    if (!tsr_jnode_is_object(&root)) {
        return tsr_jnode_fail(&root, err, "a run is one object");
    }
    TSR_TRY(tsr_jnode_check_keys(&root, keys, err));
    TSR_TRY(copy_string(&root, "network", true, read.network, sizeof read.network, err));
    TSR_TRY(read_arch(&root, &read, err));
    TSR_TRY(copy_string(&root, "name", false, read.name, sizeof read.name, err));
    if (strchr(read.name, '/') != NULL || read.name[0] == '.') {
        const tsr_jnode name = tsr_jnode_get(&root, "name");
        return tsr_jnode_fail(&name, err, "'%s' names the result folder: no '/', no leading '.'",
                              read.name);
    }
    TSR_TRY(read_schedule(&root, &read, err));
    TSR_TRY(tsr_jnode_enum(&root, "engine", false, executor_names, &executor, err));
    read.executor = (tsr_executor)executor;
    TSR_TRY(tsr_jnode_bool(&root, "values", false, &read.values, err));
    TSR_TRY(read_input_size(&root, &read, err));
    int64_t batch = 0;
    TSR_TRY(tsr_jnode_int(&root, "batch", false, 1, EXTENT_MAX, &batch, err));
    read.batch = (int32_t)batch;
    TSR_TRY(read_weights(&root, &read, err));
    TSR_TRY(read_compare(&root, &read, err));
    *config = read;
    return TSR_OK;
}

static void name_after_file(const char *path, tsr_run_config *config) {
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *dot = strchr(base, '.');
    const int length = dot != NULL ? (int)(dot - base) : (int)strlen(base);
    (void)snprintf(config->name, sizeof config->name, "%.*s", length > 0 ? length : 3,
                   length > 0 ? base : "run");
}

tsr_status tsr_run_config_load(const char *name_or_path, const tsr_override *overrides,
                               int32_t override_count, tsr_run_config *config, tsr_error *err) {
    tsr_json *document = NULL;
    TSR_TRY(tsr_run_document_load(name_or_path, overrides, override_count, &document, err));
    const tsr_status status = tsr_run_config_from_document(document, config, err);
    tsr_json_free(document);
    if (status == TSR_OK && config->name[0] == '\0') {
        name_after_file(name_or_path, config);
    }
    return status;
}

tsr_status tsr_run_config_parse(const char *text, const char *where, tsr_run_config *config,
                                tsr_error *err) {
    tsr_json *document = NULL;
    TSR_TRY(tsr_json_parse(text, where, &document, err));
    const tsr_status status = tsr_run_config_from_document(document, config, err);
    tsr_json_free(document);
    if (status == TSR_OK && config->name[0] == '\0') {
        (void)snprintf(config->name, sizeof config->name, "run");
    }
    return status;
}

tsr_status tsr_run_config_set_schedule(tsr_run_config *config, const char *text, tsr_error *err) {
    tsr_schedule parsed = {0};
    TSR_TRY(tsr_schedule_parse(text, &parsed, err));
    tsr_schedule *schedule = &config->schedule;
    schedule->mode = parsed.mode;
    schedule->blocking.kind = parsed.blocking.kind;
    schedule->blocking.h = parsed.blocking.h;
    schedule->blocking.w = parsed.blocking.w;
    schedule->tile_h = parsed.tile_h;
    schedule->tile_w = parsed.tile_w;
    return TSR_OK;
}

tsr_status tsr_run_config_network(const tsr_run_config *config, tsr_network *network,
                                  tsr_error *err) {
    tsr_network loaded = {0};
    TSR_TRY(tsr_network_load(config->network, config->input_h, config->input_w, &loaded, err));
    for (int32_t i = 0; i < config->whole_count; ++i) {
        const int32_t layer = tsr_network_find(&loaded, config->whole_layers[i]);
        if (layer < 0 || loaded.layers[layer].kind != TSR_LAYER_CONV) {
            tsr_network_free(&loaded);
            return tsr_fail(err, TSR_ERR_CONFIG, "schedule",
                            "layers: %s is no convolution of this network",
                            config->whole_layers[i]);
        }
        loaded.layers[layer].blockable = false;
    }
    if (config->batch > 0) {
        loaded.batch = config->batch;
        const tsr_status status = tsr_network_infer(&loaded, err);
        if (status != TSR_OK) {
            tsr_network_free(&loaded);
            return status;
        }
    }
    *network = loaded;
    return TSR_OK;
}

static void write_whole_layers(const tsr_run_config *config, tsr_jwriter *writer) {
    if (config->whole_count == 0) {
        return;
    }
    tsr_jwrite_key(writer, "layers");
    tsr_jwrite_array_begin(writer);
    for (int32_t i = 0; i < config->whole_count; ++i) {
        tsr_jwrite_object_begin(writer);
        tsr_jwrite_member_string(writer, "layer", config->whole_layers[i]);
        tsr_jwrite_member_string(writer, "blocking", "none");
        tsr_jwrite_object_end(writer);
    }
    tsr_jwrite_array_end(writer);
}

static void write_schedule(const tsr_run_config *config, tsr_jwriter *writer) {
    const tsr_schedule *schedule = &config->schedule;
    char blocking[32];
    tsr_blocking_format(&schedule->blocking, blocking, sizeof blocking);
    tsr_jwrite_key(writer, "schedule");
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_string(writer, "mode", tsr_schedule_mode_name(schedule->mode));
    tsr_jwrite_member_string(writer, "blocking", blocking);
    tsr_jwrite_member_string(writer, "block_padding",
                             tsr_pad_mode_name(schedule->blocking.block_padding));
    tsr_jwrite_member_string(writer, "border_padding",
                             tsr_pad_mode_name(schedule->blocking.border_padding));
    tsr_jwrite_key(writer, "ragged");
    tsr_jwrite_bool(writer, schedule->blocking.ragged);
    tsr_jwrite_key(writer, "true_stride");
    tsr_jwrite_bool(writer, schedule->blocking.true_stride);
    tsr_jwrite_member_string(writer, "join", tsr_join_name(schedule->join));
    tsr_jwrite_member_string(writer, "weight_residency", tsr_residency_name(schedule->residency));
    if (schedule->block_batch > 0) {
        tsr_jwrite_key(writer, "block_batch");
        tsr_jwrite_i64(writer, schedule->block_batch);
    }
    write_whole_layers(config, writer);
    if (schedule->tile_h > 0) {
        tsr_jwrite_key(writer, "tile_h");
        tsr_jwrite_i64(writer, schedule->tile_h);
    }
    if (schedule->tile_w > 0) {
        tsr_jwrite_key(writer, "tile_w");
        tsr_jwrite_i64(writer, schedule->tile_w);
    }
    tsr_jwrite_object_end(writer);
}

// A path says nothing on another machine: only the file's own name is kept (its content is in the
// digests).
static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

void tsr_run_config_write(const tsr_run_config *config, tsr_jwriter *writer) {
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_string(writer, "name", config->name);
    tsr_jwrite_member_string(writer, "network", file_name(config->network));
    tsr_jwrite_key(writer, "arch");
    tsr_arch_write(&config->arch, writer);
    if (config->input_h > 0) {
        tsr_jwrite_key(writer, "input_size");
        tsr_jwrite_object_begin(writer);
        tsr_jwrite_key(writer, "height");
        tsr_jwrite_i64(writer, config->input_h);
        tsr_jwrite_key(writer, "width");
        tsr_jwrite_i64(writer, config->input_w);
        tsr_jwrite_object_end(writer);
    }
    if (config->batch > 0) {
        tsr_jwrite_key(writer, "batch");
        tsr_jwrite_i64(writer, config->batch);
    }
    write_schedule(config, writer);
    tsr_jwrite_key(writer, "weights");
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_key(writer, "seed");
    tsr_jwrite_u64(writer, config->seed);
    if (config->weights_file[0] != '\0') {
        tsr_jwrite_member_string(writer, "file", file_name(config->weights_file));
    }
    if (config->weights_pattern[0] != '\0') {
        tsr_jwrite_member_string(writer, "pattern", config->weights_pattern);
    }
    tsr_jwrite_object_end(writer);
    tsr_jwrite_member_string(writer, "engine", tsr_executor_name(config->executor));
    tsr_jwrite_key(writer, "values");
    tsr_jwrite_bool(writer, config->values);
    tsr_jwrite_object_end(writer);
}
