// SPDX-License-Identifier: Apache-2.0
// The frame of the command: verbs as data, parsed words, progress, interruption.
#ifndef TESSERA_CLI_CLI_H
#define TESSERA_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <tessera/status.h>

enum { CLI_MAX_OPTIONS = 40, CLI_MAX_REPEATS = 16, CLI_MAX_WORDS = 32 };

/** One option of a verb. */
typedef struct cli_option {
    const char *name;   // long form without dashes
    char letter;        // short form, 0 = none
    const char *value;  // what stands for its value in the help; NULL = a switch
    const char *about;
} cli_option;

/** What the words of a command line mean. */
typedef struct cli_args cli_args;

/** One verb. */
typedef struct cli_verb {
    const char *name;
    const char *words;  // positional part of the usage line
    int32_t min_words, max_words;
    const char *about;
    const cli_option *options;  // ends with a NULL name
    const char *details;        // may be NULL
    const char *examples;
    tsr_status (*run)(const cli_args *args, tsr_error *err);
} cli_verb;

struct cli_args {
    const cli_verb *verb;
    bool help;
    int32_t word_count;
    const char *words[CLI_MAX_WORDS];
    int32_t value_counts[CLI_MAX_OPTIONS];
    const char *values[CLI_MAX_OPTIONS][CLI_MAX_REPEATS];
};

/** Parse argv[0..argc-1] (behind the verb). TSR_ERR_USAGE names the nearest option. */
tsr_status cli_parse(const cli_verb *verb, int argc, char **argv, cli_args *args,
                     tsr_error *err) TSR_MUST_USE;
/** Last value of an option, NULL when it was not given; "" for a switch that was. */
const char *cli_value(const cli_args *args, const char *name);
bool cli_given(const cli_args *args, const char *name);
/** All values of an option that may be repeated. */
int32_t cli_values(const cli_args *args, const char *name, const char *const **values);
/** An integer option within limits; *value keeps its default when it was not given. */
tsr_status cli_int(const cli_args *args, const char *name, int64_t min, int64_t max, int64_t *value,
                   tsr_error *err) TSR_MUST_USE;
/** "on" or "off". */
tsr_status cli_switch(const cli_args *args, const char *name, bool *value,
                      tsr_error *err) TSR_MUST_USE;
/** "HxW". */
tsr_status cli_size(const cli_args *args, const char *name, int32_t *h, int32_t *w,
                    tsr_error *err) TSR_MUST_USE;
/** "HxW" out of a text; `name` is what it is called in messages. */
tsr_status cli_size_parse(const char *name, const char *text, int32_t *h, int32_t *w,
                          tsr_error *err) TSR_MUST_USE;
/** One of a NULL-terminated list. */
tsr_status cli_choice(const cli_args *args, const char *name, const char *const *words,
                      int32_t *index, tsr_error *err) TSR_MUST_USE;
void cli_print_help(const cli_verb *verb, FILE *file);
/** Nearest of `count` words by edit distance, NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *words, int32_t count);

/** A list given as one word with commas; freed by nobody: it lives in `text`. */
typedef struct cli_list {
    char text[1024];
    int32_t count;
    const char *items[CLI_MAX_WORDS];
} cli_list;

/** Cut at commas; empty items are refused. */
tsr_status cli_list_parse(const char *name, const char *text, cli_list *list,
                          tsr_error *err) TSR_MUST_USE;

/** Progress line on stderr: only on a terminal, with the time that is left. */
typedef struct cli_progress {
    bool shown;
    const char *unit;
    struct timespec start, last;
} cli_progress;

void cli_progress_begin(cli_progress *progress, const cli_args *args, const char *unit);
void cli_progress_step(cli_progress *progress, uint64_t done, uint64_t total);
void cli_progress_end(cli_progress *progress);

/** From now on SIGINT and SIGTERM ask for an orderly end. */
void cli_catch_interrupt(void);
bool cli_interrupted(void);

extern const cli_verb verb_run, verb_compare, verb_table, verb_plan, verb_accuracy, verb_sweep,
    verb_validate, verb_fit;

#endif
