// SPDX-License-Identifier: Apache-2.0
// Speed of the verilated RTL, and how much faster the SystemC machine is on the same program: the first layers of
// VGG-16 with full DRAM timing. usage: bench_rtl [rtl cache]
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <tessera/interpreter.h>
#include <tessera/plan.h>
#include <tessera/rtl.h>

#include "bench/bench_clock.h"

static tsr_program make_program(const char *arch_name) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch = {0};
    tsr_schedule schedule = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    must(tsr_network_load("vgg16", 56, 56, &network, &err), &err);
    network.layer_count = tsr_network_find(&network, "pool2") + 1;
    must(tsr_network_infer(&network, &err), &err);
    must(tsr_arch_load(arch_name, &arch, &err), &err);
    must(tsr_schedule_parse("F28", &schedule, &err), &err);
    must(tsr_plan_make(&network, &arch, &schedule, &plan, &err), &err);
    must(tsr_plan_lower(plan, NULL, &program, &err), &err);
    tsr_plan_free(plan);
    tsr_network_free(&network);
    return program;
}

static void report(const char *arch_name, const char *cache) {
    tsr_error err = {0};
    tsr_program program = make_program(arch_name);
    const tsr_rtl_options open = {.cache_dir = cache};
    tsr_rtl *rtl = NULL;
    uint8_t *memory = NULL;
    tsr_result results[2] = {{0}, {0}};
    must(tsr_rtl_open(&program.arch, &open, &rtl, &err), &err);
    must(tsr_memory_create(&program, &memory, &err), &err);
    double start = seconds();
    must(tsr_rtl_run(rtl, &program, NULL, NULL, memory, &results[1], &err), &err);
    const double rtl_s = seconds() - start;
    start = seconds();
    must(tsr_machine_run(&program, NULL, NULL, &results[0], &err), &err);
    const double machine_s = seconds() - start;
    (void)printf(
        "%dx%dx%d: %llu cycles, RTL %.0f kcycle/s, SystemC machine %.0f kcycle/s, ratio %.0f\n",
        (int)program.arch.tm, (int)program.arch.tn, (int)program.arch.tp,
        (unsigned long long)results[1].total.cycles, (double)results[1].total.cycles / rtl_s / 1e3,
        (double)results[0].total.cycles / machine_s / 1e3, rtl_s / machine_s);
    tsr_result_free(&results[0]);
    tsr_result_free(&results[1]);
    tsr_memory_free(memory);
    tsr_rtl_close(rtl);
    tsr_program_free(&program);
}

int main(int argc, char **argv) {
    const char *cache = argc > 1 ? argv[1] : TSR_RTL_CACHE;
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    report("z7020", cache);
    report("zc706", cache);
    return EXIT_SUCCESS;
}
