// SPDX-License-Identifier: Apache-2.0
// Records as bytes: each is an earlier one of its chunk with some words changed.
#ifndef TESSERA_PROGRAM_RECORD_PACK_H
#define TESSERA_PROGRAM_RECORD_PACK_H

#include <stddef.h>
#include <stdint.h>

/** Most bytes that a record of `words` words can take. */
size_t tsr_record_pack_bytes_max(int32_t words);
/**
 * Pack `count` records of `words` words into `bytes`, of which there are count * tsr_record_pack_bytes_max; how many
 * were written. A record is: distance back to the record it copies (0: one of zeros), number of words that differ,
 * then for each of them how many words are skipped, and the difference. All are variable-length numbers of 7 bits a
 * byte, differences with their sign in bit 0.
 */
size_t tsr_record_pack(const int64_t *records, int32_t words, int32_t count, uint8_t *bytes);
/** The inverse: fills records[count * words]. */
void tsr_record_unpack(const uint8_t *bytes, int32_t words, int32_t count, int64_t *records);

#endif
