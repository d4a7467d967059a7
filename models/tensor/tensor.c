// SPDX-License-Identifier: Apache-2.0
// Dense tensors: sizes, creation, the two layouts, checksum.
#include <string.h>

#include <zlib.h>

#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

static const struct {
    size_t bytes;
    const char *name;
} dtypes[TSR_DTYPE_COUNT] = {
    [TSR_DTYPE_I8] = {1, "int8"},     [TSR_DTYPE_U8] = {1, "uint8"},
    [TSR_DTYPE_I16] = {2, "int16"},   [TSR_DTYPE_I32] = {4, "int32"},
    [TSR_DTYPE_F32] = {4, "float32"},
};

size_t tsr_dtype_bytes(tsr_dtype dtype) {
    return (size_t)dtype < TSR_DTYPE_COUNT ? dtypes[dtype].bytes : 0;
}

const char *tsr_dtype_name(tsr_dtype dtype) {
    return (size_t)dtype < TSR_DTYPE_COUNT ? dtypes[dtype].name : "unknown";
}

// Zeroed storage of the tensor's shape, `stored_c` channels of it in memory.
static tsr_status allocate(tsr_tensor *t, int64_t stored_c, tsr_error *err) {
    TSR_CHECK(t->n >= 1 && t->c >= 1 && t->h >= 1 && t->w >= 1, TSR_ERR_SHAPE, err, NULL,
              "tensor of %dx%dx%dx%d, every extent must be at least 1", t->n, t->c, t->h, t->w);
    const size_t item = tsr_dtype_bytes(t->dtype);
    TSR_CHECK(item > 0, TSR_ERR_SHAPE, err, NULL, "element type %d is unknown", (int)t->dtype);
    int64_t bytes = (int64_t)item;
    TSR_CHECK(tsr_mul_i64(bytes, t->n, &bytes) && tsr_mul_i64(bytes, stored_c, &bytes) &&
                  tsr_mul_i64(bytes, t->h, &bytes) && tsr_mul_i64(bytes, t->w, &bytes) &&
                  (uint64_t)bytes <= SIZE_MAX / 2,
              TSR_ERR_OVERFLOW, err, NULL, "tensor of %dx%dx%dx%d %s is larger than memory can be",
              t->n, t->c, t->h, t->w, tsr_dtype_name(t->dtype));
    t->bytes = (size_t)bytes;
    t->data = tsr_alloc(t->bytes, 1);
    TSR_CHECK(t->data != NULL, TSR_ERR_NO_MEMORY, err, NULL, "out of memory for %lld bytes",
              (long long)bytes);
    return TSR_OK;
}

tsr_status tsr_tensor_create(tsr_tensor *t, tsr_dtype dtype, int32_t n, int32_t c, int32_t h,
                             int32_t w, tsr_error *err) {
    tsr_tensor made = {.dtype = dtype, .n = n, .c = c, .h = h, .w = w, .channel_block = 1};
    TSR_TRY(allocate(&made, c, err));
    *t = made;
    return TSR_OK;
}

void tsr_tensor_free(tsr_tensor *t) {
    if (t == NULL) {
        return;
    }
    tsr_free(t->data);
    *t = (tsr_tensor){0};
}

/** Element steps of a layout. */
typedef struct walk {
    size_t image;  // from one n to the next
    size_t plane;  // from one group of cb channels to the next
    size_t pixel;  // from one x to the next
    int32_t cb;
} walk;

static walk walk_of(const tsr_tensor *t) {
    const bool blocked = t->layout == TSR_LAYOUT_CHANNEL_BLOCKED;
    const int32_t cb = blocked ? t->channel_block : 1;
    const size_t plane = (size_t)t->h * (size_t)t->w * (size_t)cb;
    return (walk){.image = (size_t)tsr_ceil_div(t->c, cb) * plane,
                  .plane = plane,
                  .pixel = (size_t)cb,
                  .cb = cb};
}

static size_t row_start(const walk *s, const tsr_tensor *t, int32_t n, int32_t c, int32_t y) {
    return (size_t)n * s->image + (size_t)(c / s->cb) * s->plane +
           (size_t)y * (size_t)t->w * s->pixel + (size_t)(c % s->cb);
}

static void copy_row(const uint8_t *from, size_t from_step, uint8_t *to, size_t to_step,
                     int32_t count, size_t item) {
    for (int32_t x = 0; x < count; ++x) {
        memcpy(to, from, item);
        from += from_step * item;
        to += to_step * item;
    }
}

static void copy_elements(const tsr_tensor *from, tsr_tensor *to) {
    const size_t item = tsr_dtype_bytes(from->dtype);
    const walk a = walk_of(from);
    const walk b = walk_of(to);
    for (int32_t n = 0; n < from->n; ++n) {
        for (int32_t c = 0; c < from->c; ++c) {
            for (int32_t y = 0; y < from->h; ++y) {
                copy_row((const uint8_t *)from->data + row_start(&a, from, n, c, y) * item, a.pixel,
                         (uint8_t *)to->data + row_start(&b, to, n, c, y) * item, b.pixel, from->w,
                         item);
            }
        }
    }
}

tsr_status tsr_tensor_to_blocked(const tsr_tensor *plain, int32_t channel_block,
                                 tsr_tensor *blocked, tsr_error *err) {
    TSR_CHECK(plain->data != NULL && plain->layout == TSR_LAYOUT_PLAIN, TSR_ERR_SHAPE, err, NULL,
              "tensor is empty or not in the plain layout");
    TSR_CHECK(channel_block >= 1, TSR_ERR_SHAPE, err, NULL, "channel block %d, must be at least 1",
              channel_block);
    tsr_tensor made = *plain;
    made.layout = TSR_LAYOUT_CHANNEL_BLOCKED;
    made.channel_block = channel_block;
    TSR_TRY(allocate(&made, tsr_ceil_div(plain->c, channel_block) * channel_block, err));
    copy_elements(plain, &made);
    *blocked = made;
    return TSR_OK;
}

tsr_status tsr_tensor_to_plain(const tsr_tensor *blocked, tsr_tensor *plain, tsr_error *err) {
    TSR_CHECK(blocked->data != NULL && blocked->layout == TSR_LAYOUT_CHANNEL_BLOCKED, TSR_ERR_SHAPE,
              err, NULL, "tensor is empty or not in the channel-blocked layout");
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, blocked->dtype, blocked->n, blocked->c, blocked->h, blocked->w,
                              err));
    copy_elements(blocked, &made);
    *plain = made;
    return TSR_OK;
}

// Elements gathered a stretch at a time, because their order in memory is another one.
static uint32_t crc_of_blocked(const tsr_tensor *t) {
    enum { stretch = 256 };

    uint8_t row[stretch * sizeof(int32_t)];
    const size_t item = tsr_dtype_bytes(t->dtype);
    const walk s = walk_of(t);
    uLong crc = crc32_z(0, NULL, 0);
    for (int32_t n = 0; n < t->n; ++n) {
        for (int32_t c = 0; c < t->c; ++c) {
            for (int32_t y = 0; y < t->h; ++y) {
                const uint8_t *from = (const uint8_t *)t->data + row_start(&s, t, n, c, y) * item;
                for (int32_t x = 0; x < t->w; x += stretch) {
                    const int32_t count = t->w - x < stretch ? t->w - x : stretch;
                    copy_row(from + (size_t)x * s.pixel * item, s.pixel, row, 1, count, item);
                    crc = crc32_z(crc, row, (size_t)count * item);
                }
            }
        }
    }
    return (uint32_t)crc;
}

uint32_t tsr_tensor_crc32(const tsr_tensor *t) {
    if (t->data == NULL) {
        return 0;
    }
    return t->layout == TSR_LAYOUT_PLAIN ? (uint32_t)crc32_z(0, t->data, t->bytes)
                                         : crc_of_blocked(t);
}
