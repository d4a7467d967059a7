// SPDX-License-Identifier: Apache-2.0
// One forked process an item, at most `jobs` at a time; results come back through pipes as
// "<status>\n<text>".
#include "base/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"

enum { poll_milliseconds = 100 };

/** One running child. */
typedef struct worker {
    pid_t pid;  // 0 = free
    int pipe;
    int64_t item;
    char *received;
    size_t received_bytes;
} worker;

static void write_all(int file, const char *data, size_t bytes) {
    while (bytes > 0) {
        const ssize_t written = write(file, data, bytes);
        if (written < 0 && errno != EINTR) {
            return;  // the parent is gone; so is the reason to live
        }
        if (written > 0) {
            data += written;
            bytes -= (size_t)written;
        }
    }
}

// The child's whole life: work, send the result, leave without touching the parent's files.
static void child_main(const tsr_pool *pool, int64_t item, int pipe_out) {
    (void)signal(SIGINT, SIG_IGN);  // the parent decides
    tsr_error err = {0};
    char *made = NULL;
    const tsr_status status = pool->work(pool->user, item, &made, &err);
    char head[16];
    (void)snprintf(head, sizeof head, "%d\n", (int)status);
    write_all(pipe_out, head, strlen(head));
    if (status == TSR_OK) {
        write_all(pipe_out, made != NULL ? made : "", made != NULL ? strlen(made) : 0);
    } else {
        char text[sizeof err.where + sizeof err.message + 4];
        (void)snprintf(text, sizeof text, "%s%s%s", err.where, err.where[0] != '\0' ? ": " : "",
                       err.message);
        write_all(pipe_out, text, strlen(text));
    }
    (void)close(pipe_out);
    _exit(0);
}

static tsr_status start(worker *w, const tsr_pool *pool, int64_t item, tsr_error *err) {
    int ends[2];
    if (pipe(ends) != 0) {
        return tsr_fail(err, TSR_ERR_INTERNAL, "pipe", "%s", strerror(errno));
    }
    const pid_t pid = fork();
    if (pid < 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return tsr_fail(err, TSR_ERR_INTERNAL, "fork", "%s", strerror(errno));
    }
    if (pid == 0) {
        (void)close(ends[0]);
        child_main(pool, item, ends[1]);
    }
    (void)close(ends[1]);
    *w = (worker){.pid = pid, .pipe = ends[0], .item = item};
    return TSR_OK;
}

static void clear(worker *w) {
    if (w->pid != 0) {
        (void)close(w->pipe);
    }
    tsr_free(w->received);
    memset(w, 0, sizeof *w);
}

// True at end of file.
static bool receive(worker *w) {
    char chunk[4096];
    const ssize_t got = read(w->pipe, chunk, sizeof chunk);
    if (got < 0) {
        return errno != EINTR && errno != EAGAIN;
    }
    if (got == 0) {
        return true;
    }
    char *grown = tsr_realloc(w->received, w->received_bytes + (size_t)got + 1, 1);
    if (grown == NULL) {
        return true;  // reported as a broken result
    }
    w->received = grown;
    memcpy(w->received + w->received_bytes, chunk, (size_t)got);
    w->received_bytes += (size_t)got;
    w->received[w->received_bytes] = '\0';
    return false;
}

static tsr_status deliver(const worker *w, int wait_status, const tsr_pool *pool, tsr_error *err) {
    const char *newline = w->received != NULL ? strchr(w->received, '\n') : NULL;
    if (newline != NULL && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) {
        int code = 0;
        for (const char *digit = w->received; digit < newline; ++digit) {
            code = code * 10 + (*digit - '0');
        }
        return pool->sink(pool->user, w->item, (tsr_status)code, newline + 1, err);
    }
    char crash[96];
    if (WIFSIGNALED(wait_status)) {
        (void)snprintf(crash, sizeof crash, "the run was ended by signal %d",
                       WTERMSIG(wait_status));
    } else {
        (void)snprintf(crash, sizeof crash, "the run ended without a result (exit code %d)",
                       WEXITSTATUS(wait_status));
    }
    return pool->sink(pool->user, w->item, TSR_ERR_INTERNAL, crash, err);
}

static tsr_status finish(worker *w, const tsr_pool *pool, tsr_error *err) {
    int wait_status = 0;
    while (waitpid(w->pid, &wait_status, 0) < 0 && errno == EINTR) {}
    const tsr_status status = deliver(w, wait_status, pool, err);
    clear(w);
    return status;
}

static void end_all(worker *workers, int32_t jobs) {
    for (int32_t i = 0; i < jobs; ++i) {
        if (workers[i].pid != 0) {
            (void)kill(workers[i].pid, SIGKILL);
            (void)waitpid(workers[i].pid, NULL, 0);
        }
        clear(&workers[i]);
    }
}

// Wait a moment for any child and take what has come.
static tsr_status collect(worker *workers, const tsr_pool *pool, tsr_error *err) {
    struct pollfd polls[TSR_POOL_MAX_JOBS];
    for (int32_t i = 0; i < pool->jobs; ++i) {
        polls[i] =
            (struct pollfd){.fd = workers[i].pid != 0 ? workers[i].pipe : -1, .events = POLLIN};
    }
    if (poll(polls, (nfds_t)pool->jobs, poll_milliseconds) <= 0) {
        return TSR_OK;
    }
    for (int32_t i = 0; i < pool->jobs; ++i) {
        if (polls[i].revents != 0 && receive(&workers[i])) {
            TSR_TRY(finish(&workers[i], pool, err));
        }
    }
    return TSR_OK;
}

static int32_t running(const worker *workers, int32_t jobs) {
    int32_t count = 0;
    for (int32_t i = 0; i < jobs; ++i) {
        count += workers[i].pid != 0;
    }
    return count;
}

tsr_status tsr_pool_run(const tsr_pool *pool, tsr_error *err) {
    TSR_CHECK(pool->jobs >= 1 && pool->jobs <= TSR_POOL_MAX_JOBS, TSR_ERR_USAGE, err, "jobs",
              "%d, must be 1..%d", pool->jobs, TSR_POOL_MAX_JOBS);
    worker workers[TSR_POOL_MAX_JOBS];
    memset(workers, 0, sizeof workers);
    int64_t next = 0;
    tsr_status status = TSR_OK;
    while (status == TSR_OK && (next < pool->count || running(workers, pool->jobs) > 0)) {
        if (pool->stop != NULL && pool->stop(pool->user)) {
            status = tsr_fail(err, TSR_ERR_INTERRUPTED, pool->where,
                              "stopped; what is finished is kept");
            break;
        }
        for (int32_t i = 0; i < pool->jobs && next < pool->count && status == TSR_OK; ++i) {
            if (workers[i].pid == 0) {
                status = start(&workers[i], pool, next++, err);
            }
        }
        if (status == TSR_OK) {
            status = collect(workers, pool, err);
        }
    }
    end_all(workers, pool->jobs);
    return status;
}
