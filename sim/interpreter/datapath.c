// SPDX-License-Identifier: Apache-2.0
// Creates the machine's memories and sends each descriptor to its executor.
#include "interpreter/datapath.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_check.h"

enum {
    POISON = 0xA5
};  // what memories hold before anything is written: reads of it show in the output

void *tsr_scratch_get(tsr_scratch *scratch, size_t bytes) {
    if (bytes > scratch->bytes || scratch->data == NULL) {
        tsr_free(scratch->data);
        scratch->data = tsr_alloc(bytes, 1);
        scratch->bytes = scratch->data != NULL ? bytes : 0;
    }
    return scratch->data;
}

static uint8_t *poisoned(int64_t bytes) {
    uint8_t *memory = tsr_alloc((size_t)bytes, 1);
    if (memory != NULL) {
        memset(memory, POISON, (size_t)bytes);
    }
    return memory;
}

tsr_status tsr_datapath_create(const tsr_arch *arch, tsr_datapath **datapath, tsr_error *err) {
    TSR_TRY(tsr_arch_check(arch, err));
    tsr_datapath *dp = tsr_alloc(1, sizeof *dp);
    TSR_CHECK(dp != NULL, TSR_ERR_NO_MEMORY, err, arch->name, "no memory for a datapath");
    dp->arch = *arch;
    dp->isa = tsr_isa_best();
    dp->element_bytes = tsr_arch_element_bytes(arch);
    dp->word_bytes = tsr_arch_feature_word_bytes(arch);
    dp->feature_bytes = (uint64_t)arch->feature_buffer_bytes;
    dp->feature = poisoned(arch->feature_buffer_bytes);
    dp->weight = poisoned(arch->weight_buffer_bytes);
    dp->parameter = poisoned((int64_t)arch->parameter_channels * TSR_PARAMETER_RECORD_BYTES);
    dp->chunk = tsr_alloc((size_t)arch->tp * (size_t)arch->tm, sizeof(int64_t));
    if (dp->feature == NULL || dp->weight == NULL || dp->parameter == NULL || dp->chunk == NULL) {
        tsr_datapath_destroy(dp);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, arch->name, "no memory for the buffers");
    }
    *datapath = dp;
    return TSR_OK;
}

void tsr_datapath_destroy(tsr_datapath *datapath) {
    if (datapath == NULL) {
        return;
    }
    tsr_free(datapath->feature);
    tsr_free(datapath->weight);
    tsr_free(datapath->parameter);
    tsr_free(datapath->chunk);
    tsr_free(datapath->tile.data);
    tsr_free(datapath->sums.data);
    tsr_free(datapath->columns.data);
    tsr_free(datapath->rows.data);
    tsr_free(datapath);
}

void tsr_datapath_fill(const tsr_datapath *dp, int64_t value, int32_t lanes, uint8_t *word) {
    for (int32_t lane = 0; lane < lanes; ++lane) {
        if (dp->element_bytes == 1) {
            word[lane] = (uint8_t)value;
        } else {
            const int16_t wide = (int16_t)value;
            memcpy(word + 2 * lane, &wide, sizeof wide);
        }
    }
}

tsr_status tsr_datapath_execute(tsr_datapath *datapath, const tsr_desc *desc, uint8_t *memory,
                                uint64_t memory_bytes, tsr_error *err) {
    TSR_TRY(tsr_desc_check(&datapath->arch, desc, memory_bytes, err));
    switch (desc->header.opcode) {
        case TSR_OP_LOAD_FEATURE:
            tsr_datapath_load_feature(datapath, &desc->u.load_feature, memory);
            return TSR_OK;
        case TSR_OP_LOAD_WEIGHT:
            tsr_datapath_load_weight(datapath, &desc->u.load_weight, memory);
            return TSR_OK;
        case TSR_OP_STORE:
            tsr_datapath_store(datapath, &desc->u.store, memory);
            return TSR_OK;
        case TSR_OP_CONV:
            return tsr_datapath_conv(datapath, desc, err);
        case TSR_OP_POOL:
            return tsr_datapath_pool(datapath, desc, err);
        default:
            return TSR_OK;  // end
    }
}

const void *tsr_datapath_feature(const tsr_datapath *datapath, uint64_t *bytes) {
    if (bytes != NULL) {
        *bytes = datapath->feature_bytes;
    }
    return datapath->feature;
}
