// SPDX-License-Identifier: Apache-2.0
// manifest.json: what made the run, so that it can be repeated; nothing in it depends on the host
// or the time.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/json.h"
#include "report/digest.h"
#include "report/result_files.h"
#include "report/run_document.h"

enum { descriptor_bytes_max = 128, layer_line_bytes = 512 };

static uint32_t mix(uint32_t digest, uint32_t next) {
    const uint32_t pair[2] = {digest, next};
    return tsr_digest_bytes(pair, sizeof pair);
}

// Of everything that shapes the computation: kinds, wiring, extents.
static uint32_t network_digest(const tsr_network *network) {
    uint32_t digest = 0;
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const tsr_layer *l = &network->layers[i];
        char line[layer_line_bytes];
        int used = snprintf(
            line, sizeof line, "%s %s %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d", l->name,
            tsr_layer_kind_name(l->kind), l->out_channels, l->kernel_h, l->kernel_w, l->stride_h,
            l->stride_w, l->dilation_h, l->dilation_w, l->groups, l->pad_top, l->pad_left,
            l->pad_bottom, l->pad_right, l->factor, l->out.c, l->out.h, l->out.w);
        for (int32_t k = 0; k < l->input_count && used > 0 && (size_t)used < sizeof line; ++k) {
            used += snprintf(line + used, sizeof line - (size_t)used, " <%d", l->inputs[k]);
        }
        if (l->own_blocking.kind != TSR_BLOCKING_NONE && used > 0 && (size_t)used < sizeof line) {
            char blocking[32];
            tsr_blocking_format(&l->own_blocking, blocking, sizeof blocking);
            (void)snprintf(line + used, sizeof line - (size_t)used, " %s", blocking);
        }
        digest = mix(digest, tsr_digest_bytes(line, strlen(line)));
    }
    return digest;
}

static tsr_status descriptor_digest(const tsr_program *program, uint32_t *digest, tsr_error *err) {
    *digest = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        uint8_t bytes[descriptor_bytes_max] = {0};
        const tsr_desc desc = tsr_program_desc(program, i);
        TSR_TRY(tsr_desc_encode(&desc, bytes, err));
        *digest = mix(*digest, tsr_digest_bytes(bytes, sizeof bytes));
    }
    return TSR_OK;
}

static uint32_t data_digest(const tsr_program *program, bool *has_data) {
    uint32_t digest = 0;
    *has_data = false;
    for (int32_t i = 0; i < program->segment_count; ++i) {
        const tsr_segment *s = &program->segments[i];
        if (s->data != NULL) {
            *has_data = true;
            digest = mix(digest, tsr_digest_bytes(s->data, s->bytes));
        }
    }
    return digest;
}

static void write_digest(tsr_jwriter *w, const char *key, bool known, uint32_t digest) {
    char text[16];
    (void)snprintf(text, sizeof text, "%08lx", (unsigned long)digest);
    tsr_jwrite_key(w, key);
    if (known) {
        tsr_jwrite_string(w, text);
    } else {
        tsr_jwrite_null(w);
    }
}

tsr_status tsr_write_manifest(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    uint32_t descriptors = 0;
    bool has_data = false;
    TSR_TRY(descriptor_digest(&outcome->program, &descriptors, err));
    const uint32_t data = data_digest(&outcome->program, &has_data);
    tsr_jwriter w;
    tsr_jwriter_init(&w, file, false);
    tsr_jwrite_object_begin(&w);
    tsr_jwrite_member_string(&w, "tool", "tessera");
    tsr_jwrite_member_string(&w, "version", tsr_version());
    tsr_jwrite_key(&w, "configuration");
    tsr_run_config_write(&outcome->config, &w);
    tsr_jwrite_key(&w, "digest_crc32");
    tsr_jwrite_object_begin(&w);
    write_digest(&w, "network", true, network_digest(&outcome->network));
    write_digest(&w, "descriptors", true, descriptors);
    write_digest(&w, "program_data", has_data, data);
    tsr_jwrite_object_end(&w);
    tsr_jwrite_member_i64(&w, "descriptors", outcome->program.desc_count);
    tsr_jwrite_member_u64(&w, "memory_image_bytes", outcome->program.memory_bytes);
    tsr_jwrite_member_u64(&w, "seed", outcome->config.seed);
    tsr_jwrite_object_end(&w);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "manifest.json", "cannot be written");
    return TSR_OK;
}
