// SPDX-License-Identifier: Apache-2.0
// One process a run: SystemC elaborates once a process, and a crash of the model must not take the
// caller along.
#define _DEFAULT_SOURCE  // MAP_ANONYMOUS
#include "machine/run_child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

/** What a frame on the pipe carries. */
typedef enum frame_kind { FRAME_PROGRESS = 1, FRAME_ERROR, FRAME_RESULT } frame_kind;

typedef struct progress_frame {
    uint64_t done, total;
} progress_frame;

void *tsr_shared_alloc(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void tsr_shared_free(void *memory, size_t bytes) {
    if (memory != NULL) {
        (void)munmap(memory, bytes);
    }
}

/* ---- child
 * ------------------------------------------------------------------------------------------------------
 */

/** A parent that is gone cannot be told: the child ends without a word. */
static void put(int pipe, const void *data, size_t bytes) {
    const char *at = data;
    while (bytes > 0) {
        const ssize_t written = write(pipe, at, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            _exit(EXIT_FAILURE);
        }
        at += written;
        bytes -= (size_t)written;
    }
}

static void put_frame(int pipe, frame_kind kind, const void *data, size_t bytes) {
    put(pipe, &kind, sizeof kind);
    put(pipe, data, bytes);
}

void tsr_child_progress(int pipe, uint64_t done, uint64_t total) {
    const progress_frame frame = {done, total};
    put_frame(pipe, FRAME_PROGRESS, &frame, sizeof frame);
}

static void put_result(int pipe, const tsr_result *result) {
    put_frame(pipe, FRAME_RESULT, result, sizeof *result);
    put(pipe, result->layers, (size_t)result->layer_count * sizeof *result->layers);
    put(pipe, result->occupancy, (size_t)result->occupancy_count * sizeof *result->occupancy);
    put(pipe, result->events, (size_t)result->event_count * sizeof *result->events);
}

static void be_child(tsr_child_body body, void *user, int pipe) {
    // Handlers of the caller (an interrupt that is to end a sweep in order) are not for this
    // process.
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN);
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    tsr_result result = {0};
    tsr_error error = {0};
    const tsr_status status = body(user, pipe, &result, &error);
    if (status == TSR_OK) {
        put_result(pipe, &result);
    } else {
        error.status = status;
        put_frame(pipe, FRAME_ERROR, &error, sizeof error);
    }
    // Nothing of the parent's (stdio buffers, exit handlers) may run twice.
    _exit(EXIT_SUCCESS);
}

/* ---- parent
 * -----------------------------------------------------------------------------------------------------
 */

/** False at the end of the pipe. */
static bool get(int pipe, void *data, size_t bytes) {
    char *at = data;
    while (bytes > 0) {
        const ssize_t got = read(pipe, at, bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}

/** Reads `count` elements into a new array; NULL when memory is out or the pipe ends. */
static void *get_array(int pipe, size_t count, size_t size) {
    void *array = tsr_alloc(count, size);
    if (array != NULL && !get(pipe, array, count * size)) {
        tsr_free(array);
        return NULL;
    }
    return array;
}

static tsr_status get_result(int pipe, tsr_result *result, tsr_error *err) {
    tsr_result got;
    bool ok = get(pipe, &got, sizeof got);
    got.layers = NULL;  // pointers of the other process
    got.occupancy = NULL;
    got.events = NULL;
    if (ok) {
        got.layers = get_array(pipe, (size_t)got.layer_count, sizeof *got.layers);
        ok = got.layers != NULL;
    }
    if (ok && got.occupancy_count > 0) {
        got.occupancy = get_array(pipe, (size_t)got.occupancy_count, sizeof *got.occupancy);
        ok = got.occupancy != NULL;
    }
    if (ok && got.event_count > 0) {
        got.events = get_array(pipe, (size_t)got.event_count, sizeof *got.events);
        ok = got.events != NULL;
    }
    if (!ok) {
        tsr_result_free(&got);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, "machine", "no memory for the result");
    }
    *result = got;
    return TSR_OK;
}

/** What the child has to say until its end of the pipe closes; *heard = a result or an error came.
 */
static tsr_status listen_to(int pipe, const tsr_run_options *options, tsr_result *result,
                            bool *heard, tsr_error *err) {
    frame_kind kind = FRAME_PROGRESS;
    *heard = false;
    while (get(pipe, &kind, sizeof kind)) {
        if (kind == FRAME_PROGRESS) {
            progress_frame frame;
            if (get(pipe, &frame, sizeof frame) && options != NULL && options->progress != NULL) {
                options->progress(options->user, frame.done, frame.total);
            }
            continue;
        }
        *heard = true;
        if (kind == FRAME_RESULT) {
            return get_result(pipe, result, err);
        }
        tsr_error error = {0};
        if (!get(pipe, &error, sizeof error)) {
            *heard = false;
            return TSR_OK;
        }
        return tsr_fail(err, error.status, error.where, "%s", error.message);
    }
    return TSR_OK;
}

static tsr_status explain_death(int status, tsr_error *err) {
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        const bool asked = number == SIGINT || number == SIGTERM;
        return tsr_fail(err, asked ? TSR_ERR_INTERRUPTED : TSR_ERR_INTERNAL, "machine",
                        "the machine's process was ended by signal %d", number);
    }
    return tsr_fail(err, TSR_ERR_INTERNAL, "machine",
                    "the machine's process ended with %d and without a result",
                    WIFEXITED(status) ? WEXITSTATUS(status) : status);
}

tsr_status tsr_child_run(tsr_child_body body, void *user, const tsr_run_options *options,
                         tsr_result *result, tsr_error *err) {
    int ends[2];
    TSR_CHECK(pipe(ends) == 0, TSR_ERR_INTERNAL, err, "machine", "no pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child < 0) {
        const int reason = errno;
        (void)close(ends[0]);
        (void)close(ends[1]);
        return tsr_fail(err, TSR_ERR_INTERNAL, "machine", "no process: %s", strerror(reason));
    }
    if (child == 0) {
        (void)close(ends[0]);
        be_child(body, user, ends[1]);
    }
    (void)close(ends[1]);
    bool heard = false;
    const tsr_status said = listen_to(ends[0], options, result, &heard, err);
    (void)close(ends[0]);  // a child that still writes ends by that
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return heard ? said : explain_death(status, err);
}
