// SPDX-License-Identifier: Apache-2.0
// What a descriptor costs without stalls: AXI bursts of DMA rows, beat intervals, and the
// array-pass law.
#include <tessera/program.h>

#include "base/checked.h"

enum { AXI_PAGE_BYTES = 4096 };  // no AXI burst crosses this boundary

static tsr_dma_extent extent_of_weights(const tsr_arch *arch, const tsr_desc_load_weight *d) {
    const int64_t parameter_bytes =
        d->parameters != 0 ? (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES : 0;
    const int64_t weight_bytes = d->words_per_group * tsr_arch_weight_word_bytes(arch);
    return (tsr_dma_extent){.planes = d->groups,
                            .rows = 1,
                            .address = (uint64_t)d->dram_address,
                            .plane_stride_bytes = (uint64_t)d->group_stride_bytes,
                            .row_bytes = (uint64_t)(parameter_bytes + weight_bytes)};
}

static tsr_dma_extent extent_of(const tsr_arch *arch, const tsr_desc *desc) {
    switch (desc->header.opcode) {
        case TSR_OP_LOAD_WEIGHT:
            return extent_of_weights(arch, &desc->u.load_weight);
        case TSR_OP_LOAD_FEATURE: {
            const tsr_desc_load_feature *d = &desc->u.load_feature;
            return (tsr_dma_extent){d->planes,
                                    d->rows,
                                    (uint64_t)d->dram_address,
                                    (uint64_t)d->plane_stride_bytes,
                                    (uint64_t)d->row_stride_bytes,
                                    (uint64_t)d->row_bytes};
        }
        case TSR_OP_STORE: {
            const tsr_desc_store *d = &desc->u.store;
            return (tsr_dma_extent){d->planes,
                                    d->rows,
                                    (uint64_t)d->dram_address,
                                    (uint64_t)d->plane_stride_bytes,
                                    (uint64_t)d->row_stride_bytes,
                                    (uint64_t)d->row_bytes};
        }
        default:
            return (tsr_dma_extent){0};
    }
}

/** Beat-aligned byte range of the row the walk stands at; empty when the row has no bytes. */
static void enter_row(tsr_burst_walk *walk) {
    const tsr_dma_extent *extent = &walk->extent;
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&walk->program->arch);
    const uint64_t start = extent->address + (uint64_t)walk->plane * extent->plane_stride_bytes +
                           (uint64_t)walk->row * extent->row_stride_bytes;
    const uint64_t stop = start + extent->row_bytes;
    walk->address = start - start % beat;
    walk->end = extent->row_bytes > 0 ? stop + (beat - stop % beat) % beat : walk->address;
}

tsr_burst_walk tsr_burst_first(const tsr_program *program, const tsr_desc *desc) {
    tsr_burst_walk walk = {.program = program,
                           .extent = extent_of(&program->arch, desc),
                           .row_rest = tsr_desc_row_rest(desc)};
    if (walk.extent.planes > 0 && walk.extent.rows > 0) {
        enter_row(&walk);
    }
    return walk;
}

bool tsr_burst_next(tsr_burst_walk *walk, uint64_t *address, uint32_t *beats) {
    const tsr_arch *arch = &walk->program->arch;
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(arch);
    if (walk->address == walk->end) {
        const tsr_dma_extent *extent = &walk->extent;
        if (extent->row_bytes == 0 || walk->plane >= extent->planes) {
            return false;
        }
        ++walk->row;
        if (walk->row >= extent->rows) {
            walk->row = 0;
            ++walk->plane;
        }
        if (walk->plane >= extent->planes) {
            return false;
        }
        enter_row(walk);
    }
    const uint64_t page_end = walk->address - walk->address % AXI_PAGE_BYTES + AXI_PAGE_BYTES;
    uint64_t stop = walk->address + (uint64_t)arch->max_burst_beats * beat;
    stop = stop < page_end ? stop : page_end;
    stop = stop < walk->end ? stop : walk->end;
    *address = walk->address;
    *beats = (uint32_t)((stop - walk->address) / beat);
    walk->address = stop;
    return true;
}

/** Bursts of the beat-aligned bytes [start, stop): page by page, as tsr_burst_next cuts them. */
static uint64_t row_bursts(uint64_t start, uint64_t stop, uint64_t burst_bytes) {
    const uint64_t per_page = (AXI_PAGE_BYTES + burst_bytes - 1) / burst_bytes;
    const uint64_t first_page = start / AXI_PAGE_BYTES;
    const uint64_t last_page = (stop - 1) / AXI_PAGE_BYTES;
    if (first_page == last_page) {
        return (stop - start + burst_bytes - 1) / burst_bytes;
    }
    const uint64_t head = (first_page + 1) * AXI_PAGE_BYTES - start;
    const uint64_t tail = stop - last_page * AXI_PAGE_BYTES;
    return (head + burst_bytes - 1) / burst_bytes + (last_page - first_page - 1) * per_page +
           (tail + burst_bytes - 1) / burst_bytes;
}

uint64_t tsr_desc_beats(const tsr_program *program, const tsr_desc *desc, uint64_t *bursts) {
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&program->arch);
    const uint64_t burst_bytes = (uint64_t)program->arch.max_burst_beats * beat;
    const tsr_dma_extent extent = extent_of(&program->arch, desc);
    uint64_t total = 0;
    uint64_t count = 0;
    tsr_burst_walk walk = {.program = program, .extent = extent};
    for (walk.plane = 0; extent.row_bytes > 0 && walk.plane < extent.planes; ++walk.plane) {
        for (walk.row = 0; walk.row < extent.rows; ++walk.row) {
            enter_row(&walk);
            total += (walk.end - walk.address) / beat;
            count += row_bursts(walk.address, walk.end, burst_bytes);
        }
    }
    if (bursts != NULL) {
        *bursts = count;
    }
    return total;
}

uint32_t tsr_desc_beat_interval(const tsr_arch *arch, const tsr_desc *desc) {
    int64_t pixel_bytes = 0;
    if (desc->header.opcode == TSR_OP_LOAD_FEATURE) {
        pixel_bytes = desc->u.load_feature.pixel_bytes;
    } else if (desc->header.opcode == TSR_OP_STORE) {
        pixel_bytes = desc->u.store.pixel_bytes;
    }
    if (pixel_bytes <= 0) {
        return 1;
    }
    const int64_t words = tsr_arch_beat_bytes(arch) / pixel_bytes;
    return words > 1 ? (uint32_t)words : 1;
}

uint32_t tsr_desc_row_rest(const tsr_desc *desc) {
    const bool packs = desc->header.opcode == TSR_OP_LOAD_FEATURE && desc->u.load_feature.pack > 1;
    return packs ? (uint32_t)desc->u.load_feature.pack - 1 : 0;
}

uint32_t tsr_burst_rest(const tsr_burst_walk *walk) {
    if (walk->row_rest == 0 || walk->address != walk->end) {
        return 0;
    }
    const bool more = walk->row + 1 < walk->extent.rows || walk->plane + 1 < walk->extent.planes;
    return more ? walk->row_rest : 0;
}

/**
 * Steps in which the post-processor takes one word of a tile's pixels: wp pixels each, unless
 * neighbouring pixels may lie in one bank of the output or of the residual, which takes and gives
 * one word a cycle.
 */
static uint64_t drain_steps(const tsr_arch *arch, bool narrow) {
    return (uint64_t)(narrow ? arch->tp : tsr_ceil_div(arch->tp, arch->wp));
}

static void finish_law(tsr_pass_law *law) {
    const uint64_t period = law->l > law->d ? law->l : law->d;
    law->issue_cycles = law->n * law->l;
    law->cycles = (law->n - 1) * period + law->l + law->d + law->f + law->e;
}

int64_t tsr_conv_weight_words(const tsr_arch *arch, const tsr_desc_conv *d) {
    const int64_t taps = d->in_planes * d->kernel_h * d->kernel_w;
    switch (d->weight_form) {
        case TSR_WEIGHTS_DIAGONAL:
            return tsr_ceil_div(taps, arch->tm);
        case TSR_WEIGHTS_ONES:
            return 0;
        default:
            return taps;
    }
}

/** Do neighbouring pixels of a conv's output or residual share banks? */
static bool conv_is_narrow(const tsr_desc_conv *c) {
    return c->out_bank_stride > 1 || c->out_step_w > 1 ||
           (c->residual != 0 && c->residual_bank_stride > 1);
}

tsr_pass_law tsr_desc_pass_law(const tsr_arch *arch, const tsr_desc *desc) {
    tsr_pass_law law = {0};
    if (desc->header.opcode == TSR_OP_CONV) {
        const tsr_desc_conv *c = &desc->u.conv;
        law.n = (uint64_t)(c->m_groups * c->out_h * tsr_ceil_div(c->out_w, arch->tp));
        law.l = (uint64_t)(c->in_planes * c->kernel_h * c->kernel_w);
        const uint64_t drain = drain_steps(arch, conv_is_narrow(c));
        law.d = c->accumulate_last != 0 ? (uint64_t)(arch->tm / arch->tn) * drain : 0;
        law.e = c->accumulate_last != 0 ? (uint64_t)tsr_arch_drain_cycles(arch) : 0;
    } else if (desc->header.opcode == TSR_OP_POOL) {
        const tsr_desc_pool *p = &desc->u.pool;
        law.n = (uint64_t)(p->planes * p->out_h * tsr_ceil_div(p->out_w, arch->tp));
        law.l = (uint64_t)(p->kernel_h * p->kernel_w);
        law.d = drain_steps(arch, p->out_bank_stride > 1);
        law.e = (uint64_t)tsr_arch_drain_cycles(arch);
    }
    if (law.n == 0) {
        return (tsr_pass_law){0};
    }
    law.f = (uint64_t)tsr_arch_fill_cycles(arch);
    finish_law(&law);
    return law;
}
