// SPDX-License-Identifier: Apache-2.0
// Architectures: every shipped file loads, derived figures follow their formulas, what cannot be
// built is named.
#include <dirent.h>

#include "arch/arch_json.h"
#include "base/file.h"
#include "support/hand_program.h"

#define ARCH_DIR TSR_SOURCE_DIR "/configs/arch"

/** Text of an architecture as our own writer gives it. */
static char *text_of(const tsr_arch *arch) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    assert_non_null(file);
    tsr_jwriter writer;
    tsr_jwriter_init(&writer, file, true);
    tsr_arch_write(arch, &writer);
    assert_int_equal(fclose(file), 0);
    return text;
}

static tsr_status parse(const char *text, tsr_arch *arch, tsr_error *err) {
    tsr_json *document = NULL;
    const tsr_status status = tsr_json_parse(text, "t.json", &document, err);
    if (status != TSR_OK) {
        return status;
    }
    const tsr_jnode root = tsr_json_root(document);
    const tsr_status read = tsr_arch_from_node(&root, arch, err);
    tsr_json_free(document);
    return read;
}

static void every_shipped_architecture_loads_and_survives_its_own_text(void **state) {
    (void)state;
    DIR *dir = opendir(ARCH_DIR);
    assert_non_null(dir);
    int32_t count = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strstr(entry->d_name, ".json") == NULL) {
            continue;
        }
        tsr_error err = {0};
        tsr_arch by_path = {0};
        tsr_arch by_name = {0};
        tsr_arch back = {0};
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%.200s", ARCH_DIR, entry->d_name);
        assert_ok(tsr_arch_load(path, &by_path, &err), err);
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(entry->d_name) - 5), entry->d_name);
        assert_ok(tsr_arch_load(name, &by_name, &err), err);
        assert_string_equal(by_name.name, name);  // a file is named as what is in it
        char *text = text_of(&by_path);
        assert_ok(parse(text, &back, &err), err);
        char *again = text_of(&back);
        assert_string_equal(text, again);
        free(text);
        free(again);
        ++count;
    }
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(count, 6);
}

/** MACs of the array and DSP blocks: array + wp*tn lanes of 4 (hardware.md 2.1), below what the
 * device has. */
static void shipped_arrays_fit_the_multipliers_of_their_devices(void **state) {
    (void)state;

    static const struct {
        const char *name;
        int64_t macs;
        int32_t dsp;  // of the device: hardware.md 2.1 and 3
    } rows[] = {{"z7020", 128, 220},
                {"zc706", 512, 900},
                {"ultra96", 256, 360},
                {"zcu102", 2048, 2520},
                {"u50", 2048, 5952}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_error err = {0};
        tsr_arch arch = {0};
        assert_ok(tsr_arch_load(rows[i].name, &arch, &err), err);
        assert_int_equal(tsr_arch_macs_per_cycle(&arch), rows[i].macs);
        assert_true(rows[i].macs + 4 * arch.wp * arch.tn <= rows[i].dsp);
    }
}

static void derived_figures_follow_their_formulas(void **state) {
    (void)state;
    tsr_arch arch = hand_arch();
    for (int32_t bits = 8; bits <= 16; bits += 8) {
        arch.activation_bits = bits;
        const int32_t e = bits / 8;
        assert_int_equal(tsr_arch_element_bytes(&arch), e);
        assert_int_equal(tsr_arch_feature_word_bytes(&arch), 4 * e);
        assert_int_equal(tsr_arch_line_bytes(&arch), 8 * e);
        assert_int_equal(tsr_arch_feature_lines(&arch), 32768 / (8 * e));
        assert_int_equal(tsr_arch_weight_word_bytes(&arch), 16 * e);
        assert_int_equal(tsr_arch_weight_words(&arch), 8192 / (16 * e));
        assert_int_equal(tsr_arch_beat_bytes(&arch), 8);
        // a pixel of c channels is a power of two of bytes, at most a word
        const int32_t due[] = {1, 2, 4, 4, 4, 4};
        for (int32_t c = 1; c <= 6; ++c) {
            assert_int_equal(tsr_arch_pixel_bytes(&arch, c), due[c - 1] * e);
        }
    }
}

/** One field out of range: refused by the check, with its name in the message. */
static void impossible_architectures_are_named(void **state) {
    (void)state;
#define CASE(field, bad, word) \
    { offsetof(tsr_arch, field), sizeof(((tsr_arch *)0)->field), bad, word }

    static const struct {
        size_t offset, size;
        int64_t value;
        const char *word;
    } cases[] = {CASE(tm, 0, "array.tm"),
                 CASE(tm, 257, "array.tm"),
                 CASE(tm, 6, "multiples of array.tn"),
                 CASE(tn, 0, "array.tn"),
                 CASE(tn, 3, "powers of two"),
                 CASE(tn, 128, "array.tn"),
                 CASE(tp, 0, "array.tp"),
                 CASE(tp, 17, "array.tp"),
                 CASE(wp, 0, "post_processor.wp"),
                 CASE(wp, 3, "post_processor.wp"),
                 CASE(activation_bits, 4, "activation_bits"),
                 CASE(activation_bits, 12, "activation_bits"),
                 CASE(rounding, TSR_ROUNDING_COUNT, "rounding"),
                 CASE(feature_buffer_bytes, 0, "feature_buffer.bytes"),
                 CASE(feature_buffer_bytes, 32768 + 8, "feature_buffer.bytes"),
                 CASE(feature_buffer_bytes, INT64_MAX, "feature_buffer.bytes"),
                 CASE(feature_sectors, 0, "feature_buffer.sectors"),
                 CASE(feature_sectors, 65, "feature_buffer.sectors"),
                 CASE(feature_sectors, 7, "feature_buffer.bytes"),
                 CASE(weight_buffer_bytes, 8200, "weight_buffer.bytes"),
                 CASE(weight_buffer_bytes, -16, "weight_buffer.bytes"),
                 CASE(parameter_channels, 0, "parameter_buffer.channels"),
                 CASE(parameter_channels, 66, "parameter_buffer.channels"),
                 CASE(axi_data_bits, 16, "axi_data_bits"),
                 CASE(axi_data_bits, 96, "axi_data_bits"),
                 CASE(axi_data_bits, 1024, "axi_data_bits"),
                 CASE(max_burst_beats, 0, "max_burst_beats"),
                 CASE(max_burst_beats, 257, "max_burst_beats"),
                 CASE(max_outstanding_bursts, 0, "max_outstanding_bursts"),
                 CASE(max_outstanding_bursts, 65, "max_outstanding_bursts"),
                 CASE(clock_hz, 0, "clock_hz"),
                 CASE(clock_hz, INT64_MAX, "clock_hz"),
                 CASE(dram.accelerator_clock_hz, 1, "dram.accelerator_clock_hz"),
                 CASE(name, 0, "name is empty")};

#undef CASE
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_arch arch = hand_arch();
        tsr_error err = {0};
        const size_t size = cases[i].size < sizeof(int64_t) ? cases[i].size : sizeof(int64_t);
        memcpy((char *)&arch + cases[i].offset, &cases[i].value, size);  // little-endian hosts only
        assert_int_equal(tsr_arch_check(&arch, &err), TSR_ERR_CONFIG);
        if (strstr(err.message, cases[i].word) == NULL) {
            fail_msg("'%s' does not say '%s'", err.message, cases[i].word);
        }
    }
}

/** The shipped "tiny" with one text replaced: refused, with these words and this JSON pointer. */
static void file_mistake(const char *old, const char *new_text, const char *pointer,
                         const char *part) {
    tsr_error err = {0};
    char *text = NULL;
    size_t bytes = 0;
    assert_ok(tsr_file_read(ARCH_DIR "/tiny.json", 1 << 16, &text, &bytes, &err), err);
    char *at = strstr(text, old);
    assert_non_null(at);
    char changed[4096];
    (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, new_text,
                   at + strlen(old));
    tsr_arch arch = {.tm = 99};
    const tsr_status status = parse(changed, &arch, &err);
    if (status != TSR_ERR_CONFIG || strstr(err.message, part) == NULL ||
        strstr(err.where, pointer) == NULL) {
        fail_msg("%s '%s: %s' is not '%s: %s'", tsr_status_name(status), err.where, err.message,
                 pointer, part);
    }
    assert_int_equal(arch.tm, 99);  // untouched on failure
    tsr_free(text);
}

static void mistakes_in_a_file_have_their_place(void **state) {
    (void)state;
    file_mistake("\"clock_hz\"", "\"clock_hertz\"", "t.json", "clock_hertz");
    file_mistake("\"tm\": 4", "\"tm\": 4.5", "/array/tm", "found 4.5");
    file_mistake("\"tm\": 4", "\"tm\": \"4\"", "/array/tm", "integer");
    file_mistake("\"tm\": 4, ", "", "/array", "tm");
    file_mistake("\"wp\": 1", "\"wp\": 3", "t.json", "post_processor.wp is 3");
    file_mistake("\"half_up\"", "\"half_down\"", "/rounding", "half_up");
    file_mistake("{\"bytes\": 32768, \"sectors\": 8}", "7", "t.json", "feature_buffer");
    file_mistake("\"ideal\"", "\"perfect\"", "/dram/preset", "ddr3_1066");
    file_mistake("\"ideal\"", "\"ideal\", \"kind\": \"ideal\"", "/dram/kind",
                 "give one of the two");
    file_mistake("\"ideal\"", "\"ddr3_1066\", \"timing\": {\"cl\": -1}", "/dram/timing/cl",
                 "found -1");
    file_mistake("\"ideal\"", "\"ddr3_1066\", \"timing\": {\"cll\": 1}", "/dram/timing", "cll");
    file_mistake("\"ideal\"", "\"ddr3_1066\", \"bus_bytes\": 3", "/dram", "bus_bytes");
}

static void a_preset_takes_overrides(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_arch arch = {0};
    assert_ok(tsr_arch_load("zc706", &arch, &err), err);
    tsr_dram_config preset = {0};
    assert_ok(tsr_dram_preset("ddr3_1066", &preset, &err), err);
    assert_int_equal(arch.dram.timing.cl, preset.timing.cl);
    assert_int_equal(arch.dram.accelerator_clock_hz, 150000000);
    tsr_json *document = NULL;
    assert_ok(
        tsr_json_parse(
            "{\"preset\": \"ddr3_1066\", \"page_policy\": \"closed\", \"timing\": {\"cl\": 8}}",
            "t", &document, &err),
        err);
    const tsr_jnode root = tsr_json_root(document);
    tsr_dram_config dram = {0};
    assert_ok(tsr_arch_dram_from_node(&root, 1000000, &dram, &err), err);
    preset.accelerator_clock_hz = 1000000;
    preset.page = TSR_DRAM_PAGE_CLOSED;
    preset.timing.cl = 8;
    assert_memory_equal(&dram.timing, &preset.timing, sizeof dram.timing);
    assert_int_equal(dram.page, preset.page);
    tsr_json_free(document);
}

/** Keys of the schema object at `path` (members of "properties"), sorted out against those of a
 * written object. */
static void expect_keys(const tsr_jnode *schema, const tsr_jnode *written) {
    const tsr_jnode properties = tsr_jnode_get(schema, "properties");
    tsr_jnode item = tsr_jnode_first(written);
    for (int32_t i = 0; tsr_jnode_exists(&item); ++i) {
        const tsr_jnode property = tsr_jnode_get(&properties, tsr_jnode_key(&item));
        if (!tsr_jnode_exists(&property)) {
            fail_msg("the schema lacks '%s'", tsr_jnode_key(&item));
        }
        if (tsr_jnode_is_object(&item)) {
            expect_keys(&property, &item);
        }
        item = tsr_jnode_next(written, &item, i + 1);
    }
    // and no key that nobody reads, but for those a written object does not have
    int32_t extra = 0;
    static const char *const only_read[] = {"$schema", "about", "preset"};
    for (size_t i = 0; i < sizeof only_read / sizeof only_read[0]; ++i) {
        const tsr_jnode property = tsr_jnode_get(&properties, only_read[i]);
        extra += tsr_jnode_exists(&property);
    }
    assert_int_equal(tsr_jnode_count(&properties), tsr_jnode_count(written) + extra);
}

static void the_schema_has_the_keys_of_the_loader(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_json *schema = NULL;
    tsr_json *written = NULL;
    const tsr_arch arch = hand_arch();
    char *text = text_of(&arch);
    assert_ok(tsr_json_load(TSR_SOURCE_DIR "/configs/schema/arch.schema.json", &schema, &err), err);
    assert_ok(tsr_json_parse(text, "written", &written, &err), err);
    const tsr_jnode schema_root = tsr_json_root(schema);
    const tsr_jnode written_root = tsr_json_root(written);
    expect_keys(&schema_root, &written_root);
    const tsr_jnode properties = tsr_jnode_get(&schema_root, "properties");
    const tsr_jnode dram = tsr_jnode_get(&properties, "dram");
    const tsr_jnode dram_properties = tsr_jnode_get(&dram, "properties");
    const tsr_jnode preset = tsr_jnode_get(&dram_properties, "preset");
    const tsr_jnode words = tsr_jnode_get(&preset, "enum");
    int32_t count = 0;
    for (const char *const *name = tsr_dram_preset_names(); *name != NULL; ++name, ++count) {}
    assert_int_equal(tsr_jnode_count(&words), count);
    tsr_json_free(schema);
    tsr_json_free(written);
    free(text);
}

static void a_file_that_is_not_there_is_a_file_error(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_arch arch;
    assert_int_equal(tsr_arch_load("no_such_board", &arch, &err), TSR_ERR_FILE);
    assert_int_equal(tsr_arch_load("/nowhere/x.json", &arch, &err), TSR_ERR_FILE);
}

int main(void) {
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_architecture_loads_and_survives_its_own_text),
        cmocka_unit_test(shipped_arrays_fit_the_multipliers_of_their_devices),
        cmocka_unit_test(derived_figures_follow_their_formulas),
        cmocka_unit_test(impossible_architectures_are_named),
        cmocka_unit_test(mistakes_in_a_file_have_their_place),
        cmocka_unit_test(a_preset_takes_overrides),
        cmocka_unit_test(the_schema_has_the_keys_of_the_loader),
        cmocka_unit_test(a_file_that_is_not_there_is_a_file_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
