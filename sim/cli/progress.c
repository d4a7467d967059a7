// SPDX-License-Identifier: Apache-2.0
// Progress for people who wait: one line on a terminal, nothing in a pipe.
#include <unistd.h>

#include "cli/cli.h"

static double seconds(const struct timespec *from, const struct timespec *to) {
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) * 1e-9;
}

void cli_progress_begin(cli_progress *progress, const cli_args *args, const char *unit) {
    progress->shown = isatty(STDERR_FILENO) && !cli_given(args, "quiet");
    progress->unit = unit;
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->start);
    progress->last = progress->start;
}

void cli_progress_step(cli_progress *progress, uint64_t done, uint64_t total) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (!progress->shown || total == 0 || (done < total && seconds(&progress->last, &now) < 0.2)) {
        return;
    }
    progress->last = now;
    const double passed = seconds(&progress->start, &now);
    const double left = done > 0 ? passed * (double)(total - done) / (double)done : 0.0;
    (void)fprintf(stderr, "\r%llu of %llu %s, %.0f %%, %.0f s passed, %.0f s left   ",
                  (unsigned long long)done, (unsigned long long)total, progress->unit,
                  100.0 * (double)done / (double)total, passed, left);
    (void)fflush(stderr);
}

void cli_progress_end(cli_progress *progress) {
    if (progress->shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
    }
}
