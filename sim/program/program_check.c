// SPDX-License-Identifier: Apache-2.0
// Static legality of a whole program: descriptors by themselves, tokens, then every access in a
// possible order.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tessera/program.h>

#include "base/check.h"
#include "program/desc_check.h"
#include "program/desc_fields.h"
#include "program/hazards.h"
#include "program/token_order.h"

/** Accumulators between two compute descriptors: pixels of an unfinished sum, 0 = none. */
typedef struct open_sum {
    int64_t pixels;
} open_sum;

static tsr_status check_extent(const tsr_program *program, const char *name, uint64_t address,
                               uint64_t bytes, tsr_error *err) {
    TSR_CHECK(address <= program->memory_bytes && bytes <= program->memory_bytes - address,
              TSR_ERR_CONFIG, err, name,
              "%" PRIu64 " bytes from %" PRIu64 " on leave the DRAM image of %" PRIu64 " bytes",
              bytes, address, program->memory_bytes);
    return TSR_OK;
}

static tsr_status check_symbol(const tsr_program *program, const tsr_symbol *symbol,
                               tsr_error *err) {
    TSR_CHECK(symbol->c >= 1 && symbol->h >= 1 && symbol->w >= 1 &&
                  symbol->pixel_bytes == tsr_arch_pixel_bytes(&program->arch, symbol->c),
              TSR_ERR_CONFIG, err, symbol->name,
              "%d x %d x %d with pixels of %d bytes is no map of this architecture", symbol->c,
              symbol->h, symbol->w, symbol->pixel_bytes);
    const int64_t planes = (symbol->c - 1) / program->arch.tn + 1;
    // every factor is below 2^31 and 2^7: three of them cannot leave 128 bits, so ask step by step
    const uint64_t row = (uint64_t)symbol->w * (uint64_t)symbol->pixel_bytes;
    const uint64_t rows = (uint64_t)symbol->h * (uint64_t)planes;
    TSR_CHECK(rows <= program->memory_bytes / row, TSR_ERR_CONFIG, err, symbol->name,
              "%" PRIu64 " rows of %" PRIu64 " bytes are more than the DRAM image", rows, row);
    return check_extent(program, symbol->name, symbol->address, rows * row, err);
}

static tsr_status check_memory(const tsr_program *program, tsr_error *err) {
    TSR_CHECK(program->memory_bytes >= 1 && program->memory_bytes <= UINT64_C(1) << 40,
              TSR_ERR_CONFIG, err, "memory", "memory_bytes is %" PRIu64 ", allowed are 1 to 2^40",
              program->memory_bytes);
    uint64_t bytes = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        bytes += (uint64_t)tsr_opcode_units(tsr_program_brief(program, i).opcode) *
                 TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    }
    TSR_TRY(check_extent(program, "descriptors", program->descriptor_address, bytes, err));
    for (int32_t i = 0; i < program->segment_count; ++i) {
        const tsr_segment *segment = &program->segments[i];
        TSR_TRY(check_extent(program, segment->name, segment->address, segment->bytes, err));
    }
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        TSR_TRY(check_symbol(program, &program->symbols[i], err));
    }
    return TSR_OK;
}

/** A sum over several descriptors is theirs alone: nothing else may use the array in between. */
static tsr_status check_open_sum(const tsr_desc *desc, open_sum *sum, tsr_error *err) {
    if (tsr_desc_engine(desc) != TSR_ENGINE_COMPUTE) {
        return TSR_OK;
    }
    const bool conv = desc->header.opcode == TSR_OP_CONV;
    const bool first = !conv || desc->u.conv.accumulate_first != 0;
    TSR_CHECK(!first || sum->pixels == 0, TSR_ERR_CONFIG, err, "",
              "begins while the accumulators hold a sum of %" PRId64 " pixels that is not finished",
              sum->pixels);
    TSR_CHECK(first || sum->pixels == desc->u.conv.out_w, TSR_ERR_CONFIG, err, "",
              "continues a sum of %" PRId64 " pixels, the accumulators hold %" PRId64,
              desc->u.conv.out_w, sum->pixels);
    sum->pixels = conv && desc->u.conv.accumulate_last == 0 ? desc->u.conv.out_w : 0;
    return TSR_OK;
}

static tsr_status check_each(const tsr_program *program, int32_t index, open_sum *sum,
                             tsr_error *err) {
    const tsr_desc desc = tsr_program_desc(program, index);
    TSR_TRY(tsr_desc_check(&program->arch, &desc, program->memory_bytes, err));
    TSR_CHECK(desc.header.units == tsr_opcode_units(desc.header.opcode), TSR_ERR_CONFIG, err, "",
              "units is %" PRId64 ", allowed is %d", desc.header.units,
              tsr_opcode_units(desc.header.opcode));
    const bool last = index == program->desc_count - 1;
    TSR_CHECK((desc.header.opcode == TSR_OP_END) == last, TSR_ERR_CONFIG, err, "",
              last ? "is the last one, allowed is end" : "is not the last one");
    TSR_CHECK(last || desc.header.layer < program->layer_count, TSR_ERR_CONFIG, err, "",
              "layer is %" PRId64 ", the program has %d", desc.header.layer, program->layer_count);
    TSR_TRY(check_open_sum(&desc, sum, err));
    TSR_CHECK(!last || sum->pixels == 0, TSR_ERR_CONFIG, err, "",
              "comes while the accumulators hold a sum that is not finished");
    return TSR_OK;
}

static tsr_status pass_load_feature(tsr_hazards *h, const tsr_desc *desc, int32_t index,
                                    tsr_error *err) {
    const tsr_desc_load_feature *d = &desc->u.load_feature;
    TSR_TRY(tsr_hazards_read_dram_map(h, d, index, err));
    const tsr_map_use use = tsr_use_of_load(d);
    return tsr_hazards_write_map(h, &use, index, err);
}

static tsr_status pass_load_weight(tsr_hazards *h, const tsr_desc *desc, int32_t index,
                                   tsr_error *err) {
    const tsr_desc_load_weight *d = &desc->u.load_weight;
    const tsr_arch *arch = &h->program->arch;
    int64_t bytes = d->words_per_group * tsr_arch_weight_word_bytes(arch);
    if (d->parameters != 0) {
        bytes += (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES;
    }
    TSR_TRY(tsr_access_groups(&h->list, d, bytes, err));
    TSR_TRY(tsr_hazards_read(h, TSR_SPACE_DRAM, index, err));
    if (d->parameters != 0) {
        TSR_TRY(tsr_access_range(&h->list, d->parameter_base, d->groups, err));
        TSR_TRY(tsr_hazards_write(h, TSR_SPACE_PARAMETER, index, err));
    }
    TSR_TRY(tsr_access_range(&h->list, d->weight_base, d->groups * d->words_per_group, err));
    return tsr_hazards_write(h, TSR_SPACE_WEIGHT, index, err);
}

static tsr_status pass_store(tsr_hazards *h, const tsr_desc *desc, int32_t index, tsr_error *err) {
    const tsr_desc_store *d = &desc->u.store;
    const tsr_map_use use = tsr_use_of_store(d);
    uint64_t sectors = 0;
    TSR_TRY(tsr_hazards_read_map(h, &use, index, &sectors, err));
    const tsr_desc_load_feature as_load = {.dram_address = d->dram_address,
                                           .row_bytes = d->row_bytes,
                                           .row_stride_bytes = d->row_stride_bytes,
                                           .rows = d->rows,
                                           .planes = d->planes,
                                           .plane_stride_bytes = d->plane_stride_bytes};
    TSR_TRY(tsr_access_dram(&h->list, &as_load, err));
    TSR_CHECK(h->list.total == d->rows * d->planes * d->row_bytes, TSR_ERR_CONFIG, err, "",
              "writes DRAM bytes twice: %" PRId64 " rows of %" PRId64 " bytes cover %" PRId64
              " bytes",
              d->rows * d->planes, d->row_bytes, h->list.total);
    return tsr_hazards_write(h, TSR_SPACE_DRAM, index, err);
}

/** The input, and with the last chunk the parameters, the residual and the output. */
static tsr_status pass_conv(tsr_hazards *h, const tsr_desc *desc, int32_t index, tsr_error *err) {
    const tsr_desc_conv *d = &desc->u.conv;
    const tsr_arch *arch = &h->program->arch;
    const tsr_map_use in = tsr_use_of_conv_in(d);
    uint64_t in_sectors = 0;
    TSR_TRY(tsr_hazards_read_map(h, &in, index, &in_sectors, err));
    const int64_t words = d->m_groups * tsr_conv_weight_words(arch, d);
    TSR_TRY(tsr_access_range(&h->list, d->weight_base, words, err));
    TSR_TRY(tsr_hazards_read(h, TSR_SPACE_WEIGHT, index, err));
    if (d->accumulate_last == 0) {
        return TSR_OK;
    }
    TSR_TRY(tsr_access_range(&h->list, d->parameter_base, d->m_groups, err));
    TSR_TRY(tsr_hazards_read(h, TSR_SPACE_PARAMETER, index, err));
    if (d->residual != 0) {
        const tsr_map_use residual = tsr_use_of_residual(arch, d);
        uint64_t sectors = 0;
        TSR_TRY(tsr_hazards_read_map(h, &residual, index, &sectors, err));
        TSR_CHECK((sectors & in_sectors) == 0, TSR_ERR_CONFIG, err, "",
                  "input and residual share a feature sector, whose one read port gives one word a "
                  "cycle");
    }
    const tsr_map_use out = tsr_use_of_conv_out(arch, d);
    return tsr_hazards_write_map(h, &out, index, err);
}

static tsr_status pass_pool(tsr_hazards *h, const tsr_desc *desc, int32_t index, tsr_error *err) {
    const tsr_desc_pool *d = &desc->u.pool;
    const tsr_map_use in = tsr_use_of_pool_in(d);
    const tsr_map_use out = tsr_use_of_pool_out(d);
    uint64_t sectors = 0;
    TSR_TRY(tsr_hazards_read_map(h, &in, index, &sectors, err));
    return tsr_hazards_write_map(h, &out, index, err);
}

static tsr_status pass_by(tsr_hazards *h, int32_t index, tsr_error *err) {
    const tsr_desc desc = tsr_program_desc(h->program, index);
    switch (desc.header.opcode) {
        case TSR_OP_LOAD_FEATURE:
            return pass_load_feature(h, &desc, index, err);
        case TSR_OP_LOAD_WEIGHT:
            return pass_load_weight(h, &desc, index, err);
        case TSR_OP_STORE:
            return pass_store(h, &desc, index, err);
        case TSR_OP_CONV:
            return pass_conv(h, &desc, index, err);
        default:
            return pass_pool(h, &desc, index, err);
    }
}

/** The error of one descriptor, with its number. */
static tsr_status name_descriptor(const tsr_program *program, int32_t index, tsr_status status,
                                  const tsr_error *found, tsr_error *err) {
    char where[64];
    const char *opcode = tsr_opcode_name(tsr_program_brief(program, index).opcode);
    (void)snprintf(where, sizeof where, "descriptor %d (%s)", index, opcode != NULL ? opcode : "?");
    return tsr_fail(err, status, where, "%s", found->message);
}

static tsr_status check_accesses(const tsr_program *program, const tsr_token_order *order,
                                 tsr_error *err) {
    tsr_hazards hazards;
    TSR_TRY(tsr_hazards_create(&hazards, program, order, err));
    tsr_status status = TSR_OK;
    for (int32_t i = 0; i < order->count && status == TSR_OK; ++i) {
        tsr_error found = {0};
        status = pass_by(&hazards, order->order[i], &found);
        if (status != TSR_OK) {
            status = name_descriptor(program, order->order[i], status, &found, err);
        }
    }
    tsr_hazards_free(&hazards);
    return status;
}

tsr_status tsr_program_check(const tsr_program *program, tsr_error *err) {
    TSR_TRY(tsr_arch_check(&program->arch, err));
    TSR_CHECK(program->desc_count >= 1, TSR_ERR_CONFIG, err, "program",
              "has no descriptors, allowed are programs that end with end");
    TSR_TRY(check_memory(program, err));
    open_sum sum = {0};
    for (int32_t i = 0; i < program->desc_count; ++i) {
        tsr_error found = {0};
        const tsr_status status = check_each(program, i, &sum, &found);
        if (status != TSR_OK) {
            return name_descriptor(program, i, status, &found, err);
        }
    }
    tsr_token_order order;
    TSR_TRY(tsr_token_order_make(program, &order, err));
    const tsr_status status = check_accesses(program, &order, err);
    tsr_token_order_free(&order);
    return status;
}
