// SPDX-License-Identifier: Apache-2.0
// Names of weight arrays by number: a text with one %d, %<n>d or %0<n>d.
#ifndef TESSERA_NETWORK_WEIGHT_NAMES_H
#define TESSERA_NETWORK_WEIGHT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether the text is such a pattern. */
bool tsr_weight_pattern_is_good(const char *pattern);
/** Name number k of a good pattern; false when it does not fit. */
bool tsr_weight_pattern_expand(const char *pattern, int32_t k, char *name, size_t size);

#endif
