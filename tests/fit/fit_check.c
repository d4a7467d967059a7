// SPDX-License-Identifier: Apache-2.0
// fit_check grid.txt counts.csv: the errors of the model on those machines. Exit 1 when one is not allowed.
#include <stdio.h>

#include "fit/fit_errors.h"

int main(int argc, char **argv) {
    static counts_file counts;
    if (argc != 3 || !counts_read(argv[1], argv[2], &counts)) {
        (void)fprintf(stderr, "usage: fit_check grid.txt counts.csv\n");
        return 2;
    }
    bool fine = true;
    for (int32_t i = 0; i < counts.machine_count; ++i) {
        const fit_errors e = fit_errors_of(&counts.machines[i]);
        fit_errors_print(&counts.machines[i], &e);
        fine = fine && fit_errors_allowed(&e);
    }
    if (!fine) {
        (void)printf(
            "model and RTL are apart: cmake --build <build> --target fit_data, see "
            "rtl/synth/README.md\n");
    }
    return fine ? 0 : 1;
}
