// SPDX-License-Identifier: Apache-2.0
// Capacities of devices: hardware.md 3.4, which names the sources.
#include <ctype.h>
#include <string.h>

#include <tessera/fit.h>

static const tsr_device devices[] = {
    {"xc7z020", {53200, 106400, 220, 140}},   // Xilinx/finn platforms.py; third-party table
    {"xc7z045", {218600, 437200, 900, 545}},  // third-party table
    {"xczu3eg", {70560, 141120, 360, 216}},   // an HLS report's "Available" line; third-party table
    {"xczu9eg", {274080, 548160, 2520, 912}},    // third-party tables; finn
    {"xcu50", {871680, 1743360, 5952, 1344}},    // third-party table; finn
    {"xcvu9p", {1182240, 2364480, 6840, 2160}},  // third-party tables
};

enum { device_count = sizeof devices / sizeof devices[0] };

const char *tsr_resource_name(tsr_resource resource) {
    static const char *const names[TSR_RESOURCE_COUNT] = {"LUT", "FF", "DSP", "BRAM36"};
    return names[resource];
}

const tsr_device *tsr_device_at(int32_t index) {
    return index >= 0 && index < device_count ? &devices[index] : NULL;
}

static bool begins(const char *text, const char *start) {
    for (; *start != '\0'; ++start, ++text) {
        if (tolower((unsigned char)*text) != *start) {
            return false;
        }
    }
    return !isalnum((unsigned char)*text) || isalpha((unsigned char)*text);
}

const tsr_device *tsr_device_find(const char *name) {
    for (int32_t i = 0; i < device_count; ++i) {
        if (begins(name, devices[i].name) || begins(name, devices[i].name + strlen("xc"))) {
            return &devices[i];
        }
    }
    return NULL;
}
