// SPDX-License-Identifier: Apache-2.0
// What the benchmarks of whole runs share: processor time that a busy machine does not change, and an end on errors.
#ifndef TESSERA_TESTS_BENCH_CLOCK_H
#define TESSERA_TESTS_BENCH_CLOCK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <tessera/status.h>

/** Processor time of this process and of its children so far: other people's load does not count. */
static inline double seconds(void) {
    double sum = 0.0;
    const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int32_t i = 0; i < 2; ++i) {
        struct rusage used;
        (void)getrusage(who[i], &used);
        sum += (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
    }
    return sum;
}

static inline void must(tsr_status status, const tsr_error *err) {
    if (status != TSR_OK) {
        (void)fprintf(stderr, "%s: %s\n", err->where, err->message);
        exit(EXIT_FAILURE);
    }
}

#endif
