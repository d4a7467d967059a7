// SPDX-License-Identifier: Apache-2.0
// Included before everything in a Verilated build: what the model prints is kept, not printed.
#ifndef TESSERA_RTL_SHIM_SHIM_PRINT_H
#define TESSERA_RTL_SHIM_SHIM_PRINT_H

__attribute__((format(printf, 1, 2))) int tsr_shim_print(const char *format, ...);

#define VL_PRINTF tsr_shim_print
#define VL_USER_STOP
#define VL_USER_FATAL

#endif
