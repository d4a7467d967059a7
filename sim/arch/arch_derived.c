// SPDX-License-Identifier: Apache-2.0
// Figures that follow from an architecture; each formula is here and nowhere else.
#include <tsr_uarch.h>

#include <tessera/arch.h>

int32_t tsr_arch_element_bytes(const tsr_arch *arch) {
    return arch->activation_bits / 8;
}

int32_t tsr_arch_feature_word_bytes(const tsr_arch *arch) {
    return arch->tn * tsr_arch_element_bytes(arch);
}

int32_t tsr_arch_line_bytes(const tsr_arch *arch) {
    return arch->tp * tsr_arch_feature_word_bytes(arch);
}

int32_t tsr_arch_feature_lines(const tsr_arch *arch) {
    return (int32_t)(arch->feature_buffer_bytes / tsr_arch_line_bytes(arch));
}

int32_t tsr_arch_weight_word_bytes(const tsr_arch *arch) {
    return arch->tm * tsr_arch_feature_word_bytes(arch);
}

int32_t tsr_arch_weight_words(const tsr_arch *arch) {
    return (int32_t)(arch->weight_buffer_bytes / tsr_arch_weight_word_bytes(arch));
}

int32_t tsr_arch_beat_bytes(const tsr_arch *arch) {
    return arch->axi_data_bits / 8;
}

static int32_t ceil_log2(int32_t value) {
    int32_t bits = 0;
    while (((int64_t)1 << bits) < value) {
        ++bits;
    }
    return bits;
}

int32_t tsr_arch_fill_cycles(const tsr_arch *arch) {
    return TSR_UARCH_ARRAY_ADDRESS_CYCLES + TSR_UARCH_ARRAY_READ_CYCLES +
           TSR_UARCH_ARRAY_CROSSBAR_CYCLES + TSR_UARCH_ARRAY_INPUT_CYCLES +
           TSR_UARCH_ARRAY_MULTIPLY_CYCLES + ceil_log2(arch->tn) +
           TSR_UARCH_ARRAY_ACCUMULATE_CYCLES;
}

int32_t tsr_arch_drain_cycles(const tsr_arch *arch) {
    (void)arch;  // every architecture has the same post-processor pipeline so far
    return TSR_UARCH_POST_BIAS_CYCLES + TSR_UARCH_POST_MULTIPLY_CYCLES +
           TSR_UARCH_POST_ROUND_CYCLES + TSR_UARCH_POST_RESIDUAL_CYCLES +
           TSR_UARCH_POST_CLAMP_CYCLES + TSR_UARCH_POST_POOL_CYCLES + TSR_UARCH_POST_WRITE_CYCLES;
}

int32_t tsr_arch_pixel_bytes(const tsr_arch *arch, int32_t channels) {
    const int32_t word_bytes = tsr_arch_feature_word_bytes(arch);
    if (channels >= arch->tn) {
        return word_bytes;
    }
    // tn is a power of two, so the rounded value never passes the word
    const int32_t bits = ceil_log2(channels * tsr_arch_element_bytes(arch));
    return (int32_t)1 << bits;
}

int64_t tsr_arch_macs_per_cycle(const tsr_arch *arch) {
    return (int64_t)arch->tm * arch->tn * arch->tp;
}
