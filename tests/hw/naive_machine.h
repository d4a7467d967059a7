// SPDX-License-Identifier: Apache-2.0
// The machine a second time, written from the rules of sim/machine/README.md alone: every cycle of
// every unit is stepped, registers are read before they are written, nothing is ever skipped or
// computed ahead. Slow, and easy to believe.
#ifndef TESSERA_TESTS_HW_NAIVE_MACHINE_H
#define TESSERA_TESTS_HW_NAIVE_MACHINE_H

#include <stdlib.h>

#include "hw/program_maker.h"

enum { NAIVE_MAX_BURSTS = 65536, NAIVE_MAX_EVENTS = 1 << 20 };

typedef struct naive_burst {
    uint64_t address;
    uint32_t beats;
    uint32_t rest; /**< cycles behind its last beat */
} naive_burst;

/** An AXI master. Everything the DRAM says about the future is kept aside until its cycle comes. */
typedef struct naive_port {
    naive_burst *list; /**< of the running descriptor; of the whole stream for the fetch port */
    uint64_t count, next;
    uint64_t earliest;
    uint32_t interval, rest;             /**< of the running descriptor: by beat, by row */
    uint64_t outstanding;                /**< register */
    uint64_t issued, answered;           /**< burst numbers of the port */
    uint64_t known;                      /**< responses the DRAM has told */
    uint64_t response[NAIVE_MAX_BURSTS]; /**< their cycles */
    uint64_t total_bursts, total_beats;
} naive_port;

typedef struct naive_engine {
    int32_t fifo[TSR_UARCH_COMMAND_FIFO_DEPTH];
    int32_t fifo_count; /**< register */
    bool running;       /**< register */
    int32_t index;
    uint64_t start, complete_at; /**< complete_at = UINT64_MAX while the memory has not answered */
    uint64_t busy;
    bool starts, completes; /**< in this cycle */
} naive_engine;

typedef struct naive_machine {
    const tsr_program *program;
    tsr_dram *dram;
    uint64_t cycle;
    naive_port port[TSR_PORT_COUNT];
    naive_engine engine[TSR_ENGINE_COUNT];
    int32_t token[TSR_ENGINE_COUNT][TSR_ENGINE_COUNT]; /**< [from][to], registers */
    uint64_t committed, dispatched;                    /**< bytes of the stream, registers */
    int32_t next; /**< descriptor at the head of the fetch buffer, register */
    bool ended, done;
    uint64_t pending; /**< idle cycles of compute without a visible pass */
    int64_t last_layer;
    tsr_counters *layer; /**< [layer_count] */
    int64_t occupancy[TSR_BUFFER_COUNT];
    uint64_t peak[TSR_BUFFER_COUNT], peak_cycle[TSR_BUFFER_COUNT];
    tsr_event *event;
    int64_t events;
} naive_machine;

static inline void naive_note(naive_machine *m, tsr_event_kind kind, uint32_t unit,
                              uint64_t argument) {
    assert_true(m->events < NAIVE_MAX_EVENTS);
    m->event[m->events++] = (tsr_event){m->cycle, (uint32_t)argument, (uint8_t)unit, (uint8_t)kind};
}

static inline void naive_done(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first,
                              uint64_t done) {
    naive_machine *m = user;
    (void)write;
    (void)tag;
    (void)first;
    assert_true(done >= m->cycle);
    assert_true(m->port[port].known < NAIVE_MAX_BURSTS);
    m->port[port].response[m->port[port].known++] = done;
}

/** Appends a beat to the list: to the newest burst if that is allowed. */
static inline void naive_beat(const tsr_program *program, naive_port *port, uint64_t address,
                              uint32_t most, bool fresh) {
    const uint64_t beat = (uint64_t)program->arch.axi_data_bits / 8;
    naive_burst *last = port->count > 0 ? &port->list[port->count - 1] : NULL;
    if (!fresh && last != NULL && last->beats < most && address % 4096 != 0) {
        assert_true(last->address + last->beats * beat == address);
        ++last->beats;
        return;
    }
    assert_true(port->count < NAIVE_MAX_BURSTS);
    port->list[port->count++] = (naive_burst){address, 1, 0};
}

static inline void naive_row(const tsr_program *program, naive_port *port, uint64_t address,
                             uint64_t bytes) {
    const uint64_t beat = (uint64_t)program->arch.axi_data_bits / 8;
    for (uint64_t at = address / beat * beat; at < address + bytes; at += beat) {
        naive_beat(program, port, at, (uint32_t)program->arch.max_burst_beats, at <= address);
    }
}

/** The bursts of a DMA descriptor, beat by beat. */
static inline void naive_list(const tsr_program *program, naive_port *port, const tsr_desc *desc) {
    port->count = 0;
    port->next = 0;
    port->interval = 1;
    port->rest = 0;
    if (desc->header.opcode == TSR_OP_LOAD_WEIGHT) {
        const tsr_desc_load_weight *d = &desc->u.load_weight;
        const int64_t word =
            program->arch.tm * program->arch.tn * program->arch.activation_bits / 8;
        const int64_t bytes =
            (d->parameters != 0 ? program->arch.tm * 16 : 0) + d->words_per_group * word;
        for (int64_t g = 0; g < d->groups; ++g) {
            naive_row(program, port, (uint64_t)(d->dram_address + g * d->group_stride_bytes),
                      (uint64_t)bytes);
        }
        return;
    }
    // load_feature and store have the same members in the same order, packing aside
    const tsr_desc_load_feature *d = &desc->u.load_feature;
    const bool packs = desc->header.opcode == TSR_OP_LOAD_FEATURE && d->pack > 1;
    port->rest = packs ? (uint32_t)d->pack - 1 : 0;  // a row of w pixels makes w + pack - 1 words
    for (int64_t p = 0; p < d->planes; ++p) {
        for (int64_t r = 0; r < d->rows; ++r) {
            if (port->count > 0) {
                port->list[port->count - 1].rest = port->rest;  // a row has just ended
            }
            naive_row(
                program, port,
                (uint64_t)(d->dram_address + p * d->plane_stride_bytes + r * d->row_stride_bytes),
                (uint64_t)d->row_bytes);
        }
    }
    const int64_t pixels = program->arch.axi_data_bits / 8 / d->pixel_bytes;
    port->interval = pixels > 1 ? (uint32_t)pixels : 1;
}

/** The descriptor stream in bursts of fetch_burst_units. */
static inline void naive_stream(naive_machine *m) {
    const tsr_program *program = m->program;
    naive_port *port = &m->port[TSR_PORT_DESCRIPTOR];
    const uint32_t beat = (uint32_t)program->arch.axi_data_bits / 8;
    const uint32_t unit = TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    uint64_t bytes = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        bytes += (uint64_t)tsr_program_brief(program, i).units * unit;
    }
    uint32_t most = TSR_UARCH_FETCH_BURST_UNITS * unit / beat;
    if (most > (uint32_t)program->arch.max_burst_beats) {
        most = (uint32_t)program->arch.max_burst_beats;
    }
    for (uint64_t at = 0; at < bytes; at += beat) {
        naive_beat(program, port, program->descriptor_address + at, most, at == 0);
    }
    port->interval = 1;
}

static inline uint64_t naive_bytes(const naive_machine *m, int32_t index) {
    return tsr_program_desc_bytes(m->program, index);
}

/** n, L, D, F + E of a pass, from hardware.md 2.5. */
typedef struct naive_pass {
    uint64_t tiles, taps, drain, ends;
} naive_pass;

static inline naive_pass naive_pass_of(const tsr_program *program, const tsr_desc *desc) {
    const tsr_arch *a = &program->arch;
    uint64_t tree = 0;
    while ((1 << tree) < a->tn) {
        ++tree;
    }
    const uint64_t ends =
        7 + tree +
        9;  // address 1, read 2, crossbar 1, input 1, multiply 1, accumulate 1; bias 1 ... write 1
    uint64_t lanes = (uint64_t)((a->tp + a->wp - 1) / a->wp);
    if (desc->header.opcode == TSR_OP_CONV) {
        const tsr_desc_conv *c = &desc->u.conv;
        // pixels that share a bank leave one by one
        if (c->out_bank_stride > 1 || c->out_step_w > 1 ||
            (c->residual != 0 && c->residual_bank_stride > 1)) {
            lanes = (uint64_t)a->tp;
        }
        if (c->accumulate_last == 0) {  // nothing leaves the accumulators
            return (naive_pass){1, (uint64_t)(c->in_planes * c->kernel_h * c->kernel_w), 0,
                                7 + tree};
        }
        return (naive_pass){(uint64_t)(c->m_groups * c->out_h * ((c->out_w + a->tp - 1) / a->tp)),
                            (uint64_t)(c->in_planes * c->kernel_h * c->kernel_w),
                            (uint64_t)(a->tm / a->tn) * lanes, ends};
    }
    const tsr_desc_pool *p = &desc->u.pool;
    lanes = p->out_bank_stride > 1 ? (uint64_t)a->tp : lanes;
    return (naive_pass){(uint64_t)(p->planes * p->out_h * ((p->out_w + a->tp - 1) / a->tp)),
                        (uint64_t)(p->kernel_h * p->kernel_w), lanes, ends};
}

/** Is the array getting operands `offset` cycles into the pass? */
static inline bool naive_issues(const naive_pass *pass, uint64_t offset) {
    const uint64_t period = pass->taps > pass->drain ? pass->taps : pass->drain;
    return offset / period < pass->tiles && offset % period < pass->taps;
}

static inline uint32_t naive_port_of(uint32_t engine) {
    return engine == TSR_ENGINE_STORE ? TSR_PORT_STORE : engine;
}

/* ---- one cycle: everything that happens is decided from the registers ...
 * ----------------------------------------- */

static inline bool naive_may_ask(const naive_machine *m, uint32_t p) {
    const naive_port *port = &m->port[p];
    if (port->next == port->count || m->cycle < port->earliest ||
        port->outstanding >= (uint64_t)m->program->arch.max_outstanding_bursts) {
        return false;
    }
    const naive_burst *burst = &port->list[port->next];
    const uint64_t end =
        burst->address + burst->beats * ((uint64_t)m->program->arch.axi_data_bits / 8);
    return p != TSR_PORT_DESCRIPTOR ||
           end - m->program->descriptor_address - m->dispatched <=
               TSR_UARCH_FETCH_BUFFER_UNITS * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
}

static inline bool naive_has_tokens(const naive_machine *m, uint32_t to, int64_t pop) {
    for (uint32_t from = 0; from < TSR_ENGINE_COUNT; ++from) {
        if ((pop & (1 << from)) != 0 && m->token[from][to] == 0) {
            return false;
        }
    }
    return true;
}

static inline void naive_decide_engine(naive_machine *m, uint32_t e) {
    naive_engine *engine = &m->engine[e];
    engine->completes = engine->running && m->cycle == engine->complete_at;
    engine->starts = !engine->running && engine->fifo_count > 0 &&
                     naive_has_tokens(m, e, tsr_program_brief(m->program, engine->fifo[0]).pop);
}

/* ---- ... and then the registers change
 * ----------------------------------------------------------------------------- */

static inline void naive_ask(naive_machine *m, uint32_t p) {
    naive_port *port = &m->port[p];
    const uint32_t beat = (uint32_t)m->program->arch.axi_data_bits / 8;
    const naive_burst *burst = &port->list[port->next++];
    const tsr_dram_burst request = {.port = p,
                                    .write = p == TSR_PORT_STORE,
                                    .address = burst->address,
                                    .beats = burst->beats,
                                    .beat_bytes = beat,
                                    .beat_interval = port->interval,
                                    .tag = port->issued,
                                    .rest_cycles = burst->rest};
    tsr_dram_push(m->dram, &request, m->cycle);
    naive_note(m, TSR_EVENT_ADDRESS, p, port->issued++);
    ++port->outstanding;
    ++port->total_bursts;
    port->total_beats += burst->beats;
}

static inline void naive_answer(naive_machine *m, uint32_t p) {
    naive_port *port = &m->port[p];
    naive_note(m, TSR_EVENT_RESPONSE, p, port->answered++);
    --port->outstanding;
    if (p == TSR_PORT_DESCRIPTOR) {
        const naive_burst *burst = &port->list[port->answered - 1];
        m->committed = burst->address +
                       burst->beats * ((uint64_t)m->program->arch.axi_data_bits / 8) -
                       m->program->descriptor_address;
        return;
    }
    naive_engine *engine = &m->engine[p == TSR_PORT_STORE ? TSR_ENGINE_STORE : p];
    if (port->next == port->count && port->outstanding == 0) {
        engine->complete_at =
            m->cycle + (p == TSR_PORT_STORE
                            ? 0
                            : TSR_UARCH_DMA_READ_WRITE_CYCLES + port->interval - 1 + port->rest);
    }
}

static inline void naive_occupy(naive_machine *m, int32_t index, bool free_it) {
    const tsr_desc_note note = tsr_program_note(m->program, index);
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        m->occupancy[b] += free_it ? -note.free_bytes[b] : note.alloc_bytes[b];
    }
}

static inline void naive_complete(naive_machine *m, uint32_t e) {
    naive_engine *engine = &m->engine[e];
    const int64_t push = tsr_program_brief(m->program, engine->index).push;
    naive_note(m, TSR_EVENT_COMPLETE, e, (uint64_t)engine->index);
    naive_occupy(m, engine->index, true);
    for (uint32_t to = 0; to < TSR_ENGINE_COUNT; ++to) {
        m->token[e][to] += (push & (1 << to)) != 0;
    }
    engine->running = false;
    m->layer[tsr_program_brief(m->program, engine->index).layer].busy_cycles[e] +=
        m->cycle - engine->start;
}

static inline void naive_start(naive_machine *m, uint32_t e) {
    naive_engine *engine = &m->engine[e];
    engine->index = engine->fifo[0];
    --engine->fifo_count;
    memmove(engine->fifo, engine->fifo + 1, (size_t)engine->fifo_count * sizeof engine->fifo[0]);
    const tsr_desc desc = tsr_program_desc(m->program, engine->index);
    naive_note(m, TSR_EVENT_START, e, (uint64_t)engine->index);
    naive_occupy(m, engine->index, false);
    for (uint32_t from = 0; from < TSR_ENGINE_COUNT; ++from) {
        m->token[from][e] -= (desc.header.pop & (1 << from)) != 0;
    }
    engine->running = true;
    engine->start = m->cycle;
    engine->complete_at = UINT64_MAX;
    if (e == TSR_ENGINE_COMPUTE) {
        const naive_pass pass = naive_pass_of(m->program, &desc);
        const uint64_t period = pass.taps > pass.drain ? pass.taps : pass.drain;
        engine->complete_at =
            m->cycle + (pass.tiles - 1) * period + pass.taps + pass.drain + pass.ends;
        return;
    }
    naive_port *port = &m->port[naive_port_of(e)];
    naive_list(m->program, port, &desc);
    port->earliest =
        m->cycle + TSR_UARCH_DMA_COMMAND_CYCLES +
        (e == TSR_ENGINE_STORE ? TSR_UARCH_DMA_STORE_READ_CYCLES + port->interval - 1 : 0);
}

/** The cycle's place in the account of the compute engine. */
static inline void naive_account(naive_machine *m) {
    const naive_engine *c = &m->engine[TSR_ENGINE_COMPUTE];
    if (c->running && m->cycle != c->complete_at) {
        const tsr_desc desc = tsr_program_desc(m->program, c->index);
        const naive_pass pass = naive_pass_of(m->program, &desc);
        const bool issues = naive_issues(&pass, m->cycle - c->start);
        ++m->layer[desc.header.layer]
              .cycles_by_cause[issues ? TSR_CAUSE_COMPUTE : TSR_CAUSE_FILL_DRAIN];
        m->last_layer = desc.header.layer;
        return;
    }
    if (c->fifo_count == 0) {
        ++m->pending;
        return;
    }
    const tsr_desc desc = tsr_program_desc(m->program, c->fifo[0]);
    tsr_counters *layer = &m->layer[desc.header.layer];
    const int64_t pop = desc.header.pop;
    layer->cycles_by_cause[TSR_CAUSE_SYNC] += m->pending;
    m->pending = 0;
    if (!naive_has_tokens(m, TSR_ENGINE_COMPUTE, pop & FROM_WEIGHT)) {
        ++layer->cycles_by_cause[TSR_CAUSE_WAIT_WEIGHTS];
    } else if (!naive_has_tokens(m, TSR_ENGINE_COMPUTE, pop & FROM_LOAD)) {
        ++layer->cycles_by_cause[TSR_CAUSE_WAIT_FEATURES];
    } else if (!naive_has_tokens(m, TSR_ENGINE_COMPUTE, pop & FROM_STORE)) {
        ++layer->cycles_by_cause[TSR_CAUSE_WAIT_STORE];
    } else if (!c->starts) {
        ++layer->cycles_by_cause[TSR_CAUSE_SYNC];
    } else {  // the pass has its first operands in this very cycle
        ++layer->cycles_by_cause[TSR_CAUSE_COMPUTE];
        m->last_layer = desc.header.layer;
    }
}

/** Descriptor at the head of the buffer, whole and with a place in its FIFO? */
static inline bool naive_may_dispatch(const naive_machine *m) {
    if (m->ended || m->committed < m->dispatched + naive_bytes(m, m->next)) {
        return false;
    }
    const tsr_engine target = tsr_program_engine(m->program, m->next);
    return target == TSR_ENGINE_COUNT ||
           m->engine[target].fifo_count < TSR_UARCH_COMMAND_FIFO_DEPTH;
}

static inline bool naive_idle(const naive_machine *m) {
    for (uint32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        if (m->engine[e].running || m->engine[e].fifo_count > 0) {
            return false;
        }
    }
    return true;
}

static inline void naive_dispatch(naive_machine *m) {
    const tsr_engine target = tsr_program_engine(m->program, m->next);
    if (target == TSR_ENGINE_COUNT) {
        m->ended = true;
        return;
    }
    naive_engine *engine = &m->engine[target];
    naive_note(m, TSR_EVENT_DISPATCH, target, (uint64_t)m->next);
    engine->fifo[engine->fifo_count++] = m->next;
    m->dispatched += naive_bytes(m, m->next);
    ++m->next;
}

static inline void naive_step(naive_machine *m) {
    bool asks[TSR_PORT_COUNT];
    bool answers[TSR_PORT_COUNT];
    tsr_dram_advance(m->dram, m->cycle);
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        const naive_port *port = &m->port[p];
        asks[p] = naive_may_ask(m, p);
        answers[p] = port->answered < port->known && port->response[port->answered] <= m->cycle;
    }
    const bool dispatches = naive_may_dispatch(m);
    const bool ends = m->ended || (dispatches && m->next == m->program->desc_count - 1);
    m->done = ends && naive_idle(m);
    if (m->done) {
        naive_note(m, TSR_EVENT_DONE, TSR_ENGINE_COUNT, (uint64_t)m->program->desc_count - 1);
        m->layer[m->last_layer].cycles_by_cause[TSR_CAUSE_WAIT_STORE] += m->pending;
        return;
    }
    // A store's last B completes it in the same cycle, so answers come before the engines.
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        if (answers[p]) {
            naive_answer(m, p);
        }
    }
    for (uint32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        naive_decide_engine(m, e);
    }
    naive_account(m);
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        if (asks[p]) {
            naive_ask(m, p);
        }
    }
    for (uint32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        if (m->engine[e].completes) {
            naive_complete(m, e);
        } else if (m->engine[e].starts) {
            naive_start(m, e);
        }
    }
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        if ((uint64_t)m->occupancy[b] > m->peak[b]) {
            m->peak[b] = (uint64_t)m->occupancy[b];
            m->peak_cycle[b] = m->cycle;
        }
    }
    if (dispatches) {
        naive_dispatch(m);
    }
    ++m->cycle;
}

static inline int naive_compare(const void *left, const void *right) {
    const tsr_event *a = left;
    const tsr_event *b = right;
    const uint64_t left_key[4] = {a->cycle, a->unit, a->kind, a->argument};
    const uint64_t right_key[4] = {b->cycle, b->unit, b->kind, b->argument};
    for (size_t i = 0; i < 4; ++i) {
        if (left_key[i] != right_key[i]) {
            return left_key[i] < right_key[i] ? -1 : 1;
        }
    }
    return 0;
}

/** Runs to the end, or until `limit` cycles have passed (then m->done is false). */
static inline naive_machine *naive_run(const tsr_program *program, uint64_t limit) {
    naive_machine *m = tsr_alloc(1, sizeof *m);
    tsr_error err = {0};
    assert_non_null(m);
    m->program = program;
    m->layer = tsr_alloc((size_t)program->layer_count, sizeof *m->layer);
    m->event = tsr_alloc(NAIVE_MAX_EVENTS, sizeof *m->event);
    assert_true(m->layer != NULL && m->event != NULL);
    m->last_layer = tsr_program_brief(program, program->desc_count - 1).layer;
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        m->port[p].list = tsr_alloc(NAIVE_MAX_BURSTS, sizeof *m->port[p].list);
        assert_non_null(m->port[p].list);
    }
    assert_ok(tsr_dram_create(&program->arch.dram, naive_done, m, &m->dram, &err), err);
    naive_stream(m);
    while (!m->done && m->cycle < limit) {
        naive_step(m);
    }
    qsort(m->event, (size_t)m->events, sizeof *m->event, naive_compare);
    return m;
}

static inline void naive_free(naive_machine *m) {
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        tsr_free(m->port[p].list);
    }
    tsr_dram_destroy(m->dram);
    tsr_free(m->layer);
    tsr_free(m->event);
    tsr_free(m);
}

#endif
