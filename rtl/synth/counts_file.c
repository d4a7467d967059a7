// SPDX-License-Identifier: Apache-2.0
#include "counts_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { line_max = 512, parameter_count = 12 };

static bool refuse(const char *file, int32_t line, const char *what) {
    (void)fprintf(stderr, "%s:%d: %s\n", file, (int)line, what);
    return false;
}

/** The next number of a line, past one comma or blanks. */
static bool take(char **at, int64_t *value) {
    char *end = NULL;
    *at += strspn(*at, ", ");
    *value = strtoll(*at, &end, 10);
    const bool some = end != *at;
    *at = end;
    return some;
}

/** The next word, up to a comma or blank. */
static bool take_word(char **at, char word[COUNTS_NAME]) {
    *at += strspn(*at, ", ");
    const size_t length = strcspn(*at, ", \n");
    if (length == 0 || length >= COUNTS_NAME) {
        return false;
    }
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    return true;
}

static void set_arch(const int64_t p[parameter_count], tsr_arch *a) {
    a->tm = (int32_t)p[0];
    a->tn = (int32_t)p[1];
    a->tp = (int32_t)p[2];
    a->wp = (int32_t)p[3];
    a->activation_bits = (int32_t)p[4];
    a->feature_buffer_bytes = p[5] * tsr_arch_line_bytes(a);
    a->feature_sectors = (int32_t)p[6];
    a->weight_buffer_bytes = p[7] * tsr_arch_weight_word_bytes(a);
    a->parameter_channels = (int32_t)p[8];
    a->axi_data_bits = (int32_t)p[9];
    a->max_burst_beats = (int32_t)p[10];
    a->max_outstanding_bursts = (int32_t)p[11];
}

static bool read_machine(char *line, counts_file *c) {
    counts_machine *m = &c->machines[c->machine_count];
    int64_t p[parameter_count];
    char use[COUNTS_NAME];
    if (c->machine_count == COUNTS_MACHINES || !take_word(&line, m->name) ||
        !take_word(&line, use)) {
        return false;
    }
    for (int32_t i = 0; i < parameter_count; ++i) {
        if (!take(&line, &p[i])) {
            return false;
        }
    }
    m->held = strcmp(use, "held") == 0;
    set_arch(p, &m->arch);
    ++c->machine_count;
    return m->held || strcmp(use, "fit") == 0;
}

static bool read_row(char *line, counts_file *c) {
    counts_row *r = &c->rows[c->row_count];
    counts_cells *n = &r->cells;
    char name[COUNTS_NAME];
    if (c->row_count == COUNTS_ROWS || !take_word(&line, name) || !take_word(&line, r->module)) {
        return false;
    }
    r->machine = 0;
    while (r->machine < c->machine_count && strcmp(c->machines[r->machine].name, name) != 0) {
        ++r->machine;
    }
    if (r->machine == c->machine_count || !take(&line, &n->instances) || !take(&line, &n->lut) ||
        !take(&line, &n->ff) || !take(&line, &n->dsp) || !take(&line, &n->ramb36) ||
        !take(&line, &n->ramb18)) {
        return false;
    }
    counts_cells *sum = &c->machines[r->machine].total;
    sum->instances += n->instances;
    sum->lut += n->lut;
    sum->ff += n->ff;
    sum->dsp += n->dsp;
    sum->ramb36 += n->ramb36;
    sum->ramb18 += n->ramb18;
    ++c->row_count;
    return true;
}

static bool read_lines(const char *path, bool (*read)(char *, counts_file *), counts_file *c) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return refuse(path, 0, "cannot be opened");
    }
    char line[line_max];
    bool fine = true;
    for (int32_t n = 1; fine && fgets(line, sizeof line, file) != NULL; ++n) {
        if (line[0] == '#' || (n == 1 && strncmp(line, "config,", 7) == 0)) {
            continue;
        }
        fine = read(line, c) || refuse(path, n, "not understood");
    }
    (void)fclose(file);
    return fine;
}

bool counts_read(const char *grid, const char *csv, counts_file *counts) {
    memset(counts, 0, sizeof *counts);
    if (!read_lines(grid, read_machine, counts) || !read_lines(csv, read_row, counts)) {
        return false;
    }
    for (int32_t i = 0; i < counts->machine_count; ++i) {
        if (counts->machines[i].total.instances == 0) {
            return refuse(csv, 0, counts->machines[i].name);
        }
    }
    return true;
}
