// SPDX-License-Identifier: Apache-2.0
// What "$parameter" and "$name" stand for in the layers of a module.
#include "network/layer_scope.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

static const char instance_word[] = "$name";

static const char *string_of(const tsr_jnode *object, const char *key) {
    const tsr_jnode node = tsr_jnode_get(object, key);
    const char *text = NULL;
    tsr_error ignored = {0};
    return tsr_jnode_is_string(&node) &&
                   tsr_jnode_string(object, key, true, &text, &ignored) == TSR_OK
               ? text
               : NULL;
}

// "$name" may stand inside a text; any other "$word" is a whole text.
tsr_member tsr_scope_member(const tsr_layer_scope *scope, const tsr_jnode *object, const char *key,
                            bool required) {
    const char *text = scope->use != NULL ? string_of(object, key) : NULL;
    const bool refers =
        text != NULL && text[0] == '$' && strncmp(text, instance_word, strlen(instance_word)) != 0;
    return refers ? (tsr_member){scope->use, text + 1, true} : (tsr_member){object, key, required};
}

/** A text under construction. */
typedef struct builder {
    char *text;
    size_t size, used;
    bool fits;
} builder;

static void append(builder *b, const char *piece, size_t length) {
    b->fits = b->fits && length < b->size - b->used;
    if (b->fits) {
        memcpy(b->text + b->used, piece, length);
        b->used += length;
        b->text[b->used] = '\0';
    }
}

tsr_status tsr_scope_text(const tsr_layer_scope *scope, const tsr_member *member, char *text,
                          size_t size, tsr_error *err) {
    const tsr_member at = tsr_scope_member(scope, member->object, member->key, member->required);
    const char *rest = NULL;
    TSR_TRY(tsr_jnode_string(at.object, at.key, true, &rest, err));
    builder b = {.text = text, .size = size, .fits = true};
    text[0] = '\0';
    const char *word = scope->use != NULL ? strstr(rest, instance_word) : NULL;
    while (word != NULL) {
        append(&b, rest, (size_t)(word - rest));
        append(&b, scope->instance, strlen(scope->instance));
        rest = word + strlen(instance_word);
        word = strstr(rest, instance_word);
    }
    append(&b, rest, strlen(rest));
    if (!b.fits) {
        const tsr_jnode node = tsr_jnode_get(at.object, at.key);
        return tsr_jnode_fail(&node, err, "longer than %zu characters with all names in it",
                              size - 1);
    }
    return TSR_OK;
}

tsr_status tsr_scope_name(const tsr_layer_scope *scope, const tsr_jnode *object,
                          char name[TSR_NAME_MAX], tsr_error *err) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-";
    char text[2 * TSR_NAME_MAX];
    const tsr_member member = {object, "name", true};
    TSR_TRY(tsr_scope_text(scope, &member, text, sizeof text, err));
    const size_t length = strlen(text);
    if (length < 1 || length >= TSR_NAME_MAX || strspn(text, allowed) != length) {
        const tsr_jnode node = tsr_jnode_get(object, "name");
        return tsr_jnode_fail(&node, err, "'%.80s' must be 1..%d letters, digits and _ . : / -",
                              text, TSR_NAME_MAX - 1);
    }
    (void)snprintf(name, TSR_NAME_MAX, "%s", text);
    return TSR_OK;
}
