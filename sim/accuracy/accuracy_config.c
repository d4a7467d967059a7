// SPDX-License-Identifier: Apache-2.0
// The "accuracy" object of a run file.
#include <string.h>

#include <tessera/accuracy.h>

#include "base/check.h"
#include "base/json.h"

static const char *const arithmetic_names[] = {"float32", "int8", NULL};

const char *tsr_arithmetic_name(tsr_arithmetic arithmetic) {
    return arithmetic_names[arithmetic];
}

tsr_status tsr_arithmetic_parse(const char *text, tsr_arithmetic *arithmetic, tsr_error *err) {
    for (int32_t i = 0; i < TSR_ARITHMETIC_COUNT; ++i) {
        if (strcmp(arithmetic_names[i], text) == 0) {
            *arithmetic = (tsr_arithmetic)i;
            return TSR_OK;
        }
    }
    return tsr_fail(err, TSR_ERR_USAGE, "arithmetic", "'%s', must be float32 or int8", text);
}

static tsr_status copy_text(const tsr_jnode *object, const char *key, bool required, char *text,
                            size_t size, tsr_error *err) {
    const char *value = NULL;
    TSR_TRY(tsr_jnode_string(object, key, required, &value, err));
    if (value != NULL && (strlen(value) >= size || value[0] == '\0')) {
        const tsr_jnode node = tsr_jnode_get(object, key);
        return tsr_jnode_fail(&node, err, "%zu characters, must be 1..%zu", strlen(value),
                              size - 1);
    }
    if (value != NULL) {
        (void)snprintf(text, size, "%s", value);
    }
    return TSR_OK;
}

// A file of the data folder.
static tsr_status copy_path(const tsr_jnode *object, const char *key, bool required,
                            const char *data_dir, char *path, tsr_error *err) {
    char name[TSR_ACCURACY_PATH_MAX] = "";
    TSR_TRY(copy_text(object, key, required, name, sizeof name, err));
    if (name[0] == '\0') {
        return TSR_OK;
    }
    const int length = name[0] == '/'
                           ? snprintf(path, TSR_ACCURACY_PATH_MAX, "%s", name)
                           : snprintf(path, TSR_ACCURACY_PATH_MAX, "%s/%s", data_dir, name);
    TSR_CHECK(length > 0 && length < TSR_ACCURACY_PATH_MAX, TSR_ERR_FILE, err, name,
              "path too long");
    return TSR_OK;
}

static tsr_status read_numbers(const tsr_jnode *node, tsr_accuracy_config *config, tsr_error *err) {
    static const char *const modes[] = {"zero", "replicate", "reflect", "same", NULL};
    int64_t crop = 0;
    int32_t border = TSR_PAD_SAME;
    config->peak = 255.0;
    TSR_TRY(tsr_jnode_double(node, "peak", false, 1e-6, 1e6, &config->peak, err));
    TSR_TRY(tsr_jnode_int(node, "crop_pixels", false, 0, 1024, &crop, err));
    TSR_TRY(tsr_jnode_bool(node, "ragged", false, &config->ragged, err));
    TSR_TRY(tsr_jnode_enum(node, "border_padding", false, modes, &border, err));
    config->crop_pixels = (int32_t)crop;
    config->border_padding = (tsr_pad_mode)border;
    return TSR_OK;
}

static tsr_status read_object(const tsr_jnode *node, const char *data_dir,
                              tsr_accuracy_config *config, tsr_error *err) {
    static const char *const keys[] = {
        "pictures",        "input_suffix", "truth_suffix",      "weights",
        "weights_pattern", "calibration",  "calibration_array", "peak",
        "crop_pixels",     "ragged",       "border_padding",    NULL};
    (void)snprintf(config->input_suffix, sizeof config->input_suffix, "_input");
    (void)snprintf(config->truth_suffix, sizeof config->truth_suffix, "_truth");
    (void)snprintf(config->calibration_array, sizeof config->calibration_array, "act_max");
    TSR_TRY(tsr_jnode_check_keys(node, keys, err));
    TSR_TRY(copy_path(node, "pictures", true, data_dir, config->pictures, err));
    TSR_TRY(copy_path(node, "weights", true, data_dir, config->weights, err));
    TSR_TRY(copy_path(node, "calibration", false, data_dir, config->calibration, err));
    TSR_TRY(copy_text(node, "input_suffix", false, config->input_suffix,
                      sizeof config->input_suffix, err));
    TSR_TRY(copy_text(node, "truth_suffix", false, config->truth_suffix,
                      sizeof config->truth_suffix, err));
    TSR_TRY(copy_text(node, "weights_pattern", false, config->weights_pattern,
                      sizeof config->weights_pattern, err));
    TSR_TRY(copy_text(node, "calibration_array", false, config->calibration_array,
                      sizeof config->calibration_array, err));
    return read_numbers(node, config, err);
}

// The run's network: a shipped name stays, a path counts from the run file's folder.
static tsr_status read_network(const tsr_jnode *root, const char *path, tsr_accuracy_config *config,
                               tsr_error *err) {
    char name[TSR_ACCURACY_PATH_MAX] = "";
    TSR_TRY(copy_text(root, "network", true, name, sizeof name, err));
    const char *slash = strrchr(path, '/');
    const bool bare = strchr(name, '/') == NULL && strchr(name, '.') == NULL;
    const int length = bare || name[0] == '/' || slash == NULL
                           ? snprintf(config->network, sizeof config->network, "%s", name)
                           : snprintf(config->network, sizeof config->network, "%.*s/%s",
                                      (int)(slash - path), path, name);
    TSR_CHECK(length > 0 && (size_t)length < sizeof config->network, TSR_ERR_CONFIG, err, path,
              "path too long");
    return TSR_OK;
}

static tsr_status read_run(const tsr_json *document, const char *path, const char *data_dir,
                           tsr_accuracy_config *config, tsr_error *err) {
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode node = tsr_jnode_get(&root, "accuracy");
    if (!tsr_jnode_is_object(&node)) {
        return tsr_jnode_fail(
            &root, err, "this run has no \"accuracy\" object: nothing says which pictures to use");
    }
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    (void)snprintf(config->name, sizeof config->name, "%.*s", (int)strcspn(base, "."), base);
    TSR_TRY(copy_text(&root, "name", false, config->name, sizeof config->name, err));
    TSR_TRY(read_network(&root, path, config, err));
    return read_object(&node, data_dir, config, err);
}

tsr_status tsr_accuracy_config_load(const char *run, const char *data_dir,
                                    tsr_accuracy_config *config, tsr_error *err) {
    char path[2 * TSR_ACCURACY_PATH_MAX];
    const bool bare = strchr(run, '/') == NULL && strchr(run, '.') == NULL;
    const int length = bare ? snprintf(path, sizeof path, "%s/run/%s.json", tsr_config_dir(), run)
                            : snprintf(path, sizeof path, "%s", run);
    TSR_CHECK(length > 0 && (size_t)length < sizeof path, TSR_ERR_FILE, err, run, "path too long");
    tsr_json *document = NULL;
    tsr_accuracy_config made = {0};
    TSR_TRY(tsr_json_load(path, &document, err));
    const tsr_status status = read_run(document, path, data_dir, &made, err);
    tsr_json_free(document);
    if (status == TSR_OK) {
        *config = made;
    }
    return status;
}
