// SPDX-License-Identifier: Apache-2.0
// The schedule of a run object, both ways.
#include "report/run_schedule.h"

#include <string.h>

#include "base/check.h"

enum {
    TILE_MAX = 16383,   // pixels, of a descriptor
    EXTENT_MAX = 65535  // blocks at a time
};

static const char *const mode_names[] = {"layerwise", "recompute", "cached",
                                         "blocked",   "auto",      NULL};

// Turn the refusal of a text parser into one that says where in the document the text stands.
static tsr_status at_key(const tsr_jnode *object, const char *key, const tsr_error *found,
                         tsr_error *err) {
    const tsr_jnode node = tsr_jnode_get(object, key);
    return tsr_jnode_fail(&node, err, "%s", found->message);
}

static tsr_status read_padding(const tsr_jnode *object, const char *key, tsr_pad_mode *mode,
                               tsr_error *err) {
    const char *text = NULL;
    tsr_error found = {0};
    TSR_TRY(tsr_jnode_string(object, key, false, &text, err));
    if (text != NULL && tsr_pad_mode_parse(text, mode, &found) != TSR_OK) {
        return at_key(object, key, &found, err);
    }
    return TSR_OK;
}

static tsr_status read_blocking(const tsr_jnode *node, tsr_schedule *schedule, tsr_error *err) {
    tsr_blocking *blocking = &schedule->blocking;
    const char *text = NULL;
    tsr_error found = {0};
    TSR_TRY(tsr_jnode_string(node, "blocking", false, &text, err));
    if (text != NULL && tsr_blocking_parse(text, blocking, &found) != TSR_OK) {
        return at_key(node, "blocking", &found, err);
    }
    blocking->block_padding = TSR_PAD_ZERO;
    blocking->border_padding = TSR_PAD_SAME;
    TSR_TRY(read_padding(node, "block_padding", &blocking->block_padding, err));
    TSR_TRY(read_padding(node, "border_padding", &blocking->border_padding, err));
    if (blocking->block_padding == TSR_PAD_SAME) {
        const tsr_jnode padding = tsr_jnode_get(node, "block_padding");
        return tsr_jnode_fail(&padding, err, "'same' is for border_padding only");
    }
    TSR_TRY(tsr_jnode_bool(node, "ragged", false, &blocking->ragged, err));
    bool packs = true;
    TSR_TRY(tsr_jnode_bool(node, "pixel_packing", false, &packs, err));
    schedule->unpacked = !packs;
    return tsr_jnode_bool(node, "true_stride", false, &blocking->true_stride, err);
}

/** One layer, or those from one to another, with a blocking of their own. */
static tsr_status read_layer(const tsr_jnode *item, tsr_run_config *config, tsr_error *err) {
    static const char *const keys[] = {"layer", "from", "to", "blocking", NULL};
    const tsr_jnode layer = tsr_jnode_get(item, "layer");
    const bool one = tsr_jnode_exists(&layer);
    static const char *const one_keys[] = {"layer", "blocking", NULL};
    char from[TSR_NAME_MAX] = "";
    char to[TSR_NAME_MAX] = "";
    const char *text = NULL;
    tsr_error found = {0};
    TSR_TRY(tsr_jnode_check_keys(item, one ? one_keys : keys, err));
    TSR_TRY(tsr_run_copy_string(item, one ? "layer" : "from", true, from, sizeof from, err));
    TSR_TRY(tsr_run_copy_string(item, one ? "layer" : "to", true, to, sizeof to, err));
    TSR_TRY(tsr_jnode_string(item, "blocking", true, &text, err));
    if (tsr_run_config_add_layer_blocking(config, from, to, text, &found) != TSR_OK) {
        return at_key(item, "blocking", &found, err);
    }
    return TSR_OK;
}

/** Layers whose blocking is another than that of the schedule. */
static tsr_status read_layers(const tsr_jnode *schedule, tsr_run_config *config, tsr_error *err) {
    const tsr_jnode list = tsr_jnode_get(schedule, "layers");
    if (!tsr_jnode_exists(&list)) {
        return TSR_OK;
    }
    const int32_t count = tsr_jnode_count(&list);
    if (!tsr_jnode_is_array(&list) || count > TSR_LAYER_BLOCKINGS_MAX) {
        return tsr_jnode_fail(&list, err,
                              "must be a list of at most %d objects {\"layer\": ..., "
                              "\"blocking\": ...} or {\"from\": ..., \"to\": ..., "
                              "\"blocking\": ...}",
                              TSR_LAYER_BLOCKINGS_MAX);
    }
    tsr_jnode item = tsr_jnode_first(&list);
    for (int32_t i = 0; i < count; ++i) {
        if (!tsr_jnode_is_object(&item)) {
            return tsr_jnode_fail(&item, err, "must be an object with layer and blocking");
        }
        TSR_TRY(read_layer(&item, config, err));
        item = tsr_jnode_next(&list, &item, i + 1);
    }
    return TSR_OK;
}

/** Tile of a group's output, of recompute and cached. */
static tsr_status read_tile(const tsr_jnode *node, tsr_schedule_mode mode, int32_t *tile_h,
                            int32_t *tile_w, tsr_error *err) {
    static const char *const keys[] = {"tile_h", "tile_w"};
    int32_t *const values[] = {tile_h, tile_w};
    const bool allowed = mode == TSR_SCHEDULE_RECOMPUTE || mode == TSR_SCHEDULE_CACHED;
    for (int32_t i = 0; i < 2; ++i) {
        const tsr_jnode key = tsr_jnode_get(node, keys[i]);
        if (!tsr_jnode_exists(&key)) {
            continue;
        }
        if (!allowed) {
            return tsr_jnode_fail(&key, err, "does not go with mode '%s'",
                                  tsr_schedule_mode_name(mode));
        }
        int64_t pixels = 0;
        TSR_TRY(tsr_jnode_int(node, keys[i], true, 1, TILE_MAX, &pixels, err));
        *values[i] = (int32_t)pixels;
    }
    return TSR_OK;
}

/** Blocks that meet each portion of the weights together. */
static tsr_status read_block_batch(const tsr_jnode *node, tsr_residency residency,
                                   tsr_schedule *schedule, tsr_error *err) {
    const tsr_jnode key = tsr_jnode_get(node, "block_batch");
    int64_t blocks = 0;
    if (tsr_jnode_exists(&key) && residency != TSR_RESIDENCY_BLOCK_BATCH) {
        return tsr_jnode_fail(&key, err, "goes with weight_residency \"block_batch\" only");
    }
    TSR_TRY(tsr_jnode_int(node, "block_batch", false, 1, EXTENT_MAX, &blocks, err));
    schedule->block_batch = (int32_t)blocks;
    return TSR_OK;
}

static tsr_status read_part(const tsr_jnode *item, tsr_schedule_part *part, tsr_error *err) {
    static const char *const keys[] = {"from", "to", "mode", "one_group", "tile_h", "tile_w", NULL};
    int32_t mode = TSR_SCHEDULE_LAYERWISE;
    TSR_TRY(tsr_jnode_check_keys(item, keys, err));
    TSR_TRY(tsr_run_copy_string(item, "from", true, part->from, sizeof part->from, err));
    TSR_TRY(tsr_run_copy_string(item, "to", true, part->to, sizeof part->to, err));
    TSR_TRY(tsr_jnode_enum(item, "mode", true, mode_names, &mode, err));
    part->mode = (tsr_schedule_mode)mode;
    TSR_TRY(tsr_jnode_bool(item, "one_group", false, &part->one_group, err));
    return read_tile(item, part->mode, &part->tile_h, &part->tile_w, err);
}

/** Stretches of layers with a mode of their own. */
static tsr_status read_parts(const tsr_jnode *node, tsr_schedule *schedule, tsr_error *err) {
    const tsr_jnode list = tsr_jnode_get(node, "groups");
    if (!tsr_jnode_exists(&list)) {
        return TSR_OK;
    }
    const int32_t count = tsr_jnode_count(&list);
    if (!tsr_jnode_is_array(&list) || count > TSR_SCHEDULE_PARTS_MAX) {
        return tsr_jnode_fail(&list, err,
                              "must be a list of at most %d objects {\"from\": ..., \"to\": ..., "
                              "\"mode\": ...}",
                              TSR_SCHEDULE_PARTS_MAX);
    }
    tsr_jnode item = tsr_jnode_first(&list);
    for (int32_t i = 0; i < count; ++i) {
        if (!tsr_jnode_is_object(&item)) {
            return tsr_jnode_fail(&item, err, "must be an object with from, to and mode");
        }
        TSR_TRY(read_part(&item, &schedule->parts[i], err));
        schedule->part_count = i + 1;
        item = tsr_jnode_next(&list, &item, i + 1);
    }
    return TSR_OK;
}

/** Something runs in blocks, or may. */
static bool may_block(const tsr_schedule *schedule) {
    bool blocks = schedule->mode == TSR_SCHEDULE_BLOCKED || schedule->mode == TSR_SCHEDULE_AUTO;
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_schedule_mode mode = schedule->parts[i].mode;
        blocks = blocks || mode == TSR_SCHEDULE_BLOCKED || mode == TSR_SCHEDULE_AUTO;
    }
    return blocks;
}

static bool must_block(const tsr_schedule *schedule) {
    bool blocks = schedule->mode == TSR_SCHEDULE_BLOCKED;
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        blocks = blocks || schedule->parts[i].mode == TSR_SCHEDULE_BLOCKED;
    }
    return blocks;
}

/** A layer's own blocking needs one for the rest: "H1" cuts nothing. */
static tsr_status check_layers(const tsr_jnode *node, const tsr_run_config *config,
                               tsr_error *err) {
    for (int32_t i = 0; i < config->layer_blocking_count; ++i) {
        if (config->layer_blockings[i].blocking.kind != TSR_BLOCKING_NONE &&
            config->schedule.blocking.kind == TSR_BLOCKING_NONE) {
            char index[16];
            const tsr_jnode list = tsr_jnode_get(node, "layers");
            (void)snprintf(index, sizeof index, "%d", i);
            const tsr_jnode item = tsr_jnode_get(&list, index);
            const tsr_jnode text = tsr_jnode_get(&item, "blocking");
            return tsr_jnode_fail(&text, err,
                                  "%s is to be cut in a schedule with blocking \"none\"; \"H1\" "
                                  "leaves all other layers whole",
                                  config->layer_blockings[i].from);
        }
    }
    return TSR_OK;
}

static tsr_status check_blocking(const tsr_jnode *node, const tsr_schedule *schedule,
                                 tsr_error *err) {
    const bool has_blocking = schedule->blocking.kind != TSR_BLOCKING_NONE;
    if (has_blocking && !may_block(schedule)) {
        return tsr_jnode_fail(node, err,
                              "mode '%s' goes with blocking \"none\"; blocks need mode "
                              "\"blocked\"",
                              tsr_schedule_mode_name(schedule->mode));
    }
    if (!has_blocking && must_block(schedule)) {
        return tsr_jnode_fail(node, err,
                              "mode 'blocked' needs a blocking such as \"F28\" or \"H4x4\"");
    }
    return TSR_OK;
}

tsr_status tsr_run_schedule_read(const tsr_jnode *root, tsr_run_config *config, tsr_error *err) {
    tsr_schedule *schedule = &config->schedule;
    static const char *const keys[] = {
        "mode",      "blocking",    "block_padding", "border_padding",
        "ragged",    "true_stride", "join",          "weight_residency",
        "layers",    "tile_h",      "tile_w",        "groups",
        "objective", "block_batch", "pixel_packing", NULL};
    static const char *const objectives[] = {"dram_bytes", "cycles", NULL};
    static const char *const joins[] = {"auto", "on_chip", "dram", NULL};
    static const char *const residencies[] = {"auto",      "resident",    "per_block",
                                              "per_group", "block_batch", NULL};
    const tsr_jnode node = tsr_jnode_get(root, "schedule");
    if (!tsr_jnode_exists(&node)) {
        return TSR_OK;
    }
    TSR_TRY(tsr_jnode_check_keys(&node, keys, err));
    int32_t mode = TSR_SCHEDULE_LAYERWISE;
    int32_t join = TSR_JOIN_AUTO;
    int32_t residency = TSR_RESIDENCY_AUTO;
    int32_t objective = TSR_OBJECTIVE_DRAM_BYTES;
    TSR_TRY(tsr_jnode_enum(&node, "mode", true, mode_names, &mode, err));
    TSR_TRY(tsr_jnode_enum(&node, "join", false, joins, &join, err));
    TSR_TRY(tsr_jnode_enum(&node, "weight_residency", false, residencies, &residency, err));
    TSR_TRY(read_blocking(&node, schedule, err));
    TSR_TRY(read_layers(&node, config, err));
    TSR_TRY(read_tile(&node, (tsr_schedule_mode)mode, &schedule->tile_h, &schedule->tile_w, err));
    TSR_TRY(read_parts(&node, schedule, err));
    TSR_TRY(read_block_batch(&node, (tsr_residency)residency, schedule, err));
    TSR_TRY(tsr_jnode_enum(&node, "objective", false, objectives, &objective, err));
    const tsr_jnode key = tsr_jnode_get(&node, "objective");
    if (tsr_jnode_exists(&key) && mode != TSR_SCHEDULE_AUTO) {
        return tsr_jnode_fail(&key, err, "is for mode 'auto'");
    }
    schedule->mode = (tsr_schedule_mode)mode;
    schedule->join = (tsr_join)join;
    schedule->residency = (tsr_residency)residency;
    schedule->objective = (tsr_objective)objective;
    TSR_TRY(check_layers(&node, config, err));
    return check_blocking(&node, schedule, err);
}

static void write_layers(const tsr_run_config *config, tsr_jwriter *writer) {
    if (config->layer_blocking_count == 0) {
        return;
    }
    tsr_jwrite_key(writer, "layers");
    tsr_jwrite_array_begin(writer);
    for (int32_t i = 0; i < config->layer_blocking_count; ++i) {
        const tsr_layer_blocking *own = &config->layer_blockings[i];
        char text[32];
        tsr_blocking_format(&own->blocking, text, sizeof text);
        tsr_jwrite_object_begin(writer);
        if (strcmp(own->from, own->to) == 0) {
            tsr_jwrite_member_string(writer, "layer", own->from);
        } else {
            tsr_jwrite_member_string(writer, "from", own->from);
            tsr_jwrite_member_string(writer, "to", own->to);
        }
        tsr_jwrite_member_string(writer, "blocking", text);
        tsr_jwrite_object_end(writer);
    }
    tsr_jwrite_array_end(writer);
}

static void write_tile(int32_t tile_h, int32_t tile_w, tsr_jwriter *writer) {
    if (tile_h > 0) {
        tsr_jwrite_member_i64(writer, "tile_h", tile_h);
    }
    if (tile_w > 0) {
        tsr_jwrite_member_i64(writer, "tile_w", tile_w);
    }
}

static void write_parts(const tsr_schedule *schedule, tsr_jwriter *writer) {
    if (schedule->part_count == 0) {
        return;
    }
    tsr_jwrite_key(writer, "groups");
    tsr_jwrite_array_begin(writer);
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_schedule_part *part = &schedule->parts[i];
        tsr_jwrite_object_begin(writer);
        tsr_jwrite_member_string(writer, "from", part->from);
        tsr_jwrite_member_string(writer, "to", part->to);
        tsr_jwrite_member_string(writer, "mode", tsr_schedule_mode_name(part->mode));
        tsr_jwrite_member_bool(writer, "one_group", part->one_group);
        write_tile(part->tile_h, part->tile_w, writer);
        tsr_jwrite_object_end(writer);
    }
    tsr_jwrite_array_end(writer);
}

void tsr_run_schedule_write(const tsr_run_config *config, tsr_jwriter *writer) {
    const tsr_schedule *schedule = &config->schedule;
    char blocking[32];
    tsr_blocking_format(&schedule->blocking, blocking, sizeof blocking);
    tsr_jwrite_key(writer, "schedule");
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_string(writer, "mode", tsr_schedule_mode_name(schedule->mode));
    tsr_jwrite_member_string(writer, "blocking", blocking);
    tsr_jwrite_member_string(writer, "block_padding",
                             tsr_pad_mode_name(schedule->blocking.block_padding));
    tsr_jwrite_member_string(writer, "border_padding",
                             tsr_pad_mode_name(schedule->blocking.border_padding));
    tsr_jwrite_member_bool(writer, "ragged", schedule->blocking.ragged);
    tsr_jwrite_member_bool(writer, "true_stride", schedule->blocking.true_stride);
    tsr_jwrite_member_string(writer, "join", tsr_join_name(schedule->join));
    tsr_jwrite_member_string(writer, "weight_residency", tsr_residency_name(schedule->residency));
    if (schedule->block_batch > 0) {
        tsr_jwrite_member_i64(writer, "block_batch", schedule->block_batch);
    }
    if (schedule->mode == TSR_SCHEDULE_AUTO) {
        tsr_jwrite_member_string(writer, "objective", tsr_objective_name(schedule->objective));
    }
    if (schedule->unpacked) {
        tsr_jwrite_member_bool(writer, "pixel_packing", false);
    }
    write_layers(config, writer);
    write_parts(schedule, writer);
    write_tile(schedule->tile_h, schedule->tile_w, writer);
    tsr_jwrite_object_end(writer);
}
