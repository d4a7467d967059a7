// SPDX-License-Identifier: Apache-2.0
// Names of everything that is counted, and the end of a result's life.
#include <stddef.h>
#include <string.h>

#include <tessera/counters.h>

#include "base/alloc.h"

#define NAME_OF(names, index) \
    ((size_t)(index) < sizeof(names) / sizeof((names)[0]) ? (names)[index] : "unknown")

const char *tsr_cause_name(tsr_cause cause) {
    static const char *const names[TSR_CAUSE_COUNT] = {
        "compute", "fill_drain", "wait_weights", "wait_features", "wait_store", "sync"};
    return NAME_OF(names, cause);
}

const char *tsr_traffic_name(tsr_traffic traffic) {
    static const char *const names[TSR_TRAFFIC_COUNT] = {"input", "weights", "intermediate",
                                                         "output", "descriptors"};
    return NAME_OF(names, traffic);
}

const char *tsr_engine_name(tsr_engine engine) {
    static const char *const names[TSR_ENGINE_COUNT] = {"load_feature", "load_weight", "compute",
                                                        "store"};
    return NAME_OF(names, engine);
}

uint64_t tsr_buffer_capacity_bytes(const tsr_arch *arch, tsr_buffer buffer) {
    const int64_t bytes[TSR_BUFFER_COUNT] = {
        arch->feature_buffer_bytes, arch->weight_buffer_bytes,
        (int64_t)arch->parameter_channels * TSR_PARAMETER_RECORD_BYTES};
    return (uint64_t)bytes[buffer];
}

const char *tsr_buffer_name(tsr_buffer buffer) {
    static const char *const names[TSR_BUFFER_COUNT] = {"feature", "weight", "parameter"};
    return NAME_OF(names, buffer);
}

const char *tsr_event_kind_name(tsr_event_kind kind) {
    static const char *const names[TSR_EVENT_KIND_COUNT] = {"dispatch", "start",    "complete",
                                                            "address",  "response", "done"};
    return NAME_OF(names, kind);
}

void tsr_result_free(tsr_result *result) {
    if (result == NULL) {
        return;
    }
    tsr_free(result->layers);
    tsr_free(result->occupancy);
    tsr_free(result->events);
    memset(result, 0, sizeof *result);
}
