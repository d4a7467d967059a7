// SPDX-License-Identifier: Apache-2.0
#include "validate/stress_case.h"

#include <inttypes.h>
#include <string.h>

#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "counters/dma_law.h"
#include "validate/case_work.h"

static const uint64_t port_count = TSR_PORT_COUNT;

/** Bursts that the program asks for on a port; the address of burst `wanted` of them. */
static uint64_t bursts_of(const tsr_program *program, tsr_port port, uint64_t wanted,
                          uint64_t *address) {
    static const tsr_engine engines[] = {TSR_ENGINE_LOAD_FEATURE, TSR_ENGINE_LOAD_WEIGHT,
                                         TSR_ENGINE_COUNT, TSR_ENGINE_STORE};
    uint64_t count = 0;
    uint64_t at = 0;
    uint32_t beats = 0;
    if (port == TSR_PORT_DESCRIPTOR) {
        tsr_fetch_walk walk = tsr_fetch_first(program);
        while (tsr_fetch_next(&walk, &at, &beats)) {
            *address = count++ == wanted ? at : *address;
        }
        return count;
    }
    for (int32_t i = 0; i < program->desc_count; ++i) {
        if (tsr_program_engine(program, i) != engines[port]) {
            continue;
        }
        const tsr_desc desc = tsr_program_desc(program, i);
        tsr_burst_walk walk = tsr_burst_first(program, &desc);
        while (tsr_burst_next(&walk, &at, &beats)) {
            *address = count++ == wanted ? at : *address;
        }
    }
    return count;
}

static void draw_error(tsr_rng *rng, const tsr_program *program, tsr_rtl_stress *stress, char *text,
                       size_t bytes) {
    static const char *const names[] = {"load_feature", "load_weight", "descriptor", "store"};
    uint64_t ignored = 0;
    stress->error_port = (tsr_port)(tsr_rng_next(rng) % port_count);
    const uint64_t count = bursts_of(program, stress->error_port, 0, &ignored);
    if (count == 0) {
        return;
    }
    stress->error_response = (uint32_t)tsr_pick(rng, 2, 3);
    stress->error_burst = tsr_rng_next(rng) % count;
    tsr_case_say(text, bytes, "%s for burst %" PRIu64 " of %s",
                 stress->error_response == 2 ? "SLVERR" : "DECERR", stress->error_burst,
                 names[stress->error_port]);
}

bool tsr_stress_draw(const tsr_case *drawn, tsr_rtl_stress *stress, char *text, size_t bytes) {
    static const uint32_t stalls[] = {0, 10, 50, 90};
    tsr_rng rng = {.state = drawn->seed * 31 + drawn->index};
    memset(stress, 0, sizeof *stress);
    text[0] = '\0';
    if (!tsr_chance(&rng, 50)) {
        return false;
    }
    stress->seed = tsr_rng_next(&rng);
    stress->stall_percent = stalls[tsr_pick(&rng, 0, 3)];
    stress->long_stall_cycles = tsr_chance(&rng, 20) ? 1000 : 0;
    tsr_case_say(text, bytes, "stalls %u %%%s, ", stress->stall_percent,
                 stress->long_stall_cycles != 0 ? " and 1000 cycles at a time" : "");
    uint64_t cycles = 0;
    for (int32_t i = 0; i < drawn->program.desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(&drawn->program, i);
        cycles += tsr_desc_engine(&desc) == TSR_ENGINE_COMPUTE
                      ? tsr_desc_pass_law(&drawn->program.arch, &desc).cycles
                      : 20;
    }
    const uint64_t when = 1 + tsr_rng_next(&rng) % (cycles + cycles / 4);
    switch (tsr_pick(&rng, 0, 3)) {
        case 0:
            tsr_case_say(text, bytes, "nothing else");
            break;
        case 1:
            draw_error(&rng, &drawn->program, stress, text, bytes);
            break;
        case 2:
            stress->abort_cycle = when;
            tsr_case_say(text, bytes, "abort in cycle %" PRIu64, when);
            break;
        default:
            stress->reset_cycle = when;
            tsr_case_say(text, bytes, "soft reset in cycle %" PRIu64, when);
            break;
    }
    return true;
}

static tsr_status judge_error(const tsr_case *drawn, const tsr_rtl_stress *stress,
                              const tsr_rtl_ending *ending, tsr_error *err) {
    uint64_t address = 0;
    (void)bursts_of(&drawn->program, stress->error_port, stress->error_burst, &address);
    TSR_CHECK(ending->error && !ending->done, TSR_ERR_DIFFERS, err, "stress",
              "an error response was not reported (done %d, error %d)", ending->done,
              ending->error);
    const uint32_t kind =
        1U << (stress->error_port == TSR_PORT_STORE ? TSR_REG_ERROR_CODE_WRITE_RESPONSE_BIT
                                                    : TSR_REG_ERROR_CODE_READ_RESPONSE_BIT);
    const uint32_t code = kind | stress->error_response << TSR_REG_ERROR_CODE_RESPONSE_BIT |
                          (uint32_t)stress->error_port << TSR_REG_ERROR_CODE_PORT_BIT;
    TSR_CHECK(ending->error_code == code, TSR_ERR_DIFFERS, err, "stress",
              "ERROR_CODE is 0x%x, should be 0x%x", ending->error_code, code);
    TSR_CHECK(ending->error_address == address, TSR_ERR_DIFFERS, err, "stress",
              "ERROR_ADDRESS is %" PRIu64 ", should be %" PRIu64, ending->error_address, address);
    return TSR_OK;
}

/** Mere waiting changes nothing in what is computed. */
static tsr_status judge_values(const tsr_case *drawn, const uint8_t *found, tsr_error *err) {
    const size_t bytes = (size_t)drawn->program.memory_bytes;
    uint8_t *expected = tsr_alloc(bytes, 1);
    TSR_CHECK(expected != NULL, TSR_ERR_NO_MEMORY, err, "stress", "no memory for a DRAM image");
    memcpy(expected, drawn->memory, bytes);
    tsr_status status = tsr_interpret(&drawn->program, expected, err);
    if (status == TSR_OK && memcmp(expected, found, bytes) != 0) {
        size_t at = 0;
        while (expected[at] == found[at]) {
            ++at;
        }
        status = tsr_fail(err, TSR_ERR_DIFFERS, "stress",
                          "after stalls byte %zu of DRAM is %u, should be %u", at, found[at],
                          expected[at]);
    }
    tsr_free(expected);
    return status;
}

static tsr_status judge(const tsr_case *drawn, const tsr_rtl_stress *stress,
                        const tsr_rtl_ending *ending, const uint8_t *memory, tsr_error *err) {
    if (stress->error_response != 0) {
        return judge_error(drawn, stress, ending, err);
    }
    const bool stopped = stress->abort_cycle != 0 || stress->reset_cycle != 0;
    // a soft reset forgets how the run ended
    const bool told = ending->done || ending->aborted || stress->reset_cycle != 0;
    TSR_CHECK(!ending->error && (stopped ? told : ending->done), TSR_ERR_DIFFERS, err, "stress",
              "ended with done %d, error %d, aborted %d", ending->done, ending->error,
              ending->aborted);
    return ending->done ? judge_values(drawn, memory, err) : TSR_OK;
}

tsr_status tsr_stress_run(tsr_rtl *rtl, const tsr_case *drawn, const tsr_rtl_stress *stress,
                          tsr_rtl_ending *ending, tsr_error *err) {
    const size_t bytes = (size_t)drawn->program.memory_bytes;
    uint8_t *memory = tsr_alloc(bytes, 1);
    TSR_CHECK(memory != NULL, TSR_ERR_NO_MEMORY, err, "stress", "no memory for a DRAM image");
    memcpy(memory, drawn->memory, bytes);
    tsr_status status = tsr_rtl_run_stressed(rtl, &drawn->program, stress, memory, ending, err);
    if (status == TSR_OK) {
        status = judge(drawn, stress, ending, memory, err);
    }
    tsr_free(memory);
    return status;
}
