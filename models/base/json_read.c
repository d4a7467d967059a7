// SPDX-License-Identifier: Apache-2.0
// Typed reads: every refusal says where, what was found and what is allowed.
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/json_tree.h"

enum { message_size = sizeof((tsr_error *)0)->message, max_word = 63 };

// Whole numbers beyond this are not all doubles, and cJSON keeps doubles.
static const double exact_limit = 9007199254740992.0;

tsr_status tsr_jnode_fail(const tsr_jnode *node, tsr_error *err, const char *fmt, ...) {
    char message[message_size];
    char where[sizeof err->where];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    // The end of a long path says more than its beginning.
    const char *file = node->document != NULL ? node->document->where : "";
    const size_t length = strlen(file);
    const size_t room = sizeof where - strlen(node->pointer) - 3;
    const char *tail = length < room ? file : file + (length - room) + 1;
    (void)snprintf(where, sizeof where, "%s%s%s", tail,
                   node->pointer[0] != '\0' && tail[0] != '\0' ? ": " : "", node->pointer);
    return tsr_fail(err, TSR_ERR_CONFIG, where, "%s", message);
}

static int32_t min3(int32_t a, int32_t b, int32_t c) {
    const int32_t low = a < b ? a : b;
    return low < c ? low : c;
}

// Levenshtein distance of two short words.
static int32_t edit_distance(const char *a, const char *b) {
    const int32_t rows = (int32_t)strlen(a);
    const int32_t cols = (int32_t)strlen(b);
    if (rows > max_word || cols > max_word) {
        return max_word;
    }
    int32_t line[max_word + 1];
    for (int32_t j = 0; j <= cols; ++j) {
        line[j] = j;
    }
    for (int32_t i = 1; i <= rows; ++i) {
        int32_t diagonal = line[0];
        line[0] = i;
        for (int32_t j = 1; j <= cols; ++j) {
            const int32_t above = line[j];
            line[j] = min3(above + 1, line[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return line[cols];
}

const char *tsr_nearest_word(const char *word, const char *const *words) {
    const int32_t length = (int32_t)strlen(word);
    int32_t best = length / 3 > 2 ? length / 3 : 2;
    const char *nearest = NULL;
    for (size_t i = 0; words[i] != NULL; ++i) {
        const int32_t distance = edit_distance(word, words[i]);
        const int32_t limit = (int32_t)strlen(words[i]);  // one letter is not near another one
        if (distance < limit && (distance < best || (nearest == NULL && distance == best))) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}

// "a, b, c", cut where it does not fit.
static void list_words(const char *const *words, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; words[i] != NULL && used < size; ++i) {
        const int length = snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", words[i]);
        used += length > 0 ? (size_t)length : 0;
    }
}

static tsr_status fail_word(const tsr_jnode *node, const char *what, const char *word,
                            const char *const *words, tsr_error *err) {
    char list[320];
    list_words(words, list, sizeof list);
    const char *nearest = tsr_nearest_word(word, words);
    return tsr_jnode_fail(node, err, "%s '%.60s'%s%s%s, allowed: %s", what, word,
                          nearest != NULL ? " (nearest: '" : "", nearest != NULL ? nearest : "",
                          nearest != NULL ? "')" : "", list);
}

// What stands there, for a message.
static const char *describe(const tsr_jnode *node, char text[80]) {
    const cJSON *item = node->item;
    if (tsr_jnode_is_string(node)) {
        (void)snprintf(text, 80, "string '%.60s'", item->valuestring);
    } else if (tsr_jnode_is_number(node)) {
        tsr_json_number_text(item->valuedouble, text);
    } else {
        (void)snprintf(text, 80, "%s",
                       tsr_jnode_is_object(node)  ? "an object"
                       : tsr_jnode_is_array(node) ? "a list"
                       : tsr_jnode_is_bool(node)  ? (cJSON_IsTrue(item) ? "true" : "false")
                                                  : "null");
    }
    return text;
}

tsr_status tsr_jnode_check_keys(const tsr_jnode *object, const char *const *known, tsr_error *err) {
    char found[80];
    if (!tsr_jnode_is_object(object)) {
        return tsr_jnode_fail(object, err, "found %s, must be an object", describe(object, found));
    }
    tsr_jnode member = tsr_jnode_first(object);
    for (int32_t i = 1; tsr_jnode_exists(&member); ++i) {
        const char *key = tsr_jnode_key(&member);
        size_t k = 0;
        while (known[k] != NULL && strcmp(known[k], key) != 0) {
            ++k;
        }
        if (known[k] == NULL) {
            return fail_word(&member, "unknown key", key, known, err);
        }
        member = tsr_jnode_next(object, &member, i);
    }
    return TSR_OK;
}

// Finds a member or element; *there is false only for an optional one that is absent.
static tsr_status find(const tsr_jnode *object, const char *key, bool required, tsr_jnode *node,
                       bool *there, tsr_error *err) {
    char found[80];
    if (tsr_jnode_exists(object) && !tsr_jnode_is_object(object) && !tsr_jnode_is_array(object)) {
        return tsr_jnode_fail(object, err, "found %s, must be an object", describe(object, found));
    }
    *node = tsr_jnode_get(object, key);
    *there = tsr_jnode_exists(node);
    if (!*there && required) {
        return tsr_jnode_fail(object, err, "required key '%s' is missing", key);
    }
    return TSR_OK;
}

tsr_status tsr_jnode_int(const tsr_jnode *object, const char *key, bool required, int64_t min,
                         int64_t max, int64_t *value, tsr_error *err) {
    tsr_jnode node;
    bool there = false;
    char found[80];
    TSR_TRY(find(object, key, required, &node, &there, err));
    if (!there) {
        return TSR_OK;
    }
    const double number =
        tsr_jnode_is_number(&node) ? ((const cJSON *)node.item)->valuedouble : 0.0;
    const bool whole =
        tsr_jnode_is_number(&node) && fabs(number) <= exact_limit && floor(number) == number;
    if (!whole || (int64_t)number < min || (int64_t)number > max) {
        return tsr_jnode_fail(&node, err, "found %s, must be an integer %lld..%lld",
                              describe(&node, found), (long long)min, (long long)max);
    }
    *value = (int64_t)number;
    return TSR_OK;
}

tsr_status tsr_jnode_double(const tsr_jnode *object, const char *key, bool required, double min,
                            double max, double *value, tsr_error *err) {
    tsr_jnode node;
    bool there = false;
    char found[80];
    TSR_TRY(find(object, key, required, &node, &there, err));
    if (!there) {
        return TSR_OK;
    }
    const double number =
        tsr_jnode_is_number(&node) ? ((const cJSON *)node.item)->valuedouble : 0.0;
    if (!tsr_jnode_is_number(&node) || number < min || number > max) {
        return tsr_jnode_fail(&node, err, "found %s, must be a number %g..%g",
                              describe(&node, found), min, max);
    }
    *value = number;
    return TSR_OK;
}

tsr_status tsr_jnode_bool(const tsr_jnode *object, const char *key, bool required, bool *value,
                          tsr_error *err) {
    tsr_jnode node;
    bool there = false;
    char found[80];
    TSR_TRY(find(object, key, required, &node, &there, err));
    if (!there) {
        return TSR_OK;
    }
    if (!tsr_jnode_is_bool(&node)) {
        return tsr_jnode_fail(&node, err, "found %s, must be true or false",
                              describe(&node, found));
    }
    *value = cJSON_IsTrue(node.item) != 0;
    return TSR_OK;
}

tsr_status tsr_jnode_string(const tsr_jnode *object, const char *key, bool required,
                            const char **value, tsr_error *err) {
    tsr_jnode node;
    bool there = false;
    char found[80];
    TSR_TRY(find(object, key, required, &node, &there, err));
    if (!there) {
        return TSR_OK;
    }
    if (!tsr_jnode_is_string(&node)) {
        return tsr_jnode_fail(&node, err, "found %s, must be a string", describe(&node, found));
    }
    *value = ((const cJSON *)node.item)->valuestring;
    return TSR_OK;
}

tsr_status tsr_jnode_enum(const tsr_jnode *object, const char *key, bool required,
                          const char *const *words, int32_t *index, tsr_error *err) {
    const char *text = NULL;
    TSR_TRY(tsr_jnode_string(object, key, required, &text, err));
    if (text == NULL) {
        return TSR_OK;
    }
    for (int32_t i = 0; words[i] != NULL; ++i) {
        if (strcmp(words[i], text) == 0) {
            *index = i;
            return TSR_OK;
        }
    }
    const tsr_jnode node = tsr_jnode_get(object, key);
    return fail_word(&node, "found", text, words, err);
}
