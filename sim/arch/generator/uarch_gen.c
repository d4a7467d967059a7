// SPDX-License-Identifier: Apache-2.0
// The uarch generator: uarch_gen c|verilog <uarch.json> <output>. Runs at build time; one emitter
// per output language.
#include <stdio.h>
#include <string.h>

#include "uarch_model.h"

int main(int argc, char **argv) {
    const bool verilog = argc == 4 && strcmp(argv[1], "verilog") == 0;
    if (argc != 4 || (!verilog && strcmp(argv[1], "c") != 0)) {
        (void)fprintf(stderr, "usage: uarch_gen c|verilog <uarch.json> <output>\n");
        return 2;
    }
    static uarch_model model;  // too large for comfort on the stack
    if (!uarch_model_read(argv[2], &model)) {
        return 3;
    }
    FILE *file = fopen(argv[3], "wb");
    if (file == NULL) {
        (void)fprintf(stderr, "uarch_gen: cannot write %s\n", argv[3]);
        return 5;
    }
    const bool written = verilog ? uarch_emit_verilog(&model, file) : uarch_emit_c(&model, file);
    const bool closed = fclose(file) == 0;
    if (!written || !closed) {
        (void)fprintf(stderr, "uarch_gen: cannot write %s\n", argv[3]);
        return 5;
    }
    return 0;
}
