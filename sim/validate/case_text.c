// SPDX-License-Identifier: Apache-2.0
// A case in words, on one line.
#include <stdarg.h>
#include <string.h>

#include "validate/case_work.h"

void tsr_case_say(char *text, size_t bytes, const char *fmt, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(text + used, bytes - used, fmt, arguments);
    va_end(arguments);
}

static void say_window(const tsr_layer *l, char *text, size_t bytes) {
    tsr_case_say(text, bytes, "%dx%d", l->kernel_h, l->kernel_w);
    if (l->stride_h != 1) {
        tsr_case_say(text, bytes, "/%d", l->stride_h);
    }
    if (l->dilation_h != 1) {
        tsr_case_say(text, bytes, "*%d", l->dilation_h);
    }
    if (l->groups != 1) {
        tsr_case_say(text, bytes, "g%d", l->groups);
    }
}

/** What a layer reads, unless it is the one before it and nothing else. */
static void say_inputs(const tsr_layer *l, int32_t index, char *text, size_t bytes) {
    for (int32_t k = 0; k < l->input_count && (l->input_count > 1 || l->inputs[0] != index - 1);
         ++k) {
        tsr_case_say(text, bytes, "%c%d", k == 0 ? '(' : ',', l->inputs[k]);
    }
    if (l->input_count > 1 || l->inputs[0] != index - 1) {
        tsr_case_say(text, bytes, ")");
    }
}

void tsr_case_say_network(const tsr_network *network, char *text, size_t bytes) {
    const tsr_shape in = network->layers[0].out;
    tsr_case_say(text, bytes, "%dx%dx%d", in.c, in.h, in.w);
    if (network->batch != 1) {
        tsr_case_say(text, bytes, " batch %d", network->batch);
    }
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer *l = &network->layers[i];
        const bool window = l->kernel_h != 0;
        tsr_case_say(text, bytes, " %s%s",
                     l->kind == TSR_LAYER_CONV && !l->blockable ? "whole_" : "",
                     l->identity ? "copy" : tsr_layer_kind_name(l->kind));
        if (window) {
            say_window(l, text, bytes);
        }
        if (l->factor != 0) {
            tsr_case_say(text, bytes, "*%d", l->factor);
        }
        if (l->out_channels != 0) {
            tsr_case_say(text, bytes, ":%d", l->out_channels);
        }
        say_inputs(l, i, text, bytes);
        tsr_case_say(text, bytes, "%s", l->is_output && i + 1 < network->layer_count ? "!" : "");
    }
}
