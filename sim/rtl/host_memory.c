// SPDX-License-Identifier: Apache-2.0
// The memory side of the pins: bytes from the image, cycles from the DRAM model.
#include <inttypes.h>
#include <string.h>

#include "rtl/rtl_host.h"

/** Without a DRAM model (stress): cycles from an address, or from the last W beat, to the earliest
 * answer. */
enum { stress_latency = 3 };

static tsr_host_burst *oldest(const tsr_host_port *port) {
    return tsr_host_at(&port->bursts, 0);
}

void tsr_host_beats_known(void *user, uint32_t port, uint64_t tag, uint32_t index, uint32_t count,
                          uint64_t cycle, uint32_t interval) {
    tsr_host *host = user;
    (void)tag;
    (void)index;
    const tsr_host_beats beats = {cycle, count, interval};
    if (!tsr_host_put(&host->port[port].beats, &beats)) {
        tsr_host_fail(host, TSR_ERR_NO_MEMORY, "rtl", "no memory for beats");
    }
}

void tsr_host_burst_known(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first,
                          uint64_t done) {
    tsr_host *host = user;
    tsr_host_port *p = &host->port[port];
    if (!write) {
        return;  // told beat by beat
    }
    if (!tsr_host_put(&p->responses, &done)) {
        tsr_host_fail(host, TSR_ERR_NO_MEMORY, "rtl", "no memory for responses");
    }
    tsr_host_burst *burst = tsr_host_at(&p->bursts, (size_t)(tag - p->answered));
    if (burst != NULL) {
        burst->taken_cycle = first;
    }
}

/** Is something due on the oldest burst of a read port? */
static bool read_due(const tsr_host *host, const tsr_host_port *port) {
    const tsr_host_beats *beats = tsr_host_at(&port->beats, 0);
    return beats != NULL && beats->cycle <= host->cycle;
}

static void drive_read(tsr_host *host, uint32_t p) {
    tsr_host_port *port = &host->port[p];
    tsr_shim_read *pins = &host->rtl->pins.read[p];
    const bool held = pins->rvalid != 0 && pins->rready == 0;  // valid stays until it is taken
    pins->arready = tsr_host_may_move(host, 3 * p);
    pins->rvalid = read_due(host, port) && (held || tsr_host_may_move(host, 3 * p + 1));
    const tsr_host_burst *burst = oldest(port);
    if (pins->rvalid == 0 || burst == NULL) {
        pins->rlast = 0;
        return;
    }
    const uint32_t bytes = host->rtl->api->beat_bytes;
    memcpy(pins->rdata, host->memory + burst->address + (uint64_t)burst->moved * bytes, bytes);
    pins->rlast = burst->moved + 1 == burst->beats;
    pins->rresp = tsr_host_response(host, port, burst);
    pins->rid = pins->arid;
}

static void drive_write(tsr_host *host) {
    tsr_host_port *port = &host->port[TSR_PORT_STORE];
    tsr_shim_write *pins = &host->rtl->pins.write;
    const uint64_t *done = tsr_host_at(&port->responses, 0);
    const bool held = pins->bvalid != 0 && pins->bready == 0;
    pins->awready = tsr_host_may_move(host, 3 * TSR_PORT_STORE);
    pins->wready = tsr_host_may_move(host, 3 * TSR_PORT_STORE + 1);
    pins->bvalid = done != NULL && *done <= host->cycle &&
                   (held || tsr_host_may_move(host, 3 * TSR_PORT_STORE + 2));
    pins->bresp = pins->bvalid != 0 ? tsr_host_response(host, port, oldest(port)) : 0;
    pins->bid = pins->awid;
}

void tsr_host_drive_memory(tsr_host *host) {
    if (host->dram != NULL && host->running) {
        tsr_dram_advance(host->dram, host->cycle);
    }
    for (uint32_t p = 0; p < TSR_SHIM_READ_PORTS; ++p) {
        drive_read(host, p);
    }
    drive_write(host);
}

static void note(tsr_host *host, tsr_event_kind kind, tsr_port port, uint64_t number) {
    host->last_activity = host->cycle;
    if (host->keep_events && host->status == TSR_OK) {
        tsr_error err = {0};
        if (tsr_event_add(&host->events, host->cycle, kind, port, number, &err) != TSR_OK) {
            tsr_host_fail(host, TSR_ERR_NO_MEMORY, "rtl", "no memory for events");
        }
    }
}

/** Only bursts of the program; under stress they may end early, but not be others. */
static bool is_expected(tsr_host *host, tsr_host_port *port, tsr_host_burst *burst) {
    uint64_t address = 0;
    uint32_t beats = 0;
    if (!tsr_host_next(&port->expected, &address, &beats, &burst->interval, &burst->rest)) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": port %d asks for burst %" PRIu64 " (address %" PRIu64
                      "), the program has no more",
                      host->cycle, (int)port->id, burst->number, burst->address);
        return false;
    }
    if (address != burst->address || beats != burst->beats) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": port %d asks for burst %" PRIu64 ": address %" PRIu64
                      ", %u beats; the program says address %" PRIu64 ", %u beats",
                      host->cycle, (int)port->id, burst->number, burst->address, burst->beats,
                      address, beats);
        return false;
    }
    return true;
}

static void take_address(tsr_host *host, uint32_t p, uint64_t address, uint32_t length) {
    tsr_host_port *port = &host->port[p];
    tsr_host_burst burst = {.number = port->asked,
                            .address = address,
                            .beats = length + 1,
                            .taken_cycle = TSR_HOST_UNKNOWN};
    if (!is_expected(host, port, &burst)) {
        return;
    }
    note(host, TSR_EVENT_ADDRESS, port->id, port->asked++);
    if (!tsr_host_put(&port->bursts, &burst)) {
        tsr_host_fail(host, TSR_ERR_NO_MEMORY, "rtl", "no memory for bursts");
        return;
    }
    if (host->dram == NULL) {
        if (!port->write) {
            tsr_host_beats_known(host, p, burst.number, 0, burst.beats,
                                 host->cycle + stress_latency, 1);
        }
        return;
    }
    const tsr_dram_burst request = {.port = p,
                                    .write = port->write,
                                    .address = address,
                                    .beats = burst.beats,
                                    .beat_bytes = host->rtl->api->beat_bytes,
                                    .beat_interval = burst.interval,
                                    .tag = burst.number,
                                    .rest_cycles = burst.rest};
    tsr_dram_push(host->dram, &request, host->cycle);
    if (tsr_dram_out_of_memory(host->dram)) {
        tsr_host_fail(host, TSR_ERR_NO_MEMORY, "rtl", "no memory for a burst");
    }
}

static void watch_read(tsr_host *host, uint32_t p) {
    tsr_host_port *port = &host->port[p];
    const tsr_shim_read *pins = &host->rtl->pins.read[p];
    if (pins->rvalid != 0 && pins->rready != 0) {
        tsr_host_burst *burst = oldest(port);
        tsr_host_beats *beats = tsr_host_at(&port->beats, 0);
        beats->cycle += beats->interval;
        if (--beats->count == 0) {
            tsr_host_take(&port->beats);
        }
        if (++burst->moved == burst->beats) {
            tsr_host_take(&port->bursts);
            note(host, TSR_EVENT_RESPONSE, port->id, port->answered++);
        }
        host->last_activity = host->cycle;
    }
    if (pins->arvalid != 0 && pins->arready != 0) {
        take_address(host, p, pins->araddr, pins->arlen);
    }
}

/** A W beat: bytes into the image, and is it where the rules say? */
static void take_data(tsr_host *host, tsr_host_port *port) {
    const tsr_shim_write *pins = &host->rtl->pins.write;
    const uint32_t bytes = host->rtl->api->beat_bytes;
    tsr_host_burst *burst = tsr_host_at(&port->bursts, port->data_at);
    if (burst == NULL) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": a W beat without an address", host->cycle);
        return;
    }
    uint8_t *at = host->memory + burst->address + (uint64_t)burst->moved * bytes;
    for (uint32_t i = 0; i < bytes; ++i) {
        at[i] = (pins->wstrb >> i & 1) != 0 ? pins->wdata[i] : at[i];
    }
    ++burst->moved;
    host->last_activity = host->cycle;
    if ((pins->wlast != 0) != (burst->moved == burst->beats)) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": WLAST is wrong in burst %" PRIu64, host->cycle,
                      burst->number);
    }
    if (burst->moved < burst->beats) {
        return;
    }
    ++port->data_at;
    const uint64_t done = host->cycle + stress_latency;
    if (host->dram == NULL && !tsr_host_put(&port->responses, &done)) {
        tsr_host_fail(host, TSR_ERR_NO_MEMORY, "rtl", "no memory for responses");
    }
}

/** The memory model takes W beats at the rule's cycles, whatever the pins do: they must have been
 * there. */
static void check_taken(tsr_host *host, const tsr_host_burst *burst) {
    if (burst->moved != burst->beats) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": burst %" PRIu64
                      " of the store port is answered, and %u of its %u W "
                      "beats have come: they are later than the rules say",
                      host->cycle, burst->number, burst->moved, burst->beats);
    }
}

static void watch_write(tsr_host *host) {
    tsr_host_port *port = &host->port[TSR_PORT_STORE];
    const tsr_shim_write *pins = &host->rtl->pins.write;
    if (pins->bvalid != 0 && pins->bready != 0) {
        check_taken(host, oldest(port));
        tsr_host_take(&port->responses);
        tsr_host_take(&port->bursts);
        port->data_at -= port->data_at > 0;
        note(host, TSR_EVENT_RESPONSE, port->id, port->answered++);
    }
    if (pins->wvalid != 0 && pins->wready != 0) {
        take_data(host, port);
    }
    if (pins->awvalid != 0 && pins->awready != 0) {
        take_address(host, TSR_PORT_STORE, pins->awaddr, pins->awlen);
    }
}

void tsr_host_watch_memory(tsr_host *host) {
    for (uint32_t p = 0; p < TSR_SHIM_READ_PORTS; ++p) {
        watch_read(host, p);
    }
    watch_write(host);
}
