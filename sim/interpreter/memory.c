// SPDX-License-Identifier: Apache-2.0
// The DRAM image of a program, and maps in and out of it.
#include <inttypes.h>
#include <string.h>

#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

static tsr_status check_extent(const tsr_program *program, const char *name, uint64_t address,
                               uint64_t bytes, tsr_error *err) {
    TSR_CHECK(address <= program->memory_bytes && bytes <= program->memory_bytes - address,
              TSR_ERR_CONFIG, err, name,
              "bytes %" PRIu64 " to %" PRIu64 " leave the image of %" PRIu64 " bytes", address,
              address + bytes, program->memory_bytes);
    return TSR_OK;
}

static tsr_status fill(const tsr_program *program, uint8_t *memory, tsr_error *err) {
    for (int32_t i = 0; i < program->segment_count; ++i) {
        const tsr_segment *segment = &program->segments[i];
        TSR_TRY(check_extent(program, segment->name, segment->address, segment->bytes, err));
        if (segment->data != NULL) {
            memcpy(memory + segment->address, segment->data, (size_t)segment->bytes);
        }
    }
    uint64_t address = program->descriptor_address;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        uint8_t bytes[2 * TSR_UARCH_DESCRIPTOR_UNIT_BYTES];
        const tsr_desc desc = tsr_program_desc(program, i);
        TSR_TRY(tsr_desc_encode(&desc, bytes, err));
        const uint64_t size = tsr_program_desc_bytes(program, i);
        TSR_TRY(check_extent(program, "descriptors", address, size, err));
        memcpy(memory + address, bytes, (size_t)size);
        address += size;
    }
    return TSR_OK;
}

tsr_status tsr_memory_create(const tsr_program *program, uint8_t **memory, tsr_error *err) {
    uint8_t *image = tsr_alloc((size_t)program->memory_bytes, 1);
    TSR_CHECK(image != NULL, TSR_ERR_NO_MEMORY, err, "",
              "no memory for a DRAM image of %" PRIu64 " bytes", program->memory_bytes);
    const tsr_status status = fill(program, image, err);
    if (status != TSR_OK) {
        tsr_free(image);
        return status;
    }
    *memory = image;
    return TSR_OK;
}

void tsr_memory_free(uint8_t *memory) {
    tsr_free(memory);
}

/** A symbol's extents and place in the image. */
typedef struct symbol_walk {
    int32_t element_bytes, lanes;
    int64_t planes, plane_bytes, row_bytes;
} symbol_walk;

static tsr_status check_symbol(const tsr_program *program, const tsr_symbol *symbol,
                               symbol_walk *walk, tsr_error *err) {
    const tsr_arch *arch = &program->arch;
    TSR_CHECK(symbol->c >= 1 && symbol->h >= 1 && symbol->w >= 1 &&
                  symbol->pixel_bytes == tsr_arch_pixel_bytes(arch, symbol->c),
              TSR_ERR_CONFIG, err, symbol->name,
              "%d x %d x %d with pixels of %d bytes is no map of this architecture", symbol->c,
              symbol->h, symbol->w, symbol->pixel_bytes);
    walk->element_bytes = tsr_arch_element_bytes(arch);
    walk->planes = tsr_ceil_div(symbol->c, arch->tn);
    walk->lanes = arch->tn;
    walk->row_bytes = (int64_t)symbol->w * symbol->pixel_bytes;
    walk->plane_bytes = walk->row_bytes * symbol->h;
    return check_extent(program, symbol->name, symbol->address,
                        (uint64_t)(walk->planes * walk->plane_bytes), err);
}

static size_t place_of(const tsr_symbol *symbol, const symbol_walk *walk, int32_t c, int32_t y,
                       int32_t x) {
    return (size_t)symbol->address +
           (size_t)(c / walk->lanes * walk->plane_bytes + y * walk->row_bytes +
                    (int64_t)x * symbol->pixel_bytes +
                    (int64_t)(c % walk->lanes) * walk->element_bytes);
}

tsr_status tsr_memory_put(const tsr_program *program, const tsr_symbol *symbol,
                          const tsr_tensor *plain, uint8_t *memory, tsr_error *err) {
    symbol_walk walk = {0};
    TSR_TRY(check_symbol(program, symbol, &walk, err));
    const tsr_dtype dtype = walk.element_bytes == 1 ? TSR_DTYPE_I8 : TSR_DTYPE_I16;
    TSR_CHECK(plain->dtype == dtype && plain->layout == TSR_LAYOUT_PLAIN && plain->n == 1 &&
                  plain->c == symbol->c && plain->h == symbol->h && plain->w == symbol->w,
              TSR_ERR_SHAPE, err, symbol->name,
              "tensor %s [%d][%d][%d][%d], allowed is plain %s [1][%d][%d][%d]",
              tsr_dtype_name(plain->dtype), plain->n, plain->c, plain->h, plain->w,
              tsr_dtype_name(dtype), symbol->c, symbol->h, symbol->w);
    memset(memory + symbol->address, 0, (size_t)(walk.planes * walk.plane_bytes));
    const uint8_t *element = plain->data;
    for (int32_t c = 0; c < plain->c; ++c) {
        for (int32_t y = 0; y < plain->h; ++y) {
            for (int32_t x = 0; x < plain->w; ++x) {
                memcpy(memory + place_of(symbol, &walk, c, y, x), element,
                       (size_t)walk.element_bytes);
                element += walk.element_bytes;
            }
        }
    }
    return TSR_OK;
}

tsr_status tsr_memory_get(const tsr_program *program, const tsr_symbol *symbol,
                          const uint8_t *memory, tsr_tensor *plain, tsr_error *err) {
    symbol_walk walk = {0};
    TSR_TRY(check_symbol(program, symbol, &walk, err));
    const tsr_dtype dtype = walk.element_bytes == 1 ? TSR_DTYPE_I8 : TSR_DTYPE_I16;
    TSR_TRY(tsr_tensor_create(plain, dtype, 1, symbol->c, symbol->h, symbol->w, err));
    uint8_t *element = plain->data;
    for (int32_t c = 0; c < plain->c; ++c) {
        for (int32_t y = 0; y < plain->h; ++y) {
            for (int32_t x = 0; x < plain->w; ++x) {
                memcpy(element, memory + place_of(symbol, &walk, c, y, x),
                       (size_t)walk.element_bytes);
                element += walk.element_bytes;
            }
        }
    }
    return TSR_OK;
}
