// SPDX-License-Identifier: Apache-2.0
// Does a sweep keep its promises: every point once, the same bytes for every -j, resume after a
// kill?
//
// The executor here is a toy (a hash of the run object), so that the promises are tested, not the
// simulator.
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <tessera/network.h>
#include <tessera/sweep.h>

#include "base/alloc.h"
#include "base/file.h"
#include "support/test.h"

static char work_dir[256];

static void write_text(const char *name, const char *text) {
    char path[320];
    (void)snprintf(path, sizeof path, "%s/%s", work_dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static char *path_of(const char *name) {
    static char path[4][640];
    static int next;
    next = (next + 1) % 4;
    (void)snprintf(path[next], sizeof path[next], "%s/%s", work_dir, name);
    return path[next];
}

static const char *const sweep_text =
    "{\"name\": \"toy\", \"base\": {\"x\": 0, \"deep\": {\"y\": 0}},\n"
    " \"axes\": {\"/x\": [1, 2, 3], \"/deep/y\": [10, 20, 30, 40]}}";

static tsr_sweep *load(void) {
    tsr_error err = {0};
    tsr_sweep *sweep = NULL;
    write_text("toy.json", sweep_text);
    assert_ok(tsr_sweep_load(path_of("toy.json"), 0, &sweep, &err), err);
    return sweep;
}

/** Toy executor: cycles = number of characters; x = 3 with y = 40 does not fit. */
static tsr_status toy(void *user, const char *run_json, char **summary_json, tsr_error *err) {
    const long delay_ms = user != NULL ? *(const long *)user : 0;
    const struct timespec delay = {delay_ms / 1000, (delay_ms % 1000) * 1000000};
    (void)nanosleep(&delay, NULL);
    if (strstr(run_json, "\"x\":3") != NULL && strstr(run_json, "40") != NULL) {
        return tsr_fail(err, TSR_ERR_NOT_FIT, "feature pool", "40 bytes needed, 39 there");
    }
    char text[128];
    (void)snprintf(text, sizeof text,
                   "{\"cycles\": %zu, \"dram_bytes\": {\"read\": {\"input\": 7}}}",
                   strlen(run_json));
    *summary_json = tsr_strdup(text);
    return *summary_json != NULL ? TSR_OK : TSR_ERR_NO_MEMORY;
}

static tsr_status crash(void *user, const char *run_json, char **summary_json, tsr_error *err) {
    (void)user;
    (void)summary_json;
    (void)err;
    if (strstr(run_json, "\"x\":2") != NULL) {
        (void)raise(SIGKILL);
    }
    return toy(NULL, run_json, summary_json, err);
}

static tsr_sweep_report run(const tsr_sweep *sweep, const char *out, int32_t jobs,
                            tsr_sweep_execute execute) {
    tsr_error err = {0};
    tsr_sweep_report report;
    const tsr_sweep_options options = {.out_dir = path_of(out), .jobs = jobs, .execute = execute};
    assert_ok(tsr_sweep_run(sweep, &options, &report, &err), err);
    return report;
}

static char *read_rows(const char *out, const char *file) {
    char name[128];
    (void)snprintf(name, sizeof name, "%s/toy/%s", out, file);
    tsr_error err = {0};
    char *data = NULL;
    size_t bytes = 0;
    assert_ok(tsr_file_read(path_of(name), 1u << 20, &data, &bytes, &err), err);
    return data;
}

static void a_sweep_runs_the_product_of_its_axes_once(void **state) {
    (void)state;
    tsr_sweep *sweep = load();
    assert_int_equal(tsr_sweep_point_count(sweep), 12);
    const tsr_sweep_report report = run(sweep, "once", 2, toy);
    assert_int_equal(report.executed, 12);
    assert_int_equal(report.resumed, 0);
    assert_int_equal(report.not_fit, 1);
    assert_int_equal(report.failed, 0);
    char *rows = read_rows("once", "rows.csv");
    int lines = 0;
    for (const char *c = rows; *c != '\0'; ++c) {
        lines += *c == '\n';
    }
    assert_int_equal(lines, 13);
    assert_non_null(strstr(rows, "\n11,3,40,not_fit,"));
    assert_non_null(strstr(rows, "feature pool: 40 bytes needed"));
    assert_non_null(strstr(rows, "\n0,1,10,ok,"));
    tsr_free(rows);
    tsr_sweep_free(sweep);
}

static void a_second_call_resumes_and_executes_nothing(void **state) {
    (void)state;
    tsr_sweep *sweep = load();
    (void)run(sweep, "again", 2, toy);
    const tsr_sweep_report report = run(sweep, "again", 2, toy);
    assert_int_equal(report.executed, 0);
    assert_int_equal(report.resumed, 12);
    tsr_sweep_free(sweep);
}

static void rows_have_the_same_bytes_for_every_number_of_jobs(void **state) {
    (void)state;
    tsr_sweep *sweep = load();
    static const char *const files[] = {"rows.csv", "rows.md"};
    (void)run(sweep, "j1", 1, toy);
    (void)run(sweep, "j7", 7, toy);
    for (size_t i = 0; i < 2; ++i) {
        char *one = read_rows("j1", files[i]);
        char *seven = read_rows("j7", files[i]);
        assert_string_equal(one, seven);
        tsr_free(one);
        tsr_free(seven);
    }
    tsr_sweep_free(sweep);
}

static void a_killed_sweep_resumes_without_losing_or_doubling_a_point(void **state) {
    (void)state;
    tsr_sweep *sweep = load();
    long delay_ms = 30;
    int kills = 0;
    for (; kills < 40; ++kills) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            tsr_error err = {0};
            tsr_sweep_report report;
            const tsr_sweep_options options = {
                .out_dir = path_of("killed"), .jobs = 2, .execute = toy, .user = &delay_ms};
            _exit(tsr_sweep_run(sweep, &options, &report, &err) == TSR_OK ? 0 : 1);
        }
        const struct timespec wait = {0, 70 * 1000000};
        (void)nanosleep(&wait, NULL);
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child) {
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
    }
    assert_in_range(kills, 1, 39);  // it was really killed at least once, and it came to an end
    const tsr_sweep_report report = run(sweep, "killed", 1, toy);
    assert_int_equal(report.resumed, 12);
    (void)run(sweep, "whole", 1, toy);
    char *killed = read_rows("killed", "rows.csv");
    char *whole = read_rows("whole", "rows.csv");
    assert_string_equal(killed, whole);
    tsr_free(killed);
    tsr_free(whole);
    tsr_sweep_free(sweep);
}

static void a_crashing_run_costs_one_point_and_is_named(void **state) {
    (void)state;
    tsr_sweep *sweep = load();
    const tsr_sweep_report report = run(sweep, "crash", 2, crash);
    assert_int_equal(report.failed, 4);
    char *rows = read_rows("crash", "rows.csv");
    assert_non_null(strstr(rows, "4,2,10,internal,"));
    assert_non_null(strstr(rows, "the run was ended by signal 9"));
    tsr_free(rows);
    tsr_sweep_free(sweep);
}

static void a_database_of_another_sweep_is_refused_until_restart(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_sweep *sweep = load();
    (void)run(sweep, "other", 1, toy);
    tsr_sweep_free(sweep);
    write_text("toy2.json",
               "{\"name\": \"toy\", \"base\": {\"x\": 0}, \"axes\": {\"/x\": [1, 2]}}");
    assert_ok(tsr_sweep_load(path_of("toy2.json"), 0, &sweep, &err), err);
    tsr_sweep_report report;
    tsr_sweep_options options = {.out_dir = path_of("other"), .jobs = 1, .execute = toy};
    assert_int_equal(tsr_sweep_run(sweep, &options, &report, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "--restart"));
    options.restart = true;
    assert_ok(tsr_sweep_run(sweep, &options, &report, &err), err);
    assert_int_equal(report.executed, 2);
    tsr_sweep_free(sweep);
}

static bool stop_at_once(void *user) {
    (void)user;
    return true;
}

static void a_stopped_sweep_says_interrupted_and_writes_no_rows(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_sweep *sweep = load();
    tsr_sweep_report report;
    const tsr_sweep_options options = {
        .out_dir = path_of("stopped"), .jobs = 1, .execute = toy, .stop = stop_at_once};
    assert_int_equal(tsr_sweep_run(sweep, &options, &report, &err), TSR_ERR_INTERRUPTED);
    assert_false(tsr_file_exists(path_of("stopped/toy/rows.csv")));
    tsr_sweep_free(sweep);
}

static void refuse(const char *text, tsr_status status, const char *part) {
    tsr_error err = {0};
    tsr_sweep *sweep = NULL;
    write_text("bad.json", text);
    assert_int_equal(tsr_sweep_load(path_of("bad.json"), 100, &sweep, &err), status);
    if (strstr(err.message, part) == NULL && strstr(err.where, part) == NULL) {
        fail_msg("'%s: %s' does not say '%s'", err.where, err.message, part);
    }
    assert_null(sweep);
}

static void bad_sweep_files_are_refused_with_the_place(void **state) {
    (void)state;
    refuse("{\"name\": \"a\", \"base\": {}, \"axis\": {}}", TSR_ERR_CONFIG, "axes");
    refuse("{\"name\": \"a\", \"base\": {}, \"axes\": {\"/x\": []}}", TSR_ERR_CONFIG, "non-empty");
    refuse("{\"name\": \"a\", \"base\": {}, \"axes\": {\"x\": [1]}}", TSR_ERR_CONFIG,
           "JSON pointer");
    refuse("{\"name\": \"a\", \"base\": {}, \"axes\": {\"/x\": [1, 1]}}", TSR_ERR_CONFIG, "twice");
    refuse("{\"name\": \"a/b\", \"base\": {}, \"axes\": {\"/x\": [1]}}", TSR_ERR_CONFIG, "name");
    refuse("{\"name\": \"a\", \"base\": \"/nowhere/x.json\", \"axes\": {\"/x\": [1]}}",
           TSR_ERR_FILE, "nowhere");
    refuse(
        "{\"name\": \"a\", \"base\": {}, \"axes\": {\"/x\": [1,2,3,4,5,6,7,8,9,10,11], \"/y\": "
        "[1,2,3,4,5,6,7,8,9,10]}}",
        TSR_ERR_CONFIG, "exceeds 100 points");
    refuse("{\"name\": ", TSR_ERR_SYNTAX, "bad.json");
}

int main(void) {
    const char *base = "/tmp/tsr_sweep_XXXXXX";
    (void)snprintf(work_dir, sizeof work_dir, "%s", base);
    if (mkdtemp(work_dir) == NULL) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sweep_runs_the_product_of_its_axes_once),
        cmocka_unit_test(a_second_call_resumes_and_executes_nothing),
        cmocka_unit_test(rows_have_the_same_bytes_for_every_number_of_jobs),
        cmocka_unit_test(a_killed_sweep_resumes_without_losing_or_doubling_a_point),
        cmocka_unit_test(a_crashing_run_costs_one_point_and_is_named),
        cmocka_unit_test(a_database_of_another_sweep_is_refused_until_restart),
        cmocka_unit_test(a_stopped_sweep_says_interrupted_and_writes_no_rows),
        cmocka_unit_test(bad_sweep_files_are_refused_with_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
