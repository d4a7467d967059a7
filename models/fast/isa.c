// SPDX-License-Identifier: Apache-2.0
// Which variants this processor can run, asked at run time.
#include <tessera/kernels.h>

#include "fast/target.h"

bool tsr_isa_available(tsr_isa isa) {
    switch (isa) {
        case TSR_ISA_PORTABLE:
            return true;
#ifdef TSR_HAS_X86
        case TSR_ISA_AVX2:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        case TSR_ISA_AVX512_VNNI:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#endif
        default:
            return false;
    }
}

tsr_isa tsr_isa_best(void) {
    tsr_isa best = TSR_ISA_PORTABLE;
    for (int isa = TSR_ISA_PORTABLE; isa < TSR_ISA_COUNT; ++isa) {
        best = tsr_isa_available((tsr_isa)isa) ? (tsr_isa)isa : best;
    }
    return best;
}

const char *tsr_isa_name(tsr_isa isa) {
    static const char *const names[TSR_ISA_COUNT] = {"portable", "avx2", "avx512_vnni"};
    return (unsigned)isa < TSR_ISA_COUNT ? names[isa] : "unknown";
}
