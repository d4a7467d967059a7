// SPDX-License-Identifier: Apache-2.0
#include "rtl/tool_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

enum { not_started = 127 };

static tsr_status wait_for(pid_t child, const char *name, int *code, tsr_error *err) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        TSR_CHECK(errno == EINTR, TSR_ERR_INTERNAL, err, name, "lost: %s", strerror(errno));
    }
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        const bool asked = number == SIGINT || number == SIGTERM;
        return tsr_fail(err, asked ? TSR_ERR_INTERRUPTED : TSR_ERR_INTERNAL, name,
                        "ended by signal %d", number);
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : not_started;
    return TSR_OK;
}

tsr_status tsr_tool_run(const char *const *argv, const char *log, int *code, tsr_error *err) {
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    TSR_CHECK(out >= 0, TSR_ERR_FILE, err, log, "cannot be written: %s", strerror(errno));
    const pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGINT, SIG_DFL);
        (void)signal(SIGTERM, SIG_DFL);
        if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0) {
            // execvp takes its words as char *const, and does not change them.
            (void)execvp(argv[0], (char *const *)(const void *)argv);
        }
        _exit(not_started);
    }
    const int reason = errno;
    (void)close(out);
    TSR_CHECK(child > 0, TSR_ERR_INTERNAL, err, argv[0], "no process: %s", strerror(reason));
    return wait_for(child, argv[0], code, err);
}

bool tsr_tool_exists(const char *name) {
    const char *const argv[] = {name, "--version", NULL};
    int code = 0;
    tsr_error ignored = {0};
    return tsr_tool_run(argv, "/dev/null", &code, &ignored) == TSR_OK && code == 0;
}
