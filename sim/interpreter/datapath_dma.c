// SPDX-License-Identifier: Apache-2.0
// Moves values between DRAM and the feature pool, the weight buffer and the parameter buffer.
#include <string.h>

#include "interpreter/datapath.h"

/** A row of w pixels as w + pack - 1 words of `pack` neighbouring pixels each. */
static void load_packed_row(tsr_datapath *dp, const tsr_desc_load_feature *d,
                            const tsr_map_view *map, int64_t line, const uint8_t *source) {
    const size_t pixel_bytes = (size_t)d->pixel_bytes;
    const int64_t width = d->row_bytes / d->pixel_bytes;
    for (int64_t q = 0; q < width + d->pack - 1; ++q) {
        uint8_t *word =
            tsr_datapath_word(dp, line, tsr_map_column_word(map, dp->arch.tp, d->x0 + q));
        memset(word, 0, (size_t)dp->word_bytes);
        for (int64_t j = 0; j < d->pack; ++j, word += pixel_bytes) {
            const int64_t x = q - (d->pack - 1) + j;
            if (x >= 0 && x < width) {
                memcpy(word, source + (size_t)x * pixel_bytes, pixel_bytes);
            } else {
                tsr_datapath_fill(dp, d->pack_value, (int32_t)pixel_bytes / dp->element_bytes,
                                  word);
            }
        }
    }
}

void tsr_datapath_load_feature(tsr_datapath *dp, const tsr_desc_load_feature *d,
                               const uint8_t *memory) {
    const tsr_map_view map = tsr_map_of_load(d);
    const size_t pixel_bytes = (size_t)d->pixel_bytes;
    const size_t rest_bytes = (size_t)dp->word_bytes - pixel_bytes;
    const int64_t width = d->row_bytes / d->pixel_bytes;
    for (int64_t plane = 0; plane < d->planes; ++plane) {
        for (int64_t row = 0; row < d->rows; ++row) {
            const uint8_t *source = memory + d->dram_address + plane * d->plane_stride_bytes +
                                    row * d->row_stride_bytes;
            const int64_t line = tsr_map_row_line(&map, plane, d->y0 + row);
            if (d->pack > 1) {
                load_packed_row(dp, d, &map, line, source);
                continue;
            }
            for (int64_t x = 0; x < width; ++x) {
                uint8_t *word =
                    tsr_datapath_word(dp, line, tsr_map_column_word(&map, dp->arch.tp, d->x0 + x));
                memcpy(word, source + (size_t)x * pixel_bytes, pixel_bytes);
                memset(word + pixel_bytes, 0, rest_bytes);
            }
        }
    }
}

void tsr_datapath_store(tsr_datapath *dp, const tsr_desc_store *d, uint8_t *memory) {
    const tsr_map_view map = tsr_map_of_store(d);
    const size_t pixel_bytes = (size_t)d->pixel_bytes;
    const int64_t width = d->row_bytes / d->pixel_bytes;
    for (int64_t plane = 0; plane < d->planes; ++plane) {
        for (int64_t row = 0; row < d->rows; ++row) {
            uint8_t *target = memory + d->dram_address + plane * d->plane_stride_bytes +
                              row * d->row_stride_bytes;
            const int64_t line = tsr_map_row_line(&map, plane, d->y0 + row);
            for (int64_t x = 0; x < width; ++x) {
                const uint8_t *word =
                    tsr_datapath_word(dp, line, tsr_map_column_word(&map, dp->arch.tp, d->x0 + x));
                memcpy(target + (size_t)x * pixel_bytes, word, pixel_bytes);
            }
        }
    }
}

void tsr_datapath_load_weight(tsr_datapath *dp, const tsr_desc_load_weight *d,
                              const uint8_t *memory) {
    const size_t entry_bytes = (size_t)dp->arch.tm * TSR_PARAMETER_RECORD_BYTES;
    const size_t word_bytes = (size_t)tsr_arch_weight_word_bytes(&dp->arch);
    const size_t group_bytes = (size_t)d->words_per_group * word_bytes;
    for (int64_t group = 0; group < d->groups; ++group) {
        const uint8_t *source = memory + d->dram_address + group * d->group_stride_bytes;
        if (d->parameters != 0) {
            memcpy(dp->parameter + (size_t)(d->parameter_base + group) * entry_bytes, source,
                   entry_bytes);
            source += entry_bytes;
        }
        memcpy(dp->weight + (size_t)d->weight_base * word_bytes + (size_t)group * group_bytes,
               source, group_bytes);
    }
}
