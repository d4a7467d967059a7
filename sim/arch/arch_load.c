// SPDX-License-Identifier: Apache-2.0
// Architectures from configs/arch: shipped names, paths, and the JSON both ways.
#include <stdio.h>
#include <string.h>

#include <tessera/arch.h>

#include "arch/arch_json.h"
#include "base/check.h"

enum { PATH_MAX_BYTES = 1024 };

/** An optional sub-object of integers, all required inside it. */
typedef struct integer_field {
    const char *key;
    int32_t *value;
} integer_field;

static tsr_status copy_text(const tsr_jnode *node, const char *key, char *text, size_t size,
                            tsr_error *err) {
    const char *value = NULL;
    TSR_TRY(tsr_jnode_string(node, key, true, &value, err));
    if (strlen(value) >= size) {
        const tsr_jnode item = tsr_jnode_get(node, key);
        return tsr_jnode_fail(&item, err, "'%s' is too long, allowed are %zu characters", value,
                              size - 1);
    }
    (void)snprintf(text, size, "%s", value);
    return TSR_OK;
}

static tsr_status read_int64(const tsr_jnode *node, const char *key, int64_t *value,
                             tsr_error *err) {
    return tsr_jnode_int(node, key, true, 0, INT64_C(1) << 52, value, err);
}

static tsr_status read_int32(const tsr_jnode *node, const char *key, int32_t *value,
                             tsr_error *err) {
    int64_t wide = 0;
    TSR_TRY(tsr_jnode_int(node, key, true, 0, INT32_MAX, &wide, err));
    *value = (int32_t)wide;
    return TSR_OK;
}

/** A required sub-object whose keys are known. */
static tsr_status read_section(const tsr_jnode *node, const char *key, const char *const *known,
                               tsr_jnode *section, tsr_error *err) {
    *section = tsr_jnode_get(node, key);
    if (!tsr_jnode_is_object(section)) {
        return tsr_jnode_fail(node, err, "'%s' must be there and be an object", key);
    }
    return tsr_jnode_check_keys(section, known, err);
}

static tsr_status read_rounding(const tsr_jnode *node, tsr_rounding *rounding, tsr_error *err) {
    const char *words[TSR_ROUNDING_COUNT + 1] = {NULL};
    for (int32_t i = 0; i < TSR_ROUNDING_COUNT; ++i) {
        words[i] = tsr_rounding_name((tsr_rounding)i);
    }
    int32_t index = 0;
    TSR_TRY(tsr_jnode_enum(node, "rounding", false, words, &index, err));
    *rounding = (tsr_rounding)index;
    return TSR_OK;
}

static tsr_status read_array(const tsr_jnode *node, tsr_arch *arch, tsr_error *err) {
    static const char *const array_keys[] = {"tm", "tn", "tp", NULL};
    static const char *const post_keys[] = {"wp", NULL};
    tsr_jnode section;
    TSR_TRY(read_section(node, "array", array_keys, &section, err));
    TSR_TRY(read_int32(&section, "tm", &arch->tm, err));
    TSR_TRY(read_int32(&section, "tn", &arch->tn, err));
    TSR_TRY(read_int32(&section, "tp", &arch->tp, err));
    TSR_TRY(read_section(node, "post_processor", post_keys, &section, err));
    return read_int32(&section, "wp", &arch->wp, err);
}

static tsr_status read_buffers(const tsr_jnode *node, tsr_arch *arch, tsr_error *err) {
    static const char *const feature_keys[] = {"bytes", "sectors", NULL};
    static const char *const weight_keys[] = {"bytes", NULL};
    static const char *const parameter_keys[] = {"channels", NULL};
    tsr_jnode section;
    TSR_TRY(read_section(node, "feature_buffer", feature_keys, &section, err));
    TSR_TRY(read_int64(&section, "bytes", &arch->feature_buffer_bytes, err));
    TSR_TRY(read_int32(&section, "sectors", &arch->feature_sectors, err));
    TSR_TRY(read_section(node, "weight_buffer", weight_keys, &section, err));
    TSR_TRY(read_int64(&section, "bytes", &arch->weight_buffer_bytes, err));
    TSR_TRY(read_section(node, "parameter_buffer", parameter_keys, &section, err));
    return read_int32(&section, "channels", &arch->parameter_channels, err);
}

static tsr_status read_dma(const tsr_jnode *node, tsr_arch *arch, tsr_error *err) {
    static const char *const keys[] = {"axi_data_bits", "max_burst_beats", "max_outstanding_bursts",
                                       NULL};
    tsr_jnode section;
    TSR_TRY(read_section(node, "dma", keys, &section, err));
    TSR_TRY(read_int32(&section, "axi_data_bits", &arch->axi_data_bits, err));
    TSR_TRY(read_int32(&section, "max_burst_beats", &arch->max_burst_beats, err));
    return read_int32(&section, "max_outstanding_bursts", &arch->max_outstanding_bursts, err);
}

tsr_status tsr_arch_from_node(const tsr_jnode *node, tsr_arch *arch, tsr_error *err) {
    static const char *const keys[] = {"$schema",
                                       "about",
                                       "name",
                                       "device",
                                       "clock_hz",
                                       "array",
                                       "post_processor",
                                       "activation_bits",
                                       "rounding",
                                       "feature_buffer",
                                       "weight_buffer",
                                       "parameter_buffer",
                                       "dma",
                                       "dram",
                                       NULL};
    if (!tsr_jnode_is_object(node)) {
        return tsr_jnode_fail(node, err, "an architecture must be an object");
    }
    tsr_arch read = {0};
    int64_t clock_hz = 0;
    TSR_TRY(tsr_jnode_check_keys(node, keys, err));
    TSR_TRY(copy_text(node, "name", read.name, sizeof read.name, err));
    TSR_TRY(copy_text(node, "device", read.device, sizeof read.device, err));
    TSR_TRY(read_int64(node, "clock_hz", &clock_hz, err));
    read.clock_hz = (uint64_t)clock_hz;
    TSR_TRY(read_array(node, &read, err));
    TSR_TRY(read_int32(node, "activation_bits", &read.activation_bits, err));
    TSR_TRY(read_rounding(node, &read.rounding, err));
    TSR_TRY(read_buffers(node, &read, err));
    TSR_TRY(read_dma(node, &read, err));
    const tsr_jnode dram = tsr_jnode_get(node, "dram");
    if (!tsr_jnode_is_object(&dram)) {
        return tsr_jnode_fail(node, err, "'dram' must be there and be an object");
    }
    TSR_TRY(tsr_arch_dram_from_node(&dram, read.clock_hz, &read.dram, err));
    tsr_error found = {0};
    if (tsr_arch_check(&read, &found) != TSR_OK) {
        return tsr_jnode_fail(node, err, "%s", found.message);
    }
    *arch = read;
    return TSR_OK;
}

static void write_integers(tsr_jwriter *writer, const char *key, const integer_field *fields,
                           size_t count) {
    tsr_jwrite_key(writer, key);
    tsr_jwrite_object_begin(writer);
    for (size_t i = 0; i < count; ++i) {
        tsr_jwrite_key(writer, fields[i].key);
        tsr_jwrite_i64(writer, *fields[i].value);
    }
    tsr_jwrite_object_end(writer);
}

static void write_buffers(const tsr_arch *arch, tsr_jwriter *writer) {
    tsr_jwrite_key(writer, "feature_buffer");
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_i64(writer, "bytes", arch->feature_buffer_bytes);
    tsr_jwrite_member_i64(writer, "sectors", arch->feature_sectors);
    tsr_jwrite_object_end(writer);
    tsr_jwrite_key(writer, "weight_buffer");
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_i64(writer, "bytes", arch->weight_buffer_bytes);
    tsr_jwrite_object_end(writer);
}

void tsr_arch_write(const tsr_arch *arch, tsr_jwriter *writer) {
    tsr_arch copy = *arch;  // integer_field points to mutable fields
    tsr_jwrite_object_begin(writer);
    tsr_jwrite_member_string(writer, "name", arch->name);
    tsr_jwrite_member_string(writer, "device", arch->device);
    tsr_jwrite_member_u64(writer, "clock_hz", arch->clock_hz);
    write_integers(writer, "array",
                   (const integer_field[]){{"tm", &copy.tm}, {"tn", &copy.tn}, {"tp", &copy.tp}},
                   3);
    write_integers(writer, "post_processor", (const integer_field[]){{"wp", &copy.wp}}, 1);
    tsr_jwrite_member_i64(writer, "activation_bits", arch->activation_bits);
    tsr_jwrite_member_string(writer, "rounding", tsr_rounding_name(arch->rounding));
    write_buffers(arch, writer);
    write_integers(writer, "parameter_buffer",
                   (const integer_field[]){{"channels", &copy.parameter_channels}}, 1);
    write_integers(
        writer, "dma",
        (const integer_field[]){{"axi_data_bits", &copy.axi_data_bits},
                                {"max_burst_beats", &copy.max_burst_beats},
                                {"max_outstanding_bursts", &copy.max_outstanding_bursts}},
        3);
    tsr_jwrite_key(writer, "dram");
    tsr_arch_dram_write(&arch->dram, writer);
    tsr_jwrite_object_end(writer);
}

tsr_status tsr_arch_load(const char *name_or_path, tsr_arch *arch, tsr_error *err) {
    char path[PATH_MAX_BYTES];
    const bool bare = strchr(name_or_path, '/') == NULL && strstr(name_or_path, ".json") == NULL;
    const int length =
        bare ? snprintf(path, sizeof path, "%s/arch/%s.json", tsr_config_dir(), name_or_path)
             : snprintf(path, sizeof path, "%s", name_or_path);
    TSR_CHECK(length > 0 && (size_t)length < sizeof path, TSR_ERR_FILE, err, name_or_path,
              "the path is too long");
    tsr_json *document = NULL;
    TSR_TRY(tsr_json_load(path, &document, err));
    const tsr_jnode root = tsr_json_root(document);
    const tsr_status status = tsr_arch_from_node(&root, arch, err);
    tsr_json_free(document);
    return status;
}
