// SPDX-License-Identifier: Apache-2.0
// An outside that stalls and answers with errors; and the AXI rules that only show then.
#include <inttypes.h>
#include <string.h>

#include "rtl/rtl_host.h"

enum { long_stall_permille = 2 };

bool tsr_host_may_move(tsr_host *host, uint32_t channel) {
    const tsr_rtl_stress *stress = host->stress;
    if (stress == NULL || (stress->stall_percent == 0 && stress->long_stall_cycles == 0)) {
        return true;
    }
    if (host->cycle < host->held_until[channel]) {
        return false;
    }
    if (stress->long_stall_cycles != 0 &&
        tsr_rng_range(&host->rng, 1, 1000) <= long_stall_permille) {
        host->held_until[channel] = host->cycle + stress->long_stall_cycles;
        return false;
    }
    return tsr_rng_range(&host->rng, 1, 100) > stress->stall_percent;
}

uint8_t tsr_host_response(const tsr_host *host, const tsr_host_port *port,
                          const tsr_host_burst *burst) {
    const tsr_rtl_stress *stress = host->stress;
    if (stress == NULL || stress->error_response == 0 || burst == NULL ||
        stress->error_port != port->id || stress->error_burst != burst->number) {
        return 0;
    }
    // a read burst carries it on one beat of its own, not always the last
    const bool here = port->write || burst->moved == stress->seed % burst->beats;
    return here ? (uint8_t)stress->error_response : 0;
}

static void must_hold(tsr_host *host, bool was_waiting, bool same, const char *channel) {
    if (was_waiting && !same) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": %s changed while it was waiting to be taken", host->cycle,
                      channel);
    }
}

static void check_read(tsr_host *host, uint32_t p) {
    static const char *const names[] = {"AR of load_feature", "AR of load_weight",
                                        "AR of descriptor"};
    const tsr_shim_read *a = &host->before.read[p];
    const tsr_shim_read *b = &host->rtl->pins.read[p];
    const bool same = b->arvalid != 0 && a->araddr == b->araddr && a->arlen == b->arlen &&
                      a->arsize == b->arsize && a->arburst == b->arburst && a->arid == b->arid;
    must_hold(host, a->arvalid != 0 && a->arready == 0, same, names[p]);
}

static void check_write(tsr_host *host) {
    const tsr_shim_write *a = &host->before.write;
    const tsr_shim_write *b = &host->rtl->pins.write;
    const bool address = b->awvalid != 0 && a->awaddr == b->awaddr && a->awlen == b->awlen &&
                         a->awsize == b->awsize && a->awburst == b->awburst && a->awid == b->awid;
    const bool data = b->wvalid != 0 && a->wlast == b->wlast && a->wstrb == b->wstrb &&
                      memcmp(a->wdata, b->wdata, host->rtl->api->beat_bytes) == 0;
    must_hold(host, a->awvalid != 0 && a->awready == 0, address, "AW");
    must_hold(host, a->wvalid != 0 && a->wready == 0, data, "W");
}

/** What holds for every address: INCR, whole beats, aligned, inside 4 KiB. */
static void check_address(tsr_host *host, bool valid, uint64_t address, uint32_t length,
                          uint32_t size, uint32_t burst) {
    const uint64_t bytes = host->rtl->api->beat_bytes;
    if (valid && ((UINT64_C(1) << size) != bytes || burst != 1 || address % bytes != 0 ||
                  address / 4096 != (address + (length + 1) * bytes - 1) / 4096)) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "cycle %" PRIu64 ": illegal burst: address %" PRIu64
                      ", length %u, size %u, burst %u",
                      host->cycle, address, length, size, burst);
    }
}

void tsr_host_check_rules(tsr_host *host) {
    for (uint32_t p = 0; p < TSR_SHIM_READ_PORTS; ++p) {
        const tsr_shim_read *r = &host->rtl->pins.read[p];
        check_address(host, r->arvalid != 0, r->araddr, r->arlen, r->arsize, r->arburst);
        check_read(host, p);
    }
    const tsr_shim_write *w = &host->rtl->pins.write;
    check_address(host, w->awvalid != 0, w->awaddr, w->awlen, w->awsize, w->awburst);
    check_write(host);
    host->before = host->rtl->pins;
}
