// SPDX-License-Identifier: Apache-2.0
// The program file, byte by byte. All numbers are little-endian.
//
//   magic "TSRPROG" and a zero byte; u32 version; u64 memory_bytes; u64 descriptor_address
//   text architecture as JSON (tsr_arch_write)
//   u32 layers, each: text name
//   u32 segments, each: text name, u64 address, u64 bytes, u8 has data, and then the data
//   u32 symbols, each: text name, i32 layer, u64 address, i32 c, h, w, pixel_bytes, batch_index,
//       u64 bits of the double scale, i32 zero_point, u8 1 = input + 2 = output
//   u32 descriptors, each: its encoding (tsr_desc_encode), i64 members of its note (note_fields.h)
//   u32 CRC-32 (zlib) of everything before
//
// A text is u32 length and that many bytes without a zero byte.
#ifndef TESSERA_PROGRAM_PROGRAM_FILE_H
#define TESSERA_PROGRAM_PROGRAM_FILE_H

enum { TSR_FILE_VERSION = 1, TSR_FILE_MAGIC_BYTES = 8, TSR_FILE_CRC_BYTES = 4 };

#define TSR_FILE_MAGIC "TSRPROG"

#endif
