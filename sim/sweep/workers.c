// SPDX-License-Identifier: Apache-2.0
// Points as items of the process pool.
#include "sweep/workers.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/pool.h"
#include "sweep/points.h"

/** What the pool's callbacks see. */
typedef struct work {
    const tsr_sweep *sweep;
    const tsr_sweep_options *options;
    const int64_t *points;
    tsr_point_sink sink;
    void *sink_user;
} work;

static tsr_status execute(void *user, int64_t item, char **text, tsr_error *err) {
    const work *w = user;
    char *run_json = NULL;
    TSR_TRY(tsr_sweep_point_json(w->sweep, w->points[item], &run_json, err));
    const tsr_status status = w->options->execute(w->options->user, run_json, text, err);
    tsr_free(run_json);
    return status;
}

static tsr_status store(void *user, int64_t item, tsr_status status, const char *text,
                        tsr_error *err) {
    const work *w = user;
    char *run_json = NULL;
    TSR_TRY(tsr_sweep_point_json(w->sweep, w->points[item], &run_json, err));
    char *copy = tsr_strdup(text);
    tsr_point_result result = {.status = status};
    if (status == TSR_OK) {
        result.summary_json = copy;
    } else {
        result.message = copy;
    }
    const tsr_status stored = copy != NULL
                                  ? w->sink(w->sink_user, w->points[item], run_json, &result, err)
                                  : tsr_fail(err, TSR_ERR_NO_MEMORY, NULL, "out of memory");
    tsr_point_result_free(&result);
    tsr_free(run_json);
    return stored;
}

static bool stop(void *user) {
    const work *w = user;
    return w->options->stop != NULL && w->options->stop(w->options->user);
}

tsr_status tsr_workers_run(const tsr_sweep *sweep, const tsr_sweep_options *options,
                           const int64_t *points, int64_t count, tsr_point_sink sink,
                           void *sink_user, tsr_error *err) {
    work w = {
        .sweep = sweep, .options = options, .points = points, .sink = sink, .sink_user = sink_user};
    const tsr_pool pool = {.jobs = options->jobs,
                           .count = count,
                           .work = execute,
                           .sink = store,
                           .stop = stop,
                           .user = &w,
                           .where = tsr_sweep_name(sweep)};
    return tsr_pool_run(&pool, err);
}
