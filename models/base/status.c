// SPDX-License-Identifier: Apache-2.0
// Result codes: names, exit codes, and the one function that fills an error.
#include <stdarg.h>
#include <stdio.h>

#include <tessera/status.h>

static const struct {
    tsr_status status;
    int exit_code;
    const char *name;
} status_table[] = {
    {TSR_OK, 0, "ok"},
    {TSR_ERR_DIFFERS, 1, "differs"},
    {TSR_ERR_USAGE, 2, "usage"},
    {TSR_ERR_CONFIG, 3, "config"},
    {TSR_ERR_SYNTAX, 3, "syntax"},
    {TSR_ERR_SHAPE, 3, "shape"},
    {TSR_ERR_OVERFLOW, 3, "overflow"},
    {TSR_ERR_UNSUPPORTED, 3, "unsupported"},
    {TSR_ERR_NOT_FIT, 4, "not_fit"},
    {TSR_ERR_FILE, 5, "file"},
    {TSR_ERR_INTERRUPTED, 6, "interrupted"},
    {TSR_ERR_NO_MEMORY, 70, "no_memory"},
    {TSR_ERR_INTERNAL, 70, "internal"},
};

tsr_status tsr_fail(tsr_error *err, tsr_status status, const char *where, const char *fmt, ...) {
    if (err == NULL) {
        return status;
    }
    err->status = status;
    (void)snprintf(err->where, sizeof err->where, "%s", where != NULL ? where : "");
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return status;
}

int tsr_status_exit_code(tsr_status status) {
    for (size_t i = 0; i < sizeof status_table / sizeof status_table[0]; ++i) {
        if (status_table[i].status == status) {
            return status_table[i].exit_code;
        }
    }
    return 70;
}

const char *tsr_status_name(tsr_status status) {
    for (size_t i = 0; i < sizeof status_table / sizeof status_table[0]; ++i) {
        if (status_table[i].status == status) {
            return status_table[i].name;
        }
    }
    return "unknown";
}
