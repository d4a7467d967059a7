// SPDX-License-Identifier: Apache-2.0
// Summaries: for each table of the ideal the figures of the plans beside it.
#include "report/moved_survey.h"
#include "table/text_grid.h"

enum { columns_max = 12, cell_bytes = 40 };

/** One figure of an entry as text. */
typedef struct column {
    const char *title;
    void (*write)(char text[cell_bytes], const tsr_moved *moved);
} column;

/** One summary. */
typedef struct summary {
    tsr_table_kind table;
    uint32_t kinds;  // whose parts are explained with it
    const char *caption;
    column columns[columns_max];  // end with a NULL title
} summary;

static void put(char text[cell_bytes], double value, int32_t digits) {
    (void)snprintf(text, cell_bytes, "%.*f", digits, value);
}

static uint64_t sum(const tsr_moved *m, tsr_moved_kind first, tsr_moved_kind last, bool moved) {
    uint64_t bytes = 0;
    for (int32_t kind = (int32_t)first; kind <= (int32_t)last; ++kind) {
        bytes += moved ? m->rows[kind].moved : m->rows[kind].ideal;
    }
    return bytes;
}

// Kinds of traffic, in MB.
static void put_mb(char text[cell_bytes], const tsr_moved *m, tsr_moved_kind first,
                   tsr_moved_kind last, bool moved) {
    put(text, (double)sum(m, first, last, moved) / 1e6, 3);
}

// The ideal of a kind, or "-" where the schedule has none.
static void put_ideal(char text[cell_bytes], const tsr_moved *m, tsr_moved_kind kind, double unit,
                      int32_t digits) {
    if (m->rows[kind].counted) {
        put(text, (double)m->rows[kind].ideal / unit, digits);
    } else {
        (void)snprintf(text, cell_bytes, "-");
    }
}

#define COLUMN(name) static void name(char text[cell_bytes], const tsr_moved *m)

COLUMN(maps_ideal) {
    put_mb(text, m, TSR_MOVED_CONV_MAPS, TSR_MOVED_TAIL_MAPS, false);
}

COLUMN(maps_moved) {
    put_mb(text, m, TSR_MOVED_CONV_MAPS, TSR_MOVED_TAIL_MAPS, true);
}

COLUMN(weights_ideal) {
    put_mb(text, m, TSR_MOVED_WEIGHTS, TSR_MOVED_WEIGHTS, false);
}

COLUMN(conv_once) {
    put(text, (double)(m->rows[TSR_MOVED_WEIGHTS].ideal - m->gemm_weights.ideal) / 1e6, 3);
}

COLUMN(conv_streamed) {
    if (m->rows[TSR_MOVED_STREAMED].counted) {
        put(text, (double)m->rows[TSR_MOVED_STREAMED].ideal / 1e6, 3);
    } else {
        conv_once(text, m);
    }
}

COLUMN(conv_moved) {
    put(text, (double)(m->rows[TSR_MOVED_WEIGHTS].moved - m->gemm_weights.moved) / 1e6, 3);
}

COLUMN(gemm_ideal) {
    put(text, (double)m->gemm_weights.ideal / 1e6, 3);
}

COLUMN(gemm_moved) {
    put(text, (double)m->gemm_weights.moved / 1e6, 3);
}

COLUMN(weights_moved) {
    put_mb(text, m, TSR_MOVED_WEIGHTS, TSR_MOVED_WEIGHTS, true);
}

COLUMN(all_ideal) {
    put_mb(text, m, TSR_MOVED_CONV_MAPS, TSR_MOVED_DESCRIPTORS, false);
}

COLUMN(all_moved) {
    put_mb(text, m, TSR_MOVED_CONV_MAPS, TSR_MOVED_DESCRIPTORS, true);
}

COLUMN(peak) {
    put(text, (double)m->peak_bytes / 1024.0, 1);
}

COLUMN(block_set) {
    put_ideal(text, m, TSR_MOVED_BLOCK_SET, 1024.0, 1);
}

COLUMN(on_chip) {
    put_ideal(text, m, TSR_MOVED_ON_CHIP, 1024.0, 1);
}

COLUMN(lines) {
    put_ideal(text, m, TSR_MOVED_LINES, 1024.0, 1);
}

COLUMN(maps_through_dram) {
    (void)snprintf(text, cell_bytes, "%d", m->plan.maps_through_dram);
}

COLUMN(macs_ideal) {
    put(text, (double)m->rows[TSR_MOVED_MACS].ideal / (double)m->layer_macs, 3);
}

COLUMN(macs_plan) {
    put(text, (double)m->rows[TSR_MOVED_MACS].moved / (double)m->layer_macs, 3);
}

COLUMN(input_ideal) {
    put(text, m->ideal_input_factor, 2);
}

COLUMN(input_plan) {
    const tsr_moved_row *row = &m->rows[TSR_MOVED_INPUT];
    put(text, (double)((int64_t)row->ideal + row->parts[TSR_PART_HALO]) / (double)row->ideal, 2);
}

#define BIT(kind) (1u << TSR_MOVED_##kind)

static const summary summaries[] = {
    {TSR_TABLE_TRAFFIC,
     (BIT(TRAFFIC_COUNT) - 1) | BIT(MACS),
     "Traffic",
     {{"maps ideal MB", maps_ideal},
      {"maps moved MB", maps_moved},
      {"weights ideal MB", weights_ideal},
      {"weights moved MB", weights_moved},
      {"all ideal MB", all_ideal},
      {"all moved MB", all_moved},
      {NULL, NULL}}},
    {TSR_TABLE_WEIGHTS,
     BIT(WEIGHTS) | BIT(STREAMED),
     "Weights",
     {{"conv once ideal MB", conv_once},
      {"conv per block ideal MB", conv_streamed},
      {"conv moved MB", conv_moved},
      {"FC once ideal MB", gemm_ideal},
      {"FC moved MB", gemm_moved},
      {NULL, NULL}}},
    {TSR_TABLE_WORKING_SET,
     BIT(BLOCK_SET),
     "Working set",
     {{"one block ideal KiB", block_set}, {"plan's peak KiB", peak}, {NULL, NULL}}},
    {TSR_TABLE_ON_CHIP,
     BIT(ON_CHIP),
     "Storage for maps",
     {{"all on chip ideal KiB", on_chip},
      {"plan's peak KiB", peak},
      {"plan's maps through DRAM", maps_through_dram},
      {NULL, NULL}}},
    {TSR_TABLE_BASELINES,
     UINT32_MAX,
     "Fusion without blocks",
     {{"line buffers ideal KiB", lines},
      {"plan's peak KiB", peak},
      {"MAC factor ideal", macs_ideal},
      {"MAC factor plan", macs_plan},
      {"input factor ideal", input_ideal},
      {"input factor plan", input_plan},
      {"maps ideal MB", maps_ideal},
      {"maps moved MB", maps_moved},
      {"weights ideal MB", weights_ideal},
      {"weights moved MB", weights_moved},
      {"all moved MB", all_moved},
      {NULL, NULL}}},
};

enum { summary_count = sizeof summaries / sizeof summaries[0] };

uint32_t tsr_moved_kinds_of(tsr_table_kind table) {
    for (int32_t i = 0; i < summary_count; ++i) {
        if (summaries[i].table == table) {
            return summaries[i].kinds;
        }
    }
    return 0;
}

static void add_cells(tsr_grid *grid, const summary *s, const tsr_moved_entry *e) {
    for (int32_t i = 0; s->columns[i].title != NULL; ++i) {
        char text[cell_bytes];
        if (e->planned) {
            s->columns[i].write(text, &e->moved);
            tsr_grid_add(grid, "%s", text);
        } else {
            tsr_grid_add(grid, i == 1 ? "not planned" : "-");
        }
    }
}

static void add_titles(tsr_grid *grid, const summary *s, const char *group) {
    for (int32_t i = 0; s->columns[i].title != NULL; ++i) {
        tsr_grid_title(grid, group, s->columns[i].title);
    }
}

// Entries first .. first+count-1 of every network; a row each, or columns by network.
static void fill(tsr_grid *grid, const tsr_moved_survey *survey, const summary *s, int32_t first,
                 int32_t count, bool by_row) {
    static const char *const none[] = {NULL};
    const tsr_moved_request *r = survey->request;
    tsr_grid_init(grid, none);
    if (by_row) {
        tsr_grid_title(grid, NULL, "network");
    }
    tsr_grid_title(grid, NULL, "schedule");
    for (int32_t i = 0; i < (by_row ? 1 : r->network_count); ++i) {
        add_titles(grid, s, by_row ? NULL : r->networks[i].name);
    }
    for (int32_t k = 0; k < (by_row ? count * r->network_count : count); ++k) {
        const int32_t network = by_row ? k / count : 0;
        const tsr_moved_entry *e =
            &survey->entries[network * survey->each + first + (by_row ? k % count : k)];
        if (by_row) {
            tsr_grid_add(grid, "%s", e->network->name);
        }
        tsr_grid_add(grid, "%s", e->name);
        for (int32_t i = 0; i < (by_row ? 1 : r->network_count); ++i) {
            add_cells(grid, s, e + i * survey->each);
        }
    }
}

static tsr_status print_one(const tsr_moved_survey *survey, const summary *s, FILE *file,
                            tsr_error *err) {
    const tsr_moved_request *r = survey->request;
    const bool baselines = s->table == TSR_TABLE_BASELINES;
    const int32_t first = baselines && survey->blocks ? r->blocking_count : 0;
    const int32_t count = baselines ? r->baseline_count : r->blocking_count;
    char caption[240];
    tsr_grid grid;
    fill(&grid, survey, s, first, count, r->by_row || baselines);
    (void)snprintf(caption, sizeof caption,
                   "%s: the ideal, and our plan on %s (array %dx%dx%d, %d bit)", s->caption,
                   r->arch->name, r->arch->tm, r->arch->tn, r->arch->tp, r->arch->activation_bits);
    const tsr_status status = tsr_grid_print(&grid, caption, r->format, file, err);
    tsr_grid_free(&grid);
    return status;
}

tsr_status tsr_moved_print_summaries(const tsr_moved_survey *survey, FILE *file, tsr_error *err) {
    bool any = false;
    for (int32_t i = 0; i < summary_count; ++i) {
        const summary *s = &summaries[i];
        const bool empty = s->table == TSR_TABLE_BASELINES && survey->request->baseline_count == 0;
        if (survey->request->tables[s->table] && !empty) {
            (void)fputs(any ? "\n" : "", file);
            const tsr_status status = print_one(survey, s, file, err);
            if (status != TSR_OK) {
                return status;
            }
            any = true;
        }
    }
    return TSR_OK;
}
