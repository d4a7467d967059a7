// SPDX-License-Identifier: Apache-2.0
// Blockings and padding modes as words, both ways.
#include <stdio.h>
#include <string.h>

#include <tessera/blocking.h>

#include "base/check.h"

static const char *const pad_names[] = {"zero", "replicate", "reflect", "same"};

enum { pad_count = sizeof pad_names / sizeof pad_names[0], largest_number = 65535 };

// Decimal number 1..65535 without sign or leading zero; moves the text on.
static bool read_number(const char **text, int32_t *number) {
    const char *c = *text;
    int32_t value = 0;
    if (*c < '1' || *c > '9') {
        return false;
    }
    for (; *c >= '0' && *c <= '9'; ++c) {
        value = 10 * value + (*c - '0');
        if (value > largest_number) {
            return false;
        }
    }
    *number = value;
    *text = c;
    return true;
}

tsr_status tsr_blocking_parse(const char *text, tsr_blocking *blocking, tsr_error *err) {
    tsr_blocking read = {.border_padding = TSR_PAD_SAME};
    if (strcmp(text, "none") != 0) {
        const char *rest = text + 1;
        bool good = (text[0] == 'F' || text[0] == 'H') && read_number(&rest, &read.h);
        read.w = read.h;
        if (good && *rest == 'x') {
            ++rest;
            good = read_number(&rest, &read.w);
        }
        TSR_CHECK(good && *rest == '\0', TSR_ERR_USAGE, err, NULL,
                  "blocking '%.40s' must be none, F<n>, F<h>x<w>, H<n> or H<rows>x<columns>, with "
                  "numbers "
                  "1..%d",
                  text, (int)largest_number);
        read.kind = text[0] == 'F' ? TSR_BLOCKING_FIXED : TSR_BLOCKING_HIERARCHICAL;
    }
    *blocking = read;
    return TSR_OK;
}

void tsr_blocking_format(const tsr_blocking *blocking, char *text, size_t size) {
    if (blocking->kind == TSR_BLOCKING_NONE) {
        (void)snprintf(text, size, "none");
    } else if (blocking->kind == TSR_BLOCKING_FIXED && blocking->h == blocking->w) {
        (void)snprintf(text, size, "F%d", blocking->h);
    } else {
        (void)snprintf(text, size, "%c%dx%d", blocking->kind == TSR_BLOCKING_FIXED ? 'F' : 'H',
                       blocking->h, blocking->w);
    }
}

const char *tsr_pad_mode_name(tsr_pad_mode mode) {
    return (size_t)mode < pad_count ? pad_names[mode] : "unknown";
}

tsr_status tsr_pad_mode_parse(const char *text, tsr_pad_mode *mode, tsr_error *err) {
    for (int32_t i = 0; i < (int32_t)pad_count; ++i) {
        if (strcmp(pad_names[i], text) == 0) {
            *mode = (tsr_pad_mode)i;
            return TSR_OK;
        }
    }
    return tsr_fail(err, TSR_ERR_USAGE, NULL,
                    "padding '%.40s' must be zero, replicate, reflect or same", text);
}

tsr_pad_mode tsr_blocking_border_mode(const tsr_blocking *blocking) {
    return blocking->border_padding == TSR_PAD_SAME ? blocking->block_padding
                                                    : blocking->border_padding;
}
