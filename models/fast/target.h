// SPDX-License-Identifier: Apache-2.0
// The one place that knows which instruction sets the compiler can be asked for, function by
// function.
#ifndef TESSERA_FAST_TARGET_H
#define TESSERA_FAST_TARGET_H

#if defined(__x86_64__) && defined(__GNUC__)
#define TSR_HAS_X86 1
#define TSR_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define TSR_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
/** For kernel bodies that must end up in a caller of the same target. */
#define TSR_INLINE static inline __attribute__((always_inline))
#endif

#endif
