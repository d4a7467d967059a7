// SPDX-License-Identifier: Apache-2.0
// Reads a sweep file and enumerates its points: product of the axes, the last axis fastest.
#include "sweep/points.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "report/run_document.h"

static const int64_t default_max_points = 1000000;

static bool is_bare_name(const char *text) {
    return strchr(text, '/') == NULL && strstr(text, ".json") == NULL;
}

// <config dir>/<kind>/<name>.json for a bare name; else the path, relative to the folder of the
// file that names it.
static void config_path(const char *kind, const char *text, const char *named_in, char *path,
                        size_t size) {
    const char *slash = strrchr(named_in, '/');
    if (is_bare_name(text)) {
        (void)snprintf(path, size, "%s/%s/%s.json", tsr_config_dir(), kind, text);
    } else if (text[0] == '/' || slash == NULL) {
        (void)snprintf(path, size, "%s", text);
    } else {
        (void)snprintf(path, size, "%.*s/%s", (int)(slash - named_in), named_in, text);
    }
}

// The base run, standing alone: names and paths resolved from the file they stand in, architecture
// inlined.
static tsr_status load_base(const tsr_jnode *root, const char *path, tsr_json **base,
                            tsr_error *err) {
    const tsr_jnode node = tsr_jnode_get(root, "base");
    if (!tsr_jnode_is_object(&node)) {
        const char *name = NULL;
        TSR_TRY(tsr_jnode_string(root, "base", true, &name, err));
        char file[512];
        config_path("run", name, path, file, sizeof file);
        return tsr_run_document_load(file, NULL, 0, base, err);
    }
    char *text = tsr_jnode_print(&node);
    TSR_CHECK(text != NULL, TSR_ERR_NO_MEMORY, err, path, "out of memory");
    tsr_json *made = NULL;
    tsr_status status = tsr_json_parse(text, path, &made, err);
    tsr_free(text);
    if (status == TSR_OK) {
        status = tsr_run_document_resolve(&made, path, err);
    }
    if (status != TSR_OK) {
        tsr_json_free(made);
        return status;
    }
    *base = made;
    return TSR_OK;
}

static tsr_status read_values(const tsr_jnode *list, tsr_sweep_axis *axis, tsr_error *err) {
    const int32_t count = tsr_jnode_count(list);
    if (!tsr_jnode_is_array(list) || count == 0) {
        return tsr_jnode_fail(list, err, "an axis is a non-empty list of values");
    }
    axis->values = tsr_alloc((size_t)count, sizeof *axis->values);
    TSR_CHECK(axis->values != NULL, TSR_ERR_NO_MEMORY, err, NULL, "out of memory");
    tsr_jnode value = tsr_jnode_first(list);
    for (int32_t i = 0; i < count; ++i) {
        axis->values[i] = tsr_jnode_print(&value);
        TSR_CHECK(axis->values[i] != NULL, TSR_ERR_NO_MEMORY, err, NULL, "out of memory");
        axis->count = i + 1;
        for (int32_t k = 0; k < i; ++k) {
            if (strcmp(axis->values[k], axis->values[i]) == 0) {
                return tsr_jnode_fail(&value, err, "value %s stands twice in this axis",
                                      axis->values[i]);
            }
        }
        value = tsr_jnode_next(list, &value, i + 1);
    }
    return TSR_OK;
}

static tsr_status read_axes(const tsr_jnode *root, int64_t max_points, tsr_sweep *sweep,
                            tsr_error *err) {
    const tsr_jnode axes = tsr_jnode_get(root, "axes");
    if (!tsr_jnode_is_object(&axes)) {
        return tsr_jnode_fail(root, err,
                              "\"axes\" must be an object of JSON pointers and lists of values");
    }
    const int32_t count = tsr_jnode_count(&axes);
    if (count < 1 || count > TSR_SWEEP_MAX_AXES) {
        return tsr_jnode_fail(&axes, err, "%d axes, must be 1..%d", count, TSR_SWEEP_MAX_AXES);
    }
    sweep->point_count = 1;
    tsr_jnode list = tsr_jnode_first(&axes);
    for (int32_t i = 0; i < count; ++i) {
        tsr_sweep_axis *axis = &sweep->axes[i];
        const char *key = tsr_jnode_key(&list);
        if (key == NULL || key[0] != '/' || strlen(key) >= sizeof axis->pointer) {
            return tsr_jnode_fail(
                &list, err, "an axis is named by a JSON pointer such as \"/schedule/blocking\"");
        }
        (void)snprintf(axis->pointer, sizeof axis->pointer, "%s", key);
        sweep->axis_count = i + 1;
        TSR_TRY(read_values(&list, axis, err));
        if (!tsr_mul_i64(sweep->point_count, axis->count, &sweep->point_count) ||
            sweep->point_count > max_points) {
            return tsr_jnode_fail(&axes, err, "the product of the axes exceeds %lld points",
                                  (long long)max_points);
        }
        list = tsr_jnode_next(&axes, &list, i + 1);
    }
    return TSR_OK;
}

static tsr_status fill(const tsr_jnode *root, const char *path, int64_t max_points,
                       tsr_sweep *sweep, tsr_error *err) {
    static const char *const keys[] = {"$schema", "name", "about", "base", "axes", NULL};
    TSR_TRY(tsr_jnode_check_keys(root, keys, err));
    const char *name = NULL;
    TSR_TRY(tsr_jnode_string(root, "name", true, &name, err));
    if (name[0] == '\0' || strlen(name) >= sizeof sweep->name || strchr(name, '/') != NULL) {
        return tsr_jnode_fail(root, err, "\"name\" must be 1..%d characters without '/'",
                              TSR_NAME_MAX - 1);
    }
    (void)snprintf(sweep->name, sizeof sweep->name, "%s", name);
    TSR_TRY(read_axes(root, max_points, sweep, err));
    return load_base(root, path, &sweep->base, err);
}

tsr_status tsr_sweep_load(const char *path, int64_t max_points, tsr_sweep **sweep, tsr_error *err) {
    char file[512];
    config_path("sweep", path, "", file, sizeof file);
    tsr_json *document = NULL;
    TSR_TRY(tsr_json_load(file, &document, err));
    tsr_sweep *made = tsr_alloc(1, sizeof *made);
    if (made == NULL) {
        tsr_json_free(document);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, file, "out of memory");
    }
    const tsr_jnode root = tsr_json_root(document);
    const tsr_status status =
        fill(&root, file, max_points > 0 ? max_points : default_max_points, made, err);
    tsr_json_free(document);
    if (status != TSR_OK) {
        tsr_sweep_free(made);
        return status;
    }
    *sweep = made;
    return TSR_OK;
}

void tsr_sweep_free(tsr_sweep *sweep) {
    if (sweep == NULL) {
        return;
    }
    for (int32_t i = 0; i < sweep->axis_count; ++i) {
        for (int32_t k = 0; k < sweep->axes[i].count; ++k) {
            tsr_free(sweep->axes[i].values[k]);
        }
        tsr_free(sweep->axes[i].values);
    }
    tsr_json_free(sweep->base);
    tsr_free(sweep);
}

const char *tsr_sweep_name(const tsr_sweep *sweep) {
    return sweep->name;
}

int64_t tsr_sweep_point_count(const tsr_sweep *sweep) {
    return sweep->point_count;
}

const char *tsr_sweep_value(const tsr_sweep *sweep, int64_t point, int32_t axis) {
    for (int32_t i = sweep->axis_count - 1; i > axis; --i) {
        point /= sweep->axes[i].count;
    }
    return sweep->axes[axis].values[point % sweep->axes[axis].count];
}

tsr_status tsr_sweep_point_json(const tsr_sweep *sweep, int64_t point, char **run_json,
                                tsr_error *err) {
    const tsr_json *from = sweep->base;
    tsr_json *made = NULL;
    for (int32_t i = 0; i < sweep->axis_count; ++i) {
        tsr_json *next = NULL;
        const tsr_status status = tsr_json_with(from, sweep->axes[i].pointer,
                                                tsr_sweep_value(sweep, point, i), &next, err);
        tsr_json_free(made);
        TSR_TRY(status);
        made = next;
        from = next;
    }
    const tsr_jnode root = tsr_json_root(from);
    *run_json = tsr_jnode_print(&root);
    tsr_json_free(made);
    TSR_CHECK(*run_json != NULL, TSR_ERR_NO_MEMORY, err, sweep->name, "out of memory");
    return TSR_OK;
}

static uint32_t mix(uint32_t hash, const char *text) {
    for (const char *c = text; *c != '\0'; ++c) {  // FNV-1a
        hash = (hash ^ (uint32_t)(unsigned char)*c) * 16777619u;
    }
    return (hash ^ 0xffu) * 16777619u;
}

uint32_t tsr_sweep_digest(const tsr_sweep *sweep) {
    uint32_t hash = mix(2166136261u, sweep->name);
    const tsr_jnode root = tsr_json_root(sweep->base);
    char *base = tsr_jnode_print(&root);
    hash = mix(hash, base != NULL ? base : "");
    tsr_free(base);
    for (int32_t i = 0; i < sweep->axis_count; ++i) {
        hash = mix(hash, sweep->axes[i].pointer);
        for (int32_t k = 0; k < sweep->axes[i].count; ++k) {
            hash = mix(hash, sweep->axes[i].values[k]);
        }
    }
    return hash;
}
