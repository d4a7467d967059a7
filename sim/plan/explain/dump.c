// SPDX-License-Identifier: Apache-2.0
// A plan as a person reads it.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "plan/explain/dump_why.h"
#include "plan/halo/regions.h"
#include "plan/model/plan_model.h"

static double kib(int64_t bytes) {
    return (double)bytes / 1024.0;
}

static double megabytes(uint64_t bytes) {
    return (double)bytes / 1e6;
}

/** Layers that are cut, or strided, otherwise than the schedule says. */
static void print_notes(const tsr_plan *plan, FILE *file) {
    char note[192];
    const tsr_blocking *blocking = &plan->schedule.blocking;
    int32_t i = tsr_network_next_note(&plan->network, blocking, 0, note, sizeof note);
    for (; i >= 0; i = tsr_network_next_note(&plan->network, blocking, i + 1, note, sizeof note)) {
        fprintf(file, "  %s: %s\n", plan->network.layers[i].name, note);
    }
}

static void print_head(const tsr_plan *plan, FILE *file) {
    const tsr_arch *arch = &plan->arch;
    char blocking[32];
    tsr_blocking_format(&plan->schedule.blocking, blocking, sizeof blocking);
    fprintf(file, "plan of %s on %s, %s", plan->network.name, arch->name,
            tsr_schedule_mode_name(plan->schedule.mode));
    if (plan->schedule.mode == TSR_SCHEDULE_AUTO) {
        fprintf(file, " by %s", tsr_objective_name(plan->schedule.objective));
    }
    if (plan->schedule.part_count > 0) {
        fprintf(file, " (%d parts in modes of their own)", plan->schedule.part_count);
    }
    if (tsr_schedule_has_blocks(&plan->schedule)) {
        fprintf(file, " %s, %s padding, joins %s", blocking,
                tsr_pad_mode_name(plan->schedule.blocking.block_padding),
                tsr_join_name(plan->schedule.join));
    }
    fprintf(file, ", weights %s", tsr_residency_name(plan->schedule.residency));
    if (plan->schedule.block_batch > 0) {
        fprintf(file, " of %d", plan->schedule.block_batch);
    }
    if (plan->network.batch > 1) {
        fprintf(file, ", %d pictures", plan->network.batch);
    }
    fprintf(file, "\n");
    fprintf(file,
            "  array %d x %d x %d, %d bits; feature pool %.1f KiB in %d sectors, weights %.1f KiB, "
            "%d channels of parameters\n",
            arch->tm, arch->tn, arch->tp, arch->activation_bits, kib(arch->feature_buffer_bytes),
            arch->feature_sectors, kib(arch->weight_buffer_bytes), arch->parameter_channels);
    print_notes(plan, file);
    fprintf(file, "  %s\n", plan->reason);
    const tsr_plan_summary summary = tsr_plan_summarize(plan);
    fprintf(file, "  %s\n", summary.text);
}

static void print_traffic(const tsr_plan *plan, FILE *file) {
    fprintf(file, "DRAM, whole beats [MB]   read    write\n");
    static const char *const names[TSR_TRAFFIC_COUNT] = {"input", "weights", "intermediate",
                                                         "output", "descriptors"};
    for (int32_t t = 0; t < TSR_TRAFFIC_COUNT; ++t) {
        fprintf(file, "  %-18s %9.3f %8.3f\n", names[t], megabytes(plan->read_bytes[t]),
                megabytes(plan->write_bytes[t]));
    }
    fprintf(file, "descriptors: %d\n", plan->list.count + 1);
}

static void print_levels(const tsr_plan *plan, const tsr_group *group, FILE *file) {
    for (int32_t k = 0; k < group->level_count; ++k) {
        const tsr_level *level = &group->levels[k];
        const tsr_stage *first = &plan->stages[level->first];
        fprintf(file, "  level %d: %s to %s, ", k, tsr_plan_stage_name(plan, level->first),
                tsr_plan_stage_name(plan, level->last));
        if (level->batch) {
            fprintf(file, "whole maps on chip, every portion of the weights for all %d x %d blocks",
                    first->grid.rows, first->grid.cols);
            if (level->stack > 1) {
                fprintf(file, " of %d pictures", level->stack);
            }
            fprintf(file, "\n");
        } else {
            fprintf(file, "%d x %d blocks of at most %d x %d pixels, ", level->rows, level->cols,
                    first->cell_max.h, first->cell_max.w);
            if (level->stack > 1) {
                fprintf(file, "every portion of the weights for %d at a time\n", level->stack);
            } else {
                fprintf(file, "one after the other\n");
            }
        }
        if (k + 1 < group->level_count) {
            const tsr_level *next = &group->levels[k + 1];
            fprintf(file, "    join on chip: %d blocks make one of the next level%s\n",
                    level->rows * level->cols / (next->rows * next->cols),
                    next->rows * next->cols > 1 ? ", depth first" : "");
        }
    }
}

static void print_tiling(const tsr_plan *plan, const tsr_group *group, FILE *file) {
    const tsr_tiling *t = &group->tiling;
    char pictures[64] = "";
    if (t->abreast > 1) {
        (void)snprintf(pictures, sizeof pictures, ", %d pictures side by side", t->abreast);
    } else if (plan->network.batch > 1) {
        (void)snprintf(pictures, sizeof pictures, " of each picture");
    }
    fprintf(file, "  %s: %d x %d %s of at most %d x %d output pixels%s; %s\n",
            tsr_plan_stage_name(plan, group->first), t->rows, t->cols,
            t->by_grid ? "tiles of blocks" : "tiles", t->tile_h, t->tile_w, pictures,
            group->weights[0].resident ? "weights stay"
            : t->by_channels           ? "a portion of the channels outside, their tiles inside"
            : t->weight_outer          ? "a portion of the weights outside, tiles inside"
                                       : "tiles outside, weights inside");
}

static void print_slots(const tsr_plan *plan, const tsr_group *group, FILE *file) {
    const int64_t line_bytes = tsr_arch_line_bytes(&plan->arch);
    fprintf(file, "  feature pool: %.1f of %.1f KiB; engines %s\n",
            kib(group->peak_lines * line_bytes), kib(plan->arch.feature_buffer_bytes),
            group->apart ? "in sectors of their own" : "take turns in shared sectors");
    for (int32_t i = 0; i < group->slot_count; ++i) {
        const tsr_slot *slot = &group->slots[i];
        fprintf(file, "    line %6d, %8.1f KiB: %s, %d x %d x %d words", slot->base,
                kib(slot->lines * line_bytes), slot->name, slot->planes, slot->h, slot->w);
        if (slot->pack > 1) {
            fprintf(file, ", %d pixels a word", slot->pack);
        }
        if (group->kind != TSR_GROUP_TILED) {
            fprintf(file, ", alive from %s to %s",
                    tsr_plan_stage_name(plan, group->first + slot->first_step),
                    tsr_plan_stage_name(plan, group->first + slot->last_step));
        }
        fprintf(file, "\n");
    }
    static const char *const prefetch[] = {"when needed", "as soon as its one slot is free",
                                           "one ahead, two slots"};
    const bool once = group->kind != TSR_GROUP_TILED
                          ? group->levels[0].runs == 1
                          : group->tiling.rows * group->tiling.cols == 1 &&
                                group->tiling.abreast == plan->network.batch;
    fprintf(file, "    input is loaded %s\n", once ? "once, whole" : prefetch[group->prefetch]);
}

static void print_weights(const tsr_plan *plan, const tsr_group *group, FILE *file) {
    for (int32_t i = 0; i <= group->last - group->first; ++i) {
        const tsr_stage *stage = &plan->stages[group->first + i];
        const tsr_stage_weights *w = &group->weights[i];
        if (stage->m_groups == 0) {
            continue;
        }
        fprintf(file, "    %s of %s: %.1f KiB, %s, read %" PRId64 " time%s",
                stage->group_words > 0 ? "weights" : "scales",
                tsr_plan_stage_name(plan, group->first + i),
                kib((int64_t)tsr_plan_weight_bytes(stage)), w->resident ? "resident" : "streamed",
                w->fetches, w->fetches == 1 ? "" : "s");
        if (!w->resident) {
            fprintf(file, ", %d of %d groups a pass", w->pass_groups, stage->m_groups);
            if (w->pass_planes < stage->in_planes) {
                fprintf(file, " in chunks of %d of %d input words", w->pass_planes,
                        stage->in_planes);
            }
        }
        fprintf(file, "\n");
    }
}

static void print_group(const tsr_plan *plan, int32_t index, FILE *file) {
    const tsr_group *group = &plan->groups[index];
    fprintf(file, "group %d: %s", index, tsr_plan_stage_name(plan, group->first));
    if (group->last > group->first) {
        fprintf(file, " to %s", tsr_plan_stage_name(plan, group->last));
    }
    fprintf(file, "; DRAM [MB]: in %.3f, out %.3f, weights %.3f, added and side maps %.3f",
            megabytes(group->input_bytes), megabytes(group->output_bytes),
            megabytes(group->weight_bytes), megabytes(group->side_bytes));
    if (group->overlap_loaded > 0) {
        fprintf(file, ", overlaps %.3f written and %.3f read", megabytes(group->overlap_stored),
                megabytes(group->overlap_loaded));
    }
    fprintf(file, "\n");
    if (group->regions != NULL) {
        tsr_regions_print(plan, group->regions, file);
    } else if (group->kind == TSR_GROUP_FUSED) {
        print_levels(plan, group, file);
    } else {
        print_tiling(plan, group, file);
    }
    tsr_dump_limit(plan, group, file);
    tsr_dump_choice(plan, group, file);
    print_slots(plan, group, file);
    print_weights(plan, group, file);
}

tsr_status tsr_plan_print(const tsr_plan *plan, FILE *file, tsr_error *err) {
    print_head(plan, file);
    print_traffic(plan, file);
    for (int32_t g = 0; g < plan->group_count; ++g) {
        print_group(plan, g, file);
    }
    TSR_CHECK(fflush(file) == 0 && ferror(file) == 0, TSR_ERR_FILE, err, plan->network.name,
              "the plan cannot be written: %s", strerror(errno));
    return TSR_OK;
}
