// SPDX-License-Identifier: Apache-2.0
// A node as compact text, and a document with one value replaced.
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/json_tree.h"

// A parsed text is at most 64 deep, and a pointer puts it at most max_tokens deep.
enum { max_tokens = 32, print_depth = 64 + max_tokens + 1, token_size = 192 };

/** Text that grows; broken once memory was out. */
typedef struct text_buffer {
    char *data;
    size_t used, capacity;
    bool broken;
} text_buffer;

static void put(text_buffer *b, const char *text, size_t length) {
    if (b->broken) {
        return;
    }
    if (b->used + length + 1 > b->capacity) {
        const size_t capacity = 2 * (b->used + length + 1);
        char *grown = tsr_realloc(b->data, capacity, 1);
        if (grown == NULL) {
            b->broken = true;
            return;
        }
        b->data = grown;
        b->capacity = capacity;
    }
    memcpy(b->data + b->used, text, length);
    b->used += length;
    b->data[b->used] = '\0';
}

static void put_text(text_buffer *b, const char *text) {
    put(b, text, strlen(text));
}

static void put_string(text_buffer *b, const char *text) {
    put(b, "\"", 1);
    for (const char *c = text; *c != '\0'; ++c) {
        if (*c == '"' || *c == '\\') {
            put(b, "\\", 1);
            put(b, c, 1);
        } else if ((unsigned char)*c < 0x20u) {
            char escape[8];
            (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*c);
            put_text(b, escape);
        } else {
            put(b, c, 1);
        }
    }
    put(b, "\"", 1);
}

static void put_scalar(text_buffer *b, const cJSON *item) {
    char number[json_number_size];
    if (cJSON_IsString(item)) {
        put_string(b, item->valuestring);
    } else if (cJSON_IsNumber(item)) {
        tsr_json_number_text(item->valuedouble, number);
        put_text(b, number);
    } else {
        put_text(b, cJSON_IsTrue(item) ? "true" : cJSON_IsFalse(item) ? "false" : "null");
    }
}

static bool is_container(const cJSON *item) {
    return cJSON_IsObject(item) || cJSON_IsArray(item);
}

static void put_tree(text_buffer *b, const cJSON *root) {
    const cJSON *stack[print_depth];
    int32_t depth = 0;
    const cJSON *item = root;
    while (!b->broken) {
        if (is_container(item) && depth < print_depth) {
            put_text(b, cJSON_IsObject(item) ? "{" : "[");
            stack[depth++] = item;
            item = item->child;
        } else {
            put_scalar(b, item);
            item = depth > 0 ? item->next : NULL;
            if (item != NULL) {
                put_text(b, ",");
            }
        }
        while (item == NULL && depth > 0) {
            const cJSON *closed = stack[--depth];
            put_text(b, cJSON_IsObject(closed) ? "}" : "]");
            item = depth > 0 ? closed->next : NULL;
            if (item != NULL) {
                put_text(b, ",");
            }
        }
        if (item == NULL) {
            return;
        }
        if (cJSON_IsObject(stack[depth - 1])) {
            put_string(b, item->string);
            put_text(b, ":");
        }
    }
}

char *tsr_jnode_print(const tsr_jnode *node) {
    text_buffer b = {0};
    if (node->item == NULL) {
        return tsr_strdup("null");
    }
    put_tree(&b, node->item);
    if (b.broken) {
        tsr_free(b.data);
        return NULL;
    }
    return b.data;
}

// Takes the next reference token off a pointer that stands at '/'; false when it is too long or
// badly escaped.
static bool next_token(const char **pointer, char token[token_size]) {
    size_t used = 0;
    const char *c = *pointer + 1;
    for (; *c != '\0' && *c != '/'; ++c) {
        if (used + 1 >= token_size || (*c == '~' && c[1] != '0' && c[1] != '1')) {
            return false;
        }
        token[used++] = *c != '~' ? *c : (*++c == '0' ? '~' : '/');
    }
    token[used] = '\0';
    *pointer = c;
    return true;
}

// Put `value` in place of `old` (NULL: as a new member). Takes the value over on success.
static bool put_child(cJSON *parent, const char *token, cJSON *old, cJSON *value) {
    if (old == NULL) {
        return cJSON_AddItemToObject(parent, token, value) != 0;
    }
    if (cJSON_IsArray(parent)) {
        return cJSON_ReplaceItemViaPointer(parent, old, value) != 0;
    }
    return cJSON_ReplaceItemInObjectCaseSensitive(parent, token, value) != 0;
}

static tsr_status no_memory(tsr_error *err, const char *where) {
    return tsr_fail(err, TSR_ERR_NO_MEMORY, where, "out of memory");
}

// Walk to the parent of the place, making objects on the way.
static tsr_status replace(cJSON *root, const char *where, const char *pointer, cJSON *value,
                          tsr_error *err) {
    const char *rest = pointer;
    cJSON *at = root;
    for (int32_t k = 0;; ++k) {
        char token[token_size];
        TSR_CHECK(*rest == '/' && k < max_tokens && next_token(&rest, token), TSR_ERR_CONFIG, err,
                  where, "'%s' must be a JSON pointer such as \"/a/b\", at most %d deep", pointer,
                  (int)max_tokens);
        TSR_CHECK(is_container(at), TSR_ERR_CONFIG, err, where,
                  "'%s': no object or list holds '%s'", pointer, token);
        cJSON *child = tsr_json_child(at, token);
        TSR_CHECK(child != NULL || cJSON_IsObject(at), TSR_ERR_CONFIG, err, where,
                  "'%s': '%s' must be an index below %d", pointer, token, cJSON_GetArraySize(at));
        if (*rest == '\0') {
            return put_child(at, token, child, value) ? TSR_OK : no_memory(err, where);
        }
        if (child == NULL) {
            child = cJSON_AddObjectToObject(at, token);
            if (child == NULL) {
                return no_memory(err, where);
            }
        }
        at = child;
    }
}

tsr_status tsr_json_with(const tsr_json *document, const char *pointer, const char *value_text,
                         tsr_json **changed, tsr_error *err) {
    const char *where = document->where;
    TSR_TRY(tsr_json_scan(value_text, pointer, err));
    tsr_json_use_heap();
    cJSON *value = cJSON_Parse(value_text);
    if (value == NULL) {
        return no_memory(err, where);
    }
    if (pointer[0] == '\0') {
        return tsr_json_adopt(value, where, changed, err);
    }
    cJSON *root = cJSON_Duplicate(document->root, 1);
    const tsr_status status =
        root != NULL ? replace(root, where, pointer, value, err) : no_memory(err, where);
    if (status != TSR_OK) {
        cJSON_Delete(value);
        cJSON_Delete(root);
        return status;
    }
    return tsr_json_adopt(root, where, changed, err);
}
