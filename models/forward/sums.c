// SPDX-License-Identifier: Apache-2.0
// Exact accumulators. 16-bit operands are cut into bytes, x = 256*xh + xl and w = 256*wh + wl, so
// that the same 32-bit block convolution gives four partial sums whose weighted sum is exact in 64
// bits:
//   sum w*(x-z) = 65536*hh + 256*(hl + lh) + ll.
#include "forward/sums.h"

#include "base/alloc.h"
#include "base/check.h"

enum { low_mask = 255, high_shift = 8 };

typedef enum part { PART_LOW = 0, PART_HIGH = 1 } part;

// Arithmetic shift and mask agree with x = 256*high + low for negative x as well.
static int32_t part_of(int32_t value, part which) {
    return which == PART_HIGH ? value >> high_shift : value & low_mask;
}

static tsr_status cut(const tsr_tensor *from, tsr_dtype dtype, part which, tsr_tensor *to,
                      tsr_error *err) {
    TSR_TRY(tsr_tensor_create(to, dtype, from->n, from->c, from->h, from->w, err));
    const size_t count = tsr_q_count(from);
    for (size_t i = 0; i < count; ++i) {
        const int32_t value = part_of(tsr_q_at(from, i), which);
        if (dtype == TSR_DTYPE_U8) {
            ((uint8_t *)to->data)[i] = (uint8_t)value;
        } else {
            tsr_q_set(to, i, value);
        }
    }
    return TSR_OK;
}

// One partial sum, added into `wide` with its weight. Leaves the int32 tensor in *narrow for the
// shape.
static tsr_status add_part(const tsr_sums_request *r, const tsr_tensor *in, part x_part,
                           const tsr_tensor *weight, part w_part, tsr_sums *sums, tsr_error *err) {
    const tsr_tensor no_bias = {0};
    tsr_tensor partial = {0};
    TSR_TRY(tsr_block_conv_int(in, part_of(r->zero_point, x_part), weight, &no_bias, &r->window,
                               &r->blocking, r->where, r->fast, &partial, err));
    const size_t count = tsr_q_count(&partial);
    if (sums->wide == NULL) {
        sums->wide = tsr_alloc(count, sizeof *sums->wide);
        if (sums->wide == NULL) {
            tsr_tensor_free(&partial);
            return tsr_fail(err, TSR_ERR_NO_MEMORY, r->where, "out of memory");
        }
    }
    const int64_t factor = (x_part == PART_HIGH ? 256 : 1) * (w_part == PART_HIGH ? 256 : 1);
    const int32_t *values = partial.data;
    for (size_t i = 0; i < count; ++i) {
        sums->wide[i] += factor * values[i];
    }
    tsr_tensor_free(&sums->narrow);
    sums->narrow = partial;
    return TSR_OK;
}

static void add_bias(const tsr_tensor *bias, tsr_sums *sums) {
    const size_t plane = (size_t)sums->narrow.h * (size_t)sums->narrow.w;
    const size_t channels = (size_t)sums->narrow.c;
    const size_t planes = (size_t)sums->narrow.n * channels;
    for (size_t p = 0; p < planes; ++p) {
        const int64_t value = ((const int32_t *)bias->data)[p % channels];
        for (size_t i = 0; i < plane; ++i) {
            sums->wide[p * plane + i] += value;
        }
    }
}

static tsr_status compute_wide(const tsr_sums_request *r, tsr_sums *sums, tsr_error *err) {
    static const tsr_dtype part_type[2] = {TSR_DTYPE_U8, TSR_DTYPE_I8};  // of activations
    tsr_tensor x[2] = {{0}};
    tsr_tensor w[2] = {{0}};
    tsr_status status = TSR_OK;
    for (int32_t p = PART_LOW; p <= PART_HIGH && status == TSR_OK; ++p) {
        status = cut(r->in, part_type[p], (part)p, &x[p], err);
        if (status == TSR_OK) {
            status = cut(&r->qlayer->weight, TSR_DTYPE_I16, (part)p, &w[p], err);
        }
    }
    for (int32_t k = 0; k < 4 && status == TSR_OK; ++k) {
        const part xp = (part)(k / 2);
        const part wp = (part)(k % 2);
        status = add_part(r, &x[xp], xp, &w[wp], wp, sums, err);
    }
    if (status == TSR_OK) {
        add_bias(&r->qlayer->bias, sums);
    }
    for (int32_t p = 0; p < 2; ++p) {
        tsr_tensor_free(&x[p]);
        tsr_tensor_free(&w[p]);
    }
    return status;
}

tsr_status tsr_sums_compute(const tsr_sums_request *request, tsr_sums *sums, tsr_error *err) {
    tsr_sums made = {0};
    tsr_status status = TSR_OK;
    if (request->in->dtype == TSR_DTYPE_I16) {
        status = compute_wide(request, &made, err);
    } else {
        status = tsr_block_conv_int(request->in, request->zero_point, &request->qlayer->weight,
                                    &request->qlayer->bias, &request->window, &request->blocking,
                                    request->where, request->fast, &made.narrow, err);
    }
    if (status != TSR_OK) {
        tsr_sums_free(&made);
        return status;
    }
    *sums = made;
    return TSR_OK;
}

void tsr_sums_free(tsr_sums *sums) {
    tsr_tensor_free(&sums->narrow);
    tsr_free(sums->wide);
    *sums = (tsr_sums){0};
}
