// SPDX-License-Identifier: Apache-2.0
// The structure of the RTL in numbers: see the modules' parameters in rtl/.
#include "fit/fit_terms.h"

#include "base/checked.h"

/** Bits of an address of `count` places; the RTL gives one place one bit. */
static int32_t address_bits(int64_t count) {
    int32_t bits = 0;
    while (((int64_t)1 << bits) < count) {
        ++bits;
    }
    return bits > 0 ? bits : 1;
}

static int32_t log2_of(int64_t value) {
    return value > 1 ? address_bits(value) : 0;
}

static int32_t sum_bits(const tsr_arch *arch) {
    return arch->activation_bits == 8 ? 32 : 48;
}

/** Registers of an adder tree of tn products: a level has half the values, one bit wider. */
static int64_t tree_bits(const tsr_arch *arch) {
    int64_t bits = 0;
    int32_t width = 2 * arch->activation_bits;
    for (int32_t values = arch->tn / 2; values > 0; values /= 2) {
        bits += (int64_t)values * ++width;
    }
    return bits;
}

const char *tsr_fit_term_name(tsr_fit_term term) {
    static const char *const names[] = {
#define TSR_FIT_TERM(name, parameters, about) #name,
        TSR_FIT_TERMS(TSR_FIT_TERM)
#undef TSR_FIT_TERM
    };
    return names[term];
}

const char *tsr_fit_term_parameters(tsr_fit_term term) {
    static const char *const parameters_of[] = {
#define TSR_FIT_TERM(name, parameters, about) parameters,
        TSR_FIT_TERMS(TSR_FIT_TERM)
#undef TSR_FIT_TERM
    };
    return parameters_of[term];
}

static void array_terms(const tsr_arch *arch, double t[TSR_FIT_TERM_COUNT]) {
    const double dots = (double)arch->tm * arch->tp;
    const int32_t product = 2 * arch->activation_bits + log2_of(arch->tn);
    t[TSR_FIT_pixels] = arch->tp;
    t[TSR_FIT_odd_pixels] = (arch->tp & (arch->tp - 1)) != 0;
    t[TSR_FIT_odd_channels] = (arch->tm & (arch->tm - 1)) != 0;
    t[TSR_FIT_columns] = arch->wp;
    t[TSR_FIT_channels] = arch->tm;
    t[TSR_FIT_dots] = dots;
    t[TSR_FIT_macs] = dots * arch->tn;
    t[TSR_FIT_sum_bits] = dots * sum_bits(arch);
    t[TSR_FIT_tree_bits] = dots * (double)tree_bits(arch);
    t[TSR_FIT_product_bits] = dots * product;
    t[TSR_FIT_weight_word_bits] = 8.0 * tsr_arch_weight_word_bytes(arch);
}

static void drain_terms(const tsr_arch *arch, double t[TSR_FIT_TERM_COUNT]) {
    const double word = 8.0 * tsr_arch_feature_word_bytes(arch);
    const int64_t steps = (int64_t)(arch->tm / arch->tn) * tsr_ceil_div(arch->tp, arch->wp);
    t[TSR_FIT_lanes] = (double)arch->wp * arch->tn;
    t[TSR_FIT_wide_lanes] = arch->activation_bits == 16 ? t[TSR_FIT_lanes] : 0.0;
    t[TSR_FIT_pick_bits] =
        t[TSR_FIT_lanes] * sum_bits(arch) * (double)(steps > 1 ? tsr_ceil_div(steps, 4) : 0);
    t[TSR_FIT_step_bits] = (double)steps * ((arch->wp + 1) / 2) * word;
    t[TSR_FIT_word_bits] = word;
    t[TSR_FIT_pixel_bits] = arch->tp * word;
    t[TSR_FIT_column_bits] = arch->wp * word;
    t[TSR_FIT_cross_bits] = arch->tp > 1 ? arch->tp * arch->wp * word : 0.0;
    t[TSR_FIT_switch_bits] = arch->tp > 1 ? arch->tp * arch->tp * word : 0.0;
}

static void buffer_terms(const tsr_arch *arch, double t[TSR_FIT_TERM_COUNT]) {
    const int32_t lines = tsr_arch_feature_lines(arch);
    const int32_t line = address_bits(lines);
    const double memories = (double)arch->tp * arch->feature_sectors;
    t[TSR_FIT_line_bits] = line;
    t[TSR_FIT_pixel_line_bits] = (double)arch->tp * line;
    t[TSR_FIT_column_line_bits] = (double)arch->tp * arch->wp * line;
    t[TSR_FIT_memories] = memories;
    t[TSR_FIT_memory_line_bits] = memories * line;
    t[TSR_FIT_memory_local_bits] = memories * address_bits(lines / arch->feature_sectors);
    t[TSR_FIT_memory_word_bits] = memories * t[TSR_FIT_word_bits];
    t[TSR_FIT_weight_address_bits] = address_bits(tsr_arch_weight_words(arch));
    t[TSR_FIT_channel_bits] = address_bits(arch->parameter_channels);
}

static void port_terms(const tsr_arch *arch, double t[TSR_FIT_TERM_COUNT]) {
    const double log = log2_of(tsr_arch_beat_bytes(arch));
    t[TSR_FIT_beat_bits] = arch->axi_data_bits;
    t[TSR_FIT_beat_log] = log;
    t[TSR_FIT_beat_log_bits] = log * arch->axi_data_bits;
    t[TSR_FIT_burst_log] = log2_of(arch->max_burst_beats);
    t[TSR_FIT_fetch_words] = (double)arch->max_burst_beats * arch->axi_data_bits;
    t[TSR_FIT_bursts] = arch->max_outstanding_bursts;
    t[TSR_FIT_bursts_log] = log2_of(arch->max_outstanding_bursts);
}

void tsr_fit_terms_of(const tsr_arch *arch, double terms[TSR_FIT_TERM_COUNT]) {
    terms[TSR_FIT_one] = 1.0;
    array_terms(arch, terms);
    drain_terms(arch, terms);
    buffer_terms(arch, terms);
    port_terms(arch, terms);
}

static void add(tsr_ram_cells *sum, int64_t count, int32_t width, int64_t depth) {
    const tsr_ram_cells one = tsr_ram_map(width, depth);
    sum->ramb36 += count * one.ramb36;
    sum->ramb18 += count * one.ramb18;
    sum->luts += count * one.luts;
    sum->ffs += count * one.ffs;
}

tsr_ram_cells tsr_fit_memories(const tsr_arch *arch) {
    enum { record_bits = 32 + 6 };  // multiplier and shift of a channel, beside the bias

    const int32_t word = 8 * tsr_arch_feature_word_bytes(arch);
    tsr_ram_cells sum = {0};
    add(&sum, (int64_t)arch->tp * arch->feature_sectors, word,
        tsr_arch_feature_lines(arch) / arch->feature_sectors);
    add(&sum, arch->tm, word, tsr_arch_weight_words(arch));
    add(&sum, arch->tn, sum_bits(arch) + record_bits, arch->parameter_channels / arch->tn);
    return sum;
}
