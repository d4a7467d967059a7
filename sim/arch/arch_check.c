// SPDX-License-Identifier: Apache-2.0
// Refuses architectures that cannot be built; every message names the field, its value and what is
// allowed.
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <tsr_uarch.h>

#include <tessera/arch.h>

#include "base/check.h"

enum {
    TM_MAX = 256,
    TN_MAX = 64,
    TP_MAX = 16,
    SECTORS_MAX = 64,
    OUTSTANDING_MAX = 64,
    BURST_BEATS_MAX = 256,
    LINE_ADDRESS_BITS = 20,       // width of the base fields of descriptors
    PARAMETER_ADDRESS_BITS = 14,  // width of parameter_base
};

#define CLOCK_HZ_MIN UINT64_C(1000000)
#define CLOCK_HZ_MAX UINT64_C(2000000000)

/** One bounded integer field. */
typedef struct bounded_field {
    const char *name;
    int64_t value, min, max;
} bounded_field;

static bool is_power_of_two(int64_t value) {
    return value > 0 && (value & (value - 1)) == 0;
}

static tsr_status check_array(const tsr_arch *arch, tsr_error *err) {
    const bounded_field fields[] = {
        {"array.tm", arch->tm, 1, TM_MAX},
        {"array.tn", arch->tn, 1, TN_MAX},
        {"array.tp", arch->tp, 1, TP_MAX},
        {"post_processor.wp", arch->wp, 1, arch->tp},
        {"dma.max_burst_beats", arch->max_burst_beats, 1, BURST_BEATS_MAX},
        {"dma.max_outstanding_bursts", arch->max_outstanding_bursts, 1, OUTSTANDING_MAX},
        {"feature_buffer.sectors", arch->feature_sectors, 1, SECTORS_MAX},
        {"rounding", (int64_t)arch->rounding, 0, TSR_ROUNDING_COUNT - 1},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i) {
        TSR_CHECK(fields[i].value >= fields[i].min && fields[i].value <= fields[i].max,
                  TSR_ERR_CONFIG, err, arch->name,
                  "%s is %" PRId64 ", allowed are %" PRId64 " to %" PRId64, fields[i].name,
                  fields[i].value, fields[i].min, fields[i].max);
    }
    TSR_CHECK(is_power_of_two(arch->tn), TSR_ERR_CONFIG, err, arch->name,
              "array.tn is %d, allowed are powers of two: a feature word is one in DRAM too",
              arch->tn);
    TSR_CHECK(arch->tm % arch->tn == 0, TSR_ERR_CONFIG, err, arch->name,
              "array.tm is %d, allowed are multiples of array.tn = %d", arch->tm, arch->tn);
    TSR_CHECK(arch->activation_bits == 8 || arch->activation_bits == 16, TSR_ERR_CONFIG, err,
              arch->name, "activation_bits is %d, allowed are 8 and 16", arch->activation_bits);
    TSR_CHECK(arch->axi_data_bits >= 32 && arch->axi_data_bits <= 512 &&
                  is_power_of_two(arch->axi_data_bits),
              TSR_ERR_CONFIG, err, arch->name,
              "dma.axi_data_bits is %d, allowed are 32, 64, 128, 256 and 512", arch->axi_data_bits);
    return TSR_OK;
}

/** A memory of `bytes` in whole `grain`s, at most `max_grains` of them addressable. */
static tsr_status check_memory(const tsr_arch *arch, const char *name, int64_t bytes, int64_t grain,
                               int64_t max_bytes, tsr_error *err) {
    TSR_CHECK(bytes >= grain && bytes <= max_bytes && bytes % grain == 0, TSR_ERR_CONFIG, err,
              arch->name, "%s is %" PRId64 ", allowed are multiples of %" PRId64 " up to %" PRId64,
              name, bytes, grain, max_bytes);
    return TSR_OK;
}

static tsr_status check_buffers(const tsr_arch *arch, tsr_error *err) {
    const int64_t line_bytes = tsr_arch_line_bytes(arch);
    const int64_t word_bytes = tsr_arch_weight_word_bytes(arch);
    const int64_t addressable = (int64_t)1 << LINE_ADDRESS_BITS;
    TSR_TRY(check_memory(arch, "feature_buffer.bytes", arch->feature_buffer_bytes,
                         arch->feature_sectors * line_bytes, addressable * line_bytes, err));
    TSR_TRY(check_memory(arch, "weight_buffer.bytes", arch->weight_buffer_bytes, word_bytes,
                         addressable * word_bytes, err));
    return check_memory(arch, "parameter_buffer.channels", arch->parameter_channels, arch->tm,
                        (int64_t)arch->tm << PARAMETER_ADDRESS_BITS, err);
}

tsr_status tsr_arch_check(const tsr_arch *arch, tsr_error *err) {
    TSR_CHECK(memchr(arch->name, '\0', sizeof arch->name) != NULL && arch->name[0] != '\0',
              TSR_ERR_CONFIG, err, "", "name is empty or too long");
    TSR_CHECK(memchr(arch->device, '\0', sizeof arch->device) != NULL, TSR_ERR_CONFIG, err,
              arch->name, "device is too long");
    TSR_CHECK(arch->clock_hz >= CLOCK_HZ_MIN && arch->clock_hz <= CLOCK_HZ_MAX, TSR_ERR_CONFIG, err,
              arch->name, "clock_hz is %" PRIu64 ", allowed are %" PRIu64 " to %" PRIu64,
              arch->clock_hz, CLOCK_HZ_MIN, CLOCK_HZ_MAX);
    TSR_TRY(check_array(arch, err));
    TSR_TRY(check_buffers(arch, err));
    TSR_CHECK(arch->dram.accelerator_clock_hz == arch->clock_hz, TSR_ERR_CONFIG, err, arch->name,
              "dram.accelerator_clock_hz is %" PRIu64 ", allowed is clock_hz = %" PRIu64,
              arch->dram.accelerator_clock_hz, arch->clock_hz);
    return tsr_dram_check(&arch->dram, err);
}
