// SPDX-License-Identifier: Apache-2.0
// LaTeX tables as LaTeX reads them.
#ifndef TESSERA_TESTS_LATEX_TABLE_H
#define TESSERA_TESTS_LATEX_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

// Columns of a specification like "lrp{8cm}}".
static inline int32_t latex_specs(const char *text) {
    int32_t columns = 0;
    while (*text != '}') {
        assert_non_null(strchr("lrp", *text));
        text += *text == 'p' ? strcspn(text, "}") + 1 : 1;
        ++columns;
    }
    assert_int_equal(text[1], '\n');
    return columns;
}

// Columns that a row of a tabular fills.
static inline int32_t latex_columns(const char *row, size_t length) {
    int32_t columns = 1;
    for (size_t i = 0; i < length; ++i) {
        static const char span[] = "\\multicolumn{";
        const bool escaped = i > 0 && row[i - 1] == '\\';
        columns += row[i] == '&' && !escaped;
        assert_true(escaped || strchr("_%#~^", row[i]) == NULL);
        if (strncmp(&row[i], span, sizeof span - 1) == 0) {
            columns += (int32_t)strtol(&row[i + sizeof span - 1], NULL, 10) - 1;
        }
    }
    return columns;
}

// As LaTeX reads it: between \begin and \end every row has as many cells as there are columns.
static inline void check_latex(const char *text) {
    int32_t columns = 0;
    int32_t tables = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        static const char begin[] = "\\begin{tabular}{";
        const size_t length = strcspn(line, "\n");
        if (strncmp(line, begin, sizeof begin - 1) == 0) {
            columns = latex_specs(line + sizeof begin - 1);
            ++tables;
        } else if (strncmp(line, "\\end{tabular}", 13) == 0) {
            columns = 0;
        } else if (columns > 0 && strncmp(line, "\\hline", 6) != 0) {
            assert_memory_equal(line + length - 2, "\\\\", 2);
            assert_int_equal(latex_columns(line, length), columns);
        } else {
            assert_true(columns > 0 || length == 0 || line[0] == '%');
        }
    }
    assert_int_equal(columns, 0);
    assert_true(tables > 0);
}

#endif
