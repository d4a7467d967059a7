// SPDX-License-Identifier: Apache-2.0
// Speed of machine and estimate: a made-up weight stream and whole networks through the planner,
// timing only.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <tessera/counters.h>
#include <tessera/plan.h>

#include "bench/bench_clock.h"

/** The best of a few runs. */
enum { REPEATS = 5 };

static void report(const char *name, const tsr_program *program) {
    tsr_error err = {0};
    tsr_result machine = {0};
    tsr_result estimate = {0};
    double machine_s = 1e9;
    double estimate_s = 1e9;
    for (int32_t i = 0; i < REPEATS; ++i) {
        tsr_result_free(&machine);
        tsr_result_free(&estimate);
        double start = seconds();
        must(tsr_estimate(program, NULL, &estimate, &err), &err);
        const double e = seconds() - start;
        start = seconds();
        must(tsr_machine_run(program, NULL, NULL, &machine, &err), &err);
        const double m = seconds() - start;
        estimate_s = e < estimate_s ? e : estimate_s;
        machine_s = m < machine_s ? m : machine_s;
    }
    must(tsr_result_check(program, &machine, &err), &err);
    uint64_t bursts = 0;
    for (int32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        bursts += machine.total.bursts[p];
    }
    struct rusage children;
    (void)getrusage(RUSAGE_CHILDREN, &children);
    (void)printf(
        "%-28s %7d descriptors %8llu bursts %10llu cycles  machine %8.2f ms (%6.1f Mcycles/s, "
        "%5.2f Mbursts/s, "
        "%5.0f ns/burst)  estimate %6.2f ms, %4.1f %% of the machine's cycles  peak %ld MB\n",
        name, program->desc_count, (unsigned long long)bursts,
        (unsigned long long)machine.total.cycles, machine_s * 1e3,
        (double)machine.total.cycles / machine_s * 1e-6, (double)bursts / machine_s * 1e-6,
        machine_s / (double)bursts * 1e9, estimate_s * 1e3,
        100.0 * (double)estimate.total.cycles / (double)machine.total.cycles,
        children.ru_maxrss / 1024);
    tsr_result_free(&machine);
    tsr_result_free(&estimate);
}

/** Weights only: what a fully connected layer does to a port. */
static void stream(const tsr_arch *arch) {
    tsr_error err = {0};
    static char names[1][TSR_NAME_MAX] = {"stream"};
    tsr_program program = {.arch = *arch, .layer_count = 1, .layer_names = names};
    tsr_desc load = {.header = {.opcode = TSR_OP_LOAD_WEIGHT, .traffic = TSR_TRAFFIC_WEIGHTS}};
    load.u.load_weight.groups = 1;
    load.u.load_weight.words_per_group = 1024;
    const int64_t bytes = 1024 * (int64_t)tsr_arch_weight_word_bytes(arch);
    for (int64_t i = 0; i < 400; ++i) {
        load.u.load_weight.dram_address = i * bytes;
        must(tsr_program_append(&program, &load, NULL, &err), &err);
    }
    const tsr_desc end = {.header = {.opcode = TSR_OP_END}};
    must(tsr_program_append(&program, &end, NULL, &err), &err);
    program.descriptor_address = (uint64_t)(400 * bytes);
    program.memory_bytes = program.descriptor_address + 64 * 401;
    report("weight stream", &program);
    program.layer_names = NULL;
    tsr_program_free(&program);
}

static void planned(const char *network_name, const char *schedule_text, const tsr_arch *arch) {
    tsr_error err = {0};
    tsr_network network;
    tsr_schedule schedule = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    char name[64];
    must(tsr_network_load(network_name, 0, 0, &network, &err), &err);
    must(tsr_schedule_parse(schedule_text, &schedule, &err), &err);
    must(tsr_plan_make(&network, arch, &schedule, &plan, &err), &err);
    must(tsr_plan_lower(plan, NULL, &program, &err), &err);
    (void)snprintf(name, sizeof name, "%s %s", network_name, schedule_text);
    report(name, &program);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

/** Arguments: architecture (zc706). */
int main(int argc, char **argv) {
    tsr_error err = {0};
    tsr_arch arch;
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    must(tsr_arch_load(argc > 1 ? argv[1] : "zc706", &arch, &err), &err);
    stream(&arch);
    planned("vgg16", "F28", &arch);
    planned("vgg16", "H4x4", &arch);
    planned("vgg16", "layerwise", &arch);
    return EXIT_SUCCESS;
}
