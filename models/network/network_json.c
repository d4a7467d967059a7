// SPDX-License-Identifier: Apache-2.0
// Networks from JSON (form: README.md here, configs/schema/network.schema.json).
#include <stdio.h>
#include <string.h>

#include <tessera/network.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/json.h"
#include "network/layer_json.h"
#include "network/modules.h"
#include "network/weight_names.h"

enum { path_max = 1024, max_extent = 65535, max_layers = 4096 };

static tsr_status read_extent(const tsr_jnode *object, const char *key, int64_t max, int32_t *value,
                              tsr_error *err) {
    int64_t wide = 0;
    TSR_TRY(tsr_jnode_int(object, key, true, 1, max, &wide, err));
    *value = (int32_t)wide;
    return TSR_OK;
}

static tsr_status read_input(const tsr_jnode *root, int32_t input_h, int32_t input_w,
                             tsr_network *network, tsr_error *err) {
    static const char *const keys[] = {"channels", "height", "width", NULL};
    const tsr_jnode node = tsr_jnode_get(root, "input");
    if (!tsr_jnode_exists(&node)) {
        return tsr_jnode_fail(root, err, "required key 'input' is missing");
    }
    TSR_TRY(tsr_jnode_check_keys(&node, keys, err));
    tsr_layer *layer = &network->layers[0];
    *layer = tsr_layer_of(TSR_LAYER_INPUT, 0);
    (void)snprintf(layer->name, sizeof layer->name, "input");
    TSR_TRY(read_extent(&node, "channels", INT32_MAX, &layer->out.c, err));
    TSR_TRY(read_extent(&node, "height", max_extent, &layer->out.h, err));
    TSR_TRY(read_extent(&node, "width", max_extent, &layer->out.w, err));
    layer->out.h = input_h > 0 ? input_h : layer->out.h;
    layer->out.w = input_w > 0 ? input_w : layer->out.w;
    return TSR_OK;
}

static tsr_status read_pattern(const tsr_jnode *root, tsr_network *network, tsr_error *err) {
    const char *pattern = NULL;
    TSR_TRY(tsr_jnode_string(root, "weights_pattern", false, &pattern, err));
    if (pattern == NULL) {
        return TSR_OK;
    }
    if (strlen(pattern) >= sizeof network->weights_pattern ||
        !tsr_weight_pattern_is_good(pattern)) {
        const tsr_jnode node = tsr_jnode_get(root, "weights_pattern");
        return tsr_jnode_fail(&node, err,
                              "'%.80s' must hold one %%d or %%0<n>d and be at most %d characters",
                              pattern, TSR_NAME_MAX - 1);
    }
    (void)snprintf(network->weights_pattern, sizeof network->weights_pattern, "%s", pattern);
    return TSR_OK;
}

// Space for the layers of the list, modules written out, and the input; *list is its node.
static tsr_status make_layers(const tsr_jnode *root, tsr_jnode *list, tsr_network *network,
                              tsr_error *err) {
    *list = tsr_jnode_get(root, "layers");
    const int32_t count = tsr_jnode_count(list);
    if (!tsr_jnode_is_array(list) || count < 1 || count > max_layers) {
        return tsr_jnode_fail(list, err, "must be a list of 1..%d layers", (int)max_layers);
    }
    int64_t total = 0;
    tsr_jnode node = tsr_jnode_first(list);
    for (int32_t i = 1; tsr_jnode_exists(&node); ++i) {
        int64_t here = 0;
        TSR_TRY(tsr_module_count(root, &node, &here, err));
        total += here;
        if (total > max_layers) {
            return tsr_jnode_fail(&node, err, "%lld layers up to here, at most %d",
                                  (long long)total, (int)max_layers);
        }
        node = tsr_jnode_next(list, &node, i);
    }
    network->layers = tsr_alloc((size_t)total + 1, sizeof *network->layers);
    TSR_CHECK(network->layers != NULL, TSR_ERR_NO_MEMORY, err, network->name, "out of memory");
    return TSR_OK;
}

// Reads into layers[layer_count], which there is room for.
static tsr_status read_layers(const tsr_jnode *root, const tsr_jnode *list, tsr_network *network,
                              tsr_error *err) {
    const tsr_layer_scope outside = {0};
    tsr_jnode node = tsr_jnode_first(list);
    for (int32_t i = 1; tsr_jnode_exists(&node); ++i) {
        if (tsr_module_is_use(&node)) {
            TSR_TRY(tsr_module_write_out(root, &node, network, err));
        } else {
            TSR_TRY(tsr_layer_read(&node, &outside, network, err));
            ++network->layer_count;
        }
        node = tsr_jnode_next(list, &node, i);
    }
    return TSR_OK;
}

static tsr_status read_network(const tsr_jnode *root, int32_t input_h, int32_t input_w,
                               tsr_network *network, tsr_error *err) {
    static const char *const keys[] = {
        "$schema", "about", "name", "batch", "input", "modules", "layers", "weights_pattern", NULL};
    const tsr_layer_scope outside = {0};
    int64_t batch = 1;
    const char *about = NULL;
    tsr_jnode list;
    TSR_TRY(tsr_jnode_check_keys(root, keys, err));
    TSR_TRY(tsr_jnode_string(root, "about", false, &about, err));
    TSR_TRY(tsr_scope_name(&outside, root, network->name, err));
    TSR_TRY(tsr_jnode_int(root, "batch", false, 1, max_extent, &batch, err));
    network->batch = (int32_t)batch;
    TSR_TRY(read_pattern(root, network, err));
    TSR_TRY(make_layers(root, &list, network, err));
    TSR_TRY(tsr_module_check_used(root, &list, err));
    TSR_TRY(read_input(root, input_h, input_w, network, err));
    network->layer_count = 1;
    TSR_TRY(read_layers(root, &list, network, err));
    return tsr_network_infer(network, err);
}

static tsr_status from_document(const tsr_json *document, int32_t input_h, int32_t input_w,
                                tsr_network *network, tsr_error *err) {
    TSR_CHECK(input_h >= 0 && input_w >= 0 && input_h <= max_extent && input_w <= max_extent,
              TSR_ERR_SHAPE, err, tsr_json_where(document),
              "input size %dx%d, height and width must be 1..%d (0 keeps the file's)", input_h,
              input_w, (int)max_extent);
    const tsr_jnode root = tsr_json_root(document);
    tsr_network made = {0};
    const tsr_status status = read_network(&root, input_h, input_w, &made, err);
    if (status != TSR_OK) {
        tsr_network_free(&made);
        return status;
    }
    *network = made;
    return TSR_OK;
}

tsr_status tsr_network_parse(const char *text, const char *where, int32_t input_h, int32_t input_w,
                             tsr_network *network, tsr_error *err) {
    tsr_json *document = NULL;
    TSR_TRY(tsr_json_parse(text, where, &document, err));
    const tsr_status status = from_document(document, input_h, input_w, network, err);
    tsr_json_free(document);
    return status;
}

tsr_status tsr_network_load(const char *name_or_path, int32_t input_h, int32_t input_w,
                            tsr_network *network, tsr_error *err) {
    char path[path_max];
    const bool bare = strchr(name_or_path, '/') == NULL && strstr(name_or_path, ".json") == NULL;
    const int length =
        bare ? snprintf(path, sizeof path, "%s/network/%s.json", tsr_config_dir(), name_or_path)
             : snprintf(path, sizeof path, "%s", name_or_path);
    TSR_CHECK(length > 0 && (size_t)length < sizeof path, TSR_ERR_FILE, err, name_or_path,
              "the path is empty or too long");
    tsr_json *document = NULL;
    TSR_TRY(tsr_json_load(path, &document, err));
    const tsr_status status = from_document(document, input_h, input_w, network, err);
    tsr_json_free(document);
    return status;
}
