// SPDX-License-Identifier: Apache-2.0
// Modules of a network file: a list of layers with parameters, written out at every use of it, for
// every number of a run of numbers.
#include "network/modules.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "network/layer_json.h"

enum { max_parameters = 16, max_number = 9999 };

static const char *const use_keys[] = {"module", "name", "from", "to", "inputs", "about"};

enum { use_key_count = sizeof use_keys / sizeof use_keys[0] };

/** A use taken apart; nodes borrowed from the document. */
typedef struct use {
    tsr_jnode node;
    tsr_jnode layers;  // of the module
    int64_t from, to;  // numbers; 0, 0 = used once, no number
} use;

bool tsr_module_is_use(const tsr_jnode *node) {
    const tsr_jnode module = tsr_jnode_get(node, "module");
    return tsr_jnode_is_object(node) && tsr_jnode_exists(&module);
}

static tsr_status find_modules(const tsr_jnode *root, tsr_jnode *modules, tsr_error *err) {
    *modules = tsr_jnode_get(root, "modules");
    if (tsr_jnode_exists(modules) && !tsr_jnode_is_object(modules)) {
        return tsr_jnode_fail(modules, err, "must be an object of modules by name");
    }
    return TSR_OK;
}

static tsr_status find_module(const tsr_jnode *root, const tsr_jnode *node, tsr_jnode *module,
                              tsr_error *err) {
    static const char *const keys[] = {"about", "parameters", "layers", NULL};
    const char *name = NULL;
    const char *about = NULL;
    tsr_jnode modules;
    TSR_TRY(tsr_jnode_string(node, "module", true, &name, err));
    TSR_TRY(find_modules(root, &modules, err));
    *module = tsr_jnode_get(&modules, name);
    if (!tsr_jnode_exists(module)) {
        const tsr_jnode word = tsr_jnode_get(node, "module");
        return tsr_jnode_fail(&word, err, "'%.63s' is not among the %d \"modules\" of the file",
                              name, tsr_jnode_exists(&modules) ? tsr_jnode_count(&modules) : 0);
    }
    TSR_TRY(tsr_jnode_check_keys(module, keys, err));
    return tsr_jnode_string(module, "about", false, &about, err);
}

// A parameter has to be an identifier that is no other key of a use.
static bool is_good_parameter(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    for (int32_t k = 0; k < use_key_count; ++k) {
        if (strcmp(use_keys[k], name) == 0) {
            return false;
        }
    }
    return name[0] != '\0' && strspn(name, allowed) == strlen(name) && strcmp(name, "input") != 0 &&
           strcmp(name, "number") != 0;
}

// Keys of a use: its own ones and the module's parameters, every one of which must be given.
static tsr_status check_arguments(const tsr_jnode *module, const tsr_jnode *node, tsr_error *err) {
    const char *known[use_key_count + max_parameters + 1] = {NULL};
    memcpy(known, use_keys, sizeof use_keys);
    const tsr_jnode list = tsr_jnode_get(module, "parameters");
    const int32_t count = tsr_jnode_exists(&list) ? tsr_jnode_count(&list) : 0;
    if (tsr_jnode_exists(&list) && (!tsr_jnode_is_array(&list) || count > max_parameters)) {
        return tsr_jnode_fail(&list, err, "must be a list of up to %d names", (int)max_parameters);
    }
    for (int32_t k = 0; k < count; ++k) {
        char index[12];
        const char *name = NULL;
        (void)snprintf(index, sizeof index, "%d", k);
        TSR_TRY(tsr_jnode_string(&list, index, true, &name, err));
        if (!is_good_parameter(name)) {
            const tsr_jnode word = tsr_jnode_get(&list, index);
            return tsr_jnode_fail(&word, err,
                                  "'%.63s' must be small letters, digits and _, and not input, "
                                  "number or a key of every use",
                                  name);
        }
        const tsr_jnode argument = tsr_jnode_get(node, name);
        if (!tsr_jnode_exists(&argument)) {
            return tsr_jnode_fail(node, err, "the module's parameter '%.63s' is missing", name);
        }
        known[use_key_count + k] = name;
    }
    return tsr_jnode_check_keys(node, known, err);
}

static tsr_status read_numbers(use *u, tsr_error *err) {
    const tsr_jnode from = tsr_jnode_get(&u->node, "from");
    const tsr_jnode to = tsr_jnode_get(&u->node, "to");
    u->from = u->to = 0;
    if (!tsr_jnode_exists(&from) && !tsr_jnode_exists(&to)) {
        return TSR_OK;
    }
    TSR_TRY(tsr_jnode_int(&u->node, "from", true, 0, max_number, &u->from, err));
    return tsr_jnode_int(&u->node, "to", true, u->from, max_number, &u->to, err);
}

static tsr_status open_use(const tsr_jnode *root, const tsr_jnode *node, use *u, tsr_error *err) {
    tsr_jnode module;
    u->node = *node;
    TSR_TRY(find_module(root, node, &module, err));
    TSR_TRY(check_arguments(&module, node, err));
    TSR_TRY(read_numbers(u, err));
    u->layers = tsr_jnode_get(&module, "layers");
    if (!tsr_jnode_is_array(&u->layers) || tsr_jnode_count(&u->layers) < 1) {
        return tsr_jnode_fail(&u->layers, err, "must be a list of layers");
    }
    return TSR_OK;
}

tsr_status tsr_module_count(const tsr_jnode *root, const tsr_jnode *node, int64_t *count,
                            tsr_error *err) {
    use u;
    *count = 1;
    if (tsr_module_is_use(node)) {
        TSR_TRY(open_use(root, node, &u, err));
        *count = (u.to - u.from + 1) * tsr_jnode_count(&u.layers);
    }
    return TSR_OK;
}

// "layer3.$number" -> "layer3.7"
static tsr_status instance_name(const use *u, int64_t number, char *text, size_t size,
                                tsr_error *err) {
    static const char word[] = "$number";
    const char *name = NULL;
    TSR_TRY(tsr_jnode_string(&u->node, "name", true, &name, err));
    const tsr_jnode node = tsr_jnode_get(&u->node, "name");
    const tsr_jnode from = tsr_jnode_get(&u->node, "from");
    const char *at = strstr(name, word);
    if (tsr_jnode_exists(&from) != (at != NULL)) {
        return tsr_jnode_fail(&node, err, "$number in the name and \"from\", \"to\" go together");
    }
    const int length = at == NULL ? snprintf(text, size, "%s", name)
                                  : snprintf(text, size, "%.*s%lld%s", (int)(at - name), name,
                                             (long long)number, at + strlen(word));
    if (length < 0 || (size_t)length >= size) {
        return tsr_jnode_fail(&node, err, "longer than %zu characters", size - 1);
    }
    return TSR_OK;
}

static tsr_status write_out_one(const use *u, const tsr_layer_scope *scope, tsr_network *network,
                                tsr_error *err) {
    tsr_jnode node = tsr_jnode_first(&u->layers);
    for (int32_t i = 1; tsr_jnode_exists(&node); ++i) {
        if (tsr_module_is_use(&node)) {
            return tsr_jnode_fail(&node, err, "a module cannot use modules");
        }
        TSR_TRY(tsr_layer_read(&node, scope, network, err));
        if (i == 1) {
            tsr_layer *first = &network->layers[network->layer_count];
            const tsr_jnode inputs = tsr_jnode_get(&node, "inputs");
            first->inputs[0] = tsr_jnode_exists(&inputs) ? first->inputs[0] : scope->input;
        }
        ++network->layer_count;
        node = tsr_jnode_next(&u->layers, &node, i);
    }
    return TSR_OK;
}

tsr_status tsr_module_write_out(const tsr_jnode *root, const tsr_jnode *node, tsr_network *network,
                                tsr_error *err) {
    const tsr_layer_scope outside = {0};
    char name[TSR_NAME_MAX];
    int32_t count = 0;
    int32_t inputs[TSR_LAYER_MAX_INPUTS];
    use u;
    TSR_TRY(open_use(root, node, &u, err));
    TSR_TRY(tsr_layer_read_inputs(node, &outside, network, &count, inputs, err));
    if (count > 1) {
        const tsr_jnode list = tsr_jnode_get(node, "inputs");
        return tsr_jnode_fail(&list, err, "a use of a module has one input (others: parameters)");
    }
    for (int64_t number = u.from; number <= u.to; ++number) {
        TSR_TRY(instance_name(&u, number, name, sizeof name, err));
        const bool given = count == 1 && number == u.from;
        const tsr_layer_scope scope = {
            .use = node, .instance = name, .input = given ? inputs[0] : network->layer_count - 1};
        TSR_TRY(write_out_one(&u, &scope, network, err));
    }
    return TSR_OK;
}

static bool is_used(const tsr_jnode *layers, const char *module) {
    tsr_jnode node = tsr_jnode_first(layers);
    for (int32_t i = 1; tsr_jnode_exists(&node); ++i) {
        const char *name = NULL;
        tsr_error ignored = {0};
        if (tsr_module_is_use(&node) &&
            tsr_jnode_string(&node, "module", true, &name, &ignored) == TSR_OK &&
            strcmp(name, module) == 0) {
            return true;
        }
        node = tsr_jnode_next(layers, &node, i);
    }
    return false;
}

tsr_status tsr_module_check_used(const tsr_jnode *root, const tsr_jnode *layers, tsr_error *err) {
    tsr_jnode modules;
    TSR_TRY(find_modules(root, &modules, err));
    tsr_jnode module = tsr_jnode_exists(&modules) ? tsr_jnode_first(&modules) : (tsr_jnode){0};
    for (int32_t i = 1; tsr_jnode_exists(&module); ++i) {
        if (!is_used(layers, tsr_jnode_key(&module))) {
            return tsr_jnode_fail(&module, err, "no entry of the layers uses this module");
        }
        module = tsr_jnode_next(&modules, &module, i);
    }
    return TSR_OK;
}
