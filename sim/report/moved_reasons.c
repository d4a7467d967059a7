// SPDX-License-Identifier: Apache-2.0
// The parts of each difference in words.
#include <stdlib.h>
#include <string.h>

#include "report/moved_survey.h"
#include "table/text_grid.h"

enum { reason_bytes = 500 };

/** How a figure is written. */
typedef struct unit {
    const char *name;
    double one;
    int32_t digits;
} unit;

/** A figure in words. */
typedef struct kind_text {
    const char *name;
    unit unit;
} kind_text;

static const kind_text kinds[TSR_MOVED_KIND_COUNT] = {
    [TSR_MOVED_CONV_MAPS] = {"maps between convolutions", {"MB", 1e6, 3}},
    [TSR_MOVED_TAIL_MAPS] = {"maps of the fully connected part", {"MB", 1e6, 3}},
    [TSR_MOVED_INPUT] = {"network input", {"MB", 1e6, 3}},
    [TSR_MOVED_OUTPUT] = {"network output", {"MB", 1e6, 3}},
    [TSR_MOVED_WEIGHTS] = {"weights, each once", {"MB", 1e6, 3}},
    [TSR_MOVED_DESCRIPTORS] = {"descriptors", {"MB", 1e6, 3}},
    [TSR_MOVED_STREAMED] = {"conv weights, once for each block", {"MB", 1e6, 3}},
    [TSR_MOVED_BLOCK_SET] = {"one block, and the pool's peak", {"KiB", 1024.0, 1}},
    [TSR_MOVED_ON_CHIP] = {"all maps on chip, and the pool's peak", {"KiB", 1024.0, 1}},
    [TSR_MOVED_LINES] = {"line buffers, and the pool's peak", {"KiB", 1024.0, 1}},
    [TSR_MOVED_MACS] = {"MACs", {"GMAC", 1e9, 3}},
};

static const char *const part_names[TSR_PART_COUNT] = {
    [TSR_PART_ON_CHIP] = "joined on chip instead of through DRAM",
    [TSR_PART_THROUGH_DRAM] = "through DRAM where the plan cuts",
    [TSR_PART_SIZE] = "stored before its pool or upsampled",
    [TSR_PART_SKIPPED] = "rows and columns that strides skip",
    [TSR_PART_HALO] = "halo read again",
    [TSR_PART_AGAIN] = "input read again per output-channel group",
    [TSR_PART_SHORTCUT] = "reads by further layers (shortcuts)",
    [TSR_PART_WASTE] = "beat alignment and channel padding",
    [TSR_PART_PARAMETERS] = "bias and scale records",
    [TSR_PART_COMMANDS] = "the program",
    [TSR_PART_KEPT] = "kept on chip, or shared by blocks run together",
    [TSR_PART_GROUPS] = "line buffers of groups that run at other times",
    [TSR_PART_AHEAD] = "loaded ahead",
    [TSR_PART_HELD] = "rows, tiles and maps as the plan's groups hold them",
    [TSR_PART_ARRAY] = "averages, adds and copies on the array",
};

// What the plan has on chip in place of what the ideal has.
static const char *held_name(tsr_schedule_mode mode) {
    switch (mode) {
        case TSR_SCHEDULE_LAYERWISE:
            return "tiles in place of whole maps";
        case TSR_SCHEDULE_BLOCKED:
            return "blocks run together, joins and whole maps in place of the ideal's";
        case TSR_SCHEDULE_CACHED:
            return "strips in place of the rows that must stay";
        default:
            return part_names[TSR_PART_HELD];
    }
}

static const char *part_name(tsr_schedule_mode mode, tsr_moved_kind kind, tsr_moved_part part) {
    static const struct {
        tsr_moved_kind kind;
        tsr_moved_part part;
        const char *name;
    } others[] = {
        {TSR_MOVED_WEIGHTS, TSR_PART_AGAIN, "streamed again per block or tile"},
        {TSR_MOVED_WEIGHTS, TSR_PART_WASTE, "channels padded to the array"},
        {TSR_MOVED_STREAMED, TSR_PART_WASTE, "channels padded to the array"},
        {TSR_MOVED_TAIL_MAPS, TSR_PART_THROUGH_DRAM, "vectors through DRAM"},
        {TSR_MOVED_BLOCK_SET, TSR_PART_WASTE, "channels padded to words, columns to banks"},
        {TSR_MOVED_ON_CHIP, TSR_PART_WASTE, "channels padded to words, columns to banks"},
        {TSR_MOVED_LINES, TSR_PART_WASTE, "channels padded to words, columns to banks"},
        {TSR_MOVED_MACS, TSR_PART_HALO, "halo computed again beyond the ideal tiles"},
        {TSR_MOVED_MACS, TSR_PART_SKIPPED, "pixels that no pool or stride reads"},
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; ++i) {
        if (others[i].kind == kind && others[i].part == part) {
            return others[i].name;
        }
    }
    return part == TSR_PART_HELD ? held_name(mode) : part_names[part];
}

// What goes behind a part or a figure in brackets.
static const char *remark(const tsr_moved *moved, tsr_moved_kind kind, tsr_moved_part part) {
    const bool peak =
        kind == TSR_MOVED_BLOCK_SET || kind == TSR_MOVED_ON_CHIP || kind == TSR_MOVED_LINES;
    if (kind == TSR_MOVED_CONV_MAPS && part == TSR_PART_ON_CHIP) {
        return moved->on_chip_layers;
    }
    if (kind == TSR_MOVED_CONV_MAPS && part == TSR_PART_THROUGH_DRAM) {
        return moved->through_dram_layers;
    }
    return peak && part == TSR_PART_HELD ? moved->peak_text : "";
}

// In the figure's unit; what would round away with more digits.
static void add_part(char text[reason_bytes], const tsr_moved_entry *e, tsr_moved_kind kind,
                     tsr_moved_part part) {
    const unit u = kinds[kind].unit;
    const int64_t value = e->moved.rows[kind].parts[part];
    const char *more = remark(&e->moved, kind, part);
    const bool small = (double)llabs(value) < u.one / 1000.0;
    const size_t used = strlen(text);
    (void)snprintf(text + used, reason_bytes - used, "%s%s%s%s%s %+.*f", used > 0 ? "; " : "",
                   part_name(e->schedule.mode, kind, part), more[0] != '\0' ? " (" : "", more,
                   more[0] != '\0' ? ")" : "", small ? u.digits + 3 : u.digits,
                   (double)value / u.one);
}

static void reasons(const tsr_moved_entry *e, tsr_moved_kind kind, char text[reason_bytes]) {
    const tsr_moved_row *row = &e->moved.rows[kind];
    text[0] = '\0';
    for (int32_t i = 0; i < TSR_PART_COUNT; ++i) {
        if (row->parts[i] != 0) {
            add_part(text, e, kind, (tsr_moved_part)i);
        }
    }
    if (text[0] == '\0') {
        (void)snprintf(text, reason_bytes, "%s",
                       row->moved == 0                  ? "nothing moves"
                       : kind == TSR_MOVED_MACS         ? "the same"
                       : kind < TSR_MOVED_TRAFFIC_COUNT ? "every byte once"
                                                        : "the same");
    }
}

static void add_figure(tsr_grid *grid, const tsr_moved_entry *e, tsr_moved_kind kind) {
    const tsr_moved_row *row = &e->moved.rows[kind];
    const unit u = kinds[kind].unit;
    char text[reason_bytes];
    reasons(e, kind, text);
    tsr_grid_add(grid, "%s", e->network->name);
    tsr_grid_add(grid, "%s", e->name);
    tsr_grid_add(grid, "%s", kinds[kind].name);
    tsr_grid_add(grid, "%s", u.name);
    tsr_grid_add(grid, "%.*f", u.digits, (double)row->ideal / u.one);
    tsr_grid_add(grid, "%.*f", u.digits, (double)row->moved / u.one);
    tsr_grid_add(grid, "%s", text);
}

// A figure that has nothing beside it.
static void add_alone(tsr_grid *grid, const tsr_moved_entry *e, const char *what,
                      const char *unit_name, const char *value, const char *text) {
    tsr_grid_add(grid, "%s", e->network->name);
    tsr_grid_add(grid, "%s", e->name);
    tsr_grid_add(grid, "%s", what);
    tsr_grid_add(grid, "%s", unit_name);
    tsr_grid_add(grid, "-");
    tsr_grid_add(grid, "%s", value);
    tsr_grid_add(grid, "%s", text);
}

static void add_entry(tsr_grid *grid, const tsr_moved_entry *e, uint32_t shown) {
    if (!e->planned) {
        char text[sizeof e->why.where + sizeof e->why.message + 24];
        (void)snprintf(text, sizeof text, "not planned: %s: %s", e->why.where, e->why.message);
        add_alone(grid, e, "the plan", "-", "-", text);
        return;
    }
    add_alone(grid, e, "the plan", "-", "-", e->moved.plan.text);
    for (int32_t kind = 0; kind < TSR_MOVED_KIND_COUNT; ++kind) {
        const tsr_moved_row *row = &e->moved.rows[kind];
        const bool nothing = row->ideal == 0 && row->moved == 0 && kind != TSR_MOVED_CONV_MAPS;
        if (row->counted && !nothing && (shown & (1u << kind)) != 0) {
            add_figure(grid, e, (tsr_moved_kind)kind);
        }
    }
    if (e->schedule.mode == TSR_SCHEDULE_RECOMPUTE) {
        char peak[24];
        (void)snprintf(peak, sizeof peak, "%.1f", (double)e->moved.peak_bytes / 1024.0);
        add_alone(grid, e, "the pool's peak", "KiB", peak, e->moved.peak_text);
    }
}

tsr_status tsr_moved_print_reasons(const tsr_moved_survey *survey, int32_t network, FILE *file,
                                   tsr_error *err) {
    static const char *const titles[] = {"network", "schedule",           "what", "unit", "ideal",
                                         "plan",    "difference and why", NULL};
    const tsr_moved_request *r = survey->request;
    uint32_t of_blockings = 0;
    for (int32_t table = 0; table < TSR_TABLE_KIND_COUNT; ++table) {
        of_blockings |= r->tables[table] && table != TSR_TABLE_BASELINES
                            ? tsr_moved_kinds_of((tsr_table_kind)table)
                            : 0;
    }
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t k = 0; k < survey->each; ++k) {
        const bool blocking = survey->blocks && k < r->blocking_count;
        add_entry(&grid, &survey->entries[network * survey->each + k],
                  blocking ? of_blockings : tsr_moved_kinds_of(TSR_TABLE_BASELINES));
    }
    char caption[200];
    (void)snprintf(caption, sizeof caption,
                   "%s on %s (%d bit): the ideal and the plan, and why they differ",
                   r->networks[network].name, r->arch->name, r->arch->activation_bits);
    const tsr_status status = tsr_grid_print(&grid, caption, r->format, file, err);
    tsr_grid_free(&grid);
    return status;
}
