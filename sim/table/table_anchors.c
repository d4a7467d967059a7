// SPDX-License-Identifier: Apache-2.0
// Published figures that the definitions of these tables can be held against (sources:
// shared/design/blockconv.md, section 3).
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "table/map_bytes.h"
#include "table/table_rows.h"
#include "table/text_grid.h"

static const double mib = 1048576.0;

static tsr_status load(const char *name, int32_t h, int32_t w, tsr_outline *outline,
                       tsr_error *err) {
    tsr_network network = {0};
    TSR_TRY(tsr_network_load(name, h, w, &network, err));
    const tsr_status status = tsr_outline_make(&network, outline, err);
    tsr_network_free(&network);
    return status;
}

// Alwani et al.: the first five convolutions of VGGNet-E (VGG-19; the same as those of VGG-16), fp32.
static tsr_status fused_layer(tsr_anchor a[5], tsr_error *err) {
    enum { layers = 5, bits = 32, channels_at_once = 64 };

    tsr_outline vgg = {0};
    TSR_TRY(load("vgg19", 0, 0, &vgg, err));
    uint64_t once = 0;   // intermediate maps, written and read once
    uint64_t pools = 0;  // what pools as passes of their own add
    uint64_t again = 0;  // reads for each further group of output channels
    for (int32_t i = 0; i < layers; ++i) {
        const tsr_outline_stage *s = &vgg.stages[i];
        const uint64_t passes = (uint64_t)((s->out.c + channels_at_once - 1) / channels_at_once);
        once += i < layers - 1 ? 2 * map_bytes(s->pooled, bits) : 0;
        pools += s->pool_fused ? 2 * map_bytes(s->out, bits) : 0;
        again += (passes - 1) * map_bytes(s->in, bits);
    }
    const uint64_t ends = map_bytes(vgg.input, bits) + map_bytes(vgg.stages[layers - 1].out, bits);
    const char *const fused = "Alwani et al. 2016, VGGNet-E, first five convolutions";
    const char *const between = "their baseline's tiling is not published; 77 lies between these";
    a[0] = (tsr_anchor){fused, "fused: input + output once", "MiB", "3.6 MB",
                        3.637, (double)ends / mib,           3,     "fp32, their MB taken as MiB"};
    a[1] = (tsr_anchor){fused, "unfused, pools fused into convolutions",
                        "MiB", "77 MB",
                        49.6,  (double)(ends + once) / mib,
                        1,     between};
    a[2] = (tsr_anchor){fused, "unfused, pools as passes of their own", "MiB", "77 MB",
                        86.3,  (double)(ends + once + pools) / mib,     1,     between};
    a[3] = (tsr_anchor){fused, "unfused, input again per 64 output channels", "MiB", "77 MB",
                        63.4,  (double)(ends + once + again) / mib,           1,     between};
    a[4] =
        (tsr_anchor){fused, "on-chip storage: two rows of every input",
                     "KiB", "362 KB",
                     341.3, (double)tsr_outline_line_buffer_bytes(&vgg, 0, layers, bits) / 1024.0,
                     1,     "the rest would be columns of the pyramid and pool rows"};
    tsr_outline_free(&vgg);
    return TSR_OK;
}

// MCUNetV2: the first expansion of MobileNet-V2, input + output.
static tsr_status mcunet(tsr_anchor *a, tsr_error *err) {
    tsr_outline net = {0};
    TSR_TRY(load("mobilenet_v2", 0, 0, &net, err));
    uint64_t bytes = 0;
    for (int32_t i = 0; i < net.stage_count && bytes == 0; ++i) {
        const tsr_outline_stage *s = &net.stages[i];
        if (s->kind == TSR_OUTLINE_CONV && s->kernel_h == 1 && s->out.c > s->in.c) {
            bytes = map_bytes(s->in, 8) + map_bytes(s->out, 8);
        }
    }
    tsr_outline_free(&net);
    *a = (tsr_anchor){"MCUNetV2 2021, MobileNet-V2 224, int8",
                      "peak memory: input + output of the first expansion",
                      "KiB",
                      "1372 kB",
                      1372.0,
                      (double)bytes / 1024.0,
                      1,
                      "their peak is the working set of one layer"};
    return TSR_OK;
}

// ShortcutFusion: every operand exactly once per layer.
static tsr_status shortcut_fusion(tsr_anchor a[2], tsr_error *err) {
    tsr_outline net = {0};
    TSR_TRY(load("resnet152", 0, 0, &net, err));
    const tsr_outline_totals t = tsr_outline_total(&net, 8);
    const uint64_t maps = t.intermediate_bytes + t.input_bytes + t.output_bytes;
    tsr_outline_free(&net);
    const char *const source = "ShortcutFusion 2021, ResNet-152";
    a[0] = (tsr_anchor){source, "baseline: weights, inputs, outputs exactly once per layer, 8 bit",
                        "MB",   "definition",
                        NAN,    (double)(maps + t.weight_count) / 1e6,
                        1,      "only the definition is published; it is that of table `traffic`"};
    a[1] = (tsr_anchor){
        source, "shortcut reads of all map accesses",
        "%",    "about 40 %",
        NAN,    100.0 * (double)t.shortcut_bytes / (double)maps,
        1,      "the add is fused here: one read a shortcut; what they count is not known"};
    return TSR_OK;
}

// VDSR layer by layer at full HD: the case that Diffy and eCNN start from.
static tsr_status full_hd(tsr_anchor a[2], tsr_error *err) {
    tsr_outline net = {0};
    TSR_TRY(load("vdsr", 1080, 1920, &net, err));
    const tsr_outline_totals t = tsr_outline_total(&net, 8);
    const double bytes = (double)(t.intermediate_bytes + t.input_bytes + t.output_bytes);
    tsr_outline_free(&net);
    const char *const source = "VDSR 1920x1080, layer by layer, 8 bit (Diffy, eCNN)";
    const char *const remark = "they print the memory they need, not bytes";
    a[0] =
        (tsr_anchor){source, "maps of one frame", "GB", "heavy DRAM", 5.05, bytes / 1e9, 2, remark};
    a[1] = (tsr_anchor){source, "at 30 frames a second", "GB/s", "dual-channel DDR3-2133 (Diffy)",
                        151.0,  30.0 * bytes / 1e9,      0,      remark};
    return TSR_OK;
}

tsr_status tsr_anchors_make(tsr_anchor anchors[TSR_ANCHOR_COUNT], tsr_error *err) {
    TSR_TRY(fused_layer(anchors, err));
    TSR_TRY(mcunet(anchors + 5, err));
    TSR_TRY(shortcut_fusion(anchors + 6, err));
    return full_hd(anchors + 8, err);
}

tsr_status table_anchors_print(tsr_table_format format, FILE *file, tsr_error *err) {
    static const char *const titles[] = {"source", "quantity",   "published", "derived",
                                         "ours",   "difference", "remark",    NULL};
    tsr_anchor anchors[TSR_ANCHOR_COUNT];
    TSR_TRY(tsr_anchors_make(anchors, err));
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < TSR_ANCHOR_COUNT; ++i) {
        const tsr_anchor *a = &anchors[i];
        tsr_grid_add(&grid, "%s", a->source);
        tsr_grid_add(&grid, "%s", a->quantity);
        tsr_grid_add(&grid, "%s", a->published);
        if (isnan(a->stated)) {
            tsr_grid_add(&grid, "-");
        } else {
            tsr_grid_add(&grid, "%.*f %s", a->digits, a->stated, a->unit);
        }
        tsr_grid_add(&grid, "%.*f %s", a->digits + 1, a->ours, a->unit);
        if (isnan(a->stated)) {
            tsr_grid_add(&grid, "-");
        } else {
            tsr_grid_add(&grid, "%+.4f", a->ours - a->stated);
        }
        tsr_grid_add(&grid, "%s", a->remark);
    }
    const tsr_status status = tsr_grid_print(
        &grid, "Published figures and what these definitions give", format, file, err);
    tsr_grid_free(&grid);
    return status;
}
