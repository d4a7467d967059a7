// SPDX-License-Identifier: Apache-2.0
// A program as text and as a file comes back the same; what is damaged is refused with its place.
#include <sys/stat.h>

#include "base/file.h"
#include "program/note_fields.h"
#include "support/program_edit.h"
#include "support/two_layers.h"

static char *text_of(const tsr_program *p) {
    tsr_error err = {0};
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    assert_non_null(file);
    assert_ok(tsr_program_disassemble(p, file, &err), err);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void temporary(char *path, size_t size, const char *name) {
    (void)snprintf(path, size, "/tmp/tessera_test_%ld_%s", (long)getpid(), name);
}

/** The file that a program gives, for comparing programs byte by byte. */
static char *file_of(const tsr_program *p, size_t *bytes) {
    tsr_error err = {0};
    char path[64];
    char *data = NULL;
    temporary(path, sizeof path, "program.bin");
    assert_ok(tsr_program_write(p, path, &err), err);
    assert_ok(tsr_file_read(path, 1 << 20, &data, bytes, &err), err);
    assert_int_equal(unlink(path), 0);
    return data;
}

/** A program with a note, names that need escapes, and (text has none) no data in its segments. */
static two_layers decorated(void) {
    two_layers two = two_layers_make(3);
    tsr_program *p = &two.program;
    for (int32_t i = 0; i < p->segment_count; ++i) {
        tsr_free(p->segments[i].data);
        p->segments[i].data = NULL;
    }
    tsr_desc_note note = {0};
    for (int32_t k = 0; k < TSR_NOTE_FIELDS; ++k) {
        assert_true(tsr_note_set(&note, k, 1000 + k));
    }
    program_put_note(p, 4, &note);
    p->symbols[1].scale = 1.0 / 3.0;
    p->symbols[1].zero_point = -7;
    (void)snprintf(p->layer_names[2], TSR_NAME_MAX, "a \"quoted\" \\ name # with = signs");
    return two;
}

static void text_gives_the_same_program_back(void **state) {
    (void)state;
    tsr_error err = {0};
    two_layers two = decorated();
    char *text = text_of(&two.program);
    tsr_program back = {0};
    assert_ok(tsr_program_assemble(text, "text", &back, &err), err);
    size_t bytes[2] = {0, 0};
    char *files[2] = {file_of(&two.program, &bytes[0]), file_of(&back, &bytes[1])};
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(files[0], files[1], bytes[0]);
    assert_ok(tsr_program_check(&back, &err), err);
    free(text);
    tsr_free(files[0]);
    tsr_free(files[1]);
    tsr_program_free(&back);
    two_layers_free(&two);
}

static void a_line_is_a_descriptor_with_its_fields_by_name(void **state) {
    (void)state;
    two_layers two = two_layers_make(3);
    char *text = text_of(&two.program);
    assert_non_null(strstr(text,
                           "\nload_weight layer=1 traffic=weights push=compute dram_address=2048 "
                           "groups=2 "));
    assert_non_null(strstr(text,
                           "\nconv layer=1 traffic=input pop=load_feature,load_weight push=store "
                           "in_base=0 "));
    assert_non_null(strstr(text, "\nend layer=0 traffic=input\n"));
    free(text);
    two_layers_free(&two);
}

#define HEAD_LINES "tessera-program 1\n"

/** Text with `line` behind a good head: refused with this place and words. */
static void line_is_refused(const char *line, const char *where, const char *part) {
    tsr_error err = {0};
    tsr_program p = {0};
    two_layers two = two_layers_make(3);
    char *text = text_of(&two.program);
    char *layer = strstr(text, "\nlayer ") + 1;
    const size_t head = (size_t)(layer - text);  // lines 1 to 3
    char *changed = tsr_alloc(head + strlen(line) + 2, 1);
    memcpy(changed, text, head);
    (void)snprintf(changed + head, strlen(line) + 2, "%s\n", line);
    assert_int_equal(tsr_program_assemble(changed, "t", &p, &err), TSR_ERR_SYNTAX);
    assert_string_equal(err.where, where);
    if (strstr(err.message, part) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, part);
    }
    free(text);
    tsr_free(changed);
    two_layers_free(&two);
}

static void mistakes_have_line_and_column(void **state) {
    (void)state;
    line_is_refused("convolve in_base=1", "t:4:1", "unknown word 'convolve'");
    line_is_refused("conv in_base=1048576", "t:4:14", "allowed are integers from 0 to 1048575");
    line_is_refused("conv in_base=-1", "t:4:14", "allowed are integers from 0");
    line_is_refused("conv in_zero_point=-32769", "t:4:20", "from -32768 to 32767");
    line_is_refused("conv in_base=12x", "t:4:14", "'12x'");
    line_is_refused("conv in_base=99999999999999999999", "t:4:14", "allowed are integers");
    line_is_refused("conv in_base", "t:4:13", "'=' must follow");
    line_is_refused("conv in_base=", "t:4:14", "needs a value");
    line_is_refused("conv no_such=1", "t:4:6", "conv has no field 'no_such'");
    line_is_refused("conv pop=store,nobody", "t:4:16", "no engine 'nobody'");
    line_is_refused("conv traffic=gold", "t:4:14", "no traffic class");
    line_is_refused("conv layer=4096", "t:4:12", "from 0 to 4095");
    line_is_refused("conv | nothing=1", "t:4:8", "a note has no field");
    line_is_refused("conv | macs=-1", "t:4:13", "does not fit");
    line_is_refused("\n\nconv IN=1", "t:6:6", "lower-case letters");
    line_is_refused("layer", "t:4:6", "'name' is missing");
    line_is_refused("layer name=\"open", "t:4:12", "does not end on this line");
    line_is_refused("segment name=\"w\" address=0", "t:4:8", "'bytes' is missing");
    line_is_refused("segment name=\"w\" address=0 address=1 bytes=1", "t:4:28", "is there twice");
    line_is_refused("symbol name=\"s\" scale=big", "t:4:23", "allowed are numbers");
    line_is_refused(
        "layer name=\"0123456789012345678901234567890123456789012345678901234567890123\"", "t:4:12",
        "longer than 63");
}

static void text_without_its_head_is_refused(void **state) {
    (void)state;

    const struct {
        const char *text, *where;
    } cases[] = {{"", "t:1:1"},
                 {"tessera-program 2\n", "t:1:1"},
                 {HEAD_LINES, "t:2:1"},
                 {HEAD_LINES "memory bytes=1 descriptor_address=0\n", "t:3:1"},
                 {HEAD_LINES "conv\n", "t:2:1"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_error err = {0};
        tsr_program p = {0};
        assert_int_equal(tsr_program_assemble(cases[i].text, "t", &p, &err), TSR_ERR_SYNTAX);
        assert_string_equal(err.where, cases[i].where);
    }
}

static void text_that_is_cut_off_anywhere_is_never_a_crash(void **state) {
    (void)state;
    two_layers two = decorated();
    char *text = text_of(&two.program);
    for (size_t length = strlen(text); length-- > 0;) {
        tsr_program p = {0};
        tsr_error err = {0};
        text[length] = '\0';
        if (tsr_program_assemble(text, "t", &p, &err) == TSR_OK) {
            tsr_program_free(&p);  // cut at the end of a line or a number: a shorter program
        }
    }
    free(text);
    two_layers_free(&two);
}

static void a_file_gives_the_same_program_back(void **state) {
    (void)state;
    tsr_error err = {0};
    char path[64];
    temporary(path, sizeof path, "round.bin");
    two_layers two = two_layers_make(5);  // with data
    tsr_program back = {0};
    assert_ok(tsr_program_write(&two.program, path, &err), err);
    assert_ok(tsr_program_read(path, &back, &err), err);
    assert_int_equal(unlink(path), 0);
    assert_same_descs(&back, &two.program);
    assert_memory_equal(back.symbols, two.program.symbols,
                        (size_t)back.symbol_count * sizeof back.symbols[0]);
    for (int32_t i = 0; i < back.segment_count; ++i) {
        assert_string_equal(back.segments[i].name, two.program.segments[i].name);
        assert_memory_equal(back.segments[i].data, two.program.segments[i].data,
                            back.segments[i].bytes);
    }
    size_t bytes[2] = {0, 0};
    char *files[2] = {file_of(&two.program, &bytes[0]), file_of(&back, &bytes[1])};
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(files[0], files[1], bytes[0]);
    tsr_free(files[0]);
    tsr_free(files[1]);
    tsr_program_free(&back);
    two_layers_free(&two);
}

static void put_file(const char *path, const char *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    char path[64];
    temporary(path, sizeof path, "damaged.bin");
    two_layers two = two_layers_make(5);
    size_t bytes = 0;
    char *data = file_of(&two.program, &bytes);
    for (size_t i = 0; i < bytes; i += 7) {  // any byte changed
        tsr_program p = {0};
        data[i] = (char)(data[i] ^ 0x10);
        put_file(path, data, bytes);
        data[i] = (char)(data[i] ^ 0x10);
        assert_int_not_equal(tsr_program_read(path, &p, NULL), TSR_OK);
    }
    for (size_t length = 0; length < bytes; length += 11) {  // any length
        tsr_program p = {0};
        put_file(path, data, length);
        assert_int_equal(tsr_program_read(path, &p, NULL), TSR_ERR_CONFIG);
    }
    tsr_program p = {0};
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tsr_program_read(path, &p, NULL), TSR_ERR_FILE);
    tsr_free(data);
    two_layers_free(&two);
}

/** CRC-32 as zlib's, written out: a forged file must get past the checksum to test what lies behind
 * it. */
static uint32_t crc_of(const uint8_t *data, size_t bytes) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < bytes; ++i) {
        crc ^= data[i];
        for (int32_t bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static void forged_files_are_refused_or_harmless(void **state) {
    (void)state;
    char path[64];
    temporary(path, sizeof path, "forged.bin");
    two_layers two = two_layers_make(5);
    size_t bytes = 0;
    char *data = file_of(&two.program, &bytes);
    tsr_rng rng = {77};
    int32_t refused = 0;
    for (int32_t round = 0; round < 1500; ++round) {
        const size_t at = (size_t)tsr_rng_range(&rng, 0, (int64_t)bytes - 5);
        const char old = data[at];
        data[at] = (char)tsr_rng_range(&rng, -128, 127);
        hand_put((uint8_t *)data + bytes - 4, crc_of((const uint8_t *)data, bytes - 4), 4);
        put_file(path, data, bytes);
        tsr_program p = {0};
        if (tsr_program_read(path, &p, NULL) == TSR_OK) {
            (void)(tsr_program_check(&p, NULL) == TSR_OK);  // must not crash either way
            tsr_program_free(&p);
        } else {
            ++refused;
        }
        data[at] = old;
    }
    assert_true(refused > 100);
    assert_int_equal(unlink(path), 0);
    tsr_free(data);
    two_layers_free(&two);
}

static void a_file_appears_whole_or_not_at_all(void **state) {
    (void)state;
    tsr_error err = {0};
    char path[64];
    temporary(path, sizeof path, "whole.bin");
    two_layers two = two_layers_make(5);
    EDIT_DESC(&two.program, 3, u.conv.in_h = -1);  // cannot be encoded
    assert_int_equal(tsr_program_write(&two.program, path, &err), TSR_ERR_OVERFLOW);
    assert_false(tsr_file_exists(path));
    assert_int_equal(tsr_program_write(&two.program, "/nowhere/at/all", &err), TSR_ERR_FILE);
    two_layers_free(&two);
}

static void running_out_of_memory_leaves_nothing_behind(void **state) {
    (void)state;
    char path[64];
    temporary(path, sizeof path, "memory.bin");
    two_layers two = decorated();
    char *text = text_of(&two.program);
    assert_int_equal(tsr_program_write(&two.program, path, NULL), TSR_OK);
    for (int32_t reader = 0; reader < 2; ++reader) {
        tsr_status status = TSR_ERR_NO_MEMORY;
        for (uint64_t n = 1; status == TSR_ERR_NO_MEMORY; ++n) {
            tsr_program p = {0};
            tsr_alloc_fail_at(n);
            status = reader == 0 ? tsr_program_assemble(text, "t", &p, NULL)
                                 : tsr_program_read(path, &p, NULL);
            tsr_alloc_fail_at(0);
            tsr_program_free(&p);
        }
        assert_int_equal(status, TSR_OK);
    }
    assert_int_equal(unlink(path), 0);
    free(text);
    two_layers_free(&two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_gives_the_same_program_back),
        cmocka_unit_test(a_line_is_a_descriptor_with_its_fields_by_name),
        cmocka_unit_test(mistakes_have_line_and_column),
        cmocka_unit_test(text_without_its_head_is_refused),
        cmocka_unit_test(text_that_is_cut_off_anywhere_is_never_a_crash),
        cmocka_unit_test(a_file_gives_the_same_program_back),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(forged_files_are_refused_or_harmless),
        cmocka_unit_test(a_file_appears_whole_or_not_at_all),
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
