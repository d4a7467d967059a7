// SPDX-License-Identifier: Apache-2.0
// One pass over the text with an explicit stack; keys of open objects are remembered to find
// duplicates.
#include "base/json_scan.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

enum { max_depth = 64 };

/** A key of an object that is still open. */
typedef struct open_key {
    const char *text;
    size_t length;
} open_key;

typedef struct scanner {
    const char *text;
    const char *at;
    const char *where;
    tsr_error *err;
    int32_t depth;
    char stack[max_depth];        // '{' or '['
    size_t first_key[max_depth];  // of that object in keys
    open_key *keys;
    size_t key_count, key_capacity;
} scanner;

static tsr_status fail_here(const scanner *s, const char *what) {
    long line = 1;
    const char *line_start = s->text;
    for (const char *c = s->text; c < s->at; ++c) {
        if (*c == '\n') {
            ++line;
            line_start = c + 1;
        }
    }
    char place[256];
    (void)snprintf(place, sizeof place, "%s:%ld:%ld", s->where, line,
                   (long)(s->at - line_start) + 1);
    if (*s->at == '\0') {
        return tsr_fail(s->err, TSR_ERR_SYNTAX, place, "%s, found the end of the text", what);
    }
    return tsr_fail(s->err, TSR_ERR_SYNTAX, place, "%s, found '%c'", what,
                    *s->at >= ' ' ? *s->at : '?');
}

static void skip_space(scanner *s) {
    while (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r') {
        ++s->at;
    }
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// At a good "uXXXX": a high surrogate stands right before a low one, a low one nowhere else.
static tsr_status scan_surrogates(scanner *s) {
    const unsigned long unit =
        strtoul((const char[5]){s->at[1], s->at[2], s->at[3], s->at[4]}, NULL, 16);
    if (unit >= 0xDC00u && unit <= 0xDFFFu) {
        return fail_here(s, "a low surrogate must follow a high one");
    }
    s->at += 5;
    if (unit < 0xD800u || unit > 0xDBFFu) {
        return TSR_OK;
    }
    const bool low = s->at[0] == '\\' && s->at[1] == 'u' && (s->at[2] == 'd' || s->at[2] == 'D') &&
                     s->at[3] != '\0' && strchr("cdefCDEF", s->at[3]) != NULL && is_hex(s->at[4]) &&
                     is_hex(s->at[5]);
    if (!low) {
        return fail_here(s, "expected a low surrogate \\uDC00..\\uDFFF after the high one");
    }
    s->at += 6;
    return TSR_OK;
}

static tsr_status scan_escape(scanner *s) {
    ++s->at;
    if (*s->at == 'u') {
        for (int i = 1; i <= 4; ++i) {
            if (!is_hex(s->at[i])) {
                s->at += i;
                return fail_here(s, "expected four hexadecimal digits after \\u");
            }
        }
        if (strncmp(s->at, "u0000", 5) == 0) {
            return fail_here(s, "\\u0000 is not allowed in a string");
        }
        return scan_surrogates(s);
    }
    if (*s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL) {
        return fail_here(s, "expected an escape of \" \\ / b f n r t u");
    }
    ++s->at;
    return TSR_OK;
}

static tsr_status scan_string(scanner *s) {
    if (*s->at != '"') {
        return fail_here(s, "expected a string");
    }
    ++s->at;
    while (*s->at != '"') {
        if ((unsigned char)*s->at < 0x20u) {
            return fail_here(
                s, "expected the closing quote of a string (control characters are not allowed)");
        }
        if (*s->at == '\\') {
            TSR_TRY(scan_escape(s));
        } else {
            ++s->at;
        }
    }
    ++s->at;
    return TSR_OK;
}

static tsr_status scan_digits(scanner *s, const char *what) {
    if (!is_digit(*s->at)) {
        return fail_here(s, what);
    }
    while (is_digit(*s->at)) {
        ++s->at;
    }
    return TSR_OK;
}

static tsr_status scan_number(scanner *s) {
    const char *start = s->at;
    s->at += *s->at == '-';
    if (*s->at == '0' && is_digit(s->at[1])) {
        return fail_here(s, "a number has no leading zero");
    }
    TSR_TRY(scan_digits(s, "expected a value"));
    if (*s->at == '.') {
        ++s->at;
        TSR_TRY(scan_digits(s, "expected a digit after the decimal point"));
    }
    if (*s->at == 'e' || *s->at == 'E') {
        ++s->at;
        s->at += *s->at == '+' || *s->at == '-';
        TSR_TRY(scan_digits(s, "expected a digit in the exponent"));
    }
    if (!isfinite(strtod(start, NULL))) {
        s->at = start;
        return fail_here(s, "the number is too large");
    }
    return TSR_OK;
}

static tsr_status scan_word(scanner *s) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; ++i) {
        const size_t length = strlen(words[i]);
        if (strncmp(s->at, words[i], length) == 0) {
            s->at += length;
            return TSR_OK;
        }
    }
    return scan_number(s);
}

static tsr_status push_key(scanner *s, const char *text, size_t length) {
    for (size_t i = s->first_key[s->depth - 1]; i < s->key_count; ++i) {
        if (s->keys[i].length == length && memcmp(s->keys[i].text, text, length) == 0) {
            char what[128];
            (void)snprintf(what, sizeof what, "key %.*s stands twice in this object",
                           (int)(length < 64 ? length : 64), text);
            return fail_here(s, what);
        }
    }
    if (s->key_count == s->key_capacity) {
        const size_t capacity = s->key_capacity > 0 ? 2 * s->key_capacity : 64;
        open_key *grown = tsr_realloc(s->keys, capacity, sizeof *grown);
        TSR_CHECK(grown != NULL, TSR_ERR_NO_MEMORY, s->err, s->where, "out of memory");
        s->keys = grown;
        s->key_capacity = capacity;
    }
    s->keys[s->key_count++] = (open_key){text, length};
    return TSR_OK;
}

static tsr_status scan_key(scanner *s) {
    skip_space(s);
    const char *start = s->at;
    TSR_TRY(scan_string(s));
    const char *end = s->at;
    s->at = start;
    TSR_TRY(push_key(s, start, (size_t)(end - start)));
    s->at = end;
    skip_space(s);
    if (*s->at != ':') {
        return fail_here(s, "expected ':' after the key");
    }
    ++s->at;
    return TSR_OK;
}

static tsr_status open_container(scanner *s) {
    if (s->depth == max_depth) {
        return fail_here(s, "nesting deeper than 64");
    }
    s->first_key[s->depth] = s->key_count;
    s->stack[s->depth++] = *s->at++;
    return TSR_OK;
}

// After a value: close what ends here; *more tells whether another value follows.
static tsr_status close_containers(scanner *s, bool *more) {
    *more = false;
    while (s->depth > 0) {
        skip_space(s);
        const bool object = s->stack[s->depth - 1] == '{';
        if (*s->at == ',') {
            ++s->at;
            *more = true;
            return object ? scan_key(s) : TSR_OK;
        }
        if (*s->at != (object ? '}' : ']')) {
            return fail_here(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
        }
        ++s->at;
        s->key_count = s->first_key[--s->depth];
    }
    return TSR_OK;
}

static tsr_status scan_all(scanner *s) {
    for (bool more = true; more;) {
        skip_space(s);
        if (*s->at == '{' || *s->at == '[') {
            TSR_TRY(open_container(s));
            skip_space(s);
            const bool object = s->stack[s->depth - 1] == '{';
            if (*s->at != (object ? '}' : ']')) {
                TSR_TRY(object ? scan_key(s) : TSR_OK);
                continue;
            }
            ++s->at;
            --s->depth;
        } else if (*s->at == '"') {
            TSR_TRY(scan_string(s));
        } else {
            TSR_TRY(scan_word(s));
        }
        TSR_TRY(close_containers(s, &more));
    }
    skip_space(s);
    return *s->at == '\0' ? TSR_OK : fail_here(s, "expected the end of the text");
}

tsr_status tsr_json_scan(const char *text, const char *where, tsr_error *err) {
    scanner s = {.text = text, .at = text, .where = where, .err = err};
    const tsr_status status = scan_all(&s);
    tsr_free(s.keys);
    return status;
}
