// SPDX-License-Identifier: Apache-2.0
// The C interface of one Verilated machine in a shared library: pins in, pins out, one clock cycle
// a call.
#ifndef TESSERA_RTL_SHIM_TSR_SHIM_H
#define TESSERA_RTL_SHIM_TSR_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TSR_SHIM_VERSION = 1,
    TSR_SHIM_BEAT_BYTES = 64,
    TSR_SHIM_READ_PORTS = 3,
    TSR_SHIM_ENGINES = 4
};

/** AR and R of a master. In: what the outside drives, out: what the machine drives. */
typedef struct tsr_shim_read {
    uint8_t arready, rvalid, rlast, rresp, rid;            /* in */
    uint8_t rdata[TSR_SHIM_BEAT_BYTES];                    /* in, as many bytes as a beat has */
    uint8_t arvalid, arlen, arsize, arburst, arid, rready; /* out */
    uint64_t araddr;                                       /* out */
} tsr_shim_read;

/** AW, W and B of a master. */
typedef struct tsr_shim_write {
    uint8_t awready, wready, bvalid, bresp, bid;                          /* in */
    uint8_t awvalid, awlen, awsize, awburst, awid, wvalid, wlast, bready; /* out */
    uint64_t awaddr, wstrb;                                               /* out */
    uint8_t wdata[TSR_SHIM_BEAT_BYTES];                                   /* out */
} tsr_shim_write;

/** The register slave. */
typedef struct tsr_shim_lite {
    uint8_t awvalid, wvalid, bready, arvalid, rready, wstrb;        /* in */
    uint16_t awaddr, araddr;                                        /* in */
    uint32_t wdata;                                                 /* in */
    uint8_t awready, wready, bvalid, bresp, arready, rvalid, rresp; /* out */
    uint32_t rdata;                                                 /* out */
} tsr_shim_lite;

/** Event tap: one bit an engine, with the tag of the descriptor. All out. */
typedef struct tsr_shim_events {
    uint64_t cycle;
    uint8_t dispatch, start, complete, done;
    uint32_t dispatch_tag, start_tag[TSR_SHIM_ENGINES], complete_tag[TSR_SHIM_ENGINES];
} tsr_shim_events;

typedef struct tsr_shim_pins {
    uint8_t reset_n;                         /* in */
    tsr_shim_read read[TSR_SHIM_READ_PORTS]; /* load_feature, load_weight, descriptor */
    tsr_shim_write write;                    /* store */
    tsr_shim_lite lite;
    uint8_t interrupt; /* out */
    tsr_shim_events events;
} tsr_shim_pins;

/** The functions of a library; `machine` is what create returned. */
typedef struct tsr_shim_api {
    uint32_t version;
    uint32_t beat_bytes;
    uint32_t can_trace;
    /** NULL when memory is out. seed 0: all registers and memories start at zero; else at random.
     */
    void *(*create)(uint64_t seed);
    void (*destroy)(void *machine);
    /** One clock cycle: settle with these inputs, give the outputs, then the rising edge. */
    void (*step)(void *machine, tsr_shim_pins *pins);
    /** One word of the feature pool into bytes; 0 when there is no such word. */
    int (*feature_word)(void *machine, uint32_t line, uint32_t bank, uint8_t *bytes, uint32_t size);
    /** Text of the first assertion that failed since the last call, NULL = none. */
    const char *(*failure)(void *machine);
    /** Waveform from now on; 0 when it cannot be written. Closing twice is fine. */
    int (*trace_open)(void *machine, const char *path);
    void (*trace_close)(void *machine);
} tsr_shim_api;

/** The one symbol of the library. */
typedef const tsr_shim_api *(*tsr_shim_get_fn)(void);
#define TSR_SHIM_GET "tsr_shim_get"

#ifdef __cplusplus
}
#endif
#endif
