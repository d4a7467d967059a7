// SPDX-License-Identifier: Apache-2.0
// Making operations: descriptors with what they touch, in dispatch order. Everything but scales and
// tokens is final.
#ifndef TESSERA_PLAN_OPS_H
#define TESSERA_PLAN_OPS_H

#include "plan/model/geometry.h"
#include "plan/model/plan_model.h"

/** Who is making operations. */
typedef struct tsr_maker {
    tsr_plan *plan;
    tsr_group *group;
    int32_t group_index;
    int32_t picture;                    // whose maps are loaded and stored
    int32_t block;                      // for the notes
    int32_t word_cursor, entry_cursor;  // next free place of the rings
} tsr_maker;

/** A block in a slot: where its first pixel is, and which filling it belongs to. */
typedef struct tsr_place {
    int32_t slot;  // -1: none
    int32_t y0, x0;
    int32_t instance;
    int32_t plane;  // first plane within the slot
    // where the slot holds several blocks: planes of this one's filling; no planes: all are its own
    int32_t copy_plane, copy_planes;
} tsr_place;

/** A rectangle of a map in DRAM. */
typedef struct tsr_map_part {
    int32_t map;
    tsr_rect rect;
    int32_t first_plane, planes;
} tsr_map_part;

/** One block of a stage with everything in its place. */
typedef struct tsr_job {
    int32_t stage;
    tsr_block block;
    tsr_place in, out, added;
    int64_t done_before;  // window outputs of the block that an earlier one has made as well
    bool portions;        // out and added hold the planes of one pass only
    int32_t first_group;  // of that pass
    int32_t abreast;      // pictures side by side, a window apart; 0 = one
    int32_t pool_planes;  // words that a max pool makes; 0: all
    bool stored;          // each pass is stored by itself: its planes are an operand of their own
} tsr_job;

/** Groups of a stage for one pass, and how often they were read before. */
typedef struct tsr_portion {
    int32_t first_group, groups;
    bool again;
} tsr_portion;

/** Where a portion of the weights lies. */
typedef struct tsr_held {
    int32_t word_base, entry_base;
    int32_t word_instance, entry_instance;
    int32_t first_group;  // that the two fillings begin with
    int32_t group_words;  // words of one group and set
    int32_t set_groups;   // groups from one set of weights to the next
} tsr_held;

/** Does any operation so far touch the filling of a place? */
static inline bool tsr_ops_is_claimed(const tsr_maker *m, const tsr_place *place) {
    return place->instance >= 0 && m->plan->list.instances[place->instance].first_op >= 0;
}

/** Filling of a slot by `planes` x h x w pixels. */
tsr_status tsr_ops_fill(tsr_maker *m, int32_t slot, tsr_shape words, int32_t *instance,
                        tsr_error *err) TSR_MUST_USE;
/** Load a part of a map and `filler` words a pixel more of anything behind it; the first
 * `reread_pixels` of its pixels had been loaded before. */
tsr_status tsr_ops_load(tsr_maker *m, int32_t stage, tsr_map_part part, int32_t filler,
                        tsr_place place, int64_t reread_pixels, tsr_error *err) TSR_MUST_USE;
/** Load the operand of an add for `planes` words from word `first_plane` of it on; words beyond its
 * channels repeat the first one. */
tsr_status tsr_ops_load_added(tsr_maker *m, const tsr_job *job, int32_t first_plane, int32_t planes,
                              tsr_error *err) TSR_MUST_USE;
/** Store the planes of a part that are real channels of the stage, from plane `slot_plane` of a slot
 * on. */
tsr_status tsr_ops_store(tsr_maker *m, int32_t stage, tsr_map_part part, tsr_place place,
                         int32_t slot_plane, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_ops_pool(tsr_maker *m, const tsr_job *job, tsr_error *err) TSR_MUST_USE;

/** Load a portion into the ring (or, for resident stages, all groups into their place). */
tsr_status tsr_ops_load_weights(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_held *held,
                                tsr_error *err) TSR_MUST_USE;
/** Convolve with a portion that lies in the weight buffer. */
tsr_status tsr_ops_conv(tsr_maker *m, const tsr_job *job, tsr_portion portion, const tsr_held *held,
                        tsr_error *err) TSR_MUST_USE;
/** Both, in chunks of input planes where the stage's weights say so; resident weights are loaded
 * once. */
tsr_status tsr_ops_pass(tsr_maker *m, const tsr_job *job, tsr_portion portion,
                        tsr_error *err) TSR_MUST_USE;

/** All operations of a group. */
tsr_status tsr_ops_make_tiled(tsr_maker *m, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_ops_make_fused(tsr_maker *m, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_ops_make_halo(tsr_maker *m, tsr_error *err) TSR_MUST_USE;
/** The operation that is about to be listed uses its fillings; a ring is claimed whole with its first rows: what lay
 * there must be gone by then. */
void tsr_ops_claim(tsr_op_list *list, tsr_touches *touches);
/** Life times of all fillings into list->lives; call when all operations are there. */
tsr_status tsr_ops_finish(tsr_op_list *list, tsr_error *err) TSR_MUST_USE;

/** Bytes that come to life and die with an operation, into its note. */
void tsr_ops_lives(const tsr_op_list *list, int32_t op, tsr_desc_note *note);
/** Give up what is kept of operations before `op`, chunk by chunk: they may not be asked for any more. */
void tsr_ops_forget(tsr_op_list *list, int32_t op);

/** Bytes a DMA descriptor moves over its port: whole beats. */
uint64_t tsr_dma_moved_bytes(const tsr_arch *arch, const tsr_desc *desc);
/** Append an operation (copied); stage, group and block go into its note and header. */
tsr_status tsr_ops_append(tsr_maker *m, tsr_op *op, int32_t stage, tsr_error *err) TSR_MUST_USE;
/** New filling of a buffer place. */
tsr_status tsr_ops_instance(tsr_op_list *list, int64_t bytes, tsr_buffer buffer, int32_t *index,
                            tsr_error *err) TSR_MUST_USE;
/** Operation that touches nothing yet. */
tsr_op tsr_op_none(int64_t opcode);
/** Lines of a slot, and of some of its planes. */
tsr_stretch tsr_slot_lines(const tsr_slot *slot);
tsr_stretch tsr_slot_planes(const tsr_slot *slot, int32_t first, int32_t planes);
/** Lines of `h` rows from row `y0` of its ring on, all planes; the whole slot where rows do not lie
 * together. The second stretch is empty unless the ring begins anew. */
void tsr_slot_rows(const tsr_slot *slot, int32_t y0, int32_t h, tsr_stretch stretches[2]);
/** The same of `h` rows of a filling. */
void tsr_place_lines(const tsr_slot *slot, const tsr_place *place, int32_t h,
                     tsr_stretch stretches[2]);
/** What a descriptor calls wrap: rows of the ring, 0 where `h` rows from row `y0` on stay below its
 * end. */
int64_t tsr_slot_wrap(const tsr_slot *slot, int32_t y0, int32_t h);

#endif
