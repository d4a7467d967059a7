// SPDX-License-Identifier: Apache-2.0
#include "least_squares.h"

#include <math.h>
#include <string.h>

static const double tiny = 1e-9;
static const double enough =
    1e-4;  // a root mean square, in the unit of the weights, that needs no better
static const double worthwhile = 0.97;  // what one more term has to bring it down to

/** Gauss with pivoting on the normal equations a|b of n unknowns; their diagonal is 1. */
static bool eliminate(double a[LS_CHOSEN][LS_CHOSEN + 1], int32_t n) {
    for (int32_t k = 0; k < n; ++k) {
        int32_t best = k;
        for (int32_t i = k + 1; i < n; ++i) {
            best = fabs(a[i][k]) > fabs(a[best][k]) ? i : best;
        }
        if (fabs(a[best][k]) < tiny) {
            return false;
        }
        for (int32_t j = 0; j <= n; ++j) {
            const double swap = a[k][j];
            a[k][j] = a[best][j];
            a[best][j] = swap;
        }
        for (int32_t i = 0; i < n; ++i) {
            const double factor = i == k ? 0.0 : a[i][k] / a[k][k];
            for (int32_t j = k; j <= n; ++j) {
                a[i][j] -= factor * a[k][j];
            }
        }
    }
    return true;
}

bool ls_solve(const ls_problem *p, int32_t without, ls_solution *s) {
    double a[LS_CHOSEN][LS_CHOSEN + 1] = {{0}};
    double scale[LS_CHOSEN] = {0};
    for (int32_t i = 0; i < s->count; ++i) {
        for (int32_t n = 0; n < p->points; ++n) {
            const double v = p->x[n][s->terms[i]] * p->weight[n];
            scale[i] += n == without ? 0.0 : v * v;
        }
        if (scale[i] <= 0.0) {
            return false;
        }
        scale[i] = sqrt(scale[i]);
    }
    for (int32_t n = 0; n < p->points; ++n) {
        const double w2 = n == without ? 0.0 : p->weight[n] * p->weight[n];
        for (int32_t i = 0; i < s->count; ++i) {
            const double xi = p->x[n][s->terms[i]] / scale[i];
            for (int32_t j = 0; j < s->count; ++j) {
                a[i][j] += w2 * xi * p->x[n][s->terms[j]] / scale[j];
            }
            a[i][s->count] += w2 * xi * p->y[n];
        }
    }
    if (!eliminate(a, s->count)) {
        return false;
    }
    for (int32_t i = 0; i < s->count; ++i) {
        s->coefficients[i] = a[i][s->count] / a[i][i] / scale[i];
    }
    return true;
}

double ls_value(const ls_problem *p, int32_t point, const ls_solution *s) {
    double value = 0.0;
    for (int32_t i = 0; i < s->count; ++i) {
        value += s->coefficients[i] * p->x[point][s->terms[i]];
    }
    return value;
}

static bool has(const ls_solution *s, int32_t term) {
    for (int32_t i = 0; i < s->count; ++i) {
        if (s->terms[i] == term) {
            return true;
        }
    }
    return false;
}

/** Hardware does not shrink: no term but the constant takes anything away. */
static bool sensible(const ls_solution *s) {
    for (int32_t i = 0; i < s->count; ++i) {
        if (s->terms[i] != 0 && s->coefficients[i] < 0.0) {
            return false;
        }
    }
    return true;
}

/** Root mean square error at points that the coefficients have not seen; infinite when it makes no sense. */
static double left_out(const ls_problem *p, const ls_solution *s) {
    ls_solution trial = *s;
    double sum = 0.0;
    if (!ls_solve(p, -1, &trial) || !sensible(&trial)) {
        return (double)INFINITY;
    }
    for (int32_t n = 0; n < p->points; ++n) {
        if (!ls_solve(p, n, &trial)) {
            return (double)INFINITY;
        }
        const double error = (ls_value(p, n, &trial) - p->y[n]) * p->weight[n];
        sum += error * error;
    }
    return sqrt(sum / p->points);
}

ls_solution ls_choose(const ls_problem *p, const int32_t *allowed, int32_t allowed_count) {
    ls_solution chosen = {0};
    double error = (double)INFINITY;
    while (chosen.count < LS_CHOSEN && error > enough) {
        ls_solution best = chosen;
        double best_error = (double)INFINITY;
        for (int32_t t = 0; t < allowed_count; ++t) {
            ls_solution trial = chosen;
            trial.terms[trial.count++] = allowed[t];
            const double trial_error =
                has(&chosen, allowed[t]) ? (double)INFINITY : left_out(p, &trial);
            if (trial_error < best_error) {
                best = trial;
                best_error = trial_error;
            }
        }
        if (!(best_error < worthwhile * error)) {
            break;
        }
        chosen = best;
        error = best_error;
    }
    if (!ls_solve(p, -1, &chosen)) {
        chosen.count = 0;
    }
    return chosen;
}

static bool exact(const ls_problem *p, ls_solution *s) {
    if (!ls_solve(p, -1, s)) {
        return false;
    }
    for (int32_t i = 0; i < s->count; ++i) {
        s->coefficients[i] = round(s->coefficients[i]);
    }
    for (int32_t n = 0; n < p->points; ++n) {
        if (fabs(ls_value(p, n, s) - p->y[n]) > 0.5) {
            return false;
        }
    }
    return true;
}

bool ls_choose_exact(const ls_problem *p, const int32_t *allowed, int32_t allowed_count,
                     ls_solution *s) {
    for (int32_t size = 1; size <= LS_CHOSEN; ++size) {
        for (uint32_t set = 1; set < 1U << allowed_count; ++set) {
            memset(s, 0, sizeof *s);
            for (int32_t i = 0; i < allowed_count && s->count < LS_CHOSEN; ++i) {
                if ((set >> i & 1U) != 0) {
                    s->terms[s->count++] = allowed[i];
                }
            }
            if (__builtin_popcount(set) == size && exact(p, s)) {
                return true;
            }
        }
    }
    return false;
}
