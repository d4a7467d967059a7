// SPDX-License-Identifier: Apache-2.0
// Words of a command line against a verb's option table.
#include <string.h>

#include "base/checked.h"
#include "cli/cli.h"

enum { word_max = 40 };

// Levenshtein distance of two short words.
static int32_t distance(const char *a, const char *b) {
    int32_t row[word_max + 1];
    const int32_t columns = (int32_t)strlen(b);
    for (int32_t k = 0; k <= columns; ++k) {
        row[k] = k;
    }
    for (int32_t i = 0; a[i] != '\0'; ++i) {
        int32_t diagonal = row[0];
        row[0] = i + 1;
        for (int32_t k = 1; k <= columns; ++k) {
            const int32_t above = row[k];
            row[k] = tsr_min_i32(tsr_min_i32(above, row[k - 1]) + 1, diagonal + (a[i] != b[k - 1]));
            diagonal = above;
        }
    }
    return row[columns];
}

const char *cli_nearest(const char *word, const char *const *words, int32_t count) {
    const char *best = NULL;
    int32_t best_distance = (int32_t)strlen(word) / 2 + 1;
    for (int32_t i = 0; i < count && strlen(word) <= word_max; ++i) {
        const int32_t d = strlen(words[i]) <= word_max ? distance(word, words[i]) : best_distance;
        if (d < best_distance) {
            best_distance = d;
            best = words[i];
        }
    }
    return best;
}

static int32_t option_count(const cli_verb *verb) {
    int32_t count = 0;
    while (verb->options[count].name != NULL) {
        ++count;
    }
    return count;
}

static int32_t find_option(const cli_verb *verb, const char *name) {
    const int32_t count = option_count(verb);
    for (int32_t i = 0; i < count; ++i) {
        if (strcmp(verb->options[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static tsr_status refuse_option(const cli_verb *verb, const char *word, const char *name,
                                tsr_error *err) {
    const char *names[CLI_MAX_OPTIONS];
    const int32_t count = option_count(verb);
    for (int32_t i = 0; i < count; ++i) {
        names[i] = verb->options[i].name;
    }
    const char *near = cli_nearest(name, names, count);
    return tsr_fail(err, TSR_ERR_USAGE, word,
                    "no such option of 'tessera %s'%s%s%s (tessera %s --help lists them)",
                    verb->name, near != NULL ? "; nearest: --" : "", near != NULL ? near : "", "",
                    verb->name);
}

/** Position on the command line. */
typedef struct cursor {
    int argc;
    char **argv;
    int next;
} cursor;

static tsr_status take_value(cursor *c, const cli_verb *verb, int32_t option, const char *attached,
                             cli_args *args, tsr_error *err) {
    const cli_option *o = &verb->options[option];
    const char *value = attached;
    if (o->value == NULL) {
        if (attached != NULL) {
            return tsr_fail(err, TSR_ERR_USAGE, o->name, "takes no value ('%s')", attached);
        }
        value = "";
    } else if (value == NULL) {
        if (c->next >= c->argc) {
            return tsr_fail(err, TSR_ERR_USAGE, o->name, "needs a value: --%s %s", o->name,
                            o->value);
        }
        value = c->argv[c->next++];
    }
    if (args->value_counts[option] == CLI_MAX_REPEATS) {
        return tsr_fail(err, TSR_ERR_USAGE, o->name, "given more than %d times", CLI_MAX_REPEATS);
    }
    args->values[option][args->value_counts[option]++] = value;
    return TSR_OK;
}

static tsr_status take_long(cursor *c, const cli_verb *verb, const char *word, cli_args *args,
                            tsr_error *err) {
    char name[word_max + 1];
    const char *equals = strchr(word, '=');
    const size_t length = equals != NULL ? (size_t)(equals - word - 2) : strlen(word) - 2;
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < word_max ? length : word_max),
                   word + 2);
    if (strcmp(name, "help") == 0) {
        args->help = true;
        return TSR_OK;
    }
    const int32_t option = find_option(verb, name);
    if (option < 0) {
        return refuse_option(verb, word, name, err);
    }
    return take_value(c, verb, option, equals != NULL ? equals + 1 : NULL, args, err);
}

static tsr_status take_short(cursor *c, const cli_verb *verb, const char *word, cli_args *args,
                             tsr_error *err) {
    const int32_t count = option_count(verb);
    if (word[1] == 'h' && word[2] == '\0') {
        args->help = true;
        return TSR_OK;
    }
    for (int32_t i = 0; i < count; ++i) {
        if (verb->options[i].letter == word[1]) {
            return take_value(c, verb, i, word[2] != '\0' ? word + 2 : NULL, args, err);
        }
    }
    return refuse_option(verb, word, word + 1, err);
}

tsr_status cli_parse(const cli_verb *verb, int argc, char **argv, cli_args *args, tsr_error *err) {
    cursor c = {.argc = argc, .argv = argv};
    bool only_words = false;
    memset(args, 0, sizeof *args);
    args->verb = verb;
    while (c.next < argc) {
        const char *word = argv[c.next++];
        tsr_status status = TSR_OK;
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(word, "--", 2) == 0) {
            status = take_long(&c, verb, word, args, err);
        } else if (!only_words && word[0] == '-' && word[1] != '\0') {
            status = take_short(&c, verb, word, args, err);
        } else if (args->word_count < verb->max_words) {
            args->words[args->word_count++] = word;
        } else {
            status = tsr_fail(err, TSR_ERR_USAGE, word, "one word too many: tessera %s %s",
                              verb->name, verb->words);
        }
        if (status != TSR_OK || args->help) {
            return status;
        }
    }
    if (args->word_count < verb->min_words) {
        return tsr_fail(err, TSR_ERR_USAGE, verb->name, "needs %s (tessera %s --help)", verb->words,
                        verb->name);
    }
    return TSR_OK;
}

int32_t cli_values(const cli_args *args, const char *name, const char *const **values) {
    const int32_t option = find_option(args->verb, name);
    if (option < 0) {
        return 0;
    }
    *values = args->values[option];
    return args->value_counts[option];
}

const char *cli_value(const cli_args *args, const char *name) {
    const char *const *values = NULL;
    const int32_t count = cli_values(args, name, &values);
    return count > 0 ? values[count - 1] : NULL;
}

bool cli_given(const cli_args *args, const char *name) {
    return cli_value(args, name) != NULL;
}
