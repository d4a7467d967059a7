// SPDX-License-Identifier: Apache-2.0
// The quantities of an architecture that the size of a module of the RTL can be proportional to, and the table of
// which module follows which: its coefficients are fitted by rtl/synth, never written by hand.
#ifndef TESSERA_FIT_FIT_TERMS_H
#define TESSERA_FIT_FIT_TERMS_H

#include <tessera/arch.h>

#include "fit/ram_map.h"

// name, what it is
#define TSR_FIT_TERMS(X)                                                            \
    X(one, "the same for every architecture")                                       \
    X(pixels, "Tp")                                                                 \
    X(odd_pixels, "1 when Tp is no power of two")                                   \
    X(columns, "Wp")                                                                \
    X(channels, "Tm")                                                               \
    X(dots, "Tm*Tp")                                                                \
    X(macs, "Tm*Tn*Tp")                                                             \
    X(sum_bits, "Tm*Tp*AccW")                                                       \
    X(tree_bits, "Tm*Tp*bits of one adder tree's registers")                        \
    X(product_bits, "Tm*Tp*(2*Aw + log2(Tn))")                                      \
    X(word_bits, "Tn*Aw")                                                           \
    X(pixel_bits, "Tp*Tn*Aw")                                                       \
    X(column_bits, "Wp*Tn*Aw")                                                      \
    X(cross_bits, "Tp*Wp*Tn*Aw")                                                    \
    X(switch_bits, "Tp*Tp*Tn*Aw")                                                   \
    X(lanes, "Wp*Tn")                                                               \
    X(wide_lanes, "Wp*Tn with 16-bit activations")                                  \
    X(pick_bits, "bits through the multiplexers that pick Wp*Tn of the sums")       \
    X(step_bits, "bits waiting for a 2x2 pool: steps * ceil(Wp/2) * Tn*Aw")         \
    X(line_bits, "log2(lines)")                                                     \
    X(pixel_line_bits, "Tp*log2(lines)")                                            \
    X(column_line_bits, "Tp*Wp*log2(lines)")                                        \
    X(memories, "Tp*sectors")                                                       \
    X(memory_line_bits, "Tp*sectors*log2(lines)")                                   \
    X(memory_local_bits, "Tp*sectors*log2(lines of a sector)")                      \
    X(memory_word_bits, "Tp*sectors*Tn*Aw")                                         \
    X(beat_bits, "AxiDataBits")                                                     \
    X(beat_log_bits, "AxiDataBits*log2(AxiDataBits/8)")                             \
    X(beat_log, "log2(AxiDataBits/8)")                                              \
    X(weight_word_bits, "Tm*Tn*Aw")                                                 \
    X(burst_log, "log2(MaxBurstBeats)")                                             \
    X(fetch_words, "descriptor words of a burst buffer: MaxBurstBeats*AxiDataBits") \
    X(bursts, "MaxOutstanding")                                                     \
    X(bursts_log, "log2(MaxOutstanding)")                                           \
    X(weight_address_bits, "log2(weight words)")                                    \
    X(channel_bits, "log2(parameter channels)")

typedef enum tsr_fit_term {

#define TSR_FIT_TERM(name, about) TSR_FIT_##name,
    TSR_FIT_TERMS(TSR_FIT_TERM)
#undef TSR_FIT_TERM
        TSR_FIT_TERM_COUNT
} tsr_fit_term;

/** Value of every term for an architecture. */
void tsr_fit_terms_of(const tsr_arch *arch, double terms[TSR_FIT_TERM_COUNT]);
/** Name as in the list above. */
const char *tsr_fit_term_name(tsr_fit_term term);

enum { TSR_FIT_PART_TERMS = 6 };

/** One resource of one module, all its instances together: sum of coefficient * term. */
typedef struct tsr_fit_part {
    const char *module;
    int32_t resource;  // tsr_resource: LUT, FF or DSP
    int32_t count;

    struct {
        tsr_fit_term term;
        double coefficient;
    } terms[TSR_FIT_PART_TERMS];
} tsr_fit_part;

/** All memories (tsr_ram) of an architecture: blocks, and LUTs and FFs around them. */
tsr_ram_cells tsr_fit_memories(const tsr_arch *arch);

#endif
