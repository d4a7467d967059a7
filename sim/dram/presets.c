// SPDX-License-Identifier: Apache-2.0
// The shipped memories, each with the source of its numbers.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <tessera/dram.h>

#include "base/check.h"

/** Queues, watermarks and controller latency are ours (no vendor publishes them); every other number has a source. */
#define CONTROLLER \
    .read_queue = 32, .write_queue = 32, .write_high = 28, .write_low = 4, .controller_cycles = 10

typedef struct dram_preset {
    tsr_dram_config config;
    const char *source;
} dram_preset;

#define GIB(count) (INT64_C(count) << 30)

static const dram_preset presets[] = {
    {{.name = "ideal", .kind = TSR_DRAM_IDEAL, .ideal_latency_cycles = 4},
     "no device: a beat per port, direction and interval after 4 cycles (ours)"},
    {{.name = "fixed",
      .kind = TSR_DRAM_FIXED,
      .ideal_latency_cycles = 32,
      .fixed_bytes_per_s = UINT64_C(4264000000)},
     "bandwidth: Zynq-7000 PS, 32-bit DDR3-1066, 4264 MB/s (UG585 Theoretical Bandwidth); latency "
     "32 cycles is ours"},
    {{.name = "ddr3_1066",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(533333333),
      .bus_bytes = 4,
      .bank_groups = 1,
      .banks_per_group = 8,
      .row_bytes = 4096,
      .capacity_bytes = INT64_C(256) << 20,
      .address_map = "row-bank-column",
      // rtw = cl + ccd + 2 - cwl (JESD79-3: RL + tCCD + 2 tCK - WL)
      .timing = {.cl = 7,
                 .cwl = 6,
                 .rcd = 7,
                 .rp = 7,
                 .ras = 20,
                 .rc = 27,
                 .rrd_s = 6,
                 .rrd_l = 6,
                 .faw = 27,
                 .ccd_s = 4,
                 .ccd_l = 4,
                 .wtr_s = 4,
                 .wtr_l = 4,
                 .wr = 8,
                 .rtp = 4,
                 .rtw = 7,
                 .rfc = 59,
                 .refi = 4160,
                 .burst_cycles = 4},
      CONTROLLER},
     "DRAMSys MICRON_1Gb_DDR3-1066_16bit_G.json (timing; two x16 1 Gb devices); "
     "width and rate of the Zynq-7000 PS: UG585"},
    {{.name = "ddr3_1600",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(800000000),
      .bus_bytes = 8,
      .bank_groups = 1,
      .banks_per_group = 8,
      .row_bytes = 8192,
      .capacity_bytes = GIB(1),
      .address_map = "row-bank-column",
      // tRFC 110 ns of 1 Gb = 88, tREFI 7.8 us = 6240
      .timing = {.cl = 11,
                 .cwl = 8,
                 .rcd = 11,
                 .rp = 11,
                 .ras = 28,
                 .rc = 39,
                 .rrd_s = 5,
                 .rrd_l = 5,
                 .faw = 24,
                 .ccd_s = 4,
                 .ccd_l = 4,
                 .wtr_s = 6,
                 .wtr_l = 6,
                 .wr = 12,
                 .rtp = 6,
                 .rtw = 9,
                 .rfc = 88,
                 .refi = 6240,
                 .burst_cycles = 4},
      CONTROLLER},
     "ramulator2 ddr3.py DDR3-1600K x8 1 Gb; eight x8 devices as the ZC706 SODIMM MT8JTF12864HZ "
     "(XilinxBoardStore zc706 mig.prj)"},
    {{.name = "ddr4_2133",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(1066666667),
      .bus_bytes = 8,
      .bank_groups = 4,
      .banks_per_group = 4,
      .row_bytes = 8192,
      .capacity_bytes = GIB(4),
      .address_map = "row-bank-column-group",
      // tRFC 260 ns of 4 Gb = 278, tREFI 7.8 us = 8320; rtw = cl + burst + 2 - cwl
      .timing = {.cl = 15,
                 .cwl = 11,
                 .rcd = 15,
                 .rp = 15,
                 .ras = 36,
                 .rc = 51,
                 .rrd_s = 4,
                 .rrd_l = 6,
                 .faw = 23,
                 .ccd_s = 4,
                 .ccd_l = 6,
                 .wtr_s = 3,
                 .wtr_l = 8,
                 .wr = 16,
                 .rtp = 8,
                 .rtw = 10,
                 .rfc = 278,
                 .refi = 8320,
                 .burst_cycles = 4},
      CONTROLLER},
     "ramulator2 ddr4.py DDR4-2133P x8 4 Gb; width and density of the ZCU102 PS (XilinxBoardStore "
     "zcu102 preset.xml)"},
    {{.name = "ddr4_2400",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(1200000000),
      .bus_bytes = 8,
      .bank_groups = 4,
      .banks_per_group = 4,
      .row_bytes = 8192,
      .capacity_bytes = GIB(8),
      .address_map = "row-bank-column-group",
      .timing = {.cl = 17,
                 .cwl = 12,
                 .rcd = 17,
                 .rp = 17,
                 .ras = 39,
                 .rc = 56,
                 .rrd_s = 4,
                 .rrd_l = 6,
                 .faw = 26,
                 .ccd_s = 4,
                 .ccd_l = 6,
                 .wtr_s = 3,
                 .wtr_l = 9,
                 .wr = 18,
                 .rtp = 9,
                 .rtw = 11,
                 .rfc = 420,
                 .refi = 9360,
                 .burst_cycles = 4},
      CONTROLLER},
     "DRAMsim3 DDR4_8Gb_x8_2400.ini; rtw = cl + burst + 2 - cwl as ramulator2 ddr4.py"},
    {{.name = "lpddr4_1066",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(533333333),
      .bus_bytes = 4,
      .bank_groups = 1,
      .banks_per_group = 8,
      .row_bytes = 4096,
      .capacity_bytes = GIB(4),
      .address_map = "row-bank-column",
      // cl = RL 10 + tDQSCK 3.5 ns; wtr and wr include the clock of tDQSS; rtw = RL + DQSCK + BL/2 - WL + tWPRE
      .timing = {.cl = 12,
                 .cwl = 6,
                 .rcd = 10,
                 .rp = 10,
                 .ras = 23,
                 .rc = 33,
                 .rrd_s = 6,
                 .rrd_l = 6,
                 .faw = 22,
                 .ccd_s = 8,
                 .ccd_l = 8,
                 .wtr_s = 9,
                 .wtr_l = 9,
                 .wr = 11,
                 .rtp = 8,
                 .rtw = 16,
                 .rfc = 203,
                 .refi = 2082,
                 .burst_cycles = 8},
      CONTROLLER},
     "DRAMSys JEDEC_1Gbx16_LPDDR4-1066.json, two x16 channels in step; "
     "width and rate of Ultra96-V2 (Avnet bdf preset.xml)"},
    {{.name = "lpddr4_3200",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(1600000000),
      .bus_bytes = 4,
      .bank_groups = 1,
      .banks_per_group = 8,
      .row_bytes = 4096,
      .capacity_bytes = GIB(2),
      .address_map = "row-bank-column",
      .timing = {.cl = 34,
                 .cwl = 14,
                 .rcd = 29,
                 .rp = 29,
                 .ras = 68,
                 .rc = 97,
                 .rrd_s = 16,
                 .rrd_l = 16,
                 .faw = 64,
                 .ccd_s = 8,
                 .ccd_l = 8,
                 .wtr_s = 17,
                 .wtr_l = 17,
                 .wr = 30,
                 .rtp = 12,
                 .rtw = 30,
                 .rfc = 448,
                 .refi = 6246,
                 .burst_cycles = 8},
      CONTROLLER},
     "DRAMSys JEDEC_8Gb_LPDDR4-3200_16bit.json, two x16 channels in step; "
     "cl = RL 28 + DQSCK 6, wtr and wr + 1 (tDQSS)"},
    {{.name = "hbm2_pc",
      .kind = TSR_DRAM_BANKED,
      .dram_clock_hz = UINT64_C(1000000000),
      .bus_bytes = 8,
      .bank_groups = 4,
      .banks_per_group = 4,
      .row_bytes = 1024,
      .capacity_bytes = INT64_C(256) << 20,
      .address_map = "row-bank-column-group",
      // rcd is the read's (14; a write's would be 12); rtw = cl + burst + 2 - cwl
      .timing = {.cl = 14,
                 .cwl = 5,
                 .rcd = 14,
                 .rp = 14,
                 .ras = 34,
                 .rc = 48,
                 .rrd_s = 4,
                 .rrd_l = 4,
                 .faw = 15,
                 .ccd_s = 2,
                 .ccd_l = 4,
                 .wtr_s = 6,
                 .wtr_l = 8,
                 .wr = 16,
                 .rtp = 5,
                 .rtw = 13,
                 .rfc = 260,
                 .refi = 3900,
                 .burst_cycles = 2},
      CONTROLLER},
     "ramulator2 hbm2.py HBM2_2000Mbps, 4 Gb; one 64-bit pseudo channel of 256 MB as on Alveo U50 "
     "(UG1393)"},
};

#define PRESET_COUNT (sizeof presets / sizeof presets[0])

/** In the order of `presets`; a test compares. */
static const char *const preset_names[] = {
    "ideal",     "fixed",       "ddr3_1066",   "ddr3_1600", "ddr4_2133",
    "ddr4_2400", "lpddr4_1066", "lpddr4_3200", "hbm2_pc",   NULL,
};
_Static_assert(sizeof preset_names / sizeof preset_names[0] == PRESET_COUNT + 1, "one name each");

static const dram_preset *find(const char *name) {
    for (size_t index = 0; index < PRESET_COUNT; ++index) {
        if (strcmp(presets[index].config.name, name) == 0) {
            return &presets[index];
        }
    }
    return NULL;
}

tsr_status tsr_dram_preset(const char *name, tsr_dram_config *config, tsr_error *err) {
    const dram_preset *preset = find(name);
    if (preset != NULL) {
        *config = preset->config;
        return TSR_OK;
    }
    char list[256] = "";
    size_t used = 0;
    for (size_t index = 0; index < PRESET_COUNT; ++index) {
        const int written = snprintf(list + used, sizeof list - used, "%s%s",
                                     index == 0 ? "" : ", ", presets[index].config.name);
        used += written > 0 ? (size_t)written : 0;
    }
    return tsr_fail(err, TSR_ERR_CONFIG, "dram", "unknown preset \"%s\", must be one of: %s", name,
                    list);
}

const char *const *tsr_dram_preset_names(void) {
    return preset_names;
}

const char *tsr_dram_preset_source(const char *name) {
    const dram_preset *preset = find(name);
    return preset == NULL ? NULL : preset->source;
}

uint64_t tsr_dram_peak_bytes_per_s(const tsr_dram_config *config) {
    switch (config->kind) {
        case TSR_DRAM_FIXED:
            return config->fixed_bytes_per_s;
        case TSR_DRAM_BANKED:
            return config->dram_clock_hz * 2 * (uint64_t)config->bus_bytes;
        case TSR_DRAM_IDEAL:
            break;
    }
    return 0;
}
