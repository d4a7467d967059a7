// SPDX-License-Identifier: Apache-2.0
// The energy table (shared reading: hardware.md 3.3) and its application to the counters of a run.
#include "report/energy.h"

#include <math.h>
#include <string.h>

/** Energy of moving data over one kind of memory. */
typedef struct dram_row {
    const char *preset;  // prefix of the DRAM preset's name
    double read_pj_per_bit, write_pj_per_bit;
    double activate_nj;  // activate + precharge; 0 = contained in the figures per bit
    const char *source;
} dram_row;

static const dram_row dram_rows[] = {
    {"ddr3_1066", 8.4, 9.7, 5.0,
     "core only, from the IDD currents of DRAMSys MICRON_1Gb_DDR3-1066_16bit_G, x16x2"},
    {"ddr3_1600", 9.9, 6.5, 6.1,
     "core only, from the IDD currents of DRAMsim3 DDR3_4Gb_x16_1600, x16x4"},
    {"ddr4", 5.7, 5.0, 3.5, "core only, from the IDD currents of DRAMsim3 DDR4_8Gb_x8_2400, x8x8"},
    {"lpddr4_3200", 5.3, 3.9, 0.0,
     "core only, without activates, from the currents of DRAMSys JEDEC_8Gb_LPDDR4-3200_16bit"},
    {"lpddr4", 8.0, 8.0, 0.0, "all-in 8 pJ/bit, accelergy-cacti-plug-in"},
    {"hbm2", 3.9, 3.9, 0.0, "all-in 3.9 pJ/bit, accelergy-cacti-plug-in"},
};

/** Read energy of one 64-bit access of a memory of this size. CACTI 7, 45 nm, ITRS-HP, one port. */
static const struct {
    int64_t bytes;
    double access_pj;
} sram_rows[] = {{2048, 2.35},   {8192, 5.29},   {32768, 14.9},
                 {131072, 33.0}, {524288, 52.0}, {1048576, 67.7}};

// 32-bit integer multiply + add at 45 nm (PMC8934428 table 3): an upper bound for 8- and 16-bit
// MACs.
static const double mac_pj = 3.1 + 0.1;

static const dram_row *find_dram(const char *name) {
    for (size_t i = 0; i < sizeof dram_rows / sizeof dram_rows[0]; ++i) {
        if (strncmp(name, dram_rows[i].preset, strlen(dram_rows[i].preset)) == 0) {
            return &dram_rows[i];
        }
    }
    return NULL;
}

// Smallest table row that holds the memory; larger memories count as banks of the largest row.
static double access_pj(int64_t bytes) {
    const size_t count = sizeof sram_rows / sizeof sram_rows[0];
    for (size_t i = 0; i < count; ++i) {
        if (bytes <= sram_rows[i].bytes) {
            return sram_rows[i].access_pj;
        }
    }
    return sram_rows[count - 1].access_pj;
}

tsr_energy tsr_energy_estimate(const tsr_arch *arch, const tsr_result *result,
                               tsr_executor executor) {
    const tsr_counters *total = &result->total;
    const dram_row *dram = find_dram(arch->dram.name);
    tsr_energy energy = {.dram_j = NAN};
    (void)snprintf(energy.table, sizeof energy.table,
                   "dram: %s; sram: CACTI 7, 45 nm, 64-bit reads while the array issues; mac: "
                   "int32 multiply + add at 45 nm, an upper bound",
                   dram != NULL ? dram->source : "no figure for this memory");
    if (dram != NULL) {
        const double activates =
            executor == TSR_EXECUTOR_ESTIMATE ? 0.0 : (double)result->dram.activates;
        energy.dram_j =
            (double)tsr_counters_read_bytes(total) * 8.0 * dram->read_pj_per_bit * 1e-12 +
            (double)tsr_counters_write_bytes(total) * 8.0 * dram->write_pj_per_bit * 1e-12 +
            activates * dram->activate_nj * 1e-9;
    }
    // Each issue cycle of the array reads tp feature words and one weight word.
    const double issues = (double)total->cycles_by_cause[TSR_CAUSE_COMPUTE];
    const int64_t bank_bytes =
        arch->feature_buffer_bytes / ((int64_t)arch->feature_sectors * arch->tp);
    const double feature_accesses =
        issues * arch->tp * (double)tsr_arch_feature_word_bytes(arch) / 8.0;
    const double weight_accesses = issues * (double)tsr_arch_weight_word_bytes(arch) / 8.0;
    const int64_t weight_lanes = tsr_arch_weight_word_bytes(arch) / 8;
    const int64_t weight_bank = arch->weight_buffer_bytes / (weight_lanes > 0 ? weight_lanes : 1);
    energy.sram_j =
        (feature_accesses * access_pj(bank_bytes) + weight_accesses * access_pj(weight_bank)) *
        1e-12;
    energy.mac_j = (double)total->macs * mac_pj * 1e-12;
    return energy;
}
