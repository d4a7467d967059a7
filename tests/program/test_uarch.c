// SPDX-License-Identifier: Apache-2.0
// sim/arch/uarch.json is the one place: what was compiled in is what it says, and nonsense in it
// stops the build.
#include <libgen.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/json.h"
#include "program/desc_fields.h"
#include "support/hand_program.h"

#define UARCH_JSON TSR_SOURCE_DIR "/sim/arch/uarch.json"

enum { PATH_SIZE = 512, COMMAND_SIZE = 3 * PATH_SIZE + 64, TEXT_MAX = 1 << 20 };

/** A file of the build folder: the tessera program lies at its top. */
static void build_path(char path[PATH_SIZE], const char *relative) {
    char tessera[] = TSR_TESSERA;
    (void)snprintf(path, PATH_SIZE, "%s/%s", dirname(tessera), relative);
}

/** Exit code of the generator on one file, output into `out`. */
static int generate(const char *json, const char *out) {
    char generator[PATH_SIZE];
    char command[COMMAND_SIZE];
    build_path(generator, "sim/uarch_gen");
    (void)snprintf(command, sizeof command, "%s c %s %s 2>/dev/null", generator, json, out);
    const int status = system(command);  // our own words only
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/** A whole file, to be freed. */
static void read_whole(const char *path, char **text) {
    tsr_error err = {0};
    size_t bytes = 0;
    assert_ok(tsr_file_read(path, TEXT_MAX, text, &bytes, &err), err);
}

static void the_compiled_header_is_what_the_generator_makes_now(void **state) {
    (void)state;
    char fresh_path[PATH_SIZE];
    char built_path[PATH_SIZE];
    (void)snprintf(fresh_path, sizeof fresh_path, "/tmp/tessera_test_%ld_uarch.h", (long)getpid());
    build_path(built_path, "generated/tsr_uarch.h");
    assert_int_equal(generate(UARCH_JSON, fresh_path), 0);
    char *fresh = NULL;
    char *built = NULL;
    read_whole(fresh_path, &fresh);
    read_whole(built_path, &built);
    assert_string_equal(fresh, built);
    assert_int_equal(unlink(fresh_path), 0);
    tsr_free(fresh);
    tsr_free(built);
}

#define CONSTANT_ENTRY(name) \
    { #name, TSR_UARCH_##name }

static void constants_are_those_of_the_file(void **state) {
    (void)state;

    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {CONSTANT_ENTRY(DESCRIPTOR_UNIT_BYTES), CONSTANT_ENTRY(COMMAND_FIFO_DEPTH),
                     CONSTANT_ENTRY(FETCH_BUFFER_UNITS),    CONSTANT_ENTRY(FETCH_BURST_UNITS),
                     CONSTANT_ENTRY(DISPATCH_CYCLES),       CONSTANT_ENTRY(FIFO_VISIBLE_CYCLES),
                     CONSTANT_ENTRY(TOKEN_VISIBLE_CYCLES),  CONSTANT_ENTRY(TOKEN_COUNTER_BITS),
                     CONSTANT_ENTRY(DMA_COMMAND_CYCLES),    CONSTANT_ENTRY(DMA_READ_WRITE_CYCLES),
                     CONSTANT_ENTRY(DMA_STORE_READ_CYCLES), CONSTANT_ENTRY(ENGINE_GAP_CYCLES),
                     CONSTANT_ENTRY(ARRAY_ADDRESS_CYCLES),  CONSTANT_ENTRY(ARRAY_READ_CYCLES),
                     CONSTANT_ENTRY(ARRAY_CROSSBAR_CYCLES), CONSTANT_ENTRY(ARRAY_INPUT_CYCLES),
                     CONSTANT_ENTRY(ARRAY_MULTIPLY_CYCLES), CONSTANT_ENTRY(ARRAY_ACCUMULATE_CYCLES),
                     CONSTANT_ENTRY(POST_BIAS_CYCLES),      CONSTANT_ENTRY(POST_MULTIPLY_CYCLES),
                     CONSTANT_ENTRY(POST_ROUND_CYCLES),     CONSTANT_ENTRY(POST_RESIDUAL_CYCLES),
                     CONSTANT_ENTRY(POST_CLAMP_CYCLES),     CONSTANT_ENTRY(POST_POOL_CYCLES),
                     CONSTANT_ENTRY(POST_WRITE_CYCLES)};

    const int32_t count = (int32_t)(sizeof constants / sizeof constants[0]);
    tsr_error err = {0};
    tsr_json *document = NULL;
    assert_ok(tsr_json_load(UARCH_JSON, &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode list = tsr_jnode_get(&root, "constants");
    assert_int_equal(tsr_jnode_count(&list), count);
    for (int32_t i = 0; i < count; ++i) {
        char key[64] = "";
        for (size_t k = 0; constants[i].name[k] != '\0'; ++k) {
            const char c = constants[i].name[k];
            key[k] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        const tsr_jnode constant = tsr_jnode_get(&list, key);
        int64_t value = -1;
        assert_ok(tsr_jnode_int(&constant, "value", true, 0, INT32_MAX, &value, &err), err);
        assert_int_equal(value, constants[i].value);
    }
    tsr_json_free(document);
}

/** Field `index` of a JSON list: [name, width] or [name, width, "signed"]; the pointer text finds
 * the element. */
static void expect_fields(const tsr_jnode *root, const char *kind, tsr_field_table table,
                          int32_t first_word) {
    const tsr_jnode list = tsr_jnode_get(root, kind);
    assert_int_equal(tsr_jnode_count(&list), table.count);
    int32_t word = first_word;
    int32_t lsb = 0;
    tsr_jnode item = tsr_jnode_first(&list);
    for (int32_t i = 0; i < table.count; ++i) {
        char *text = tsr_jnode_print(&item);
        char due[128];
        const tsr_field *field = &table.fields[i];
        (void)snprintf(due, sizeof due, "[\"%s\",%d%s]", field->name, field->width,
                       field->is_signed ? ",\"signed\"" : "");
        assert_string_equal(text, due);
        if (lsb + field->width > 64) {  // a field that would cross a word starts the next
            ++word;
            lsb = 0;
        }
        assert_int_equal(field->word, word);
        assert_int_equal(field->lsb, lsb);
        lsb += field->width;
        tsr_free(text);
        item = tsr_jnode_next(&list, &item, i + 1);
    }
}

static void field_maps_are_those_of_the_file(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_json *document = NULL;
    assert_ok(tsr_json_load(UARCH_JSON, &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    expect_fields(&root, "header", tsr_header_fields(), 0);
    const tsr_jnode opcodes = tsr_jnode_get(&root, "opcodes");
    const tsr_jnode units = tsr_jnode_get(&root, "units");
    assert_int_equal(tsr_jnode_count(&opcodes), TSR_OP_COUNT);
    for (int64_t opcode = 0; opcode < TSR_OP_COUNT; ++opcode) {
        const char *name = tsr_opcode_name(opcode);
        int64_t value = -1;
        assert_ok(tsr_jnode_int(&opcodes, name, true, 0, 15, &value, &err), err);
        assert_int_equal(value, opcode);
        assert_ok(tsr_jnode_int(&units, name, true, 1, 2, &value, &err), err);
        assert_int_equal(value, tsr_opcode_units(opcode));
        if (opcode != TSR_OP_END) {
            expect_fields(&root, name, tsr_body_fields(opcode), 1);
        }
    }
    tsr_json_free(document);
}

/** Replace the first `old` of the file by `new_text`; the generator must refuse with exit code 3.
 */
static void nonsense(const char *old, const char *new_text) {
    char path[PATH_SIZE];
    char out[PATH_SIZE];
    (void)snprintf(path, sizeof path, "/tmp/tessera_test_%ld_uarch.json", (long)getpid());
    (void)snprintf(out, sizeof out, "/tmp/tessera_test_%ld_uarch.out", (long)getpid());
    char *text = NULL;
    read_whole(UARCH_JSON, &text);
    char *at = strstr(text, old);
    assert_non_null(at);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    (void)fprintf(file, "%.*s%s%s", (int)(at - text), text, new_text, at + strlen(old));
    assert_int_equal(fclose(file), 0);
    const int code = generate(path, out);
    if (code != 3) {
        fail_msg("'%s' -> '%s' gives exit code %d", old, new_text, code);
    }
    assert_false(tsr_file_exists(out));  // nothing is written for refused input
    assert_int_equal(unlink(path), 0);
    tsr_free(text);
}

static void the_generator_refuses_nonsense(void **state) {
    (void)state;
    nonsense("{", "");
    nonsense("\"version\": 1", "\"version\": 0");
    nonsense("\"version\": 1", "\"version\": 1.5");
    nonsense("\"value\": 64", "\"value\": -1");
    nonsense("\"value\": 64", "\"value\": \"64\"");
    nonsense("\"value\": 64, \"unit\": \"byte\"", "\"value\": 64");
    nonsense("\"descriptor_unit_bytes\"", "\"DescriptorUnitBytes\"");
    nonsense("\"command_fifo_depth\"", "\"descriptor_unit_bytes\"");
    nonsense("\"engines\"", "\"motors\"");
    nonsense("\"load_weight\", \"compute\"", "\"compute\", \"compute\"");
    nonsense("\"load_feature\": 1, \"load_weight\": 2", "\"load_feature\": 2, \"load_weight\": 2");
    nonsense("\"store\": 5", "\"store\": 16");
    nonsense("\"conv\": 2, \"pool\": 2", "\"conv\": 3, \"pool\": 2");
    nonsense("\"conv\": 2, \"pool\": 2",
             "\"conv\": 1, \"pool\": 2");  // its fields do not fit one unit
    nonsense("[\"opcode\", 4]", "[\"opcode\", 0]");
    nonsense("[\"opcode\", 4]", "[\"opcode\", 64]");
    nonsense("[\"opcode\", 4]", "[\"opcode\"]");
    nonsense("[\"opcode\", 4]", "[\"opcode\", 4, \"unsigned\"]");
    nonsense("[\"opcode\", 4]", "[\"opcode\", 5]");  // the header has 64 bits
    nonsense("[\"units\", 2]", "[\"opcode\", 2]");
    nonsense("\"pool\": [", "\"pond\": [");
    nonsense("\"ports\": [", "\"portholes\": [], \"ports\": [");
}

static void the_generator_says_what_it_cannot_open(void **state) {
    (void)state;
    assert_int_equal(generate("/nowhere/uarch.json", "/dev/null"), 3);
    assert_int_equal(generate(UARCH_JSON, "/nowhere/out.h"), 5);
    assert_int_equal(generate("", ""), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_compiled_header_is_what_the_generator_makes_now),
        cmocka_unit_test(constants_are_those_of_the_file),
        cmocka_unit_test(field_maps_are_those_of_the_file),
        cmocka_unit_test(the_generator_refuses_nonsense),
        cmocka_unit_test(the_generator_says_what_it_cannot_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
