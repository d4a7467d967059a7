// SPDX-License-Identifier: Apache-2.0
// Text to program: every refusal has line and column.
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch_json.h"
#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_fields.h"
#include "program/note_fields.h"
#include "program/program_build.h"
#include "program/program_text.h"

enum { WORD_MAX = 64, VALUE_MAX = 256, FAIL_TEXT_MAX = 384 };

/** Where the reader stands. */
typedef struct reader {
    const char *where;
    const char *at;
    const char *line_start;
    int32_t line;
    tsr_program *program;
    bool has_arch, has_memory;
    tsr_error *err;
} reader;

/** One `key=value` and where it was found. */
typedef struct pair {
    char key[WORD_MAX];
    char value[VALUE_MAX];
    const char *key_at, *value_at;
} pair;

/** A key with an integer value. */
typedef struct integer_key {
    const char *name;
    int64_t min, max;
    int64_t value;
    bool seen;
} integer_key;

static tsr_status fail_at(const reader *r, const char *at, const char *fmt, ...) TSR_PRINTF(3, 4);

static tsr_status fail_at(const reader *r, const char *at, const char *fmt, ...) {
    char text[FAIL_TEXT_MAX];
    char where[FAIL_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)snprintf(where, sizeof where, "%.200s:%d:%d", r->where, r->line,
                   (int)(at - r->line_start) + 1);
    return tsr_fail(r->err, TSR_ERR_SYNTAX, where, "%s", text);
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_space(reader *r) {
    while (is_space(*r->at)) {
        ++r->at;
    }
}

static bool at_end_of_line(const reader *r) {
    return *r->at == '\0' || *r->at == '\n' || *r->at == '#';
}

/** Letters, digits, '_' and '-'. */
static tsr_status read_word(reader *r, char word[WORD_MAX]) {
    const char *start = r->at;
    while ((*r->at >= 'a' && *r->at <= 'z') || (*r->at >= '0' && *r->at <= '9') || *r->at == '_' ||
           *r->at == '-') {
        ++r->at;
    }
    const size_t length = (size_t)(r->at - start);
    if (length == 0 || length >= WORD_MAX) {
        return fail_at(r, start,
                       "a word of 1 to %d lower-case letters, digits and '_' must be here",
                       WORD_MAX - 1);
    }
    memcpy(word, start, length);
    word[length] = '\0';
    return TSR_OK;
}

static tsr_status read_quoted(reader *r, char value[VALUE_MAX]) {
    const char *start = r->at++;
    size_t length = 0;
    while (*r->at != '"') {
        if (*r->at == '\\' && (r->at[1] == '"' || r->at[1] == '\\')) {
            ++r->at;
        }
        if (*r->at == '\0' || *r->at == '\n' || length + 1 >= VALUE_MAX) {
            return fail_at(r, start, "the name does not end on this line or is too long");
        }
        value[length++] = *r->at++;
    }
    ++r->at;
    value[length] = '\0';
    return TSR_OK;
}

/** The next pair of the line; the caller has seen that the line goes on. */
static tsr_status read_pair(reader *r, pair *p) {
    p->key_at = r->at;
    TSR_TRY(read_word(r, p->key));
    if (*r->at != '=') {
        return fail_at(r, r->at, "'=' must follow '%s'", p->key);
    }
    ++r->at;
    p->value_at = r->at;
    if (*r->at == '"') {
        return read_quoted(r, p->value);
    }
    while (!at_end_of_line(r) && !is_space(*r->at)) {
        ++r->at;
    }
    const size_t length = (size_t)(r->at - p->value_at);
    if (length == 0 || length >= VALUE_MAX) {
        return fail_at(r, p->value_at, "'%s' needs a value of 1 to %d characters", p->key,
                       VALUE_MAX - 1);
    }
    memcpy(p->value, p->value_at, length);
    p->value[length] = '\0';
    return TSR_OK;
}

static tsr_status parse_integer(const reader *r, const pair *p, int64_t min, int64_t max,
                                int64_t *value) {
    char *end = NULL;
    errno = 0;
    const long long read = strtoll(p->value, &end, 10);
    if (*end != '\0' || errno != 0 || read < min || read > max) {
        return fail_at(r, p->value_at,
                       "%s is '%.40s', allowed are integers from %" PRId64 " to %" PRId64, p->key,
                       p->value, min, max);
    }
    *value = read;
    return TSR_OK;
}

static tsr_status set_integer(const reader *r, const pair *p, integer_key *keys, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        if (strcmp(keys[i].name, p->key) == 0) {
            if (keys[i].seen) {
                return fail_at(r, p->key_at, "'%s' is there twice", p->key);
            }
            keys[i].seen = true;
            return parse_integer(r, p, keys[i].min, keys[i].max, &keys[i].value);
        }
    }
    return fail_at(r, p->key_at, "unknown key '%s'", p->key);
}

/** Pairs of a line that is no descriptor: integers, a name, and perhaps a real scale. All but scale
 * must be there. */
static tsr_status read_line_pairs(reader *r, integer_key *keys, int32_t count, char *name,
                                  double *scale) {
    const char *start = r->at;
    bool named = name == NULL;
    for (skip_space(r); !at_end_of_line(r); skip_space(r)) {
        pair p;
        TSR_TRY(read_pair(r, &p));
        if (name != NULL && strcmp(p.key, "name") == 0) {
            if (strlen(p.value) >= TSR_NAME_MAX) {
                return fail_at(r, p.value_at, "the name is longer than %d characters",
                               TSR_NAME_MAX - 1);
            }
            (void)snprintf(name, TSR_NAME_MAX, "%s", p.value);
            named = true;
        } else if (scale != NULL && strcmp(p.key, "scale") == 0) {
            char *end = NULL;
            *scale = strtod(p.value, &end);
            if (*end != '\0') {
                return fail_at(r, p.value_at, "scale is '%.40s', allowed are numbers", p.value);
            }
        } else {
            TSR_TRY(set_integer(r, &p, keys, count));
        }
    }
    for (int32_t i = 0; i < count; ++i) {
        if (!keys[i].seen) {
            return fail_at(r, start, "'%s' is missing", keys[i].name);
        }
    }
    return named ? TSR_OK : fail_at(r, start, "'name' is missing");
}

static tsr_status read_arch(reader *r) {
    const char *start = r->at;
    while (*r->at != '\n' && *r->at != '\0') {
        ++r->at;
    }
    const size_t length = (size_t)(r->at - start);
    char *text = tsr_alloc(length + 1, 1);
    TSR_CHECK(text != NULL, TSR_ERR_NO_MEMORY, r->err, r->where, "no memory for a line");
    memcpy(text, start, length);
    char where[FAIL_TEXT_MAX];
    (void)snprintf(where, sizeof where, "%.200s:%d", r->where, r->line);
    tsr_json *document = NULL;
    tsr_status status = tsr_json_parse(text, where, &document, r->err);
    tsr_free(text);
    if (status != TSR_OK) {
        return status;
    }
    const tsr_jnode root = tsr_json_root(document);
    status = tsr_arch_from_node(&root, &r->program->arch, r->err);
    tsr_json_free(document);
    r->has_arch = status == TSR_OK;
    return status;
}

static tsr_status read_memory(reader *r) {
    integer_key keys[] = {{"bytes", 0, INT64_MAX, 0, false},
                          {"descriptor_address", 0, INT64_MAX, 0, false}};
    TSR_TRY(read_line_pairs(r, keys, 2, NULL, NULL));
    r->program->memory_bytes = (uint64_t)keys[0].value;
    r->program->descriptor_address = (uint64_t)keys[1].value;
    r->has_memory = true;
    return TSR_OK;
}

static tsr_status read_layer(reader *r) {
    char name[TSR_NAME_MAX] = "";
    TSR_TRY(read_line_pairs(r, NULL, 0, name, NULL));
    return tsr_program_add_layer(r->program, name, r->err);
}

static tsr_status read_segment(reader *r) {
    integer_key keys[] = {{"address", 0, INT64_MAX, 0, false}, {"bytes", 0, INT64_MAX, 0, false}};
    tsr_segment segment = {0};
    TSR_TRY(read_line_pairs(r, keys, 2, segment.name, NULL));
    segment.address = (uint64_t)keys[0].value;
    segment.bytes = (uint64_t)keys[1].value;
    return tsr_program_add_segment(r->program, &segment, r->err);
}

static tsr_status read_symbol(reader *r) {
    integer_key keys[] = {{"layer", INT32_MIN, INT32_MAX, 0, false},
                          {"address", 0, INT64_MAX, 0, false},
                          {"c", 0, INT32_MAX, 0, false},
                          {"h", 0, INT32_MAX, 0, false},
                          {"w", 0, INT32_MAX, 0, false},
                          {"pixel_bytes", 0, INT32_MAX, 0, false},
                          {"batch_index", 0, INT32_MAX, 0, false},
                          {"zero_point", INT32_MIN, INT32_MAX, 0, false},
                          {"input", 0, 1, 0, false},
                          {"output", 0, 1, 0, false}};
    tsr_symbol symbol = {0};
    TSR_TRY(read_line_pairs(r, keys, (int32_t)(sizeof keys / sizeof keys[0]), symbol.name,
                            &symbol.scale));
    symbol.layer = (int32_t)keys[0].value;
    symbol.address = (uint64_t)keys[1].value;
    symbol.c = (int32_t)keys[2].value;
    symbol.h = (int32_t)keys[3].value;
    symbol.w = (int32_t)keys[4].value;
    symbol.pixel_bytes = (int32_t)keys[5].value;
    symbol.batch_index = (int32_t)keys[6].value;
    symbol.zero_point = (int32_t)keys[7].value;
    symbol.is_input = keys[8].value != 0;
    symbol.is_output = keys[9].value != 0;
    return tsr_program_add_symbol(r->program, &symbol, r->err);
}

/** Position of a word in a list, or -1. */
static int32_t find_word(const char *word, size_t length, const char *const *words, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0) {
            return i;
        }
    }
    return -1;
}

static tsr_status parse_tokens(const reader *r, const pair *p, int64_t *mask) {
    const char *word = p->value;
    for (;;) {
        const size_t length = strcspn(word, ",");
        const int32_t engine = find_word(word, length, tsr_text_engines, TSR_ENGINE_COUNT);
        if (engine < 0) {
            return fail_at(
                r, p->value_at + (word - p->value),
                "no engine '%.*s', allowed are load_feature, load_weight, compute, store",
                (int)(length < WORD_MAX ? length : WORD_MAX), word);
        }
        *mask |= (int64_t)1 << engine;
        if (word[length] == '\0') {
            return TSR_OK;
        }
        word += length + 1;
    }
}

static tsr_status set_field(const reader *r, const pair *p, tsr_field_table table, tsr_desc *desc) {
    for (int32_t i = 0; i < table.count; ++i) {
        const tsr_field *field = &table.fields[i];
        if (strcmp(field->name, p->key) == 0) {
            int64_t value = 0;
            TSR_TRY(parse_integer(r, p, tsr_field_min(field), tsr_field_max(field), &value));
            tsr_field_set(desc, field, value);
            return TSR_OK;
        }
    }
    return fail_at(r, p->key_at, "%s has no field '%s'", tsr_opcode_name(desc->header.opcode),
                   p->key);
}

static tsr_status set_desc_pair(const reader *r, const pair *p, tsr_desc *desc) {
    if (strcmp(p->key, "pop") == 0) {
        return parse_tokens(r, p, &desc->header.pop);
    }
    if (strcmp(p->key, "push") == 0) {
        return parse_tokens(r, p, &desc->header.push);
    }
    if (strcmp(p->key, "traffic") == 0) {
        desc->header.traffic =
            find_word(p->value, strlen(p->value), tsr_text_traffic, TSR_TRAFFIC_COUNT);
        return desc->header.traffic >= 0
                   ? TSR_OK
                   : fail_at(r, p->value_at, "no traffic class '%.40s'", p->value);
    }
    if (strcmp(p->key, "layer") == 0) {
        return set_field(r, p, tsr_header_fields(), desc);
    }
    return set_field(r, p, tsr_body_fields(desc->header.opcode), desc);
}

static tsr_status set_note_pair(const reader *r, const pair *p, tsr_desc_note *note) {
    for (int32_t i = 0; i < TSR_NOTE_FIELDS; ++i) {
        if (strcmp(tsr_note_names[i], p->key) == 0) {
            int64_t value = 0;
            TSR_TRY(parse_integer(r, p, INT64_MIN, INT64_MAX, &value));
            return tsr_note_set(note, i, value)
                       ? TSR_OK
                       : fail_at(r, p->value_at, "%s does not fit", p->key);
        }
    }
    return fail_at(r, p->key_at, "a note has no field '%s'", p->key);
}

static tsr_status read_desc(reader *r, int64_t opcode, const char *start) {
    if (!r->has_arch || !r->has_memory) {
        return fail_at(r, start, "the lines 'arch' and 'memory' must come before descriptors");
    }
    tsr_desc desc = {.header = {.opcode = opcode}};
    tsr_desc_note note = {.block = -1};
    bool in_note = false;
    for (skip_space(r); !at_end_of_line(r); skip_space(r)) {
        if (*r->at == '|' && !in_note) {
            in_note = true;
            ++r->at;
            continue;
        }
        pair p;
        TSR_TRY(read_pair(r, &p));
        TSR_TRY(in_note ? set_note_pair(r, &p, &note) : set_desc_pair(r, &p, &desc));
    }
    return tsr_program_append(r->program, &desc, &note, r->err);
}

static tsr_status read_line(reader *r) {
    typedef tsr_status (*line_reader)(reader *);

    static const struct {
        const char *word;
        line_reader read;
    } lines[] = {{"arch", read_arch},
                 {"memory", read_memory},
                 {"layer", read_layer},
                 {"segment", read_segment},
                 {"symbol", read_symbol}};

    char word[WORD_MAX];
    const char *start = r->at;
    TSR_TRY(read_word(r, word));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
        if (strcmp(lines[i].word, word) == 0) {
            return lines[i].read(r);
        }
    }
    for (int64_t opcode = 0; opcode < TSR_OP_COUNT; ++opcode) {
        if (strcmp(tsr_opcode_name(opcode), word) == 0) {
            return read_desc(r, opcode, start);
        }
    }
    return fail_at(r, start,
                   "unknown word '%s': allowed are arch, memory, layer, segment, symbol "
                   "and the descriptors",
                   word);
}

static tsr_status read_lines(reader *r) {
    const char magic[] = TSR_TEXT_MAGIC " 1";
    const size_t length = sizeof magic - 1;
    if (strncmp(r->at, magic, length) != 0 || (r->at[length] != '\n' && r->at[length] != '\r')) {
        return fail_at(r, r->at, "the first line must be '%s'", magic);
    }
    r->at += strcspn(r->at, "\n");
    while (*r->at != '\0') {
        if (*r->at == '#') {
            r->at += strcspn(r->at, "\n");
        }
        if (*r->at == '\n') {
            ++r->at;
            ++r->line;
            r->line_start = r->at;
        }
        skip_space(r);
        if (!at_end_of_line(r)) {
            TSR_TRY(read_line(r));
        }
    }
    if (!r->has_arch || !r->has_memory) {
        return fail_at(r, r->at, "the line '%s' is missing", r->has_arch ? "memory" : "arch");
    }
    return TSR_OK;
}

tsr_status tsr_program_assemble(const char *text, const char *where, tsr_program *program,
                                tsr_error *err) {
    tsr_program read = {0};
    reader r = {
        .where = where, .at = text, .line_start = text, .line = 1, .program = &read, .err = err};
    const tsr_status status = read_lines(&r);
    if (status != TSR_OK) {
        tsr_program_free(&read);
        return status;
    }
    *program = read;
    return TSR_OK;
}
