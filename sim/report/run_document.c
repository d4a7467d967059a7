// SPDX-License-Identifier: Apache-2.0
// Makes a run file stand alone: paths, overrides, architecture.
#include "report/run_document.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

static bool is_bare_name(const char *text) {
    return strchr(text, '/') == NULL && strchr(text, '.') == NULL;
}

static tsr_status replace(tsr_json **document, const char *pointer, const char *value,
                          tsr_error *err) {
    tsr_json *changed = NULL;
    TSR_TRY(tsr_json_with(*document, pointer, value, &changed, err));
    tsr_json_free(*document);
    *document = changed;
    return TSR_OK;
}

// JSON text of a string; only what paths can hold needs escaping.
static tsr_status quote(const char *text, char *quoted, size_t size, tsr_error *err) {
    size_t used = 0;
    quoted[used++] = '"';
    for (const char *c = text; *c != '\0'; ++c) {
        TSR_CHECK(used + 4 < size && (unsigned char)*c >= 0x20u, TSR_ERR_CONFIG, err, text,
                  "path too long, or with control characters");
        if (*c == '"' || *c == '\\') {
            quoted[used++] = '\\';
        }
        quoted[used++] = *c;
    }
    quoted[used++] = '"';
    quoted[used] = '\0';
    return TSR_OK;
}

// A path that stands at `pointer` counts from the folder of the file that names it.
static tsr_status resolve_path(tsr_json **document, const char *pointer, const char *named_in,
                               tsr_error *err) {
    tsr_jnode node = tsr_json_root(*document);
    const char *rest = pointer + 1;
    while (rest != NULL) {
        char key[32];
        const char *slash = strchr(rest, '/');
        (void)snprintf(key, sizeof key, "%.*s", slash != NULL ? (int)(slash - rest) : 31, rest);
        if (!tsr_jnode_is_object(&node)) {
            return TSR_OK;
        }
        const tsr_jnode parent = node;
        node = tsr_jnode_get(&parent, key);
        if (slash == NULL && tsr_jnode_is_string(&node)) {
            const char *text = NULL;
            TSR_TRY(tsr_jnode_string(&parent, key, true, &text, err));
            const char *folder_end = strrchr(named_in, '/');
            const bool weights = strncmp(pointer, "/weights", 8) == 0;
            if ((is_bare_name(text) && !weights) || text[0] == '/' || folder_end == NULL) {
                return TSR_OK;
            }
            char path[TSR_PATH_MAX];
            char quoted[2 * TSR_PATH_MAX];
            const int length = snprintf(path, sizeof path, "%.*s/%s", (int)(folder_end - named_in),
                                        named_in, text);
            TSR_CHECK(length > 0 && (size_t)length < sizeof path, TSR_ERR_CONFIG, err, named_in,
                      "path too long");
            TSR_TRY(quote(path, quoted, sizeof quoted, err));
            return replace(document, pointer, quoted, err);
        }
        rest = slash != NULL ? slash + 1 : NULL;
    }
    return TSR_OK;
}

static tsr_status resolve_paths(tsr_json **document, const char *named_in, tsr_error *err) {
    static const char *const pointers[] = {"/network", "/arch", "/weights/file"};
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; ++i) {
        TSR_TRY(resolve_path(document, pointers[i], named_in, err));
    }
    return TSR_OK;
}

static tsr_status inline_arch(tsr_json **document, tsr_error *err) {
    const tsr_jnode root = tsr_json_root(*document);
    const tsr_jnode node = tsr_jnode_get(&root, "arch");
    if (!tsr_jnode_is_string(&node)) {
        return TSR_OK;
    }
    const char *text = NULL;
    TSR_TRY(tsr_jnode_string(&root, "arch", true, &text, err));
    char path[2 * TSR_PATH_MAX];
    const int length = is_bare_name(text)
                           ? snprintf(path, sizeof path, "%s/arch/%s.json", tsr_config_dir(), text)
                           : snprintf(path, sizeof path, "%s", text);
    TSR_CHECK(length > 0 && (size_t)length < sizeof path, TSR_ERR_CONFIG, err, text,
              "path too long");
    tsr_json *arch = NULL;
    TSR_TRY(tsr_json_load(path, &arch, err));
    // Checked here, where the message can name the architecture's own file.
    tsr_arch checked;
    const tsr_jnode arch_root = tsr_json_root(arch);
    tsr_status status = tsr_arch_load(text, &checked, err);
    char *content = status == TSR_OK ? tsr_jnode_print(&arch_root) : NULL;
    if (status == TSR_OK) {
        status = content != NULL ? replace(document, "/arch", content, err)
                                 : tsr_fail(err, TSR_ERR_NO_MEMORY, path, "out of memory");
    }
    tsr_free(content);
    tsr_json_free(arch);
    return status;
}

tsr_status tsr_run_document_resolve(tsr_json **document, const char *named_in, tsr_error *err) {
    TSR_TRY(resolve_paths(document, named_in, err));
    return inline_arch(document, err);
}

static tsr_status apply(tsr_json **document, const tsr_override *overrides, int32_t count,
                        bool whole, tsr_error *err) {
    for (int32_t i = 0; i < count; ++i) {
        if ((strcmp(overrides[i].pointer, "/arch") == 0) == whole) {
            TSR_TRY(replace(document, overrides[i].pointer, overrides[i].value, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_run_document_load(const char *name_or_path, const tsr_override *overrides,
                                 int32_t override_count, tsr_json **document, tsr_error *err) {
    char path[2 * TSR_PATH_MAX];
    const int length = is_bare_name(name_or_path) ? snprintf(path, sizeof path, "%s/run/%s.json",
                                                             tsr_config_dir(), name_or_path)
                                                  : snprintf(path, sizeof path, "%s", name_or_path);
    TSR_CHECK(length > 0 && (size_t)length < sizeof path, TSR_ERR_FILE, err, name_or_path,
              "path too long");
    tsr_json *made = NULL;
    TSR_TRY(tsr_json_load(path, &made, err));
    const tsr_jnode root = tsr_json_root(made);
    tsr_status status = tsr_jnode_is_object(&root)
                            ? resolve_paths(&made, path, err)
                            : tsr_jnode_fail(&root, err, "a run file holds one object");
    // Another architecture first, then its inside, then single fields of it and everything else.
    if (status == TSR_OK) {
        status = apply(&made, overrides, override_count, true, err);
    }
    if (status == TSR_OK) {
        status = inline_arch(&made, err);
    }
    if (status == TSR_OK) {
        status = apply(&made, overrides, override_count, false, err);
    }
    if (status != TSR_OK) {
        tsr_json_free(made);
        return status;
    }
    *document = made;
    return TSR_OK;
}
