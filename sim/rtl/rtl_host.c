// SPDX-License-Identifier: Apache-2.0
// A clock cycle: drive, step, watch. And the register side.
#include "rtl/rtl_host.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/check.h"

/** An access to a register takes a few cycles; this many is a hang. */
enum { lite_limit = 1000, reset_steps = 4 };

/** Nothing moves for so long beyond the longest pass: a hang. Refresh and full queues of a memory
 * are far below. */
static const uint64_t quiet_limit = 20000;

void tsr_host_fail(tsr_host *host, tsr_status status, const char *where, const char *format, ...) {
    if (host->status != TSR_OK) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(host->error.message, sizeof host->error.message, format, arguments);
    va_end(arguments);
    (void)snprintf(host->error.where, sizeof host->error.where, "%s", where);
    host->error.status = status;
    host->status = status;
}

tsr_status tsr_host_init(tsr_host *host, tsr_rtl *rtl, const tsr_program *program, uint8_t *memory,
                         tsr_error *err) {
    memset(host, 0, sizeof *host);
    host->rtl = rtl;
    host->program = program;
    host->memory = memory;
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        tsr_host_port_init(&host->port[p], program, (tsr_port)p);
    }
    host->patience = quiet_limit;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        if (tsr_program_engine(program, i) == TSR_ENGINE_COMPUTE) {
            const tsr_desc desc = tsr_program_desc(program, i);
            const uint64_t cycles = tsr_desc_pass_law(&program->arch, &desc).cycles;
            host->patience =
                cycles + quiet_limit > host->patience ? cycles + quiet_limit : host->patience;
        }
    }
    return tsr_timeline_create(program, &host->timeline, err);
}

void tsr_host_free(tsr_host *host) {
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        tsr_host_port_free(&host->port[p]);
    }
    tsr_dram_destroy(host->dram);
    tsr_timeline_free(&host->timeline);
    tsr_event_list none = {0};
    tsr_result events = {.events = host->events.items};
    tsr_result_free(&events);
    host->events = none;
}

/** Descriptor of a tag that the event tap gives; -1 for one that the program does not have. */
static int32_t index_of(tsr_host *host, uint32_t tag, const char *what) {
    if (tag >= (uint32_t)host->program->desc_count) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": %s of descriptor %u, there are %d", host->cycle, what,
                      tag, host->program->desc_count);
        return -1;
    }
    return (int32_t)tag;
}

static bool feature_word(void *machine, uint32_t line, uint32_t bank, uint8_t *bytes,
                         uint32_t size) {
    const tsr_rtl *rtl = machine;
    return rtl->api->feature_word(rtl->machine, line, bank, bytes, size) != 0;
}

static void completed(tsr_host *host, int32_t index) {
    host->timeline.complete[index] = host->cycle;
    ++host->completed;
    if (host->options != NULL && host->options->progress != NULL) {
        host->options->progress(host->options->user, host->completed,
                                (uint64_t)host->program->desc_count);
    }
    if (host->more != NULL && host->more->completed != NULL) {
        host->more->completed(host->more->user, index, host->cycle, feature_word, host->rtl);
    }
}

static void watch_events(tsr_host *host) {
    const tsr_shim_events *e = &host->rtl->pins.events;
    if ((e->dispatch | e->start | e->complete | e->done) == 0) {
        return;
    }
    host->last_activity = host->cycle;
    if (e->cycle != host->cycle) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": the event tap says cycle %" PRIu64, host->cycle,
                      e->cycle);
    }
    const int32_t dispatched = e->dispatch != 0 ? index_of(host, e->dispatch_tag, "dispatch") : -1;
    if (dispatched >= 0) {
        host->timeline.dispatch[dispatched] = host->cycle;
    }
    for (uint32_t engine = 0; engine < TSR_ENGINE_COUNT; ++engine) {
        if ((e->start >> engine & 1) != 0) {
            const int32_t index = index_of(host, e->start_tag[engine], "start");
            if (index >= 0) {
                host->timeline.start[index] = host->cycle;
            }
        }
        if ((e->complete >> engine & 1) != 0) {
            const int32_t index = index_of(host, e->complete_tag[engine], "completion");
            if (index >= 0) {
                completed(host, index);
            }
        }
    }
    if (e->done != 0 && !host->done) {
        host->done = true;
        host->timeline.done = host->cycle;
    }
}

void tsr_host_step(tsr_host *host) {
    tsr_rtl *rtl = host->rtl;
    tsr_host_drive_memory(host);
    rtl->api->step(rtl->machine, &rtl->pins);
    tsr_host_watch_memory(host);
    watch_events(host);
    if (host->stress != NULL) {
        tsr_host_check_rules(host);
    }
    const char *failure = rtl->api->failure(rtl->machine);
    if (failure != NULL) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl", "cycle %" PRIu64 ": %s", host->cycle, failure);
    }
    ++host->cycle;
}

void tsr_host_write(tsr_host *host, uint32_t offset, uint32_t value) {
    tsr_shim_lite *lite = &host->rtl->pins.lite;
    lite->awaddr = (uint16_t)offset;
    lite->wdata = value;
    lite->wstrb = 0xf;
    lite->awvalid = lite->wvalid = lite->bready = 1;
    bool answered = false;
    for (int32_t i = 0; i < lite_limit && !answered && host->status == TSR_OK; ++i) {
        tsr_host_step(host);
        answered = lite->bvalid != 0;
        lite->awvalid = lite->awvalid != 0 && lite->awready == 0;
        lite->wvalid = lite->wvalid != 0 && lite->wready == 0;
    }
    if (!answered || lite->bresp != 0) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl", "write of register 0x%03x: %s", offset,
                      answered ? "an error response" : "no response");
    }
}

uint32_t tsr_host_read(tsr_host *host, uint32_t offset) {
    tsr_shim_lite *lite = &host->rtl->pins.lite;
    lite->araddr = (uint16_t)offset;
    lite->arvalid = lite->rready = 1;
    bool answered = false;
    for (int32_t i = 0; i < lite_limit && !answered && host->status == TSR_OK; ++i) {
        tsr_host_step(host);
        answered = lite->rvalid != 0;
        lite->arvalid = lite->arvalid != 0 && lite->arready == 0;
    }
    if (!answered || lite->rresp != 0) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl", "read of register 0x%03x: %s", offset,
                      answered ? "an error response" : "no response");
    }
    return lite->rdata;
}

void tsr_host_start(tsr_host *host) {
    tsr_shim_lite *lite = &host->rtl->pins.lite;
    lite->awaddr = TSR_REG_CONTROL;
    lite->wdata = 1U << TSR_REG_CONTROL_START_BIT;
    lite->wstrb = 0xf;
    lite->awvalid = lite->wvalid = lite->bready = 1;
    for (int32_t i = 0; i < lite_limit && (lite->awvalid | lite->wvalid) != 0; ++i) {
        tsr_host_step(host);
        lite->awvalid = lite->awvalid != 0 && lite->awready == 0;
        lite->wvalid = lite->wvalid != 0 && lite->wready == 0;
    }
    tsr_host_step(host);  // the write takes effect; the cycle after it is cycle 0
    host->running = true;
    host->cycle = 0;
    host->last_activity = 0;
}

void tsr_host_reset(tsr_rtl *rtl) {
    memset(&rtl->pins, 0, sizeof rtl->pins);
    for (int32_t i = 0; i < reset_steps; ++i) {
        rtl->api->step(rtl->machine, &rtl->pins);
    }
    rtl->pins.reset_n = 1;
}
