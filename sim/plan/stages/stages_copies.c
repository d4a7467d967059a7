// SPDX-License-Identifier: Apache-2.0
// Copies of maps, so that stages that cannot read one map on chip in one group can read two.
//
// The columns of a map lie in its banks for one column stride, and its sectors have one read port for
// windows. So where stages read a map with different strides, those with one above 1 read a copy, one
// for each stride; where a pass reads and adds one map, it adds a copy. Copies are passes that read
// with stride 1. Maps that come from outside a group can be loaded twice instead, which is why
// tsr_plan_make plans without copies too and takes what moves fewer bytes.
#include "base/alloc.h"
#include "base/check.h"
#include "plan/stages/stages.h"

enum { STRIDES_DIFFER = -1 };

/** The stages as they were, and the copies made so far. */
typedef struct copier {
    tsr_walk *w;
    int32_t count;      // of the old stages
    tsr_stage *stages;  // owned, like the others
    int32_t *in, *out, *added;
    int32_t copy_count;

    struct copy {
        int32_t value, stride, made;
    } * copies;
} copier;

/** The value whose map a value lies in. */
static int32_t root_of(const tsr_walk *w, int32_t value) {
    while (w->values[value].parent >= 0) {
        value = w->values[value].parent;
    }
    return value;
}

/** Column stride of all old stages that read the map of a value, or STRIDES_DIFFER. */
static int32_t stride_of_readers(const copier *c, int32_t root) {
    int32_t stride = 0;
    for (int32_t s = 0; s < c->count; ++s) {
        if (root_of(c->w, c->in[s]) == root && stride != c->stages[s].stride_w) {
            stride = stride == 0 ? c->stages[s].stride_w : STRIDES_DIFFER;
        }
    }
    return stride;
}

/** Value 0 is the network input: no group makes it. */
static bool copies_input(const copier *c, int32_t s) {
    const int32_t root = root_of(c->w, c->in[s]);
    return root != 0 && c->stages[s].stride_w > 1 && stride_of_readers(c, root) == STRIDES_DIFFER;
}

static bool copies_added(const copier *c, int32_t s) {
    return c->added[s] > 0 && root_of(c->w, c->added[s]) == root_of(c->w, c->in[s]) &&
           !copies_input(c, s);
}

/** The copy of a value for windows of a stride; made in front of stage s, which is the first to want
 * it. */
static tsr_status find_copy(copier *c, int32_t s, int32_t value, int32_t stride, int32_t *copy,
                            tsr_error *err) {
    tsr_walk *w = c->w;
    for (int32_t i = 0; i < c->copy_count; ++i) {
        if (c->copies[i].value == value && c->copies[i].stride == stride) {
            *copy = c->copies[i].made;
            return TSR_OK;
        }
    }
    const int32_t layer = w->values[value].layer;
    const int32_t known = w->value_of[layer];
    (void)tsr_stage_begin_ones(w, c->stages[s].layer, value, TSR_JOB_COPY);
    TSR_TRY(tsr_stage_finish(w, layer, err));
    *copy = w->value_of[layer];
    w->value_of[layer] = known;
    c->copies[c->copy_count++] = (struct copy){value, stride, *copy};
    return TSR_OK;
}

/** The old stage s, behind the copies it wants. */
static tsr_status put_stage(copier *c, int32_t s, tsr_error *err) {
    tsr_walk *w = c->w;
    int32_t in = c->in[s];
    int32_t added = c->added[s];
    if (copies_input(c, s)) {
        TSR_TRY(find_copy(c, s, in, c->stages[s].stride_w, &in, err));
    } else if (copies_added(c, s)) {
        TSR_TRY(find_copy(c, s, added, 0, &added, err));
    }
    const int32_t index = w->plan->stage_count++;
    w->plan->stages[index] = c->stages[s];
    w->in_value[index] = in;
    w->added_value[index] = added;
    w->out_value[index] = c->out[s];
    w->values[c->out[s]].stage = index;
    return TSR_OK;
}

static tsr_status put_all(copier *c, tsr_error *err) {
    tsr_walk *w = c->w;
    w->plan->stage_count = 0;
    for (int32_t s = 0; s < c->count; ++s) {
        TSR_TRY(put_stage(c, s, err));
    }
    return TSR_OK;
}

static tsr_status save(copier *c, tsr_error *err) {
    const size_t count = (size_t)c->count;
    c->stages = tsr_alloc(count, sizeof *c->stages);
    c->in = tsr_alloc(count, sizeof *c->in);
    c->out = tsr_alloc(count, sizeof *c->out);
    c->added = tsr_alloc(count, sizeof *c->added);
    c->copies = tsr_alloc(count, sizeof *c->copies);
    TSR_CHECK(c->stages != NULL && c->in != NULL && c->out != NULL && c->added != NULL &&
                  c->copies != NULL,
              TSR_ERR_NO_MEMORY, err, c->w->plan->network.name, "no memory for copies of maps");
    for (int32_t s = 0; s < c->count; ++s) {
        c->stages[s] = c->w->plan->stages[s];
        c->in[s] = c->w->in_value[s];
        c->out[s] = c->w->out_value[s];
        c->added[s] = c->w->added_value[s];
    }
    return TSR_OK;
}

tsr_status tsr_stages_copy(tsr_walk *w, tsr_error *err) {
    copier c = {.w = w, .count = w->plan->stage_count};
    tsr_status status = save(&c, err);
    for (int32_t s = 0; status == TSR_OK && s < c.count; ++s) {
        w->plan->wants_copies = w->plan->wants_copies || copies_input(&c, s) || copies_added(&c, s);
    }
    if (status == TSR_OK && w->plan->copies && w->plan->wants_copies) {
        status = put_all(&c, err);
    }
    tsr_free(c.stages);
    tsr_free(c.in);
    tsr_free(c.out);
    tsr_free(c.added);
    tsr_free(c.copies);
    return status;
}
