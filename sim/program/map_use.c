// SPDX-License-Identifier: Apache-2.0
// From the fields of a descriptor to the pixels it touches.
#include "program/map_use.h"

tsr_map_use tsr_use_of_load(const tsr_desc_load_feature *d) {
    const int64_t more = d->pack > 1 ? d->pack - 1 : 0;  // words of a row beyond its pixels
    return (tsr_map_use){.map = tsr_map_of_load(d),
                         .planes = d->planes,
                         .y0 = d->y0,
                         .x0 = d->x0,
                         .h = d->rows,
                         .w = d->row_bytes / d->pixel_bytes + more,
                         .name = "the map"};
}

tsr_map_use tsr_use_of_store(const tsr_desc_store *d) {
    return (tsr_map_use){.map = tsr_map_of_store(d),
                         .planes = d->planes,
                         .y0 = d->y0,
                         .x0 = d->x0,
                         .h = d->rows,
                         .w = d->row_bytes / d->pixel_bytes,
                         .name = "the map"};
}

tsr_map_use tsr_use_of_conv_in(const tsr_desc_conv *d) {
    tsr_map_use use = {.map = tsr_map_of_conv_in(d),
                       .planes = d->in_planes,
                       .y0 = d->in_y0,
                       .x0 = d->in_x0,
                       .h = d->in_h,
                       .w = d->in_w,
                       .name = "the input"};
    if (d->group_planes > d->in_planes) {  // planes in between belong to nobody
        use.groups = d->m_groups;
        use.group_planes = d->group_planes;
    } else {
        use.planes += (d->m_groups - 1) * d->group_planes;
    }
    return use;
}

tsr_map_use tsr_use_of_conv_out(const tsr_arch *arch, const tsr_desc_conv *d) {
    const int64_t half = d->max_pool_2x2 != 0 ? 2 : 1;
    return (tsr_map_use){.map = tsr_map_of_conv_out(d),
                         .planes = d->m_groups * (arch->tm / arch->tn),
                         .y0 = d->out_y0,
                         .x0 = d->out_x0,
                         .h = d->out_h / half,
                         .w = d->out_w / half,
                         .name = "the output",
                         .step_h = d->out_step_h,
                         .step_w = d->out_step_w};
}

tsr_map_use tsr_use_of_residual(const tsr_arch *arch, const tsr_desc_conv *d) {
    return (tsr_map_use){.map = tsr_map_of_residual(d),
                         .planes = d->m_groups * (arch->tm / arch->tn),
                         .y0 = d->residual_y0,
                         .x0 = d->residual_x0,
                         .h = d->out_h,
                         .w = d->out_w,
                         .name = "the residual"};
}

tsr_map_use tsr_use_of_pool_in(const tsr_desc_pool *d) {
    return (tsr_map_use){.map = tsr_map_of_pool_in(d),
                         .planes = d->planes,
                         .y0 = d->in_y0,
                         .x0 = d->in_x0,
                         .h = d->in_h,
                         .w = d->in_w,
                         .name = "the input"};
}

tsr_map_use tsr_use_of_pool_out(const tsr_desc_pool *d) {
    return (tsr_map_use){.map = tsr_map_of_pool_out(d),
                         .planes = d->planes,
                         .y0 = d->out_y0,
                         .x0 = d->out_x0,
                         .h = d->out_h,
                         .w = d->out_w,
                         .name = "the output"};
}
