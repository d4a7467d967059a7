// SPDX-License-Identifier: Apache-2.0
// The shim of sim/rtl for a library with line coverage: the same, but a machine writes its counts when it ends.
#define tsr_shim_get plain_shim_get
#include "shim.cpp"
#undef tsr_shim_get

#include <unistd.h>

#include "verilated_cov.h"

#ifndef TSR_COVERAGE_FILE
#error "needs the beginning of the path that counts are written to, another one for each library"
#endif

namespace {

void destroy_and_write(void *m) {
    static int number = 0;
    const std::string name =
        TSR_COVERAGE_FILE "-" + std::to_string(getpid()) + "-" + std::to_string(number++) + ".dat";
    Verilated::threadContextp()->coveragep()->write(name.c_str());
    plain_shim_get()->destroy(m);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const tsr_shim_api *tsr_shim_get(void) {
    static tsr_shim_api api = *plain_shim_get();
    api.destroy = destroy_and_write;
    return &api;
}
