// SPDX-License-Identifier: Apache-2.0
// The machines of random cases. What is not here (clock, memory, rounding, how much of the weight
// and parameter buffers is used) needs no verilation of its own and is drawn for each case.
#include <string.h>

#include <tessera/arch.h>

#include "base/check.h"
#include "validate/case_work.h"

typedef struct shape {
    const char *name;
    int32_t tm, tn, tp, wp, bits;
    int64_t feature_bytes;
    int32_t sectors;
    int64_t weight_words;
    int32_t parameter_channels, axi_bits, burst_beats, outstanding;
} shape;

/* Corners on purpose: L below and above D, one bank and several, beats narrower and wider than
 * words, one burst at a time and many. */
static const shape shapes[] = {
    {"m8n4p2", 8, 4, 2, 1, 8, 16384, 8, 512, 64, 64, 16, 4},
    {"m4n4p3w2h", 4, 4, 3, 2, 16, 24576, 8, 512, 64, 32, 4, 2},
    {"m6n2p4w4", 6, 2, 4, 4, 8, 8192, 4, 512, 60, 64, 16, 8},
    {"m16n16p2", 16, 16, 2, 1, 8, 65536, 8, 256, 128, 512, 16, 8},
    {"m2n1p1h", 2, 1, 1, 1, 16, 16384, 2, 1024, 64, 32, 256, 16},
    {"m8n8p4w3", 8, 8, 4, 3, 8, 32768, 16, 256, 64, 256, 1, 1},
};

enum { shape_count = sizeof shapes / sizeof shapes[0] };

const char *const *tsr_case_shape_names(void) {
    static const char *names[shape_count + 1];
    for (size_t i = 0; i < shape_count; ++i) {
        names[i] = shapes[i].name;
    }
    return names;
}

tsr_status tsr_case_shape(const char *name, tsr_arch *arch, tsr_error *err) {
    char known[256] = "";
    for (size_t i = 0; i < shape_count; ++i) {
        const shape *s = &shapes[i];
        if (strcmp(s->name, name) != 0) {
            tsr_case_say(known, sizeof known, "%s%s", i > 0 ? ", " : "", s->name);
            continue;
        }
        *arch = (tsr_arch){.device = "none",
                           .clock_hz = 150000000,
                           .tm = s->tm,
                           .tn = s->tn,
                           .tp = s->tp,
                           .wp = s->wp,
                           .activation_bits = s->bits,
                           .feature_buffer_bytes = s->feature_bytes,
                           .feature_sectors = s->sectors,
                           .weight_buffer_bytes = s->weight_words * s->tm * s->tn * s->bits / 8,
                           .parameter_channels = s->parameter_channels,
                           .axi_data_bits = s->axi_bits,
                           .max_burst_beats = s->burst_beats,
                           .max_outstanding_bursts = s->outstanding};
        (void)snprintf(arch->name, sizeof arch->name, "%s", s->name);
        TSR_TRY(tsr_dram_preset("ideal", &arch->dram, err));
        arch->dram.accelerator_clock_hz = arch->clock_hz;
        return tsr_arch_check(arch, err);
    }
    return tsr_fail(err, TSR_ERR_USAGE, "shapes", "no shape '%s', there are: %s", name, known);
}
