// SPDX-License-Identifier: Apache-2.0
// Prices of stretches of stages, made only where the best path may need them.
#ifndef TESSERA_PLAN_CUT_SEARCH_H
#define TESSERA_PLAN_CUT_SEARCH_H

#include "plan/cuts/group_make.h"

enum { TSR_GROUP_KINDS = 4 };

#define TSR_NO_WAY UINT64_MAX

/** Groups that begin with one stage: how far they are priced. */
typedef struct tsr_cut_row {
    int32_t priced;                    // stretches that end before this stage are
    int32_t misfits[TSR_GROUP_KINDS];  // of a kind, the last ones in a row
    bool stopped[TSR_GROUP_KINDS];     // nothing longer of a kind can be
    bool *hopeless[TSR_GROUP_KINDS];   // borrowed, [stages + 1]; of tsr_group_fuse
} tsr_cut_row;

/** What is known of all stretches, and the path over them. */
typedef struct tsr_cut_search {
    const tsr_plan *plan;
    int32_t stages;
    bool patient;          // a kind is given up only where nothing longer can fit
    tsr_cost *price;       // owned, [first][last]; main TSR_NO_WAY: does not fit, or not priced
    tsr_group_kind *kind;  // owned, [first][last]
    tsr_cut_row *rows;     // owned, [first]
    bool *hopeless;        // owned, [first][stages + 1]
    tsr_cost *total;       // owned, [stages + 1]: least cost of the stages before
    uint64_t *rest;        // owned, [stages + 1]: what the stages from here on cost at least
    bool *expanded;        // owned, [stages + 1]
    int32_t *from;         // owned, [stages + 1]: first stage of the group that ends there
} tsr_cut_search;

/** Where groups may begin and end, and what a cut costs beside its groups. */
typedef struct tsr_cut_rules {
    bool (*allowed)(const tsr_plan *plan, tsr_join join, int32_t first, int32_t last);
    uint64_t (*penalty)(const tsr_plan *plan, tsr_join join, int32_t first);
    tsr_join join;
} tsr_cut_rules;

tsr_status tsr_cut_search_create(const tsr_plan *plan, tsr_cut_search *search,
                                 tsr_error *err) TSR_MUST_USE;
void tsr_cut_search_free(tsr_cut_search *search);
/** Price the stretches first..first to first..last. */
tsr_status tsr_cut_search_price(tsr_cut_search *search, int32_t first, int32_t last,
                                tsr_error *err) TSR_MUST_USE;
/** Price what the cheapest path under some rules can go over. */
tsr_status tsr_cut_search_explore(tsr_cut_search *search, const tsr_cut_rules *rules,
                                  tsr_error *err) TSR_MUST_USE;
/** Least cost under the rules, over what is priced; main TSR_NO_WAY if there is no path. Of equals
 * the path with the longest last groups; search->from is it. */
tsr_cost tsr_cut_search_path(tsr_cut_search *search, const tsr_cut_rules *rules);

#endif
