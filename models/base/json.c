// SPDX-License-Identifier: Apache-2.0
// Documents and places in them: parsing (after the strict scan) and walking with JSON pointers.
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json_scan.h"
#include "base/json_tree.h"

static const size_t max_file_bytes = (size_t)64 << 20;

static void *heap_take(size_t bytes) {
    return tsr_alloc(bytes, 1);
}

void tsr_json_use_heap(void) {
    cJSON_InitHooks(&(cJSON_Hooks){heap_take, tsr_free});
}

tsr_status tsr_json_adopt(cJSON *root, const char *where, tsr_json **document, tsr_error *err) {
    tsr_json *made = tsr_alloc(1, sizeof *made);
    char *copy = made != NULL ? tsr_strdup(where) : NULL;
    if (copy == NULL) {
        tsr_free(made);
        cJSON_Delete(root);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, where, "out of memory");
    }
    *made = (tsr_json){root, copy};
    *document = made;
    return TSR_OK;
}

tsr_status tsr_json_parse(const char *text, const char *where, tsr_json **document,
                          tsr_error *err) {
    const char *name = where != NULL ? where : "";
    TSR_TRY(tsr_json_scan(text, name, err));
    tsr_json_use_heap();
    cJSON *root = cJSON_Parse(text);  // the text is known to be good
    TSR_CHECK(root != NULL, TSR_ERR_NO_MEMORY, err, name, "out of memory");
    return tsr_json_adopt(root, name, document, err);
}

tsr_status tsr_json_load(const char *path, tsr_json **document, tsr_error *err) {
    char *text = NULL;
    size_t bytes = 0;
    TSR_TRY(tsr_file_read(path, max_file_bytes, &text, &bytes, err));
    tsr_status status = TSR_OK;
    if (strlen(text) != bytes) {
        status = tsr_fail(err, TSR_ERR_SYNTAX, path, "zero byte at offset %zu, must be JSON text",
                          strlen(text));
    } else {
        status = tsr_json_parse(text, path, document, err);
    }
    tsr_free(text);
    return status;
}

void tsr_json_free(tsr_json *document) {
    if (document == NULL) {
        return;
    }
    tsr_json_use_heap();
    cJSON_Delete(document->root);
    tsr_free(document->where);
    tsr_free(document);
}

tsr_jnode tsr_json_root(const tsr_json *document) {
    return (tsr_jnode){.document = document, .item = document->root};
}

const char *tsr_json_where(const tsr_json *document) {
    return document->where;
}

// Append one reference token, escaped after RFC 6901; a pointer that gets too long is cut.
static void extend_pointer(tsr_jnode *node, const char *token) {
    size_t used = strlen(node->pointer);
    const size_t last = sizeof node->pointer - 1;
    if (used < last) {
        node->pointer[used++] = '/';
    }
    for (const char *c = token; *c != '\0' && used + 2 <= last; ++c) {
        if (*c == '~' || *c == '/') {
            node->pointer[used++] = '~';
            node->pointer[used++] = *c == '~' ? '0' : '1';
        } else {
            node->pointer[used++] = *c;
        }
    }
    node->pointer[used] = '\0';
}

static tsr_jnode child_of(const tsr_jnode *parent, const char *token, const cJSON *item) {
    tsr_jnode child = *parent;
    child.item = item;
    extend_pointer(&child, token);
    return child;
}

cJSON *tsr_json_child(const cJSON *parent, const char *token) {
    if (!cJSON_IsArray(parent)) {
        return cJSON_GetObjectItemCaseSensitive(parent, token);
    }
    char *end = NULL;
    const bool digits = token[0] >= '0' && token[0] <= '9' && strlen(token) < 10;
    const long index = digits ? strtol(token, &end, 10) : -1;
    return digits && *end == '\0' ? cJSON_GetArrayItem(parent, (int)index) : NULL;
}

tsr_jnode tsr_jnode_get(const tsr_jnode *object, const char *key) {
    return child_of(object, key, tsr_json_child(object->item, key));
}

bool tsr_jnode_exists(const tsr_jnode *node) {
    return node->item != NULL;
}

bool tsr_jnode_is_object(const tsr_jnode *node) {
    return cJSON_IsObject(node->item) != 0;
}

bool tsr_jnode_is_array(const tsr_jnode *node) {
    return cJSON_IsArray(node->item) != 0;
}

bool tsr_jnode_is_string(const tsr_jnode *node) {
    return cJSON_IsString(node->item) != 0;
}

bool tsr_jnode_is_number(const tsr_jnode *node) {
    return cJSON_IsNumber(node->item) != 0;
}

bool tsr_jnode_is_bool(const tsr_jnode *node) {
    return cJSON_IsBool(node->item) != 0;
}

static bool is_container(const tsr_jnode *node) {
    return tsr_jnode_is_object(node) || tsr_jnode_is_array(node);
}

int32_t tsr_jnode_count(const tsr_jnode *node) {
    return is_container(node) ? cJSON_GetArraySize(node->item) : 0;
}

static tsr_jnode nth(const tsr_jnode *parent, const cJSON *item, int32_t index) {
    char number[16];
    (void)snprintf(number, sizeof number, "%d", index);
    const bool named = item != NULL && tsr_jnode_is_object(parent);
    return child_of(parent, named ? item->string : number, item);
}

tsr_jnode tsr_jnode_first(const tsr_jnode *node) {
    return nth(node, is_container(node) ? ((const cJSON *)node->item)->child : NULL, 0);
}

tsr_jnode tsr_jnode_next(const tsr_jnode *parent, const tsr_jnode *child, int32_t index_of_next) {
    const cJSON *item = child->item;
    return nth(parent, item != NULL ? item->next : NULL, index_of_next);
}

const char *tsr_jnode_key(const tsr_jnode *node) {
    return node->item != NULL ? ((const cJSON *)node->item)->string : NULL;
}
