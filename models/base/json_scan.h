// SPDX-License-Identifier: Apache-2.0
// Strict grammar check of JSON text, with line and column: what cJSON lets pass is refused here.
#ifndef TESSERA_BASE_JSON_SCAN_H
#define TESSERA_BASE_JSON_SCAN_H

#include <tessera/status.h>

/** TSR_OK when text is exactly one RFC 8259 value without duplicate keys, control characters or
 * \u0000 in strings, numbers beyond double, or nesting deeper than 64. */
tsr_status tsr_json_scan(const char *text, const char *where, tsr_error *err) TSR_MUST_USE;

#endif
