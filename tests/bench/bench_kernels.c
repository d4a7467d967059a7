// SPDX-License-Identifier: Apache-2.0
// Speed of every kernel variant on 3x3 layers shaped like VGG's: GMAC/s of processor time, and fast
// over reference.
#include <stdio.h>
#include <time.h>

#include <tessera/kernels.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "fast/cut_conv.h"

enum { tile_lanes = 16, repeats = 3 };

/** A 3x3 layer with as many output as input channels. */
typedef struct bench_shape {
    int32_t channels, edge;
} bench_shape;

/** Operands of one layer in every form. */
typedef struct operands {
    tsr_tensor in_f32, weight_f32, in_i8, weight_i8;
    tsr_window window;
    tsr_tile_conv tile;
    int8_t *tile_in, *tile_weight;  // owned
    int32_t *acc;                   // owned
    int16_t *tile_in_16, *tile_weight_16;
    int64_t *acc_64;
} operands;

static double cpu_seconds(void) {
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool make_tensor(tsr_dtype dtype, int32_t n, int32_t c, int32_t edge, tsr_rng *rng,
                        tsr_tensor *t) {
    if (tsr_tensor_create(t, dtype, n, c, edge, edge, NULL) != TSR_OK) {
        return false;
    }
    const size_t count = (size_t)n * (size_t)c * (size_t)edge * (size_t)edge;
    for (size_t i = 0; i < count; ++i) {
        if (dtype == TSR_DTYPE_F32) {
            ((float *)t->data)[i] = (float)(tsr_rng_unit(rng) - 0.5);
        } else {
            ((int8_t *)t->data)[i] = (int8_t)tsr_rng_range(rng, -127, 127);
        }
    }
    return true;
}

static bool make_tile(const bench_shape *s, tsr_rng *rng, operands *o) {
    const int32_t planes = s->channels / tile_lanes;
    o->tile = (tsr_tile_conv){.tm = tile_lanes,
                              .tn = tile_lanes,
                              .planes = planes,
                              .in_h = s->edge + 2,
                              .in_w = s->edge + 2,
                              .kernel_h = 3,
                              .kernel_w = 3,
                              .stride_h = 1,
                              .stride_w = 1,
                              .dilation_h = 1,
                              .dilation_w = 1,
                              .m_groups = planes,
                              .out_h = s->edge,
                              .out_w = s->edge};
    const size_t inputs = (size_t)s->channels * (size_t)o->tile.in_h * (size_t)o->tile.in_w;
    const size_t weights = (size_t)s->channels * (size_t)s->channels * 9;
    const size_t outputs = (size_t)s->channels * (size_t)s->edge * (size_t)s->edge;
    o->tile_in = tsr_alloc(inputs, 1);
    o->tile_weight = tsr_alloc(weights, 1);
    o->acc = tsr_alloc(outputs, sizeof *o->acc);
    o->tile_in_16 = tsr_alloc(inputs, sizeof *o->tile_in_16);
    o->tile_weight_16 = tsr_alloc(weights, sizeof *o->tile_weight_16);
    o->acc_64 = tsr_alloc(outputs, sizeof *o->acc_64);
    if (o->tile_in == NULL || o->tile_weight == NULL || o->acc == NULL || o->tile_in_16 == NULL ||
        o->tile_weight_16 == NULL || o->acc_64 == NULL) {
        return false;
    }
    for (size_t i = 0; i < inputs; ++i) {
        o->tile_in_16[i] = o->tile_in[i] = (int8_t)tsr_rng_range(rng, -128, 127);
    }
    for (size_t i = 0; i < weights; ++i) {
        o->tile_weight_16[i] = o->tile_weight[i] = (int8_t)tsr_rng_range(rng, -127, 127);
    }
    return true;
}

static bool operands_make(const bench_shape *s, operands *o) {
    tsr_rng rng = {1};
    *o =
        (operands){.window = {3, 3, 1, 1, 1, 1, 1, {.top = 1, .left = 1, .bottom = 1, .right = 1}}};
    return make_tensor(TSR_DTYPE_F32, 1, s->channels, s->edge, &rng, &o->in_f32) &&
           make_tensor(TSR_DTYPE_F32, s->channels, s->channels, 3, &rng, &o->weight_f32) &&
           make_tensor(TSR_DTYPE_I8, 1, s->channels, s->edge, &rng, &o->in_i8) &&
           make_tensor(TSR_DTYPE_I8, s->channels, s->channels, 3, &rng, &o->weight_i8) &&
           make_tile(s, &rng, o);
}

static void operands_free(operands *o) {
    tsr_tensor_free(&o->in_f32);
    tsr_tensor_free(&o->weight_f32);
    tsr_tensor_free(&o->in_i8);
    tsr_tensor_free(&o->weight_i8);
    tsr_free(o->tile_in);
    tsr_free(o->tile_weight);
    tsr_free(o->acc);
    tsr_free(o->tile_in_16);
    tsr_free(o->tile_weight_16);
    tsr_free(o->acc_64);
}

typedef enum kind { REF_F32, REF_INT, FAST_F32, FAST_INT, TILE_I8, TILE_I16 } kind;

// What tsr_fast_conv_f32 does, with an instruction set of our choice.
static tsr_status run_f32_isa(const operands *o, tsr_isa isa) {
    const tsr_tensor none = {0};
    const tsr_conv_operands c = {&o->in_f32, &o->weight_f32, &none, &o->window};
    const tsr_window_extent extent = {o->in_f32.h, o->in_f32.w};
    tsr_cut_axis rows = {0};
    tsr_cut_axis columns = {0};
    tsr_cut_conv_f32 *layer = NULL;
    tsr_tensor out = {0};
    tsr_status status = tsr_cut_whole(&c, &extent, &rows, &columns, NULL);
    if (status == TSR_OK) {
        status =
            tsr_tensor_create(&out, TSR_DTYPE_F32, 1, o->weight_f32.n, extent.h, extent.w, NULL);
    }
    if (status == TSR_OK) {
        status = tsr_cut_conv_f32_create(&c, isa, &layer, NULL);
    }
    if (status == TSR_OK) {
        status = tsr_cut_conv_f32_run(layer, &(tsr_cut){&rows, &columns}, &out, NULL);
    }
    tsr_cut_conv_f32_destroy(layer);
    tsr_tensor_free(&out);
    tsr_cut_axis_free(&rows);
    tsr_cut_axis_free(&columns);
    return status;
}

static tsr_status run_plain(const operands *o, kind what, tsr_isa isa) {
    const tsr_tensor none = {0};
    tsr_tensor out = {0};
    tsr_status status = TSR_OK;
    switch (what) {
        case REF_F32:
            status = tsr_ref_conv_f32(&o->in_f32, &o->weight_f32, &none, &o->window, &out, NULL);
            break;
        case REF_INT:
            status = tsr_ref_conv_int(&o->in_i8, 3, &o->weight_i8, &none, &o->window, &out, NULL);
            break;
        case FAST_F32:
            return run_f32_isa(o, isa);
        default:
            status =
                tsr_fast_conv_int(&o->in_i8, 3, &o->weight_i8, &none, &o->window, isa, &out, NULL);
            break;
    }
    tsr_tensor_free(&out);
    return status;
}

static tsr_status run_once(const operands *o, kind what, tsr_isa isa) {
    if (what == TILE_I8) {
        return tsr_tile_conv_i8(&o->tile, o->tile_in, o->tile_weight, o->acc, isa, NULL);
    }
    if (what == TILE_I16) {
        return tsr_tile_conv_i16(&o->tile, o->tile_in_16, o->tile_weight_16, o->acc_64, NULL);
    }
    return run_plain(o, what, isa);
}

// Best of some runs in GMAC/s; the slow kernels run once.
static double speed(const bench_shape *s, const operands *o, kind what, tsr_isa isa) {
    const double macs = (double)s->channels * s->channels * 9.0 * s->edge * s->edge;
    const int count = what == REF_F32 || what == REF_INT || what == TILE_I16 ||
                              (what == FAST_F32 && isa == TSR_ISA_PORTABLE)
                          ? 1
                          : repeats;
    double best = 0.0;
    for (int i = 0; i < count; ++i) {
        const double start = cpu_seconds();
        if (run_once(o, what, isa) != TSR_OK) {
            return 0.0;
        }
        const double rate = macs / (cpu_seconds() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    return best;
}

static void print_row(const char *name, const char *isa, double rate, double reference) {
    (void)printf("  %-22s %-12s %8.2f GMAC/s  %7.1f x reference\n", name, isa, rate,
                 rate / reference);
}

static void bench(const bench_shape *s) {
    operands o;
    if (operands_make(s, &o)) {
        (void)printf("3x3, %d -> %d channels, %dx%d\n", s->channels, s->channels, s->edge, s->edge);
        const double ref_f32 = speed(s, &o, REF_F32, TSR_ISA_PORTABLE);
        const double ref_int = speed(s, &o, REF_INT, TSR_ISA_PORTABLE);
        print_row("tsr_ref_conv_f32", "-", ref_f32, ref_f32);
        for (int isa = 0; isa < TSR_ISA_COUNT; ++isa) {
            if (tsr_isa_available((tsr_isa)isa)) {
                print_row("tsr_fast_conv_f32", tsr_isa_name((tsr_isa)isa),
                          speed(s, &o, FAST_F32, (tsr_isa)isa), ref_f32);
            }
        }
        print_row("tsr_ref_conv_int", "-", ref_int, ref_int);
        for (int isa = 0; isa < TSR_ISA_COUNT; ++isa) {
            if (tsr_isa_available((tsr_isa)isa)) {
                print_row("tsr_fast_conv_int", tsr_isa_name((tsr_isa)isa),
                          speed(s, &o, FAST_INT, (tsr_isa)isa), ref_int);
                print_row("tsr_tile_conv_i8", tsr_isa_name((tsr_isa)isa),
                          speed(s, &o, TILE_I8, (tsr_isa)isa), ref_int);
            }
        }
        print_row("tsr_tile_conv_i16", "-", speed(s, &o, TILE_I16, TSR_ISA_PORTABLE), ref_int);
    } else {
        (void)printf("out of memory\n");
    }
    operands_free(&o);
}

int main(void) {
    static const bench_shape shapes[] = {{64, 112}, {128, 56}, {256, 28}, {512, 14}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        bench(&shapes[i]);
    }
    return 0;
}
