// SPDX-License-Identifier: Apache-2.0
// Descriptors and notes, packed, and of each descriptor the few members that loops over whole programs ask for. Nobody
// else knows how a program is kept.
#include "program/program_store.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_fields.h"
#include "program/record_list.h"

enum { FIRST_BRIEFS = 64 };

/** A descriptor as it is packed: whole words that change by little. */
typedef struct store_record {
    int64_t kind;         /**< what resembles each other: opcode and layer */
    tsr_desc desc;        /**< its tag less the index: 0 as a rule */
    int64_t group, block; /**< of the note */
    tsr_desc_note note;   /**< these two zero */
} store_record;

static_assert(sizeof(store_record) % sizeof(int64_t) == 0, "a record is whole words");

enum { RECORD_WORDS = sizeof(store_record) / sizeof(int64_t) };

struct tsr_program_store {
    tsr_record_list *records;
    tsr_desc_brief *briefs; /**< [capacity] */
    int32_t capacity;
};

void tsr_program_store_free(tsr_program_store *store) {
    if (store != NULL) {
        tsr_records_free(store->records);
        tsr_free(store->briefs);
        tsr_free(store);
    }
}

static tsr_status no_memory(int32_t count, tsr_error *err) {
    return tsr_fail(err, TSR_ERR_NO_MEMORY, "", "no memory for %d descriptors", count);
}

/** The store of a program, made when there is something to keep. */
static tsr_status open_store(tsr_program *program, tsr_error *err) {
    if (program->store != NULL) {
        return TSR_OK;
    }
    tsr_program_store *store = tsr_alloc(1, sizeof *store);
    if (store != NULL) {
        store->records = tsr_records_create(RECORD_WORDS, TSR_RECORDS_UNPACKED_MAX);
    }
    if (store == NULL || store->records == NULL) {
        tsr_program_store_free(store);
        return no_memory(1, err);
    }
    program->store = store;
    return TSR_OK;
}

static tsr_status reserve_brief(tsr_program *program, tsr_error *err) {
    tsr_program_store *store = program->store;
    if (program->desc_count < store->capacity) {
        return TSR_OK;
    }
    TSR_CHECK(store->capacity <= INT32_MAX / 2, TSR_ERR_OVERFLOW, err, "",
              "more than %d descriptors", INT32_MAX / 2);
    const int32_t capacity = store->capacity > 0 ? 2 * store->capacity : FIRST_BRIEFS;
    tsr_desc_brief *briefs = tsr_realloc(store->briefs, (size_t)capacity, sizeof *briefs);
    if (briefs == NULL) {
        return no_memory(capacity, err);
    }
    store->briefs = briefs;
    store->capacity = capacity;
    return TSR_OK;
}

static tsr_status brief_of(const tsr_desc *desc, tsr_desc_brief *brief, tsr_error *err) {
    const tsr_desc_header *h = &desc->header;

    const struct {
        const char *name;
        int64_t value, low, high;
    } members[] = {{"opcode", h->opcode, 0, UINT8_MAX},
                   {"units", h->units, 0, UINT8_MAX},
                   {"pop", h->pop, 0, UINT8_MAX},
                   {"push", h->push, 0, UINT8_MAX},
                   {"layer", h->layer, INT32_MIN, INT32_MAX}};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; ++i) {
        TSR_CHECK(members[i].value >= members[i].low && members[i].value <= members[i].high,
                  TSR_ERR_OVERFLOW, err, "",
                  "%s is %" PRId64 ", a program holds %" PRId64 " to %" PRId64, members[i].name,
                  members[i].value, members[i].low, members[i].high);
    }
    *brief = (tsr_desc_brief){.opcode = (uint8_t)h->opcode,
                              .units = (uint8_t)h->units,
                              .pop = (uint8_t)h->pop,
                              .push = (uint8_t)h->push,
                              .layer = (int32_t)h->layer};
    return TSR_OK;
}

/** The words of a record. Members of the descriptor's union that are not of its opcode are kept too. */
static void record_of(const tsr_desc *desc, const tsr_desc_note *note, int32_t index,
                      int64_t words[RECORD_WORDS]) {
    store_record record = {.kind = desc->header.opcode + TSR_OP_COUNT * desc->header.layer,
                           .desc = *desc,
                           .note = *note};
    record.desc.header.tag -= index;
    record.group = note->group;
    record.block = note->block;
    record.note.group = 0;
    record.note.block = 0;
    memcpy(words, &record, sizeof record);
}

tsr_status tsr_program_append(tsr_program *program, const tsr_desc *desc, const tsr_desc_note *note,
                              tsr_error *err) {
    static const tsr_desc_note nothing = {.block = -1};
    const int64_t opcode = desc->header.opcode;
    TSR_CHECK(tsr_opcode_name(opcode) != NULL, TSR_ERR_CONFIG, err, "", "unknown opcode %" PRId64,
              opcode);
    const int32_t index = program->desc_count;
    tsr_desc made = *desc;
    made.header.units = tsr_opcode_units(opcode);
    made.header.tag = index;
    tsr_desc_brief brief;
    TSR_TRY(brief_of(&made, &brief, err));
    TSR_TRY(open_store(program, err));
    TSR_TRY(reserve_brief(program, err));
    int64_t words[RECORD_WORDS];
    record_of(&made, note != NULL ? note : &nothing, index, words);
    if (!tsr_records_append(program->store->records, words)) {
        return no_memory(index + 1, err);
    }
    program->store->briefs[index] = brief;
    ++program->desc_count;
    return TSR_OK;
}

tsr_status tsr_program_replace(tsr_program *program, int32_t index, const tsr_desc *desc,
                               const tsr_desc_note *note, tsr_error *err) {
    tsr_desc_brief brief;
    TSR_TRY(brief_of(desc, &brief, err));
    const tsr_desc_note old = tsr_program_note(program, index);
    int64_t words[RECORD_WORDS];
    record_of(desc, note != NULL ? note : &old, index, words);
    if (!tsr_records_replace(program->store->records, index, words)) {
        return no_memory(program->desc_count, err);
    }
    program->store->briefs[index] = brief;
    return TSR_OK;
}

void tsr_program_cut(tsr_program *program, int32_t count) {
    if (program->store != NULL) {
        tsr_records_cut(program->store->records, count);
        program->desc_count = count;
    }
}

tsr_desc tsr_program_desc(const tsr_program *program, int32_t index) {
    tsr_desc desc;
    const char *record = (const char *)tsr_records_at(program->store->records, index);
    memcpy(&desc, record + offsetof(store_record, desc), sizeof desc);
    desc.header.tag += index;
    return desc;
}

tsr_desc_note tsr_program_note(const tsr_program *program, int32_t index) {
    const store_record *record =
        (const store_record *)tsr_records_at(program->store->records, index);
    tsr_desc_note note = record->note;
    note.group = (int32_t)record->group;
    note.block = (int32_t)record->block;
    return note;
}

tsr_desc_brief tsr_program_brief(const tsr_program *program, int32_t index) {
    return program->store->briefs[index];
}

tsr_engine tsr_program_engine(const tsr_program *program, int32_t index) {
    return tsr_opcode_engine(program->store->briefs[index].opcode);
}

uint64_t tsr_program_desc_bytes(const tsr_program *program, int32_t index) {
    return (uint64_t)program->store->briefs[index].units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
}

size_t tsr_program_store_bytes(const tsr_program *program) {
    const tsr_program_store *store = program->store;
    return store == NULL ? 0
                         : sizeof *store + (size_t)store->capacity * sizeof *store->briefs +
                               tsr_records_bytes(store->records);
}
