// SPDX-License-Identifier: Apache-2.0
// Values of options: numbers, switches, sizes, choices, lists. Every refusal says what was found
// and what is allowed.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static bool read_int(const char *text, const char **end, int64_t *value) {
    char *stop = NULL;
    errno = 0;
    const long long read = strtoll(text, &stop, 10);
    *end = stop;
    *value = read;
    return stop != text && errno == 0 && text[0] != ' ' && text[0] != '+';
}

tsr_status cli_int(const cli_args *args, const char *name, int64_t min, int64_t max, int64_t *value,
                   tsr_error *err) {
    const char *text = cli_value(args, name);
    const char *end = NULL;
    int64_t read = 0;
    if (text == NULL) {
        return TSR_OK;
    }
    if (!read_int(text, &end, &read) || *end != '\0' || read < min || read > max) {
        return tsr_fail(err, TSR_ERR_USAGE, name, "'%s', must be a number in %lld..%lld", text,
                        (long long)min, (long long)max);
    }
    *value = read;
    return TSR_OK;
}

tsr_status cli_switch(const cli_args *args, const char *name, bool *value, tsr_error *err) {
    static const char *const words[] = {"off", "on", NULL};
    int32_t index = *value;
    const tsr_status status = cli_choice(args, name, words, &index, err);
    *value = index == 1;
    return status;
}

tsr_status cli_size(const cli_args *args, const char *name, int32_t *h, int32_t *w,
                    tsr_error *err) {
    const char *text = cli_value(args, name);
    return text == NULL ? TSR_OK : cli_size_parse(name, text, h, w, err);
}

tsr_status cli_size_parse(const char *name, const char *text, int32_t *h, int32_t *w,
                          tsr_error *err) {
    const char *end = NULL;
    int64_t height = 0;
    int64_t width = 0;
    const bool ok = read_int(text, &end, &height) && *end == 'x' &&
                    read_int(end + 1, &end, &width) && *end == '\0';
    if (!ok || height < 1 || width < 1 || height > 65535 || width > 65535) {
        return tsr_fail(err, TSR_ERR_USAGE, name,
                        "'%s', must be HEIGHTxWIDTH such as 224x224, each 1..65535", text);
    }
    *h = (int32_t)height;
    *w = (int32_t)width;
    return TSR_OK;
}

tsr_status cli_choice(const cli_args *args, const char *name, const char *const *words,
                      int32_t *index, tsr_error *err) {
    const char *text = cli_value(args, name);
    if (text == NULL) {
        return TSR_OK;
    }
    char all[256] = "";
    for (int32_t i = 0; words[i] != NULL; ++i) {
        if (strcmp(words[i], text) == 0) {
            *index = i;
            return TSR_OK;
        }
        const size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return tsr_fail(err, TSR_ERR_USAGE, name, "'%s', must be one of %s", text, all);
}

tsr_status cli_list_parse(const char *name, const char *text, cli_list *list, tsr_error *err) {
    list->count = 0;
    if (strlen(text) >= sizeof list->text) {
        return tsr_fail(err, TSR_ERR_USAGE, name, "too long");
    }
    (void)snprintf(list->text, sizeof list->text, "%s", text);
    char *item = list->text;
    while (item != NULL) {
        char *comma = strchr(item, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        if (item[0] == '\0' || list->count == CLI_MAX_WORDS) {
            return tsr_fail(err, TSR_ERR_USAGE, name,
                            "'%s', must be 1..%d words with commas between", text, CLI_MAX_WORDS);
        }
        list->items[list->count++] = item;
        item = comma != NULL ? comma + 1 : NULL;
    }
    return TSR_OK;
}
