// SPDX-License-Identifier: Apache-2.0
// What tests of recompute and cached schedules share: random machines and schedules, and what must
// hold of every plan.
#ifndef TESSERA_TESTS_PLAN_HALO_RIG_H
#define TESSERA_TESTS_PLAN_HALO_RIG_H

#include "draw/draw.h"
#include "plan/fused/fuse.h"
#include "plan/halo/regions.h"
#include "plan/plan_rig.h"
#include "support/small_net.h"

static inline tsr_arch halo_arch(tsr_rng *rng) {
    tsr_arch arch = rig_arch("tiny");
    arch.tn = 1 << tsr_pick(rng, 0, 3);
    arch.tm = arch.tn * tsr_pick(rng, 1, 3);
    arch.tp = tsr_pick(rng, 1, 4);
    arch.wp = tsr_pick(rng, 1, arch.tp);
    arch.activation_bits = tsr_chance(rng, 75) ? 8 : 16;
    arch.rounding = (tsr_rounding)tsr_pick(rng, 0, TSR_ROUNDING_COUNT - 1);
    arch.feature_sectors = 1 << tsr_pick(rng, 0, 4);
    const int64_t grain = (int64_t)arch.feature_sectors * tsr_arch_line_bytes(&arch);
    const int64_t pool = (int64_t)1 << tsr_pick(rng, 12, 15);
    arch.feature_buffer_bytes = (pool / grain + 1) * grain;
    arch.weight_buffer_bytes =
        (((int64_t)1 << tsr_pick(rng, 10, 15)) / tsr_arch_weight_word_bytes(&arch) + 1) *
        tsr_arch_weight_word_bytes(&arch);
    arch.parameter_channels = arch.tm * tsr_pick(rng, 2, 16);
    arch.axi_data_bits = 32 << tsr_pick(rng, 0, 4);
    arch.max_burst_beats = tsr_pick(rng, 1, 16);
    return arch;
}

static inline tsr_schedule halo_schedule(tsr_rng *rng, const char *mode) {
    tsr_schedule schedule = rig_schedule(mode, TSR_JOIN_AUTO);
    schedule.residency = tsr_chance(rng, 70) ? TSR_RESIDENCY_AUTO : TSR_RESIDENCY_PER_BLOCK;
    schedule.blocking.border_padding =
        tsr_chance(rng, 70) ? TSR_PAD_ZERO : (tsr_pad_mode)tsr_pick(rng, 0, 2);
    if (tsr_chance(rng, 60)) {
        schedule.tile_h = tsr_pick(rng, 1, 9);
        const bool wide = schedule.mode == TSR_SCHEDULE_CACHED && tsr_chance(rng, 30);
        schedule.tile_w = wide ? 0 : tsr_pick(rng, 1, 9);
    }
    return schedule;
}

/** One group on a pool where rings are often too much. */
static inline void halo_confine(tsr_rng *rng, const tsr_network *network, tsr_arch *arch,
                                tsr_schedule *schedule) {
    const int64_t grain = (int64_t)arch->feature_sectors * tsr_arch_line_bytes(arch);
    arch->feature_buffer_bytes = (((int64_t)1 << tsr_pick(rng, 11, 13)) / grain + 1) * grain;
    arch->weight_buffer_bytes *= 4;
    schedule->tile_w = tsr_chance(rng, 80) ? tsr_pick(rng, 1, 9) : 0;
    tsr_schedule_part *part = &schedule->parts[schedule->part_count++];
    *part = (tsr_schedule_part){.mode = schedule->mode,
                                .one_group = true,
                                .tile_h = schedule->tile_h,
                                .tile_w = schedule->tile_w};
    (void)snprintf(part->from, sizeof part->from, "%s", network->layers[1].name);
    (void)snprintf(part->to, sizeof part->to, "%s", network->layers[network->layer_count - 1].name);
}

/** How the cases ended. */
typedef struct halo_tally {
    int32_t run, groups, pieces, columns, tiles, tiled_adds, overlaps, rings, wraps, recomputed,
        added, concat, enlarged, side, not_fit, unsupported, shape, refused_by_model;
} halo_tally;

static inline uint64_t sum_macs(const tsr_program *program, uint64_t *again) {
    uint64_t macs = 0;
    *again = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        macs += tsr_program_note(program, i).macs;
        *again += tsr_program_note(program, i).macs_recomputed;
    }
    return macs;
}

/** MACs of the network as it is run stage by stage. */
static inline uint64_t plain_macs(const tsr_network *network, const tsr_arch *arch,
                                  const tsr_schedule *schedule) {
    tsr_schedule plain = *schedule;
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    plain.mode = TSR_SCHEDULE_LAYERWISE;
    plain.tile_h = plain.tile_w = plain.part_count = 0;
    uint64_t again = 0;
    assert_ok(tsr_plan_make(network, arch, &plain, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    const uint64_t macs = sum_macs(&program, &again);
    assert_int_equal(again, 0);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    return macs;
}

/** What a group was priced at is what its descriptors move, apart from beats that are not full. */
static inline void check_prices(const tsr_plan *plan) {
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        uint64_t moved = 0;
        for (int32_t i = 0; i < plan->list.count && group->regions != NULL; ++i) {
            const tsr_desc desc = tsr_plan_desc(plan, i);
            if (tsr_plan_note(plan, i).group != g) {
                continue;
            }
            if (desc.header.opcode == TSR_OP_LOAD_FEATURE) {
                const tsr_desc_load_feature *d = &desc.u.load_feature;
                moved += (uint64_t)(d->planes * d->rows * d->row_bytes);
            } else if (desc.header.opcode == TSR_OP_STORE) {
                const tsr_desc_store *d = &desc.u.store;
                moved += (uint64_t)(d->planes * d->rows * d->row_bytes);
            } else if (desc.header.opcode == TSR_OP_LOAD_WEIGHT) {
                const tsr_desc_load_weight *d = &desc.u.load_weight;
                moved += (uint64_t)(d->groups * d->words_per_group *
                                    tsr_arch_weight_word_bytes(&plan->arch));
                moved += (uint64_t)(d->parameters * d->groups * plan->arch.tm *
                                    TSR_PARAMETER_RECORD_BYTES);
            }
        }
        if (group->regions != NULL) {
            assert_int_equal(moved, tsr_group_bytes(group));
        }
    }
}

static inline void halo_count(const tsr_plan *plan, const tsr_program *program, halo_tally *t) {
    uint64_t again = 0;
    ++t->run;
    (void)sum_macs(program, &again);
    t->recomputed += again > 0;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_regions *r = plan->groups[g].regions;
        if (r == NULL) {
            continue;
        }
        ++t->groups;
        t->pieces += r->rows * r->cols > 1;
        t->columns += r->rings && r->cols > 1;
        t->tiles += r->cached && !r->rings;
        for (int32_t e = 0; e < r->map_count; ++e) {
            t->rings += r->maps[e].ring > 0;
            t->side += r->maps[e].stored && e != r->out[r->last - r->first];
        }
        for (int32_t step = 0; step <= r->last - r->first; ++step) {
            const tsr_stage *stage = &plan->stages[r->first + step];
            const tsr_map *out = &plan->maps[stage->out_map];
            t->added += r->added[step] >= 0;
            t->tiled_adds += r->added[step] >= 0 && r->cached && !r->rings;
            t->concat += out->first_writer != out->last_writer;
            t->enlarged += stage->step > 1;
            t->overlaps += r->overlaps[step].columns > 0;
            t->overlaps += r->overlaps[step].rows > 0;
        }
    }
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc d = tsr_program_desc(program, i);
        t->wraps += d.header.opcode == TSR_OP_CONV &&
                    (d.u.conv.in_wrap > 0 || d.u.conv.out_wrap > 0 || d.u.conv.residual_wrap > 0);
    }
}

static inline void halo_check_plan(const tsr_plan *plan, const tsr_network *network,
                                   const tsr_schedule *schedule, const tsr_program *program) {
    uint64_t again = 0;
    const uint64_t macs = sum_macs(program, &again);
    assert_int_equal(macs - again, plain_macs(network, &plan->arch, schedule));
    if (schedule->mode == TSR_SCHEDULE_CACHED) {
        assert_int_equal(again, 0);
    }
    check_prices(plan);
    rig_check_figures(plan, program);
    rig_check_pure(network, &plan->arch, schedule, program);
}

/** Plan, check and run one network under a mode; whatever is refused says why. */
static inline void halo_run(const tsr_network *network, const tsr_arch *arch,
                            const tsr_schedule *schedule, uint64_t seed, bool talk, halo_tally *t) {
    const tsr_blocking blocking = tsr_schedule_blocking(schedule);
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    const tsr_status status = tsr_plan_make(network, arch, schedule, &plan, &err);
    if (status != TSR_OK) {
        assert_true(status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED ||
                    status == TSR_ERR_SHAPE);
        assert_true(err.where[0] != '\0' && err.message[0] != '\0');
        t->not_fit += status == TSR_ERR_NOT_FIT;
        t->unsupported += status == TSR_ERR_UNSUPPORTED;
        t->shape += status == TSR_ERR_SHAPE;
        if (talk) {
            print_message("%s: %s\n", err.where, err.message);
        }
        return;
    }
    tsr_program program = {0};
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    if (talk) {
        assert_ok(tsr_plan_print(plan, stdout, &err), err);
    }
    assert_ok(tsr_program_check(&program, &err), err);
    halo_check_plan(plan, network, schedule, &program);
    rig_values values;
    if (rig_values_make(network, arch, &blocking, seed, &values)) {
        rig_check_values(plan, &values);
        halo_count(plan, &program, t);
    } else {
        ++t->refused_by_model;
    }
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static inline void halo_say(const char *mode, uint64_t first, uint64_t last, const halo_tally *t) {
    print_message(
        "%s, seeds %llu to %llu: %d run, %d groups (%d in pieces, %d in columns of strips, %d in "
        "tiles with %d adds, %d overlaps), %d rings, %d passes round a ring, %d with recomputed "
        "MACs, %d adds, %d parts of a concat, %d enlarged maps, %d side maps; refused: %d not fit, "
        "%d unsupported, %d shape, %d by the model\n",
        mode, (unsigned long long)first, (unsigned long long)last, t->run, t->groups, t->pieces,
        t->columns, t->tiles, t->tiled_adds, t->overlaps, t->rings, t->wraps, t->recomputed,
        t->added, t->concat, t->enlarged, t->side, t->not_fit, t->unsupported, t->shape,
        t->refused_by_model);
}

#endif
