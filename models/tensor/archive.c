// SPDX-License-Identifier: Apache-2.0
// Named arrays from .npy and .npz files, and one tensor out as .npy.
#include <stdio.h>
#include <string.h>

#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "tensor/npy_format.h"
#include "tensor/npz.h"

static const size_t max_file_bytes = (size_t)0xFFFFFFFFu;

static tsr_status parse_single(const uint8_t *bytes, size_t size, const char *path,
                               tsr_archive *archive, tsr_error *err) {
    tsr_array *array = tsr_alloc(1, sizeof *array);
    TSR_CHECK(array != NULL, TSR_ERR_NO_MEMORY, err, path, "out of memory");
    const tsr_status status = tsr_npy_parse(bytes, size, path, array, err);
    if (status != TSR_OK) {
        tsr_free(array);
        return status;
    }
    *archive = (tsr_archive){.count = 1, .arrays = array};
    return TSR_OK;
}

tsr_status tsr_archive_read(const char *path, tsr_archive *archive, tsr_error *err) {
    char *text = NULL;
    size_t size = 0;
    TSR_TRY(tsr_file_read(path, max_file_bytes, &text, &size, err));
    const uint8_t *bytes = (const uint8_t *)text;
    tsr_status status = TSR_OK;
    if (tsr_npy_is_magic(bytes, size)) {
        status = parse_single(bytes, size, path, archive, err);
    } else if (size >= 2 && bytes[0] == 'P' && bytes[1] == 'K') {
        status = tsr_npz_parse(bytes, size, path, archive, err);
    } else {
        status = tsr_fail(err, TSR_ERR_CONFIG, path,
                          "%zu bytes that start neither like .npy nor like .npz (zip)", size);
    }
    tsr_free(text);
    return status;
}

const tsr_array *tsr_archive_find(const tsr_archive *archive, const char *name) {
    for (int32_t i = 0; i < archive->count; ++i) {
        if (strcmp(archive->arrays[i].name, name) == 0) {
            return &archive->arrays[i];
        }
    }
    return NULL;
}

void tsr_archive_free(tsr_archive *archive) {
    if (archive == NULL) {
        return;
    }
    for (int32_t i = 0; i < archive->count; ++i) {
        tsr_free(archive->arrays[i].data);
    }
    tsr_free(archive->arrays);
    *archive = (tsr_archive){0};
}

static double signed_at(const uint8_t *p, int32_t item_bytes) {
    int8_t i8 = 0;
    int16_t i16 = 0;
    int32_t i32 = 0;
    int64_t i64 = 0;
    switch (item_bytes) {
        case 1:
            memcpy(&i8, p, sizeof i8);
            return i8;
        case 2:
            memcpy(&i16, p, sizeof i16);
            return i16;
        case 4:
            memcpy(&i32, p, sizeof i32);
            return i32;
        default:
            memcpy(&i64, p, sizeof i64);
            return (double)i64;
    }
}

static double unsigned_at(const uint8_t *p, int32_t item_bytes) {
    uint64_t value = 0;
    for (int32_t i = item_bytes - 1; i >= 0; --i) {
        value = value << 8 | p[i];
    }
    return (double)value;
}

static double float_at(const uint8_t *p, int32_t item_bytes) {
    float single = 0.0F;
    double wide = 0.0;
    if (item_bytes == 4) {
        memcpy(&single, p, sizeof single);
        return (double)single;
    }
    memcpy(&wide, p, sizeof wide);
    return wide;
}

double tsr_array_at(const tsr_array *array, size_t i) {
    const uint8_t *p = (const uint8_t *)array->data + i * (size_t)array->item_bytes;
    switch (array->kind) {
        case 'f':
            return float_at(p, array->item_bytes);
        case 'i':
            return signed_at(p, array->item_bytes);
        default:
            return unsigned_at(p, array->item_bytes);
    }
}

tsr_status tsr_npy_write(const char *path, const tsr_tensor *t, tsr_error *err) {
    static const char *const descr[TSR_DTYPE_COUNT] = {
        [TSR_DTYPE_I8] = "|i1",  [TSR_DTYPE_U8] = "|u1",  [TSR_DTYPE_I16] = "<i2",
        [TSR_DTYPE_I32] = "<i4", [TSR_DTYPE_F32] = "<f4",
    };

    enum { header_bytes = 128, text_bytes = header_bytes - 10 };

    TSR_CHECK(
        t->data != NULL && t->layout == TSR_LAYOUT_PLAIN && (size_t)t->dtype < TSR_DTYPE_COUNT,
        TSR_ERR_SHAPE, err, path, "tensor is empty or not in the plain layout");
    char text[text_bytes + 1];
    const int used = snprintf(
        text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d, %d, %d), }",
        descr[t->dtype], t->n, t->c, t->h, t->w);
    TSR_CHECK(used > 0 && used < text_bytes, TSR_ERR_INTERNAL, err, path, "header too long");
    memset(text + used, ' ', (size_t)(text_bytes - used - 1));
    text[text_bytes - 1] = '\n';
    static const uint8_t start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, text_bytes, 0};
    FILE *file = NULL;
    TSR_TRY(tsr_file_begin(path, &file, err));
    (void)fwrite(start, 1, sizeof start, file);
    (void)fwrite(text, 1, text_bytes, file);
    (void)fwrite(t->data, 1, t->bytes, file);  // errors are seen by the commit
    return tsr_file_commit(path, file, err);
}
