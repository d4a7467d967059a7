// SPDX-License-Identifier: Apache-2.0
// JEDEC's rules, written down a second time from the standards' tables: is a command legal in a clock?
#ifndef TESSERA_TESTS_DRAM_CHECKER_H
#define TESSERA_TESTS_DRAM_CHECKER_H

#include "dram/dram_rig.h"

#define CHECKER_BANKS 64
#define CHECKER_LONG_AGO INT64_C(-1000000)

/** When what happened last, in DRAM clocks; CHECKER_LONG_AGO = never. Nothing here is "ready at": only the past. */
typedef struct checker {
    const tsr_dram_config *config;
    int32_t banks;
    int64_t row[CHECKER_BANKS]; /**< open row, -1 = precharged */
    int64_t act[CHECKER_BANKS], pre[CHECKER_BANKS], rd[CHECKER_BANKS], wr[CHECKER_BANKS];
    int64_t ref;
    int64_t last_command;
    int64_t acts[4];  /**< the last four ACT of the rank, oldest first */
    int64_t bus_free; /**< end of the last data on the bus */
    uint64_t refreshes;
} checker;

static inline void checker_open(checker *c, const tsr_dram_config *config) {
    c->config = config;
    c->banks = config->bank_groups * config->banks_per_group;
    for (int32_t bank = 0; bank < CHECKER_BANKS; ++bank) {
        c->row[bank] = -1;
        c->act[bank] = c->pre[bank] = c->rd[bank] = c->wr[bank] = CHECKER_LONG_AGO;
    }
    for (int32_t index = 0; index < 4; ++index) {
        c->acts[index] = CHECKER_LONG_AGO;
    }
    c->ref = c->last_command = c->bus_free = CHECKER_LONG_AGO;
    c->refreshes = 0;
}

static inline const char *checker_activate(const checker *c, int64_t t, int32_t bank) {
    const tsr_dram_timing *p = &c->config->timing;
    if (c->row[bank] >= 0) {
        return "ACT of an open bank";
    }
    if (t < c->act[bank] + p->rc) {
        return "tRC";
    }
    if (t < c->pre[bank] + p->rp) {
        return "tRP";
    }
    if (t < c->ref + p->rfc) {
        return "tRFC";
    }
    for (int32_t other = 0; other < c->banks; ++other) {
        const bool same = other % c->config->bank_groups == bank % c->config->bank_groups;
        if (t < c->act[other] + (same ? p->rrd_l : p->rrd_s)) {
            return "tRRD";
        }
    }
    return t < c->acts[0] + p->faw ? "tFAW" : NULL;
}

static inline const char *checker_column(const checker *c, int64_t t, int32_t bank, bool write) {
    const tsr_dram_timing *p = &c->config->timing;
    if (c->row[bank] < 0) {
        return "column command to a closed bank";
    }
    if (t < c->act[bank] + p->rcd) {
        return "tRCD";
    }
    for (int32_t other = 0; other < c->banks; ++other) {
        const bool same = other % c->config->bank_groups == bank % c->config->bank_groups;
        const int64_t ccd = same ? p->ccd_l : p->ccd_s;
        const int64_t wtr = p->cwl + p->burst_cycles + (same ? p->wtr_l : p->wtr_s);
        if (t < c->rd[other] + (write ? p->rtw : ccd)) {
            return write ? "read to write" : "tCCD of reads";
        }
        if (t < c->wr[other] + (write ? ccd : wtr)) {
            return write ? "tCCD of writes" : "tWTR";
        }
    }
    return t + (write ? p->cwl : p->cl) < c->bus_free ? "two bursts on the data bus" : NULL;
}

static inline const char *checker_precharge(const checker *c, int64_t t, int32_t bank) {
    const tsr_dram_timing *p = &c->config->timing;
    if (c->row[bank] < 0) {
        return "PRE of a closed bank";
    }
    if (t < c->act[bank] + p->ras) {
        return "tRAS";
    }
    if (t < c->rd[bank] + p->rtp) {
        return "tRTP";
    }
    return t < c->wr[bank] + p->cwl + p->burst_cycles + p->wr ? "tWR" : NULL;
}

static inline const char *checker_refresh(const checker *c, int64_t t) {
    const tsr_dram_timing *p = &c->config->timing;
    for (int32_t bank = 0; bank < c->banks; ++bank) {
        if (c->row[bank] >= 0) {
            return "REF with an open bank";
        }
        if (t < c->pre[bank] + p->rp) {
            return "tRP before REF";
        }
        if (t < c->act[bank] + p->rc) {
            return "tRC before REF";
        }
    }
    return t < c->ref + p->rfc ? "tRFC between REF" : NULL;
}

/** NULL when the command is legal in clock t, else the rule it breaks. `row` counts for column commands. */
static inline const char *checker_rule(const checker *c, int64_t t, tsr_dram_command command,
                                       int32_t bank, int64_t row) {
    if (t <= c->last_command) {
        return "one command a clock";
    }
    if (command == TSR_DRAM_REF) {
        return checker_refresh(c, t);
    }
    if (bank < 0 || bank >= c->banks) {
        return "no such bank";
    }
    if (command == TSR_DRAM_ACT) {
        return checker_activate(c, t, bank);
    }
    if (command == TSR_DRAM_PRE) {
        return checker_precharge(c, t, bank);
    }
    if (c->row[bank] >= 0 && c->row[bank] != row) {
        return "column command to another row";
    }
    return checker_column(c, t, bank, command == TSR_DRAM_WR);
}

static inline void checker_apply(checker *c, int64_t t, tsr_dram_command command, int32_t bank,
                                 int64_t row) {
    const tsr_dram_timing *p = &c->config->timing;
    c->last_command = t;
    switch (command) {
        case TSR_DRAM_ACT:
            c->row[bank] = row;
            c->act[bank] = t;
            for (int32_t index = 0; index < 3; ++index) {
                c->acts[index] = c->acts[index + 1];
            }
            c->acts[3] = t;
            break;
        case TSR_DRAM_PRE:
            c->row[bank] = -1;
            c->pre[bank] = t;
            break;
        case TSR_DRAM_RD:
            c->rd[bank] = t;
            c->bus_free = t + p->cl + p->burst_cycles;
            break;
        case TSR_DRAM_WR:
            c->wr[bank] = t;
            c->bus_free = t + p->cwl + p->burst_cycles;
            break;
        case TSR_DRAM_REF:
            c->ref = t;
            ++c->refreshes;
            break;
    }
}

/** Longest a refresh may be late: the last column or ACT command just before it is due, every PRE its own clock. */
static inline int64_t checker_refresh_slack(const tsr_dram_config *config) {
    const tsr_dram_timing *p = &config->timing;
    int64_t close = p->ras;
    close = p->rtp > close ? p->rtp : close;
    const int64_t write = (int64_t)p->cwl + p->burst_cycles + p->wr;
    close = write > close ? write : close;
    return close + (int64_t)config->bank_groups * config->banks_per_group + p->rp;
}

/** Fails the test on the first command of a rig that breaks a rule, or on a refresh that is early or too late. */
static inline void checker_run(const dram_rig *rig, const tsr_dram_config *config) {
    static checker c;
    checker_open(&c, config);
    for (size_t index = 0; index < rig->commands; ++index) {
        const rig_command *at = &rig->command[index];
        const int64_t t = (int64_t)at->cycle;
        const char *rule = checker_rule(&c, t, at->command, at->bank, at->row);
        if (rule != NULL) {
            fail_msg("%s: command %d on bank %d row %lld in clock %lld breaks %s", config->name,
                     (int)at->command, at->bank, (long long)at->row, (long long)t, rule);
        }
        checker_apply(&c, t, at->command, at->bank, at->row);
        if (at->command == TSR_DRAM_REF) {
            const int64_t due = (int64_t)c.refreshes * config->timing.refi;
            assert_true(t >= due);
            assert_true(t <= due + checker_refresh_slack(config));
        }
    }
}

#endif
