// SPDX-License-Identifier: Apache-2.0
// The fields of a run object, both ways.
#include <string.h>

#include "arch/arch_json.h"
#include "base/alloc.h"
#include "base/check.h"
#include "report/run_document.h"
#include "report/run_schedule.h"

enum { EXTENT_MAX = 65535 };  // pictures

static const char *const executor_names[] = {"estimate", "systemc", "rtl", NULL};

const char *tsr_executor_name(tsr_executor executor) {
    return executor_names[executor];
}

tsr_status tsr_run_copy_string(const tsr_jnode *object, const char *key, bool required, char *text,
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
        TSR_TRY(tsr_run_copy_string(&node, "file", false, config->weights_file,
                                    sizeof config->weights_file, err));
        TSR_TRY(tsr_run_copy_string(&node, "pattern", false, config->weights_pattern,
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
    TSR_TRY(tsr_run_copy_string(&root, "network", true, read.network, sizeof read.network, err));
    TSR_TRY(read_arch(&root, &read, err));
    TSR_TRY(tsr_run_copy_string(&root, "name", false, read.name, sizeof read.name, err));
    if (strchr(read.name, '/') != NULL || read.name[0] == '.') {
        const tsr_jnode name = tsr_jnode_get(&root, "name");
        return tsr_jnode_fail(&name, err, "'%s' names the result folder: no '/', no leading '.'",
                              read.name);
    }
    TSR_TRY(tsr_run_schedule_read(&root, &read, err));
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
    schedule->objective = parsed.objective;
    schedule->part_count = 0;
    schedule->blocking.kind = parsed.blocking.kind;
    schedule->blocking.h = parsed.blocking.h;
    schedule->blocking.w = parsed.blocking.w;
    schedule->tile_h = parsed.tile_h;
    schedule->tile_w = parsed.tile_w;
    return TSR_OK;
}

tsr_status tsr_run_config_add_layer_blocking(tsr_run_config *config, const char *from,
                                             const char *to, const char *text, tsr_error *err) {
    TSR_CHECK(config->layer_blocking_count < TSR_LAYER_BLOCKINGS_MAX, TSR_ERR_USAGE, err, "layers",
              "more than %d blockings of layers", TSR_LAYER_BLOCKINGS_MAX);
    tsr_layer_blocking added = {0};
    TSR_TRY(tsr_blocking_parse(text, &added.blocking, err));
    TSR_CHECK(from[0] != '\0' && strlen(from) < sizeof added.from && to[0] != '\0' &&
                  strlen(to) < sizeof added.to,
              TSR_ERR_USAGE, err, "layers", "names of layers have 1..%d characters",
              TSR_NAME_MAX - 1);
    (void)snprintf(added.from, sizeof added.from, "%s", from);
    (void)snprintf(added.to, sizeof added.to, "%s", to);
    config->layer_blockings[config->layer_blocking_count++] = added;
    return TSR_OK;
}

tsr_status tsr_run_config_network(const tsr_run_config *config, tsr_network *network,
                                  tsr_error *err) {
    tsr_network loaded = {0};
    TSR_TRY(tsr_network_load(config->network, config->input_h, config->input_w, &loaded, err));
    tsr_status status = TSR_OK;
    for (int32_t i = 0; i < config->layer_blocking_count && status == TSR_OK; ++i) {
        status = tsr_network_set_blocking(&loaded, &config->layer_blockings[i], err);
    }
    if (status == TSR_OK) {
        status = tsr_schedule_apply(&config->schedule, &loaded, err);
    }
    if (status == TSR_OK && config->batch > 0) {
        loaded.batch = config->batch;
        status = tsr_network_infer(&loaded, err);
    }
    if (status != TSR_OK) {
        tsr_network_free(&loaded);
        return status;
    }
    *network = loaded;
    return TSR_OK;
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
        tsr_jwrite_member_i64(writer, "height", config->input_h);
        tsr_jwrite_member_i64(writer, "width", config->input_w);
        tsr_jwrite_object_end(writer);
    }
    if (config->batch > 0) {
        tsr_jwrite_member_i64(writer, "batch", config->batch);
    }
    tsr_run_schedule_write(config, writer);
    tsr_jwrite_key(writer, "weights");
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_u64(writer, "seed", config->seed);
    if (config->weights_file[0] != '\0') {
        tsr_jwrite_member_string(writer, "file", file_name(config->weights_file));
    }
    if (config->weights_pattern[0] != '\0') {
        tsr_jwrite_member_string(writer, "pattern", config->weights_pattern);
    }
    tsr_jwrite_object_end(writer);
    tsr_jwrite_member_string(writer, "engine", tsr_executor_name(config->executor));
    tsr_jwrite_member_bool(writer, "values", config->values);
    tsr_jwrite_object_end(writer);
}
