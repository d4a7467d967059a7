// SPDX-License-Identifier: Apache-2.0
// Block convolution of a whole map: cut, pad every block by itself, convolve, put together.
#include <stdio.h>

#include <tessera/kernels.h>

#include "base/check.h"
#include "fast/block_cuts.h"
#include "reference/element.h"

/** One blocked convolution with the stride that is really done. */
typedef struct block_conv {
    tsr_window window;
    tsr_conv_operands o;
    const tsr_blocking *blocking;
    const char *where;
    bool fast;
    bool pools;  // the authors' stand-in for a stride of 2 follows
} block_conv;

// The authors' code looks at the vertical stride only, and only for the value 2.
static tsr_status choose_stride(block_conv *b, tsr_error *err) {
    const int32_t h = b->window.stride_h;
    const int32_t w = b->window.stride_w;
    if (b->blocking->true_stride || (h == 1 && w == 1)) {
        return TSR_OK;
    }
    TSR_CHECK(
        h == 2 && (w == 1 || w == 2), TSR_ERR_UNSUPPORTED, err, NULL,
        "stride is %dx%d; without true_stride only 1x1, and 2 as stride 1 + 2x2 max pool, are "
        "possible",
        h, w);
    b->window.stride_h = 1;
    b->window.stride_w = 1;
    b->pools = true;
    return TSR_OK;
}

static tsr_status prepare(const tsr_window *window, block_conv *b, tsr_error *err) {
    b->window = *window;
    b->o.window = &b->window;
    TSR_TRY(choose_stride(b, err));
    // What reflect needs depends on the block and is checked there.
    tsr_side_pad *pad = &b->window.pad;
    pad->mode_top = pad->mode_left = pad->mode_bottom = pad->mode_right = TSR_PAD_ZERO;
    return TSR_OK;
}

static tsr_status named(tsr_status status, const char *where, tsr_error *err) {
    if (status != TSR_OK && err != NULL && where != NULL && err->where[0] == '\0') {
        (void)snprintf(err->where, sizeof err->where, "%s", where);
    }
    return status;
}

static tsr_status run_f32(const block_conv *b, const tsr_block_cuts *cuts, tsr_tensor *out,
                          tsr_error *err) {
    if (!b->fast) {
        const tsr_cut_conv_ref ref = {&b->o, 0};
        return tsr_block_cuts_run(cuts, tsr_cut_conv_ref_run, &ref, out, err);
    }
    tsr_cut_conv_f32 *layer = NULL;
    TSR_TRY(tsr_cut_conv_f32_create(&b->o, tsr_isa_best(), &layer, err));
    const tsr_status status = tsr_block_cuts_run(cuts, tsr_cut_conv_f32_run, layer, out, err);
    tsr_cut_conv_f32_destroy(layer);
    return status;
}

static tsr_status run_int(const block_conv *b, int32_t zero_point, const tsr_block_cuts *cuts,
                          tsr_tensor *out, tsr_error *err) {
    if (!b->fast) {
        const tsr_cut_conv_ref ref = {&b->o, zero_point};
        return tsr_block_cuts_run(cuts, tsr_cut_conv_ref_run, &ref, out, err);
    }
    tsr_cut_conv_int *layer = NULL;
    TSR_TRY(tsr_cut_conv_int_create(&b->o, zero_point, tsr_isa_best(), &layer, err));
    const tsr_status status = tsr_block_cuts_run(cuts, tsr_cut_conv_int_run, layer, out, err);
    tsr_cut_conv_int_destroy(layer);
    return status;
}

static tsr_status run(const block_conv *b, int32_t zero_point, tsr_tensor *out, tsr_error *err) {
    const tsr_block_request request = {&b->o, b->blocking, b->where};
    const bool real = b->o.in->dtype == TSR_DTYPE_F32;
    tsr_block_cuts cuts = {0};
    TSR_TRY(tsr_block_cuts_make(&request, &cuts, err));
    tsr_tensor made = {0};
    tsr_status status = tsr_tensor_create(&made, real ? TSR_DTYPE_F32 : TSR_DTYPE_I32, b->o.in->n,
                                          b->o.weight->n, cuts.out_h, cuts.out_w, err);
    if (status == TSR_OK) {
        status = real ? run_f32(b, &cuts, &made, err) : run_int(b, zero_point, &cuts, &made, err);
    }
    tsr_block_cuts_free(&cuts);
    if (status != TSR_OK) {
        tsr_tensor_free(&made);
        return status;
    }
    *out = made;
    return TSR_OK;
}

static tsr_status block_conv_f32(block_conv *b, const tsr_window *window, tsr_tensor *out,
                                 tsr_error *err) {
    tsr_window_extent extent = {0};
    TSR_TRY(tsr_check_float(b->o.in, "input", err));
    TSR_TRY(tsr_check_float(b->o.weight, "weight", err));
    TSR_TRY(prepare(window, b, err));
    TSR_TRY(tsr_conv_check(&b->o, TSR_DTYPE_F32, &extent, err));
    if (!b->pools) {
        return run(b, 0, out, err);
    }
    static const tsr_window halve = {2, 2, 2, 2, 1, 1, 1, {0}};
    tsr_tensor whole = {0};
    TSR_TRY(run(b, 0, &whole, err));
    const tsr_status status = tsr_ref_max_pool(&whole, &halve, out, err);
    tsr_tensor_free(&whole);
    return status;
}

tsr_status tsr_block_conv_f32(const tsr_tensor *in, const tsr_tensor *weight,
                              const tsr_tensor *bias, const tsr_window *window,
                              const tsr_blocking *blocking, const char *where, bool fast,
                              tsr_tensor *out, tsr_error *err) {
    block_conv b = {
        .o = {in, weight, bias, NULL}, .blocking = blocking, .where = where, .fast = fast};
    return named(block_conv_f32(&b, window, out, err), where, err);
}

static tsr_status block_conv_int(block_conv *b, int32_t zero_point, const tsr_window *window,
                                 tsr_tensor *acc, tsr_error *err) {
    tsr_window_extent extent = {0};
    TSR_TRY(prepare(window, b, err));
    TSR_TRY(tsr_conv_check_int(&b->o, zero_point, &extent, err));
    return run(b, zero_point, acc, err);
}

tsr_status tsr_block_conv_int(const tsr_tensor *in, int32_t zero_point, const tsr_tensor *weight,
                              const tsr_tensor *bias, const tsr_window *window,
                              const tsr_blocking *blocking, const char *where, bool fast,
                              tsr_tensor *acc, tsr_error *err) {
    block_conv b = {
        .o = {in, weight, bias, NULL}, .blocking = blocking, .where = where, .fast = fast};
    return named(block_conv_int(&b, zero_point, window, acc, err), where, err);
}
