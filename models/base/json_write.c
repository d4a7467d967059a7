// SPDX-License-Identifier: Apache-2.0
// JSON out: exact integers, shortest doubles, the order of the calls.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_tree.h"

void tsr_json_number_text(double value, char text[json_number_size]) {
    static const double exact_limit = 9007199254740992.0;
    if (fabs(value) <= exact_limit && floor(value) == value && !(value == 0.0 && signbit(value))) {
        (void)snprintf(text, json_number_size, "%" PRId64, (int64_t)value);
        return;
    }
    for (int digits = 1; digits <= 17; ++digits) {
        (void)snprintf(text, json_number_size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

void tsr_jwriter_init(tsr_jwriter *w, FILE *file, bool compact) {
    *w = (tsr_jwriter){.file = file, .first = true, .compact = compact};
}

static void new_line(tsr_jwriter *w) {
    if (!w->compact) {
        (void)fprintf(w->file, "\n%*s", (int)(2 * w->depth), "");
    }
}

// Comma and line break before a value or key, unless it is the value of a key or the root.
static void separate(tsr_jwriter *w) {
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0) {
        return;
    }
    if (!w->first) {
        (void)fputc(',', w->file);
    }
    w->first = false;
    new_line(w);
}

static void open_container(tsr_jwriter *w, char bracket) {
    separate(w);
    (void)fputc(bracket, w->file);
    ++w->depth;
    w->first = true;
}

static void close_container(tsr_jwriter *w, char bracket) {
    --w->depth;
    if (!w->first) {
        new_line(w);
    }
    (void)fputc(bracket, w->file);
    w->first = false;
    if (w->depth == 0 && !w->compact) {
        (void)fputc('\n', w->file);
    }
}

void tsr_jwrite_object_begin(tsr_jwriter *w) {
    open_container(w, '{');
}

void tsr_jwrite_object_end(tsr_jwriter *w) {
    close_container(w, '}');
}

void tsr_jwrite_array_begin(tsr_jwriter *w) {
    open_container(w, '[');
}

void tsr_jwrite_array_end(tsr_jwriter *w) {
    close_container(w, ']');
}

static void quote(FILE *file, const char *text) {
    (void)fputc('"', file);
    for (const char *c = text; *c != '\0'; ++c) {
        if (*c == '"' || *c == '\\') {
            (void)fputc('\\', file);
            (void)fputc(*c, file);
        } else if (*c == '\n') {
            (void)fputs("\\n", file);
        } else if (*c == '\t') {
            (void)fputs("\\t", file);
        } else if ((unsigned char)*c < 0x20u) {
            (void)fprintf(file, "\\u%04x", (unsigned)(unsigned char)*c);
        } else {
            (void)fputc(*c, file);
        }
    }
    (void)fputc('"', file);
}

void tsr_jwrite_key(tsr_jwriter *w, const char *key) {
    separate(w);
    quote(w->file, key);
    (void)fputs(w->compact ? ":" : ": ", w->file);
    w->after_key = true;
}

void tsr_jwrite_raw(tsr_jwriter *w, const char *json) {
    separate(w);
    (void)fputs(json, w->file);
}

void tsr_jwrite_string(tsr_jwriter *w, const char *value) {
    separate(w);
    quote(w->file, value);
}

void tsr_jwrite_u64(tsr_jwriter *w, uint64_t value) {
    separate(w);
    (void)fprintf(w->file, "%" PRIu64, value);
}

void tsr_jwrite_i64(tsr_jwriter *w, int64_t value) {
    separate(w);
    (void)fprintf(w->file, "%" PRId64, value);
}

void tsr_jwrite_double(tsr_jwriter *w, double value) {
    char text[json_number_size];
    if (!isfinite(value)) {
        tsr_jwrite_null(w);
        return;
    }
    tsr_json_number_text(value, text);
    tsr_jwrite_raw(w, text);
}

void tsr_jwrite_bool(tsr_jwriter *w, bool value) {
    tsr_jwrite_raw(w, value ? "true" : "false");
}

void tsr_jwrite_null(tsr_jwriter *w) {
    tsr_jwrite_raw(w, "null");
}

void tsr_jwrite_member_string(tsr_jwriter *w, const char *key, const char *value) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_string(w, value);
}

void tsr_jwrite_member_u64(tsr_jwriter *w, const char *key, uint64_t value) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_u64(w, value);
}

void tsr_jwrite_member_i64(tsr_jwriter *w, const char *key, int64_t value) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_i64(w, value);
}

void tsr_jwrite_member_double(tsr_jwriter *w, const char *key, double value) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_double(w, value);
}

void tsr_jwrite_member_bool(tsr_jwriter *w, const char *key, bool value) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_bool(w, value);
}
