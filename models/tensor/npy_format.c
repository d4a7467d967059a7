// SPDX-License-Identifier: Apache-2.0
// NPY format 1.0 to 3.0: magic, a Python dictionary as text, then the elements.
#include "tensor/npy_format.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/** What the header says. */
typedef struct npy_header {
    bool big_endian;
    bool fortran_order;
    bool has_descr, has_order, has_shape;
    tsr_array array;  // kind, item_bytes, rank, shape, count
} npy_header;

/** A place in the header text. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

bool tsr_npy_is_magic(const uint8_t *bytes, size_t size) {
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

static void skip_space(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t')) {
        ++c->at;
    }
}

static bool take(cursor *c, char wanted) {
    skip_space(c);
    if (c->at < c->end && *c->at == wanted) {
        ++c->at;
        return true;
    }
    return false;
}

static bool take_word(cursor *c, const char *word) {
    const size_t length = strlen(word);
    skip_space(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) {
        return false;
    }
    c->at += length;
    return true;
}

// A quoted word without escapes.
static bool take_string(cursor *c, char *text, size_t size) {
    skip_space(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) {
        return false;
    }
    const char quote = *c->at++;
    size_t used = 0;
    for (; c->at < c->end && *c->at != quote; ++c->at) {
        if (used + 1 >= size) {
            return false;
        }
        text[used++] = *c->at;
    }
    text[used] = '\0';
    return take(c, quote);
}

static bool take_number(cursor *c, int64_t *number) {
    skip_space(c);
    const char *start = c->at;
    int64_t value = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; ++c->at) {
        if (!tsr_mul_i64(value, 10, &value) || !tsr_add_i64(value, *c->at - '0', &value)) {
            return false;
        }
    }
    (void)take(c, 'L');  // written by Python 2
    *number = value;
    return c->at > start;
}

static bool take_descr(cursor *c, npy_header *h) {
    char text[8];
    if (!take_string(c, text, sizeof text)) {
        return false;
    }
    const char *rest = strchr("<>|=", text[0]) != NULL && text[0] != '\0' ? text + 1 : text;
    h->big_endian = text[0] == '>';
    h->array.kind = rest[0];
    if (rest[0] == '\0' || rest[1] < '1' || rest[1] > '8' || rest[2] != '\0') {
        return false;
    }
    const int32_t bytes = rest[1] - '0';
    h->array.item_bytes = bytes;
    switch (rest[0]) {
        case 'f':
            return bytes == 4 || bytes == 8;
        case 'i':
        case 'u':
            return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
        case 'b':
            return bytes == 1;
        default:
            return false;
    }
}

// "(3, 4)", "(3,)", "()".
static bool take_shape(cursor *c, npy_header *h) {
    if (!take(c, '(')) {
        return false;
    }
    for (h->array.rank = 0; !take(c, ')'); ++h->array.rank) {
        if (h->array.rank == TSR_ARRAY_MAX_RANK ||
            !take_number(c, &h->array.shape[h->array.rank])) {
            return false;
        }
        if (!take(c, ',')) {
            ++h->array.rank;
            return take(c, ')');
        }
    }
    return true;
}

static bool take_pair(cursor *c, npy_header *h) {
    char key[16];
    if (!take_string(c, key, sizeof key) || !take(c, ':')) {
        return false;
    }
    if (strcmp(key, "descr") == 0) {
        h->has_descr = true;
        return take_descr(c, h);
    }
    if (strcmp(key, "fortran_order") == 0) {
        h->has_order = true;
        h->fortran_order = take_word(c, "True");
        return h->fortran_order || take_word(c, "False");
    }
    h->has_shape = true;
    return strcmp(key, "shape") == 0 && take_shape(c, h);
}

static bool parse_header(const char *text, size_t length, npy_header *h) {
    cursor c = {text, text + length};
    if (!take(&c, '{')) {
        return false;
    }
    while (!take(&c, '}')) {
        if (!take_pair(&c, h)) {
            return false;
        }
        if (!take(&c, ',')) {
            if (!take(&c, '}')) {
                return false;
            }
            break;
        }
    }
    skip_space(&c);
    return c.at == c.end && h->has_descr && h->has_order && h->has_shape;
}

// Length of the header text and where it starts; 0 when the file ends before.
static size_t header_extent(const uint8_t *bytes, size_t size, size_t *start) {
    if (size < 10) {
        return 0;
    }
    const bool wide = bytes[6] > 1;
    *start = wide ? 12 : 10;
    if (size < *start) {
        return 0;
    }
    size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (wide) {
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    }
    return length <= size - *start ? length : 0;
}

// Fortran order: the first index runs fastest.
static void reorder(const tsr_array *array, const uint8_t *from, uint8_t *to) {
    const size_t item = (size_t)array->item_bytes;
    size_t index[TSR_ARRAY_MAX_RANK] = {0};
    for (size_t i = 0; i < array->count; ++i) {
        size_t at = 0;
        for (int32_t k = array->rank - 1; k >= 0; --k) {
            at = at * (size_t)array->shape[k] + index[k];
        }
        memcpy(to + i * item, from + at * item, item);
        for (int32_t k = array->rank - 1; k >= 0 && ++index[k] == (size_t)array->shape[k]; --k) {
            index[k] = 0;
        }
    }
}

static void swap_bytes(uint8_t *data, size_t count, size_t item) {
    for (size_t i = 0; i < count; ++i, data += item) {
        for (size_t k = 0; k < item / 2; ++k) {
            const uint8_t byte = data[k];
            data[k] = data[item - 1 - k];
            data[item - 1 - k] = byte;
        }
    }
}

// Elements by the shape; false when the product leaves int64.
static bool count_elements(tsr_array *array, int64_t *bytes) {
    int64_t count = 1;
    bool fits = true;
    bool empty = false;
    for (int32_t k = 0; k < array->rank; ++k) {
        empty = empty || array->shape[k] == 0;
        fits = fits && tsr_mul_i64(count, array->shape[k], &count);
    }
    count = empty ? 0 : count;
    array->count = (size_t)count;
    return (fits || empty) && tsr_mul_i64(count, array->item_bytes, bytes);
}

tsr_status tsr_npy_parse(const uint8_t *bytes, size_t size, const char *where, tsr_array *array,
                         tsr_error *err) {
    TSR_CHECK(tsr_npy_is_magic(bytes, size), TSR_ERR_CONFIG, err, where,
              "does not start with the NPY magic");
    TSR_CHECK(size < 8 || (bytes[6] >= 1 && bytes[6] <= 3), TSR_ERR_CONFIG, err, where,
              "NPY version %d, must be 1, 2 or 3", bytes[6]);
    size_t start = 0;
    const size_t length = header_extent(bytes, size, &start);
    TSR_CHECK(length > 0, TSR_ERR_CONFIG, err, where, "truncated: %zu bytes end inside the header",
              size);
    npy_header h = {0};
    TSR_CHECK(parse_header((const char *)bytes + start, length, &h), TSR_ERR_CONFIG, err, where,
              "header '%.*s' must hold descr (f4 f8 i1..i8 u1..u8 b1), fortran_order, and a shape "
              "of at most %d extents",
              (int)(length < 100 ? length : 100), (const char *)bytes + start, TSR_ARRAY_MAX_RANK);
    const size_t payload = size - start - length;
    int64_t needed = 0;
    TSR_CHECK(count_elements(&h.array, &needed) && (uint64_t)needed == payload, TSR_ERR_CONFIG, err,
              where, "%zu bytes of elements, the shape needs %s (truncated or malformed)", payload,
              (uint64_t)needed < payload ? "fewer" : "more");
    uint8_t *data = tsr_alloc(payload, 1);
    TSR_CHECK(data != NULL, TSR_ERR_NO_MEMORY, err, where, "out of memory for %zu bytes", payload);
    if (h.fortran_order && h.array.rank > 1) {
        reorder(&h.array, bytes + start + length, data);
    } else {
        memcpy(data, bytes + start + length, payload);
    }
    if (h.big_endian) {
        swap_bytes(data, h.array.count, (size_t)h.array.item_bytes);
    }
    memcpy(h.array.name, array->name, sizeof h.array.name);
    h.array.data = data;
    *array = h.array;
    return TSR_OK;
}
