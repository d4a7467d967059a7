// SPDX-License-Identifier: Apache-2.0
// The quantities of an architecture that the size of a module of the RTL can be proportional to, and the table of
// which module follows which: its coefficients are fitted by rtl/synth, never written by hand.
#ifndef TESSERA_FIT_FIT_TERMS_H
#define TESSERA_FIT_FIT_TERMS_H

#include <tessera/arch.h>

#include "fit/ram_map.h"

// name, the parameters it is made of, what it is. Parameters: M Tm, N Tn, P Tp, W Wp, A Aw, L FeatureLines,
// S FeatureSectors, G WeightWords, C ParameterChannels, X AxiDataBits, B MaxBurstBeats, O MaxOutstanding.
#define TSR_FIT_TERMS(X)                                                                  \
    X(one, "", "the same for every architecture")                                         \
    X(pixels, "P", "Tp")                                                                  \
    X(odd_pixels, "P", "1 when Tp is no power of two")                                    \
    X(columns, "W", "Wp")                                                                 \
    X(odd_channels, "M", "1 when Tm is no power of two")                                  \
    X(channels, "M", "Tm")                                                                \
    X(dots, "MP", "Tm*Tp")                                                                \
    X(macs, "MNP", "Tm*Tn*Tp")                                                            \
    X(sum_bits, "MPA", "Tm*Tp*AccW")                                                      \
    X(tree_bits, "MNPA", "Tm*Tp*bits of one adder tree's registers")                      \
    X(product_bits, "MNPA", "Tm*Tp*(2*Aw + log2(Tn))")                                    \
    X(word_bits, "NA", "Tn*Aw")                                                           \
    X(pixel_bits, "NPA", "Tp*Tn*Aw")                                                      \
    X(column_bits, "NWA", "Wp*Tn*Aw")                                                     \
    X(cross_bits, "NPWA", "Tp*Wp*Tn*Aw")                                                  \
    X(switch_bits, "NPA", "Tp*Tp*Tn*Aw")                                                  \
    X(lanes, "NW", "Wp*Tn")                                                               \
    X(wide_lanes, "NWA", "Wp*Tn with 16-bit activations")                                 \
    X(pick_bits, "MNPWA", "bits through the multiplexers that pick Wp*Tn of the sums")    \
    X(step_bits, "MNPWA", "bits waiting for a 2x2 pool: steps * ceil(Wp/2) * Tn*Aw")      \
    X(line_bits, "L", "log2(lines)")                                                      \
    X(pixel_line_bits, "PL", "Tp*log2(lines)")                                            \
    X(column_line_bits, "PWL", "Tp*Wp*log2(lines)")                                       \
    X(memories, "PS", "Tp*sectors")                                                       \
    X(memory_line_bits, "PSL", "Tp*sectors*log2(lines)")                                  \
    X(memory_local_bits, "PSL", "Tp*sectors*log2(lines of a sector)")                     \
    X(memory_word_bits, "NPAS", "Tp*sectors*Tn*Aw")                                       \
    X(beat_bits, "X", "AxiDataBits")                                                      \
    X(beat_log_bits, "X", "AxiDataBits*log2(AxiDataBits/8)")                              \
    X(beat_log, "X", "log2(AxiDataBits/8)")                                               \
    X(weight_word_bits, "MNA", "Tm*Tn*Aw")                                                \
    X(burst_log, "B", "log2(MaxBurstBeats)")                                              \
    X(fetch_words, "BX", "descriptor words of a burst buffer: MaxBurstBeats*AxiDataBits") \
    X(bursts, "O", "MaxOutstanding")                                                      \
    X(bursts_log, "O", "log2(MaxOutstanding)")                                            \
    X(weight_address_bits, "G", "log2(weight words)")                                     \
    X(channel_bits, "C", "log2(parameter channels)")

typedef enum tsr_fit_term {

#define TSR_FIT_TERM(name, parameters, about) TSR_FIT_##name,
    TSR_FIT_TERMS(TSR_FIT_TERM)
#undef TSR_FIT_TERM
        TSR_FIT_TERM_COUNT
} tsr_fit_term;

/** Value of every term for an architecture. */
void tsr_fit_terms_of(const tsr_arch *arch, double terms[TSR_FIT_TERM_COUNT]);
/** Name as in the list above. */
const char *tsr_fit_term_name(tsr_fit_term term);
/** Letters of the parameters it is made of. */
const char *tsr_fit_term_parameters(tsr_fit_term term);

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
