// SPDX-License-Identifier: Apache-2.0
// fit_solve grid.txt counts.csv residuals.csv: the coefficients of sim/fit out of Yosys's counts, as a C table on
// stdout; what they make of every machine into residuals.csv.
// Exit 1 with a message when the DSPs have no exact formula.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <tessera/fit.h>

#include "counts_file.h"
#include "fit/fit_terms.h"
#include "least_squares.h"

enum { modules_max = 128, lump_per_mille = 3 };

typedef struct modules {
    int32_t count;
    char names[modules_max][COUNTS_NAME];
} modules;

/**
 * Which parameters (letters of fit_terms.h) the size and the number of a module can follow: those it has, and those of
 * the modules it is made in. A module that is not here may follow all of them; a fit on few machines finds what is not
 * there, so new modules deserve a line.
 */
static const struct {
    const char *module, *parameters;
} structure[] = {
    {"tsr_adder_tree", "MNPA"},
    {"tsr_dot", "MNPA"},
    {"tsr_array", "MNPA"},
    {"tsr_pe", "MNPA"},
    {"tsr_crossbar", "NPA"},
    {"tsr_weight_spread", "MNA"},
    {"tsr_feature_pool", "NPALS"},
    {"tsr_post_processor", "MNPWA"},
    {"tsr_post_lane", "NWA"},
    {"tsr_requantizer", "NWA"},
    {"tsr_pool2x2", "MNPWA"},
    {"tsr_residual_read", "NPWAL"},
    {"tsr_lane_banks", "PWL"},
    {"tsr_drain_sequencer", "MNPW"},
    {"tsr_drain_address", "PL"},
    {"tsr_input_address", "PL"},
    {"tsr_column", "P"},
    {"tsr_pad", "P"},
    {"tsr_tile_sequencer", "MNP"},
    {"tsr_tile_counter", "P"},
    {"tsr_pass_decode", "MNPWA"},
    {"tsr_out_step", "P"},
    {"tsr_group_line", "P"},
    {"tsr_ring_row", ""},
    {"tsr_divide_constant", "P"},
    {"tsr_map_walk", "PL"},
    {"tsr_dma_geometry", "X"},
    {"tsr_burst_walk", "XB"},
    {"tsr_axi_read", "XBO"},
    {"tsr_axi_write", "XBO"},
    {"tsr_fetch", "XBO"},
    {"tsr_weight_pack", "MNAXGC"},
    {"tsr_word_cut", "NAX"},
    {"tsr_pixel_pack", "NAX"},
    {"tsr_store_pack", "NAX"},
    {"tsr_store_words", "NPAL"},
    {"tsr_engine_control", ""},
    {"tsr_control", ""},
    {"tsr_run_control", ""},
    {"tsr_tokens", ""},
    {"tsr_perf", ""},
    {"tsr_drain", "MNPWAL"},
    {"tsr_delay_reset", "N"},
};

static const char all_parameters[] = "MNPWALSGCXBO";
static const char memory_module[] = "tsr_ram";  // sim/fit/ram_map.c knows these
static const char lump_name[] = "small modules";

static int64_t resource_of(const counts_cells *cells, tsr_resource r) {
    return r == TSR_RESOURCE_LUT ? cells->lut : r == TSR_RESOURCE_FF ? cells->ff : cells->dsp;
}

static bool list_modules(const counts_file *c, modules *m) {
    for (int32_t i = 0; i < c->row_count; ++i) {
        int32_t k = 0;
        while (k < m->count && strcmp(m->names[k], c->rows[i].module) != 0) {
            ++k;
        }
        if (k < m->count || strcmp(c->rows[i].module, memory_module) == 0) {
            continue;
        }
        if (m->count == modules_max) {
            return false;
        }
        (void)snprintf(m->names[m->count++], COUNTS_NAME, "%s", c->rows[i].module);
    }
    return true;
}

/** Add a module's count to every machine's; `machines` in the order of the file. */
static void add_counts(const counts_file *c, const char *module, tsr_resource r, double *machines) {
    for (int32_t i = 0; i < c->row_count; ++i) {
        if (strcmp(c->rows[i].module, module) == 0) {
            machines[c->rows[i].machine] += (double)resource_of(&c->rows[i].cells, r);
        }
    }
}

/** The points of the fit. */
static void set_points(const counts_file *c, tsr_resource r, const double *machines,
                       ls_problem *p) {
    p->points = 0;
    for (int32_t i = 0; i < c->machine_count; ++i) {
        if (c->machines[i].held) {
            continue;
        }
        const double total = (double)resource_of(&c->machines[i].total, r);
        tsr_fit_terms_of(&c->machines[i].arch, p->x[p->points]);
        p->y[p->points] = machines[i];
        p->weight[p->points++] = r == TSR_RESOURCE_DSP ? 1.0 : 1.0 / total;
    }
}

/** Too small to deserve formulas of their own: they are fitted together. */
static bool is_small(const counts_file *c, tsr_resource r, const double *machines) {
    for (int32_t i = 0; i < c->machine_count; ++i) {
        const double total = (double)resource_of(&c->machines[i].total, r);
        if (1000.0 * machines[i] > lump_per_mille * total) {
            return false;
        }
    }
    return true;
}

/** Terms made of nothing but the parameters of a module. */
static int32_t terms_of_module(const char *module, int32_t allowed[TSR_FIT_TERM_COUNT]) {
    const char *parameters = all_parameters;
    int32_t count = 0;
    for (size_t i = 0; i < sizeof structure / sizeof structure[0]; ++i) {
        parameters =
            strcmp(structure[i].module, module) == 0 ? structure[i].parameters : parameters;
    }
    for (int32_t t = 0; t < TSR_FIT_TERM_COUNT; ++t) {
        const char *needs = tsr_fit_term_parameters((tsr_fit_term)t);
        if (strspn(needs, parameters) == strlen(needs)) {
            allowed[count++] = t;
        }
    }
    return count;
}

static ls_solution fit_logic(const ls_problem *p, const char *module) {
    int32_t allowed[TSR_FIT_TERM_COUNT];
    const int32_t count = terms_of_module(module, allowed);
    return ls_choose(p, allowed, count);
}

static void print_part(const char *module, tsr_resource r, const ls_solution *s) {
    (void)printf("    {\"%s\", TSR_RESOURCE_%s, %d, {", module, tsr_resource_name(r),
                 (int)s->count);
    for (int32_t i = 0; i < s->count; ++i) {
        (void)printf("%s{TSR_FIT_%s, %.6g}",
                     i == 0       ? ""
                     : i % 2 == 1 ? ",\n        "
                                  : ", ",
                     tsr_fit_term_name((tsr_fit_term)s->terms[i]), s->coefficients[i]);
    }
    (void)printf("}},\n");
}

static bool fit_dsps(const ls_problem *p, const char *module, ls_solution *s) {
    static const int32_t allowed[] = {TSR_FIT_one,          TSR_FIT_pixels,  TSR_FIT_odd_pixels,
                                      TSR_FIT_odd_channels, TSR_FIT_columns, TSR_FIT_channels,
                                      TSR_FIT_dots,         TSR_FIT_macs,    TSR_FIT_lanes,
                                      TSR_FIT_wide_lanes};
    if (ls_choose_exact(p, allowed, (int32_t)(sizeof allowed / sizeof allowed[0]), s)) {
        return true;
    }
    (void)fprintf(stderr, "fit_solve: no exact formula for the DSPs of %s\n", module);
    return false;
}

/** What the fitted modules come to on every machine. */
static double modelled[COUNTS_MACHINES][TSR_RESOURCE_COUNT];

/** Take a module's solution into the table and into the sums. */
static void accept(const counts_file *c, const char *module, tsr_resource r, const ls_solution *s) {
    print_part(module, r, s);
    for (int32_t i = 0; i < c->machine_count; ++i) {
        double terms[TSR_FIT_TERM_COUNT];
        tsr_fit_terms_of(&c->machines[i].arch, terms);
        for (int32_t k = 0; k < s->count; ++k) {
            modelled[i][r] += s->coefficients[k] * terms[s->terms[k]];
        }
    }
}

static bool write_residuals(const counts_file *c, const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    (void)fputs(
        "config,use,lut_yosys,lut_model,lut_error_percent,ff_yosys,ff_model,ff_error_percent,dsp_"
        "yosys,dsp_model,"
        "ramb36_yosys,ramb36_model,ramb18_yosys,ramb18_model\n",
        file);
    for (int32_t i = 0; i < c->machine_count; ++i) {
        const counts_machine *m = &c->machines[i];
        const tsr_ram_cells memories = tsr_fit_memories(&m->arch);
        const double lut = modelled[i][TSR_RESOURCE_LUT] + (double)memories.luts;
        const double ff = modelled[i][TSR_RESOURCE_FF] + (double)memories.ffs;
        (void)fprintf(file, "%s,%s,%lld,%.0f,%.2f,%lld,%.0f,%.2f,%lld,%.0f,%lld,%lld,%lld,%lld\n",
                      m->name, m->held ? "held" : "fit", (long long)m->total.lut, lut,
                      100.0 * (lut / (double)m->total.lut - 1.0), (long long)m->total.ff, ff,
                      100.0 * (ff / (double)m->total.ff - 1.0), (long long)m->total.dsp,
                      modelled[i][TSR_RESOURCE_DSP], (long long)m->total.ramb36,
                      (long long)memories.ramb36, (long long)m->total.ramb18,
                      (long long)memories.ramb18);
    }
    return fclose(file) == 0;
}

static bool fit_resource(const counts_file *c, const modules *m, tsr_resource r) {
    static ls_problem p;
    double lump[COUNTS_MACHINES] = {0};
    bool fine = true;
    for (int32_t k = 0; k < m->count; ++k) {
        double machines[COUNTS_MACHINES] = {0};
        double sum = 0.0;
        add_counts(c, m->names[k], r, machines);
        for (int32_t i = 0; i < c->machine_count; ++i) {
            sum += machines[i];
        }
        if (sum <= 0.0) {
            continue;
        }
        if (r != TSR_RESOURCE_DSP && is_small(c, r, machines)) {
            add_counts(c, m->names[k], r, lump);
            continue;
        }
        ls_solution s = {0};
        set_points(c, r, machines, &p);
        if (r == TSR_RESOURCE_DSP) {
            fine = fit_dsps(&p, m->names[k], &s) && fine;
        } else {
            s = fit_logic(&p, m->names[k]);
        }
        accept(c, m->names[k], r, &s);
    }
    if (r != TSR_RESOURCE_DSP) {
        set_points(c, r, lump, &p);
        const ls_solution s = fit_logic(&p, lump_name);
        accept(c, lump_name, r, &s);
    }
    return fine;
}

int main(int argc, char **argv) {
    static counts_file counts;
    static modules list;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: fit_solve grid.txt counts.csv residuals.csv > fit_table.h\n");
        return 2;
    }
    if (!counts_read(argv[1], argv[2], &counts) || !list_modules(&counts, &list)) {
        return 1;
    }
    (void)printf(
        "// SPDX-License-Identifier: Apache-2.0\n"
        "// Written by rtl/synth/fit_solve.c from Yosys's counts: cmake --build <build> --target "
        "fit_data\n"
        "// clang-format off\n"
        "#ifndef TESSERA_FIT_FIT_TABLE_H\n#define TESSERA_FIT_FIT_TABLE_H\n\n"
        "#include <tessera/fit.h>\n\n#include \"fit/fit_terms.h\"\n\n"
        "static const tsr_fit_part tsr_fit_table[] = {\n");
    bool fine = fit_resource(&counts, &list, TSR_RESOURCE_LUT);
    fine = fit_resource(&counts, &list, TSR_RESOURCE_FF) && fine;
    fine = fit_resource(&counts, &list, TSR_RESOURCE_DSP) && fine;
    (void)printf("};\n\n#endif\n");
    return write_residuals(&counts, argv[3]) && fine ? 0 : 1;
}
