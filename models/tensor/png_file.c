// SPDX-License-Identifier: Apache-2.0
// Pictures through libpng's simplified interface: no setjmp in this code, any PNG becomes 8-bit
// grey or RGB.
#include <string.h>

#include <png.h>

#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"

static const size_t max_file_bytes = (size_t)1 << 30;

enum { max_extent = 65535, max_inflate_ratio = 1040 };

// Whether the chunks reach the end mark: libpng stops reading after the last row and would not
// notice.
static bool is_whole(const uint8_t *bytes, size_t size) {
    size_t at = 8;
    while (at <= size && size - at >= 12) {
        const uint8_t *p = bytes + at;
        const size_t length =
            (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | (size_t)p[3];
        if (length > size - at - 12) {
            return false;
        }
        if (memcmp(p + 4, "IEND", 4) == 0) {
            return true;
        }
        at += 12 + length;
    }
    return false;
}

// [h][w][c] <-> [c][h][w]
static void to_planes(const uint8_t *pixels, tsr_tensor *t) {
    const size_t plane = (size_t)t->h * (size_t)t->w;
    const size_t channels = (size_t)t->c;
    uint8_t *out = t->data;
    for (size_t c = 0; c < channels; ++c) {
        for (size_t i = 0; i < plane; ++i) {
            out[c * plane + i] = pixels[i * channels + c];
        }
    }
}

static void to_pixels(const tsr_tensor *t, uint8_t *pixels) {
    const size_t plane = (size_t)t->h * (size_t)t->w;
    const size_t channels = (size_t)t->c;
    const uint8_t *in = t->data;
    for (size_t i = 0; i < plane; ++i) {
        for (size_t c = 0; c < channels; ++c) {
            pixels[i * channels + c] = in[c * plane + i];
        }
    }
}

static tsr_status finish_read(png_image *image, const char *path, tsr_tensor *t, tsr_error *err) {
    const bool color = (image->format & PNG_FORMAT_FLAG_COLOR) != 0;
    image->format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_U8, 1, color ? 3 : 1, (int32_t)image->height,
                              (int32_t)image->width, err));
    uint8_t *pixels = tsr_alloc(made.bytes, 1);
    tsr_status status = TSR_OK;
    const png_color black = {0, 0, 0};
    if (pixels == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, path, "out of memory");
    } else if (png_image_finish_read(image, &black, pixels, 0, NULL) == 0) {
        status = tsr_fail(err, TSR_ERR_CONFIG, path, "not a good PNG: %s", image->message);
    } else {
        to_planes(pixels, &made);
    }
    tsr_free(pixels);
    if (status != TSR_OK) {
        tsr_tensor_free(&made);
        return status;
    }
    *t = made;
    return TSR_OK;
}

static tsr_status decode(const uint8_t *bytes, size_t size, const char *path, tsr_tensor *t,
                         tsr_error *err) {
    TSR_CHECK(size >= 8 && png_sig_cmp(bytes, 0, 8) == 0, TSR_ERR_CONFIG, err, path,
              "does not start like a PNG");
    TSR_CHECK(is_whole(bytes, size), TSR_ERR_CONFIG, err, path, "truncated PNG: no IEND chunk");
    png_image image = {.version = PNG_IMAGE_VERSION};
    TSR_CHECK(png_image_begin_read_from_memory(&image, bytes, size) != 0, TSR_ERR_CONFIG, err, path,
              "not a good PNG: %s", image.message);
    tsr_status status = TSR_OK;
    // At most 8 pixels come out of one byte, and that byte out of 1/1032 of one.
    const uint64_t pixel_bytes = (uint64_t)image.width * image.height / 8;
    if (image.width > max_extent || image.height > max_extent) {
        status = tsr_fail(err, TSR_ERR_SHAPE, path, "picture of %ux%u, must be at most %dx%d",
                          image.height, image.width, (int)max_extent, (int)max_extent);
    } else if (pixel_bytes / max_inflate_ratio > size) {
        status = tsr_fail(err, TSR_ERR_CONFIG, path, "%zu bytes cannot hold a picture of %ux%u",
                          size, image.height, image.width);
    } else {
        status = finish_read(&image, path, t, err);
    }
    png_image_free(&image);
    return status;
}

tsr_status tsr_png_read(const char *path, tsr_tensor *t, tsr_error *err) {
    char *text = NULL;
    size_t size = 0;
    TSR_TRY(tsr_file_read(path, max_file_bytes, &text, &size, err));
    const tsr_status status = decode((const uint8_t *)text, size, path, t, err);
    tsr_free(text);
    return status;
}

static tsr_status encode(const char *path, const tsr_tensor *t, const uint8_t *pixels,
                         tsr_error *err) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)t->w,
                       .height = (png_uint_32)t->h,
                       .format = t->c == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    FILE *file = NULL;
    TSR_TRY(tsr_file_begin(path, &file, err));
    if (png_image_write_to_stdio(&image, file, 0, pixels, 0, NULL) == 0) {
        tsr_file_abandon(path, file);
        return tsr_fail(err, TSR_ERR_FILE, path, "cannot write the PNG: %s", image.message);
    }
    return tsr_file_commit(path, file, err);
}

tsr_status tsr_png_write(const char *path, const tsr_tensor *t, tsr_error *err) {
    TSR_CHECK(t->data != NULL && t->layout == TSR_LAYOUT_PLAIN && t->dtype == TSR_DTYPE_U8 &&
                  t->n == 1 && (t->c == 1 || t->c == 3) && t->h <= max_extent && t->w <= max_extent,
              TSR_ERR_SHAPE, err, path,
              "tensor %dx%dx%dx%d %s, must be plain uint8 1x1xHxW or 1x3xHxW", t->n, t->c, t->h,
              t->w, tsr_dtype_name(t->dtype));
    uint8_t *pixels = tsr_alloc(t->bytes, 1);
    TSR_CHECK(pixels != NULL, TSR_ERR_NO_MEMORY, err, path, "out of memory");
    to_pixels(t, pixels);
    const tsr_status status = encode(path, t, pixels, err);
    tsr_free(pixels);
    return status;
}
