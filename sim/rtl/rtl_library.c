// SPDX-License-Identifier: Apache-2.0
// Loading a library, and is it the machine it should be?
#include <dlfcn.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "rtl/rtl_build.h"
#include "rtl/rtl_host.h"

tsr_status tsr_rtl_check(const tsr_arch *arch, tsr_error *err) {
    TSR_TRY(tsr_arch_check(arch, err));
    const int32_t beat = tsr_arch_beat_bytes(arch);
    TSR_CHECK(
        beat <= tsr_arch_weight_word_bytes(arch), TSR_ERR_UNSUPPORTED, err, "dma/axi_data_bits",
        "a beat of %d bytes is wider than a weight word of %d: the RTL takes one word a cycle",
        beat, tsr_arch_weight_word_bytes(arch));
    return TSR_OK;
}

static tsr_status load(tsr_rtl *rtl, const char *path, uint64_t seed, tsr_error *err) {
    rtl->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    TSR_CHECK(rtl->library != NULL, TSR_ERR_FILE, err, path, "cannot be loaded: %s", dlerror());
    // POSIX's way from an object pointer to a function pointer
    tsr_shim_get_fn get = NULL;
    void *symbol = dlsym(rtl->library, TSR_SHIM_GET);
    memcpy(&get, &symbol, sizeof get);
    TSR_CHECK(get != NULL, TSR_ERR_FILE, err, path, "is not a library of ours: no " TSR_SHIM_GET);
    rtl->api = get();
    TSR_CHECK(rtl->api->version == TSR_SHIM_VERSION &&
                  rtl->api->beat_bytes == (uint32_t)tsr_arch_beat_bytes(&rtl->arch),
              TSR_ERR_FILE, err, path, "is of another version");
    rtl->machine = rtl->api->create(seed);
    TSR_CHECK(rtl->machine != NULL, TSR_ERR_NO_MEMORY, err, "rtl", "no memory for the machine");
    tsr_host_reset(rtl);
    return TSR_OK;
}

/** The capability registers say what driver software would find. */
static tsr_status check_capabilities(tsr_rtl *rtl, tsr_error *err) {
    const tsr_arch *arch = &rtl->arch;

    const struct {
        uint32_t offset;
        int64_t value;
        const char *name;
    } all[] = {
        {TSR_REG_CAPABILITY_TM, arch->tm, "tm"},
        {TSR_REG_CAPABILITY_TN, arch->tn, "tn"},
        {TSR_REG_CAPABILITY_TP, arch->tp, "tp"},
        {TSR_REG_CAPABILITY_WP, arch->wp, "wp"},
        {TSR_REG_CAPABILITY_ACTIVATION_BITS, arch->activation_bits, "activation_bits"},
        {TSR_REG_CAPABILITY_FEATURE_LINES, tsr_arch_feature_lines(arch), "feature lines"},
        {TSR_REG_CAPABILITY_FEATURE_SECTORS, arch->feature_sectors, "feature sectors"},
        {TSR_REG_CAPABILITY_WEIGHT_WORDS, tsr_arch_weight_words(arch), "weight words"},
        {TSR_REG_CAPABILITY_PARAMETER_CHANNELS, arch->parameter_channels, "parameter channels"},
        {TSR_REG_CAPABILITY_AXI_DATA_BITS, arch->axi_data_bits, "axi_data_bits"},
        {TSR_REG_CAPABILITY_MAX_BURST_BEATS, arch->max_burst_beats, "max_burst_beats"},
        {TSR_REG_CAPABILITY_MAX_OUTSTANDING, arch->max_outstanding_bursts, "max_outstanding"},
        {TSR_REG_VERSION, TSR_UARCH_VERSION, "version"}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
        uint32_t value = 0;
        TSR_TRY(tsr_rtl_register(rtl, all[i].offset, &value, err));
        TSR_CHECK(value == all[i].value, TSR_ERR_INTERNAL, err, "rtl",
                  "register of %s says %u, built for %lld", all[i].name, value,
                  (long long)all[i].value);
    }
    return TSR_OK;
}

tsr_status tsr_rtl_open(const tsr_arch *arch, const tsr_rtl_options *options, tsr_rtl **rtl,
                        tsr_error *err) {
    char path[TSR_RTL_PATH_MAX];
    TSR_TRY(tsr_rtl_check(arch, err));
    TSR_TRY(tsr_rtl_library(arch, options, path, err));
    tsr_rtl *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, "rtl", "no memory for the machine");
    made->arch = *arch;
    tsr_status status = load(made, path, options->start_seed, err);
    if (status == TSR_OK) {
        status = check_capabilities(made, err);
    }
    if (status != TSR_OK) {
        tsr_rtl_close(made);
        return status;
    }
    *rtl = made;
    return TSR_OK;
}

void tsr_rtl_close(tsr_rtl *rtl) {
    if (rtl == NULL) {
        return;
    }
    if (rtl->machine != NULL) {
        rtl->api->destroy(rtl->machine);
    }
    if (rtl->library != NULL) {
        (void)dlclose(rtl->library);
    }
    tsr_free(rtl);
}

tsr_status tsr_rtl_register(tsr_rtl *rtl, uint32_t offset, uint32_t *value, tsr_error *err) {
    enum { limit = 100 };

    tsr_shim_lite *lite = &rtl->pins.lite;
    lite->araddr = (uint16_t)offset;
    lite->arvalid = lite->rready = 1;
    for (int32_t i = 0; i < limit; ++i) {
        rtl->api->step(rtl->machine, &rtl->pins);
        if (lite->rvalid != 0) {
            *value = lite->rdata;
            return TSR_OK;
        }
        lite->arvalid = lite->arvalid != 0 && lite->arready == 0;
    }
    return tsr_fail(err, TSR_ERR_INTERNAL, "rtl", "register 0x%03x does not answer", offset);
}
