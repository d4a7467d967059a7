// SPDX-License-Identifier: Apache-2.0
// Reads uarch.json, refuses what cannot be a descriptor set, and gives every field its word and
// bit.
#include "uarch_model.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static bool refuse(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    (void)fputs("uarch_gen: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return false;
}

static bool copy_text(const cJSON *item, const char *what, char text[UARCH_TEXT_MAX]) {
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= UARCH_TEXT_MAX) {
        return refuse("%s must be a text shorter than %d", what, (int)UARCH_TEXT_MAX);
    }
    (void)snprintf(text, UARCH_TEXT_MAX, "%s", item->valuestring);
    return true;
}

static bool copy_name(const char *name, char text[UARCH_TEXT_MAX]) {
    const size_t length = name != NULL ? strlen(name) : 0;
    if (length == 0 || length >= UARCH_TEXT_MAX || !islower((unsigned char)name[0])) {
        return refuse("'%s' is no snake_case name", name != NULL ? name : "");
    }
    for (size_t i = 0; i < length; ++i) {
        const unsigned char c = (unsigned char)name[i];
        if (!islower(c) && !isdigit(c) && c != '_') {
            return refuse("'%s' is no snake_case name", name);
        }
    }
    (void)snprintf(text, UARCH_TEXT_MAX, "%s", name);
    return true;
}

static bool read_integer(const cJSON *item, const char *what, long min, long max, long *value) {
    if (!cJSON_IsNumber(item) || item->valuedouble < (double)min ||
        item->valuedouble > (double)max || item->valuedouble != (double)(long)item->valuedouble) {
        return refuse("%s must be an integer from %ld to %ld", what, min, max);
    }
    *value = (long)item->valuedouble;
    return true;
}

static bool read_constants(const cJSON *root, uarch_model *model) {
    const cJSON *constants = cJSON_GetObjectItemCaseSensitive(root, "constants");
    if (!cJSON_IsObject(constants)) {
        return refuse("no object 'constants'");
    }
    for (const cJSON *item = constants->child; item != NULL; item = item->next) {
        if (model->constant_count == UARCH_CONSTANTS_MAX) {
            return refuse("more than %d constants", (int)UARCH_CONSTANTS_MAX);
        }
        uarch_constant *constant = &model->constants[model->constant_count++];
        for (int i = 0; i + 1 < model->constant_count; ++i) {
            if (strcmp(model->constants[i].name, item->string) == 0) {
                return refuse("constant '%s' is there twice", item->string);
            }
        }
        if (!copy_name(item->string, constant->name) ||
            !read_integer(cJSON_GetObjectItemCaseSensitive(item, "value"), constant->name, 0,
                          1 << 30, &constant->value) ||
            !copy_text(cJSON_GetObjectItemCaseSensitive(item, "unit"), constant->name,
                       constant->unit) ||
            !copy_text(cJSON_GetObjectItemCaseSensitive(item, "about"), constant->name,
                       constant->about)) {
            return false;
        }
    }
    return true;
}

/** An array of names is numbered from 0; an object gives the numbers. */
static bool read_names(const cJSON *root, const char *key, uarch_name *names, int *count) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsArray(list) && !cJSON_IsObject(list)) {
        return refuse("no list '%s'", key);
    }
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (*count == UARCH_NAMES_MAX) {
            return refuse("more than %d %s", (int)UARCH_NAMES_MAX, key);
        }
        uarch_name *name = &names[*count];
        name->value = *count;
        const char *text = cJSON_IsArray(list) ? item->valuestring : item->string;
        if (!copy_name(text, name->name) ||
            (cJSON_IsObject(list) &&
             !read_integer(item, name->name, 0, UARCH_NAMES_MAX - 1, &name->value))) {
            return false;
        }
        for (int i = 0; i < *count; ++i) {
            if (strcmp(names[i].name, name->name) == 0 || names[i].value == name->value) {
                return refuse("%s: '%s' or its number is there twice", key, name->name);
            }
        }
        ++*count;
    }
    return true;
}

static bool read_field(const cJSON *item, const uarch_kind *kind, uarch_field *field) {
    const int parts = cJSON_GetArraySize(item);
    if (!cJSON_IsArray(item) || parts < 2 || parts > 3) {
        return refuse("%s: a field is [name, width] or [name, width, \"signed\"]", kind->name);
    }
    const cJSON *name = cJSON_GetArrayItem(item, 0);
    long width = 0;
    if (!cJSON_IsString(name) || !copy_name(name->valuestring, field->name) ||
        !read_integer(cJSON_GetArrayItem(item, 1), field->name, 1, UARCH_WORD_BITS - 1, &width)) {
        return false;
    }
    field->width = (int)width;
    field->is_signed = parts == 3;
    const cJSON *sign = cJSON_GetArrayItem(item, 2);
    if (parts == 3 && (!cJSON_IsString(sign) || strcmp(sign->valuestring, "signed") != 0)) {
        return refuse("%s.%s: the third part can only be \"signed\"", kind->name, field->name);
    }
    for (int i = 0; i < kind->field_count; ++i) {
        if (strcmp(kind->fields[i].name, field->name) == 0) {
            return refuse("%s.%s is there twice", kind->name, field->name);
        }
    }
    return true;
}

/** Fields lie in listed order; one that would cross a word starts the next word. */
static bool read_kind(const cJSON *root, const char *key, int units, int first_word, int last_word,
                      uarch_model *model) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsArray(list) || model->kind_count == UARCH_KINDS_MAX) {
        return refuse("no field list '%s', or too many kinds", key);
    }
    uarch_kind *kind = &model->kinds[model->kind_count++];
    (void)snprintf(kind->name, sizeof kind->name, "%s", key);
    kind->units = units;
    int word = first_word;
    int lsb = 0;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (kind->field_count == UARCH_FIELDS_MAX) {
            return refuse("%s has more than %d fields", key, (int)UARCH_FIELDS_MAX);
        }
        uarch_field *field = &kind->fields[kind->field_count];
        if (!read_field(item, kind, field)) {
            return false;
        }
        if (lsb + field->width > UARCH_WORD_BITS) {
            ++word;
            lsb = 0;
        }
        if (word > last_word) {
            return refuse("%s.%s does not fit: the kind has words %d to %d", key, field->name,
                          first_word, last_word);
        }
        field->word = word;
        field->lsb = lsb;
        lsb += field->width;
        ++kind->field_count;
    }
    return true;
}

static bool read_kinds(const cJSON *root, uarch_model *model) {
    if (!read_kind(root, "header", 0, 0, 0, model)) {
        return false;
    }
    const cJSON *units = cJSON_GetObjectItemCaseSensitive(root, "units");
    for (int i = 0; i < model->opcode_count; ++i) {
        const char *name = model->opcodes[i].name;
        long count = 0;
        if (!read_integer(cJSON_GetObjectItemCaseSensitive(units, name), name, 1, 2, &count)) {
            return refuse("'units' must give every opcode 1 or 2");
        }
        if (strcmp(name, "end") != 0 &&
            !read_kind(root, name, (int)count, 1, (int)count * UARCH_WORDS_PER_UNIT - 1, model)) {
            return false;
        }
    }
    return true;
}

static bool read_register_bits(const cJSON *item, uarch_register *reg) {
    const cJSON *bits = cJSON_GetObjectItemCaseSensitive(item, "bits");
    for (const cJSON *bit = bits != NULL ? bits->child : NULL; bit != NULL; bit = bit->next) {
        if (reg->bit_count == UARCH_REGISTER_BITS_MAX) {
            return refuse("register %s has more than %d bits", reg->name,
                          (int)UARCH_REGISTER_BITS_MAX);
        }
        uarch_name *name = &reg->bits[reg->bit_count++];
        if (!copy_name(bit->string, name->name) ||
            !read_integer(bit, name->name, 0, 31, &name->value)) {
            return false;
        }
    }
    return true;
}

static bool read_registers(const cJSON *root, uarch_model *model) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "registers");
    if (!cJSON_IsObject(list)) {
        return refuse("no object 'registers'");
    }
    long next = 0;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (model->register_count == UARCH_REGISTERS_MAX) {
            return refuse("more than %d registers", (int)UARCH_REGISTERS_MAX);
        }
        uarch_register *reg = &model->registers[model->register_count++];
        if (!copy_name(item->string, reg->name) ||
            !read_integer(cJSON_GetObjectItemCaseSensitive(item, "offset"), reg->name, next,
                          UARCH_REGISTER_SPACE - 4, &reg->offset) ||
            !copy_text(cJSON_GetObjectItemCaseSensitive(item, "access"), reg->name, reg->access) ||
            !copy_text(cJSON_GetObjectItemCaseSensitive(item, "about"), reg->name, reg->about) ||
            !read_register_bits(item, reg)) {
            return false;
        }
        if (reg->offset % 4 != 0) {
            return refuse("register %s: offset %ld is no multiple of 4", reg->name, reg->offset);
        }
        next = reg->offset + 4;
    }
    return true;
}

/** A key nobody reads is a mistake in writing one that somebody should. */
static bool check_keys(const cJSON *root, const uarch_model *model) {
    static const char *const known[] = {"about", "version", "constants", "engines",
                                        "ports", "opcodes", "units",     "registers"};
    for (const cJSON *item = root->child; item != NULL; item = item->next) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0] && !found; ++i) {
            found = strcmp(known[i], item->string) == 0;
        }
        for (int i = 0; i < model->kind_count && !found; ++i) {
            found = strcmp(model->kinds[i].name, item->string) == 0;
        }
        if (!found) {
            return refuse("unknown key '%s'", item->string);
        }
    }
    return true;
}

static char *read_text(const char *path) {
    enum { LIMIT = 1 << 20 };

    FILE *file = fopen(path, "rb");
    char *text = calloc(LIMIT, 1);
    if (file == NULL || text == NULL) {
        (void)refuse("cannot read %s", path);
        free(text);
        text = NULL;
    } else if (fread(text, 1, LIMIT - 1, file) == LIMIT - 1 || ferror(file) != 0) {
        (void)refuse("%s is too long or cannot be read", path);
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

void uarch_upper(const char *name, char text[UARCH_TEXT_MAX]) {
    size_t i = 0;
    for (; name[i] != '\0' && i < UARCH_TEXT_MAX - 1; ++i) {
        text[i] = (char)toupper((unsigned char)name[i]);
    }
    text[i] = '\0';
}

bool uarch_model_read(const char *path, uarch_model *model) {
    memset(model, 0, sizeof *model);
    char *text = read_text(path);
    if (text == NULL) {
        return false;
    }
    cJSON *root = cJSON_Parse(text);
    const bool good =
        (root != NULL || refuse("%s is no JSON near '%.20s'", path, cJSON_GetErrorPtr())) &&
        read_integer(cJSON_GetObjectItemCaseSensitive(root, "version"), "version", 1, 1000,
                     &model->version) &&
        read_constants(root, model) &&
        read_names(root, "engines", model->engines, &model->engine_count) &&
        read_names(root, "ports", model->ports, &model->port_count) &&
        read_names(root, "opcodes", model->opcodes, &model->opcode_count) &&
        read_registers(root, model) && read_kinds(root, model) && check_keys(root, model);
    cJSON_Delete(root);
    free(text);
    return good;
}
