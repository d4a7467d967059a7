// SPDX-License-Identifier: Apache-2.0
// tessera: finds the verb, lets it work, turns its status into the documented exit code.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <tessera/network.h>
#include <tessera/report.h>
#include <tessera/rtl.h>

#include "cli/cli.h"

static const cli_verb *const verbs[] = {&verb_run,      &verb_compare, &verb_table,    &verb_plan,
                                        &verb_accuracy, &verb_sweep,   &verb_validate, &verb_fit};

enum { verb_count = sizeof verbs / sizeof verbs[0] };

/** Verbs of later versions: refused by name, so that nobody wonders. */
static const struct {
    const char *name, *when;
} planned[] = {{"convert", "stage 3"}, {"report", "stage 3"}, {"trace", "stage 3"}};

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    (void)number;
    interrupted = 1;
}

void cli_catch_interrupt(void) {
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void) {
    return interrupted != 0;
}

static void print_main_help(FILE *file) {
    (void)fputs(
        "usage: tessera VERB ... [options]\n\n"
        "Cycle-level simulator of FPGA accelerators that run CNNs with block "
        "convolution.\n\nverbs:\n",
        file);
    for (size_t i = 0; i < verb_count; ++i) {
        const char *stop = strchr(verbs[i]->about, '.');
        const int length =
            stop != NULL ? (int)(stop - verbs[i]->about) : (int)strlen(verbs[i]->about);
        (void)fprintf(file, "  %-10s %.*s\n", verbs[i]->name, length, verbs[i]->about);
    }
    (void)fputs(
        "\ntessera VERB --help    options and examples of a verb\n"
        "tessera --version      version of this program\n\n"
        "exit codes: 0 ok; 1 a comparison or validation differed; 2 usage; 3 bad configuration, "
        "network or "
        "data;\n"
        "4 does not fit the hardware; 5 file error; 6 interrupted; 70 internal error\n",
        file);
}

static int report(const char *verb, tsr_status status, const tsr_error *err) {
    (void)fprintf(stderr, "tessera%s%s: %s%s%s\n", verb[0] != '\0' ? " " : "", verb, err->where,
                  err->where[0] != '\0' ? ": " : "", err->message);
    return tsr_status_exit_code(status);
}

static int refuse_verb(const char *name) {
    tsr_error err = {0};
    for (size_t i = 0; i < sizeof planned / sizeof planned[0]; ++i) {
        if (strcmp(planned[i].name, name) == 0) {
            return report("",
                          tsr_fail(&err, TSR_ERR_UNSUPPORTED, name,
                                   "not in this version (planned: %s)", planned[i].when),
                          &err);
        }
    }
    const char *names[verb_count];
    for (size_t i = 0; i < verb_count; ++i) {
        names[i] = verbs[i]->name;
    }
    const char *near = cli_nearest(name, names, verb_count);
    return report(
        "",
        tsr_fail(&err, TSR_ERR_USAGE, name, "no such verb%s%s (tessera --help lists them)",
                 near != NULL ? "; nearest: " : "", near != NULL ? near : ""),
        &err);
}

// An installed program finds its configurations beside it; the build tree has the path compiled in.
static void find_configs(void) {
    static char path[512];
    static char rtl[512];
    char self[400];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) {
        return;
    }
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
        (void)snprintf(path, sizeof path, "%s/../share/tessera/configs", self);
        if (access(path, R_OK) == 0) {
            tsr_config_dir_set(path);
        }
        (void)snprintf(rtl, sizeof rtl, "%s/../share/tessera/rtl", self);
        if (access(rtl, R_OK) == 0) {
            tsr_rtl_dir_set(rtl);
        }
    }
}

static int run_verb(const cli_verb *verb, int argc, char **argv) {
    static cli_args args;
    tsr_error err = {0};
    tsr_status status = cli_parse(verb, argc, argv, &args, &err);
    if (status == TSR_OK && args.help) {
        cli_print_help(verb, stdout);
    } else if (status == TSR_OK) {
        cli_catch_interrupt();
        status = verb->run(&args, &err);
    }
    if (fflush(stdout) != 0 && status == TSR_OK) {
        status = tsr_fail(&err, TSR_ERR_FILE, "stdout", "cannot be written");
    }
    return status == TSR_OK ? 0 : report(verb->name, status, &err);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_main_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_main_help(stdout);
        return fflush(stdout) == 0 ? 0 : 5;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("tessera %s\n", tsr_version());
        return fflush(stdout) == 0 ? 0 : 5;
    }
    find_configs();
    for (size_t i = 0; i < verb_count; ++i) {
        if (strcmp(verbs[i]->name, argv[1]) == 0) {
            return run_verb(verbs[i], argc - 2, argv + 2);
        }
    }
    return refuse_verb(argv[1]);
}
