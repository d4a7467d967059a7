// SPDX-License-Identifier: Apache-2.0
// Patterns are read by hand: a format string from a file never reaches printf.
#include "network/weight_names.h"

#include <stdio.h>
#include <string.h>

/** A pattern in pieces. */
typedef struct pieces {
    const char *after;  // text behind the number
    int before;         // characters before it
    int width;          // 0..9
    bool zeros;
} pieces;

static bool take_apart(const char *pattern, pieces *p) {
    const char *percent = strchr(pattern, '%');
    if (percent == NULL) {
        return false;
    }
    const char *c = percent + 1;
    *p = (pieces){.before = (int)(percent - pattern)};
    p->zeros = *c == '0';
    c += p->zeros;
    if (*c >= '1' && *c <= '9') {
        p->width = *c++ - '0';
    }
    p->after = c + 1;
    return *c == 'd' && strchr(p->after, '%') == NULL;
}

bool tsr_weight_pattern_is_good(const char *pattern) {
    pieces p;
    return take_apart(pattern, &p);
}

bool tsr_weight_pattern_expand(const char *pattern, int32_t k, char *name, size_t size) {
    pieces p;
    if (!take_apart(pattern, &p)) {
        return false;
    }
    const int length =
        p.zeros ? snprintf(name, size, "%.*s%0*d%s", p.before, pattern, p.width, k, p.after)
                : snprintf(name, size, "%.*s%*d%s", p.before, pattern, p.width, k, p.after);
    return length >= 0 && (size_t)length < size;
}
