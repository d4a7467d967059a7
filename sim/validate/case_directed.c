// SPDX-License-Identifier: Apache-2.0
// Cases for holes of the coverage plan. First, for each bin of some groups some tries: a small
// network with what the bin asks for, and a schedule that does to it what the bin says; then the
// extra ones. Memory and values are drawn as ever, and the machine unless the bin needs a certain
// one.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_extra.h"
#include "validate/case_family.h"

enum { tries = 32 };

/** Where an index leads: a bin of a family, or an extra case. */
typedef struct place {
    const tsr_case_family *family;  // NULL: an extra case
    int32_t number;                 // of the bin or the case
    uint64_t attempt;
} place;

static bool find(uint64_t index, place *found) {
    if (index < TSR_CASE_DIRECTED) {
        return false;
    }
    uint64_t at = (index - TSR_CASE_DIRECTED) / tries;
    found->attempt = (index - TSR_CASE_DIRECTED) % tries;
    for (int32_t i = 0; i < TSR_CASE_PASS_FAMILIES + TSR_CASE_MIX_FAMILIES; ++i) {
        const tsr_case_family *family = i < TSR_CASE_PASS_FAMILIES
                                            ? &tsr_case_pass_families[i]
                                            : &tsr_case_mix_families[i - TSR_CASE_PASS_FAMILIES];
        const uint64_t bins = (uint64_t)tsr_cover_size(&tsr_cover_plans[family->group]);
        if (at < bins) {
            found->family = family;
            found->number = (int32_t)at;
            return true;
        }
        at -= bins;
    }
    found->family = NULL;
    found->number = (int32_t)at;
    return at < (uint64_t)tsr_case_extra_count();
}

static tsr_case_aim aim_of(const place *p) {
    tsr_case_aim aim = {.large = p->attempt % 2 == 1};
    tsr_cover_at(&tsr_cover_plans[p->family->group], p->number, aim.at);
    return aim;
}

bool tsr_case_is_directed(uint64_t index) {
    place p;
    return find(index, &p);
}

static bool is_open(const tsr_coverage *coverage, const place *p) {
    return p->family != NULL ? p->family->is_open(coverage, p->number)
                             : tsr_case_extra_open(coverage, p->number);
}

bool tsr_case_next_directed(const tsr_coverage *coverage, uint64_t *index) {
    place p;
    for (; find(*index, &p); ++*index) {
        if (is_open(coverage, &p)) {
            return true;
        }
    }
    return false;
}

const char *tsr_case_directed_shape(uint64_t index) {
    place p;
    if (!find(index, &p)) {
        return NULL;
    }
    if (p.family == NULL) {
        return tsr_case_extra_shape(p.number);
    }
    const tsr_case_aim aim = aim_of(&p);
    return p.family->shape(&aim);
}

tsr_status tsr_case_directed_schedule(uint64_t index, tsr_rng *rng, tsr_schedule *schedule,
                                      tsr_error *err) {
    place p;
    TSR_CHECK(find(index, &p), TSR_ERR_INTERNAL, err, "directed case", "no such case");
    if (p.family == NULL) {
        return tsr_case_extra_schedule(p.number, schedule, err);
    }
    const tsr_case_aim aim = aim_of(&p);
    return p.family->schedule(&aim, rng, schedule, err);
}

tsr_status tsr_case_directed_network(uint64_t index, tsr_rng *rng, tsr_network *network,
                                     tsr_error *err) {
    place p;
    TSR_CHECK(find(index, &p), TSR_ERR_INTERNAL, err, "directed case", "no such case");
    if (p.family == NULL) {
        return tsr_case_extra_network(p.number, network, err);
    }
    const tsr_case_aim aim = aim_of(&p);
    memset(network, 0, sizeof *network);
    network->layers = tsr_alloc(TSR_CASE_FAMILY_LAYERS, sizeof *network->layers);
    TSR_CHECK(network->layers != NULL, TSR_ERR_NO_MEMORY, err, "directed case",
              "no memory for layers");
    (void)snprintf(network->name, sizeof network->name, "directed");
    network->batch = 1;
    p.family->network(&aim, rng, network);
    return TSR_OK;
}

void tsr_case_directed_place(uint64_t index, tsr_program *program) {
    place p;
    if (find(index, &p) && p.family == NULL) {
        tsr_case_extra_place(p.number, program);
    }
}
