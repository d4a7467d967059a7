// SPDX-License-Identifier: Apache-2.0
// A library's name says what it was made of: sources, generated constants, shim, parameters and the
// version of Verilator go into a hash. So a cache is never stale and needs no invalidation.
#include "rtl/rtl_build.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "rtl/tool_run.h"

enum { max_sources = 96, max_words = 64, max_arguments = max_sources + max_words, log_tail = 300 };

static const size_t max_source_bytes = (size_t)4 << 20;

static const char *chosen_dir;
static const char *chosen_cache;

void tsr_rtl_dir_set(const char *path) {
    chosen_dir = path;
}

void tsr_rtl_cache_dir_set(const char *path) {
    chosen_cache = path;
}

/** One -G parameter. */
typedef struct parameter {
    const char *name;
    int64_t value;
} parameter;

enum { parameter_count = 12 };

/** What a build needs to know. */
typedef struct build {
    parameter parameters[parameter_count];
    bool trace;
    char rtl[TSR_RTL_PATH_MAX], shim[TSR_RTL_PATH_MAX], generated[TSR_RTL_PATH_MAX];
    int32_t source_count;
    char (*sources)[TSR_RTL_PATH_MAX];  // owned; .sv files in order of their names
    char folder[TSR_RTL_PATH_MAX];      // where the library is or will be
    char log[TSR_RTL_PATH_MAX];
} build;

static void set_parameters(const tsr_arch *arch, build *b) {
    const parameter all[parameter_count] = {{"Tm", arch->tm},
                                            {"Tn", arch->tn},
                                            {"Tp", arch->tp},
                                            {"Wp", arch->wp},
                                            {"Aw", arch->activation_bits},
                                            {"FeatureLines", tsr_arch_feature_lines(arch)},
                                            {"FeatureSectors", arch->feature_sectors},
                                            {"WeightWords", tsr_arch_weight_words(arch)},
                                            {"ParameterChannels", arch->parameter_channels},
                                            {"AxiDataBits", arch->axi_data_bits},
                                            {"MaxBurstBeats", arch->max_burst_beats},
                                            {"MaxOutstanding", arch->max_outstanding_bursts}};
    memcpy(b->parameters, all, sizeof all);
}

/** Build tree: three folders of the source and build tree. Installed: one folder with all of it. */
static void set_folders(build *b) {
    if (chosen_dir != NULL) {
        (void)snprintf(b->rtl, sizeof b->rtl, "%s", chosen_dir);
        (void)snprintf(b->shim, sizeof b->shim, "%s/shim", chosen_dir);
        (void)snprintf(b->generated, sizeof b->generated, "%s", chosen_dir);
        return;
    }
    (void)snprintf(b->rtl, sizeof b->rtl, "%s", TSR_RTL_DIR);
    (void)snprintf(b->shim, sizeof b->shim, "%s", TSR_RTL_SHIM_DIR);
    (void)snprintf(b->generated, sizeof b->generated, "%s", TSR_RTL_GENERATED_DIR);
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static bool is_source(const char *name) {
    const size_t length = strlen(name);
    return strncmp(name, "tsr_", 4) == 0 && length > 3 && strcmp(name + length - 3, ".sv") == 0;
}

static tsr_status list_sources(build *b, tsr_error *err) {
    DIR *dir = opendir(b->rtl);
    TSR_CHECK(dir != NULL, TSR_ERR_FILE, err, b->rtl, "cannot be read: %s (sources of the RTL)",
              strerror(errno));
    tsr_status status = TSR_OK;
    for (const struct dirent *e = readdir(dir); e != NULL && status == TSR_OK; e = readdir(dir)) {
        if (!is_source(e->d_name)) {
            continue;
        }
        if (b->source_count == max_sources ||
            snprintf(b->sources[b->source_count], TSR_RTL_PATH_MAX, "%s/%s", b->rtl, e->d_name) >=
                TSR_RTL_PATH_MAX) {
            status = tsr_fail(err, TSR_ERR_INTERNAL, b->rtl, "more than %d sources", max_sources);
            break;
        }
        ++b->source_count;
    }
    (void)closedir(dir);
    TSR_TRY(status);
    TSR_CHECK(b->source_count > 0, TSR_ERR_FILE, err, b->rtl, "holds no tsr_*.sv");
    qsort(b->sources, (size_t)b->source_count, sizeof *b->sources, by_name);
    return TSR_OK;
}

/** FNV-1a; two sets of sources that meet by chance are 1 in 2^64. */
static void hash_bytes(uint64_t *hash, const void *data, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) {
        *hash = (*hash ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001B3);
    }
}

static tsr_status hash_file(uint64_t *hash, const char *path, tsr_error *err) {
    char *data = NULL;
    size_t bytes = 0;
    TSR_TRY(tsr_file_read(path, max_source_bytes, &data, &bytes, err));
    hash_bytes(hash, data, bytes);
    hash_bytes(hash, "\0", 1);
    tsr_free(data);
    return TSR_OK;
}

static tsr_status hash_verilator(const char *cache, uint64_t *hash, tsr_error *err) {
    static const char *const argv[] = {"verilator", "--version", NULL};
    char path[TSR_RTL_PATH_MAX];
    int code = 0;
    if (snprintf(path, sizeof path, "%s/version-%ld", cache, (long)getpid()) >= (int)sizeof path) {
        return tsr_fail(err, TSR_ERR_FILE, cache, "path too long");
    }
    (void)remove(path);
    TSR_TRY(tsr_tool_run(argv, path, &code, err));
    const tsr_status status = hash_file(hash, path, err);
    (void)remove(path);
    TSR_TRY(status);
    TSR_CHECK(
        code == 0, TSR_ERR_UNSUPPORTED, err, "rtl",
        "verilator is not there or does not run: install it (Debian: apt-get install verilator g++ "
        "make), or use --engine systemc");
    return TSR_OK;
}

static tsr_status hash_all(const build *b, const char *cache, uint64_t *hash, tsr_error *err) {
    static const char *const extra[] = {"%s/tsr_assert.svh", "%s/tsr_uarch.vh", "%s/shim.cpp",
                                        "%s/tsr_shim.h", "%s/shim_print.h"};
    const char *const folders[] = {b->rtl, b->generated, b->shim, b->shim, b->shim};
    *hash = UINT64_C(0xCBF29CE484222325);
    TSR_TRY(hash_verilator(cache, hash, err));
    for (int32_t i = 0; i < b->source_count; ++i) {
        const char *name = strrchr(b->sources[i], '/') + 1;
        hash_bytes(hash, name, strlen(name));
        TSR_TRY(hash_file(hash, b->sources[i], err));
    }
    for (size_t i = 0; i < sizeof extra / sizeof extra[0]; ++i) {
        char path[TSR_RTL_PATH_MAX + 32];
        const char *name = strrchr(extra[i], '/');
        (void)snprintf(path, sizeof path, "%s%s", folders[i], name);
        TSR_TRY(hash_file(hash, path, err));
    }
    for (int32_t i = 0; i < parameter_count; ++i) {
        hash_bytes(hash, &b->parameters[i].value, sizeof b->parameters[i].value);
    }
    hash_bytes(hash, b->trace ? "trace" : "plain", 5);
    return TSR_OK;
}

static tsr_status name_folder(const tsr_arch *arch, const char *cache, build *b, tsr_error *err) {
    uint64_t hash = 0;
    TSR_TRY(hash_all(b, cache, &hash, err));
    const int length =
        snprintf(b->folder, sizeof b->folder, "%s/tm%dtn%dtp%dwp%daw%d-axi%d-%016" PRIx64 "%s",
                 cache, arch->tm, arch->tn, arch->tp, arch->wp, arch->activation_bits,
                 arch->axi_data_bits, hash, b->trace ? "-trace" : "");
    TSR_CHECK(length > 0 && length < (int)sizeof b->folder - 64, TSR_ERR_FILE, err, cache,
              "path too long");
    return TSR_OK;
}

/** A command line in place. */
typedef struct command {
    int32_t count;
    const char *words[max_arguments + 1];
    char text[max_words][2 * TSR_RTL_PATH_MAX + 128];
    int32_t texts;
} command;

static void add(command *c, const char *word) {
    c->words[c->count++] = word;
    c->words[c->count] = NULL;
}

static void addf(command *c, const char *format, const char *a, const char *b)
    __attribute__((format(printf, 2, 0)));

static void addf(command *c, const char *format, const char *a, const char *b) {
    char *text = c->text[c->texts++];
    (void)snprintf(text, sizeof c->text[0], format, a, b);
    add(c, text);
}

/* Public memories (--vpi) are how the shim finds the feature pool. Hidden symbols and -Bsymbolic
 * keep two libraries of different shapes in one process apart. */
static void make_command(const build *b, const char *temporary, command *c) {
    static const char *const words[] = {
        "verilator",
        "--cc",
        "--exe",
        "--build",
        "-j",
        "2",
        "-O3",
        "--x-assign",
        "fast",
        "--x-initial",
        "unique",
        "--no-timing",
        "--assert",
        "--vpi",
        "-Wno-fatal",
        "--top-module",
        "tsr_top",
        "--prefix",
        "Vtsr",
        "-CFLAGS",
        "-fPIC -std=c++17 -fvisibility=hidden -fvisibility-inlines-hidden",
        "-LDFLAGS",
        "-shared -Wl,-Bsymbolic",
        "-o",
        "libtsr.so"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        add(c, words[i]);
    }
    if (b->trace) {
        add(c, "--trace-fst");
    }
    add(c, "-MAKEFLAGS");
    // clang++ is several times faster on wide vectors; ccache makes a second build of the same
    // shape free.
    addf(c, "OPT_FAST=-O2 OPT_SLOW=-O0 OPT_GLOBAL=-O1%s%s",
         tsr_tool_exists("clang++") ? " CXX=clang++ LINK=clang++" : "",
         tsr_tool_exists("ccache") ? " OBJCACHE=ccache" : "");
    add(c, "-CFLAGS");
    addf(c, "-I%s -include %s/shim_print.h", b->shim, b->shim);
    add(c, "-CFLAGS");
    char bits[16];
    (void)snprintf(bits, sizeof bits, "%d", (int)b->parameters[9].value);
    addf(c, "-DTSR_AXI_DATA_BITS=%s%s", bits, "");
    addf(c, "-I%s%s", b->rtl, "");
    addf(c, "-I%s%s", b->generated, "");
    add(c, "--Mdir");
    addf(c, "%s/obj%s", temporary, "");
    for (int32_t i = 0; i < parameter_count; ++i) {
        char value[24];
        (void)snprintf(value, sizeof value, "%" PRId64, b->parameters[i].value);
        addf(c, "-G%s=%s", b->parameters[i].name, value);
    }
    for (int32_t i = 0; i < b->source_count; ++i) {
        add(c, b->sources[i]);
    }
    addf(c, "%s/shim.cpp%s", b->shim, "");
}

/** What cannot be removed stays: a folder with a name that nobody looks for. */
static void remove_tree(const char *path) {
    const char *const argv[] = {"rm", "-rf", path, NULL};
    int code = 0;
    tsr_error ignored = {0};
    const tsr_status status = tsr_tool_run(argv, "/dev/null", &code, &ignored);
    (void)status;
}

/** Last characters of the log, on one line. */
static void tail_of(const char *log, char text[log_tail]) {
    char *data = NULL;
    size_t bytes = 0;
    tsr_error ignored = {0};
    text[0] = '\0';
    if (tsr_file_read(log, max_source_bytes, &data, &bytes, &ignored) != TSR_OK) {
        return;
    }
    const char *start = strstr(data, " error: ");
    start = start != NULL ? start : strstr(data, "%Error");
    start = start != NULL ? start : data + (bytes > log_tail - 1 ? bytes - (log_tail - 1) : 0);
    (void)snprintf(text, log_tail, "%s", start);
    for (char *c = text; *c != '\0'; ++c) {
        *c = *c == '\n' ? ' ' : *c;
    }
    tsr_free(data);
}

/** Build beside the final place and move the folder there whole; of two builders one comes second,
 * which is fine. */
static tsr_status build_library(build *b, tsr_error *err) {
    char temporary[TSR_RTL_PATH_MAX + 32];
    char from[TSR_RTL_PATH_MAX + 64];
    char to[TSR_RTL_PATH_MAX + 64];
    (void)snprintf(temporary, sizeof temporary, "%s.tmp-%ld", b->folder, (long)getpid());
    TSR_TRY(tsr_dir_make(temporary, err));
    command *c = tsr_alloc(1, sizeof *c);
    TSR_CHECK(c != NULL, TSR_ERR_NO_MEMORY, err, "rtl", "no memory for a command line");
    make_command(b, temporary, c);
    int code = 0;
    (void)snprintf(b->log, sizeof b->log, "%.900s.log", b->folder);
    (void)remove(b->log);
    tsr_status status = tsr_tool_run(c->words, b->log, &code, err);
    tsr_free(c);
    if (status == TSR_OK && code != 0) {
        char tail[log_tail];
        tail_of(b->log, tail);
        status =
            tsr_fail(err, TSR_ERR_INTERNAL, b->log, "verilator or the compiler failed: %s", tail);
    }
    if (status == TSR_OK) {
        (void)snprintf(from, sizeof from, "%s/obj/libtsr.so", temporary);
        (void)snprintf(to, sizeof to, "%s/libtsr.so", temporary);
        if (rename(from, to) != 0) {
            status = tsr_fail(err, TSR_ERR_FILE, from, "%s", strerror(errno));
        }
    }
    if (status == TSR_OK) {
        (void)snprintf(from, sizeof from, "%s/obj", temporary);
        remove_tree(from);
        (void)remove(b->log);
        if (rename(temporary, b->folder) != 0 && errno != EEXIST && errno != ENOTEMPTY) {
            status = tsr_fail(err, TSR_ERR_FILE, b->folder, "%s", strerror(errno));
        }
    }
    remove_tree(temporary);
    return status;
}

static tsr_status find_or_build(const tsr_arch *arch, const char *cache, build *b,
                                char path[TSR_RTL_PATH_MAX], tsr_error *err) {
    set_parameters(arch, b);
    set_folders(b);
    TSR_TRY(tsr_dir_make(cache, err));
    TSR_TRY(list_sources(b, err));
    TSR_TRY(name_folder(arch, cache, b, err));
    (void)snprintf(path, TSR_RTL_PATH_MAX, "%.1000s/libtsr.so", b->folder);
    return tsr_file_exists(path) ? TSR_OK : build_library(b, err);
}

tsr_status tsr_rtl_library(const tsr_arch *arch, const tsr_rtl_options *options,
                           char path[TSR_RTL_PATH_MAX], tsr_error *err) {
    const char *cache = options->cache_dir != NULL ? options->cache_dir : chosen_cache;
    TSR_CHECK(cache != NULL, TSR_ERR_USAGE, err, "rtl", "needs a folder for built libraries");
    build *b = tsr_alloc(1, sizeof *b);
    TSR_CHECK(b != NULL, TSR_ERR_NO_MEMORY, err, "rtl", "no memory for a build");
    b->trace = options->trace;
    b->sources = tsr_alloc(max_sources, sizeof *b->sources);
    const tsr_status status =
        b->sources != NULL ? find_or_build(arch, cache, b, path, err)
                           : tsr_fail(err, TSR_ERR_NO_MEMORY, "rtl", "no memory for a build");
    tsr_free(b->sources);
    tsr_free(b);
    return status;
}
