// SPDX-License-Identifier: Apache-2.0
// The world around one Verilated machine for one run: memory, register accesses, log.
#ifndef TESSERA_RTL_RTL_HOST_H
#define TESSERA_RTL_RTL_HOST_H

#include <tessera/dram.h>
#include <tessera/rtl.h>

#include "base/rng.h"
#include "counters/timeline.h"
#include "rtl/host_port.h"
#include "rtl/shim/tsr_shim.h"

/** A loaded library with one machine in it. */
struct tsr_rtl {
    tsr_arch arch; /**< what it was built for */
    void *library; /**< of dlopen */
    const tsr_shim_api *api;
    void *machine;
    tsr_shim_pins pins;
    bool dirty; /**< a run ended badly: reset before the next one */
};

/** Channels of the memory side that can be held back, each on its own. */
enum { TSR_HOST_CHANNELS = 3 * TSR_PORT_COUNT };

/** One run. */
typedef struct tsr_host {
    tsr_rtl *rtl;
    const tsr_program *program;
    uint8_t *memory;
    const tsr_rtl_run_options *more; /**< may be NULL */
    const tsr_run_options *options;  /**< may be NULL */
    tsr_dram *dram;                  /**< NULL under stress: beats come by chance */
    tsr_host_port port[TSR_PORT_COUNT];
    bool running;           /**< the start bit was taken: cycle counts */
    uint64_t cycle;         /**< of the step to come */
    uint64_t last_activity; /**< cycle in which something moved */
    uint64_t patience;      /**< cycles without anything moving that make a hang */
    tsr_timeline timeline;
    tsr_event_list events;
    bool keep_events;
    bool done;
    uint64_t completed;
    // stress only
    const tsr_rtl_stress *stress;
    tsr_rng rng;
    uint64_t held_until[TSR_HOST_CHANNELS];
    tsr_shim_pins before; /**< pins of the last step, for the rules of AXI */
    tsr_status status;    /**< the first thing that went wrong */
    tsr_error error;
} tsr_host;

/** Everything for a run on a machine that has been reset. */
tsr_status tsr_host_init(tsr_host *host, tsr_rtl *rtl, const tsr_program *program, uint8_t *memory,
                         tsr_error *err) TSR_MUST_USE;
void tsr_host_free(tsr_host *host);
/** Keeps the first failure. */
void tsr_host_fail(tsr_host *host, tsr_status status, const char *where, const char *format, ...)
    TSR_PRINTF(4, 5);

/** One clock cycle with everything around it; moves host->cycle on. */
void tsr_host_step(tsr_host *host);

/** Inputs of the memory side for this cycle, and what follows from the outputs after it. */
void tsr_host_drive_memory(tsr_host *host);
void tsr_host_watch_memory(tsr_host *host);
/** Callbacks of the DRAM model; the user is the host. */
void tsr_host_beats_known(void *user, uint32_t port, uint64_t tag, uint32_t index, uint32_t count,
                          uint64_t cycle, uint32_t interval);
void tsr_host_burst_known(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first,
                          uint64_t done);

/** May this channel move in this cycle? Always, without stress. */
bool tsr_host_may_move(tsr_host *host, uint32_t channel);
/** Response code of a beat: not 0 for the one that stress picks. */
uint8_t tsr_host_response(const tsr_host *host, const tsr_host_port *port,
                          const tsr_host_burst *burst);
/** AXI rules that only show when somebody waits: what is valid stays, as it is, until it is taken.
 */
void tsr_host_check_rules(tsr_host *host);

/** Accesses over AXI4-Lite: as many cycles as it takes. */
void tsr_host_write(tsr_host *host, uint32_t offset, uint32_t value);
uint32_t tsr_host_read(tsr_host *host, uint32_t offset);
/** The write that starts the machine: returns when it was taken, cycle 0 is the next step. */
void tsr_host_start(tsr_host *host);
/** Reset for a few cycles, then quiet pins. */
void tsr_host_reset(tsr_rtl *rtl);

#endif
