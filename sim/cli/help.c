// SPDX-License-Identifier: Apache-2.0
// Help of a verb, out of its table.
#include <string.h>

#include "cli/cli.h"

enum { option_column = 28, last_column = 100 };

// Words of `text` from column `indent` on, broken before `last_column`.
static void print_wrapped(const char *text, int32_t indent, FILE *file) {
    int32_t column = indent;
    while (*text != '\0') {
        const int32_t length = (int32_t)strcspn(text, " ");
        if (column > indent && column + 1 + length > last_column) {
            (void)fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        }
        if (column > indent) {
            (void)fputc(' ', file);
            ++column;
        }
        (void)fprintf(file, "%.*s", (int)length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    (void)fputc('\n', file);
}

static void print_option(const cli_option *option, FILE *file) {
    char head[64];
    char letter[8] = "    ";
    if (option->letter != 0) {
        (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    (void)snprintf(head, sizeof head, "  %s--%s%s%s", letter, option->name,
                   option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
    (void)fprintf(file, "%-*s", (int)option_column, head);
    if (strlen(head) >= option_column) {
        (void)fprintf(file, "\n%*s", (int)option_column, "");
    }
    print_wrapped(option->about, option_column, file);
}

void cli_print_help(const cli_verb *verb, FILE *file) {
    static const cli_option help = {"help", 'h', NULL, "this text"};
    (void)fprintf(file, "usage: tessera %s %s [options]\n\n", verb->name, verb->words);
    print_wrapped(verb->about, 0, file);
    if (verb->details != NULL) {
        (void)fprintf(file, "\n%s\n", verb->details);
    }
    (void)fputs("\noptions:\n", file);
    for (const cli_option *o = verb->options; o->name != NULL; ++o) {
        print_option(o, file);
    }
    print_option(&help, file);
    (void)fprintf(file, "\nexamples:\n%s\n", verb->examples);
}
