// SPDX-License-Identifier: Apache-2.0
// Long lists of records that resemble each other, kept in a few bytes each. Knows nothing of what the words mean.
#ifndef TESSERA_PROGRAM_RECORD_LIST_H
#define TESSERA_PROGRAM_RECORD_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Records of a fixed number of int64_t words. The newest ones lie open; as soon as there are TSR_RECORDS_OF_CHUNK of
 * them they are packed (record_pack.h), and a chunk is unpacked again when somebody reads in it. A few unpacked chunks
 * are kept, the least recently used one goes first: readers that go forwards, each at its own place, unpack each chunk
 * once. Reading writes to this cache: one list is not for several threads at once.
 */
typedef struct tsr_record_list tsr_record_list;

enum { TSR_RECORDS_OF_CHUNK = 1024, TSR_RECORDS_UNPACKED_MAX = 8 };

/** Empty list of records of `words` words, with at most `unpacked` chunks unpacked at a time; NULL where memory is out.
 */
tsr_record_list *tsr_records_create(int32_t words, int32_t unpacked);
void tsr_records_free(tsr_record_list *list);
int32_t tsr_records_count(const tsr_record_list *list);
/** Append a copy; word 0 should be equal in records that resemble each other. False where memory is out: the list is
 * as it was. */
bool tsr_records_append(tsr_record_list *list, const int64_t *record);
/** Record 0 <= index < count; the pointer holds until the list is next called. Needs no memory, never fails. */
const int64_t *tsr_records_at(tsr_record_list *list, int32_t index);
/** Put a copy in the place of record `index`: packs its chunk anew. False where memory is out: the list is as it was.
 */
bool tsr_records_replace(tsr_record_list *list, int32_t index, const int64_t *record);
/** Drop all records from number `count` <= tsr_records_count on. */
void tsr_records_cut(tsr_record_list *list, int32_t count);
/** Give up the memory of whole chunks before record `index`; these records may not be asked for any more. */
void tsr_records_forget(tsr_record_list *list, int32_t index);
/** Heap bytes of the list: chunks, open records and unpacked chunks. */
size_t tsr_records_bytes(const tsr_record_list *list);

#endif
