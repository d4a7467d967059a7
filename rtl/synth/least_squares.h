// SPDX-License-Identifier: Apache-2.0
// Small weighted least squares, and the choice of the few terms that explain a count.
#ifndef TESSERA_RTL_SYNTH_LEAST_SQUARES_H
#define TESSERA_RTL_SYNTH_LEAST_SQUARES_H

#include <stdbool.h>
#include <stdint.h>

enum { LS_POINTS = 64, LS_TERMS = 64, LS_CHOSEN = 6 };

/** y[i] of weight[i] against terms x[i][...]; term 0 is 1 and alone may go below zero. */
typedef struct ls_problem {
    int32_t points;
    double x[LS_POINTS][LS_TERMS], y[LS_POINTS], weight[LS_POINTS];
} ls_problem;

typedef struct ls_solution {
    int32_t count, terms[LS_CHOSEN];
    double coefficients[LS_CHOSEN];
} ls_solution;

/** Coefficients of given terms without point `without` (-1 = with all); false when they are not determined. */
bool ls_solve(const ls_problem *p, int32_t without, ls_solution *s);
double ls_value(const ls_problem *p, int32_t point, const ls_solution *s);
/** Terms of `allowed` one by one, each time the one that predicts left-out points best, as long as it helps. */
ls_solution ls_choose(const ls_problem *p, const int32_t *allowed, int32_t allowed_count);
/** Fewest terms of `allowed` with whole coefficients and no residual at all; false when there are none. */
bool ls_choose_exact(const ls_problem *p, const int32_t *allowed, int32_t allowed_count,
                     ls_solution *s);

#endif
