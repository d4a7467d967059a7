// SPDX-License-Identifier: Apache-2.0
// Chunks of packed records, the open end, and the unpacked chunks that are kept.
#include "program/record_list.h"

#include <string.h>

#include "base/alloc.h"
#include "program/record_pack.h"

enum { FIRST_OPEN = 64, FIRST_CHUNKS = 8, NO_CHUNK = -1 };

/** A full chunk, packed; NULL once it was forgotten. */
typedef struct chunk {
    uint8_t *bytes; /**< owned */
    size_t size;
} chunk;

/** A chunk that is unpacked at the moment. */
typedef struct slot {
    int64_t *records; /**< owned, [TSR_RECORDS_OF_CHUNK * words] */
    int32_t chunk;    /**< NO_CHUNK = nothing yet */
    uint64_t used;    /**< when it was asked for last */
} slot;

struct tsr_record_list {
    int32_t words;
    int32_t chunk_count, chunk_capacity;
    chunk *chunks;     /**< owned */
    int32_t forgotten; /**< of these, the first ones without bytes */
    int64_t *open;     /**< owned: the records behind the chunks */
    int32_t open_count, open_capacity;
    uint8_t *scratch; /**< owned: room to pack a chunk; NULL until there is one */
    int32_t slot_count, slot_limit;
    slot slots
        [TSR_RECORDS_UNPACKED_MAX]; /**< one for each chunk, as far as they go: reading needs no memory */
    slot *last;                     /**< asked for last; NULL = none */
    uint64_t clock;
};

static size_t record_bytes(const tsr_record_list *list) {
    return (size_t)list->words * sizeof(int64_t);
}

tsr_record_list *tsr_records_create(int32_t words, int32_t unpacked) {
    tsr_record_list *list = tsr_alloc(1, sizeof *list);
    if (list != NULL) {
        list->words = words;
        list->slot_limit =
            unpacked < TSR_RECORDS_UNPACKED_MAX ? unpacked : TSR_RECORDS_UNPACKED_MAX;
    }
    return list;
}

void tsr_records_free(tsr_record_list *list) {
    if (list == NULL) {
        return;
    }
    for (int32_t i = 0; i < list->chunk_count; ++i) {
        tsr_free(list->chunks[i].bytes);
    }
    for (int32_t i = 0; i < list->slot_count; ++i) {
        tsr_free(list->slots[i].records);
    }
    tsr_free(list->chunks);
    tsr_free(list->open);
    tsr_free(list->scratch);
    tsr_free(list);
}

int32_t tsr_records_count(const tsr_record_list *list) {
    return list->chunk_count * TSR_RECORDS_OF_CHUNK + list->open_count;
}

/** Room for one more open record. */
static bool reserve_open(tsr_record_list *list) {
    if (list->open_count < list->open_capacity) {
        return true;
    }
    const int32_t capacity = list->open_capacity > 0 ? 2 * list->open_capacity : FIRST_OPEN;
    int64_t *open = tsr_realloc(list->open, (size_t)capacity, record_bytes(list));
    if (open == NULL) {
        return false;
    }
    list->open = open;
    list->open_capacity = capacity;
    return true;
}

/** Room for one more chunk in the array of chunks, for packing it, and for reading it. */
static bool reserve_chunk(tsr_record_list *list) {
    if (list->chunk_count == list->chunk_capacity) {
        const int32_t capacity = list->chunk_capacity > 0 ? 2 * list->chunk_capacity : FIRST_CHUNKS;
        chunk *chunks = tsr_realloc(list->chunks, (size_t)capacity, sizeof *chunks);
        if (chunks == NULL) {
            return false;
        }
        list->chunks = chunks;
        list->chunk_capacity = capacity;
    }
    if (list->scratch == NULL) {
        list->scratch = tsr_alloc(TSR_RECORDS_OF_CHUNK, tsr_record_pack_bytes_max(list->words));
        if (list->scratch == NULL) {
            return false;
        }
    }
    if (list->slot_count < list->slot_limit && list->slot_count <= list->chunk_count) {
        int64_t *records = tsr_alloc(TSR_RECORDS_OF_CHUNK, record_bytes(list));
        if (records == NULL) {
            return false;
        }
        list->slots[list->slot_count++] = (slot){.records = records, .chunk = NO_CHUNK};
    }
    return true;
}

static bool pack(tsr_record_list *list, const int64_t *records, chunk *packed) {
    packed->size = tsr_record_pack(records, list->words, TSR_RECORDS_OF_CHUNK, list->scratch);
    packed->bytes = tsr_alloc(packed->size, 1);
    if (packed->bytes == NULL) {
        return false;
    }
    memcpy(packed->bytes, list->scratch, packed->size);
    return true;
}

/** The open records, of which there are enough, become a chunk. */
static bool close_chunk(tsr_record_list *list) {
    if (!reserve_chunk(list) || !pack(list, list->open, &list->chunks[list->chunk_count])) {
        return false;
    }
    ++list->chunk_count;
    list->open_count = 0;
    return true;
}

bool tsr_records_append(tsr_record_list *list, const int64_t *record) {
    if (list->open_count == TSR_RECORDS_OF_CHUNK && !close_chunk(list)) {
        return false;
    }
    if (!reserve_open(list)) {
        return false;
    }
    memcpy(list->open + (size_t)list->open_count * (size_t)list->words, record, record_bytes(list));
    ++list->open_count;
    return true;
}

/** The chunk, unpacked, in the place of the one that was not asked for the longest. */
static slot *unpacked(tsr_record_list *list, int32_t index) {
    slot *oldest = &list->slots[0];
    for (int32_t i = 0; i < list->slot_count; ++i) {
        slot *s = &list->slots[i];
        if (s->chunk == index) {
            return s;
        }
        oldest = s->used < oldest->used ? s : oldest;
    }
    tsr_record_unpack(list->chunks[index].bytes, list->words, TSR_RECORDS_OF_CHUNK,
                      oldest->records);
    oldest->chunk = index;
    return oldest;
}

static int64_t *place_of(tsr_record_list *list, int32_t index) {
    const int32_t in_chunk = index / TSR_RECORDS_OF_CHUNK;
    const size_t offset = (size_t)(index % TSR_RECORDS_OF_CHUNK) * (size_t)list->words;
    if (in_chunk == list->chunk_count) {
        return list->open + offset;
    }
    if (list->last == NULL || list->last->chunk != in_chunk) {
        list->last = unpacked(list, in_chunk);
        list->last->used = ++list->clock;
    }
    return list->last->records + offset;
}

const int64_t *tsr_records_at(tsr_record_list *list, int32_t index) {
    return place_of(list, index);
}

bool tsr_records_replace(tsr_record_list *list, int32_t index, const int64_t *record) {
    int64_t *place = place_of(list, index);
    const int32_t in_chunk = index / TSR_RECORDS_OF_CHUNK;
    if (in_chunk == list->chunk_count) {
        memcpy(place, record, record_bytes(list));
        return true;
    }
    chunk packed = {0};
    memcpy(place, record, record_bytes(list));
    if (!pack(list, list->last->records, &packed)) {
        list->last->chunk = NO_CHUNK;  // the packed form is still the old one
        return false;
    }
    tsr_free(list->chunks[in_chunk].bytes);
    list->chunks[in_chunk] = packed;
    return true;
}

void tsr_records_cut(tsr_record_list *list, int32_t count) {
    const int32_t kept = count / TSR_RECORDS_OF_CHUNK;
    const int32_t rest = count % TSR_RECORDS_OF_CHUNK;
    if (kept < list->chunk_count) {  // its records were open once: there is room for them
        memcpy(list->open, place_of(list, count - rest), (size_t)rest * record_bytes(list));
    }
    for (int32_t i = kept; i < list->chunk_count; ++i) {
        tsr_free(list->chunks[i].bytes);
    }
    for (int32_t i = 0; i < list->slot_count; ++i) {
        if (list->slots[i].chunk >= kept) {
            list->slots[i].chunk = NO_CHUNK;
        }
    }
    list->chunk_count = kept < list->chunk_count ? kept : list->chunk_count;
    list->open_count = count - list->chunk_count * TSR_RECORDS_OF_CHUNK;
}

void tsr_records_forget(tsr_record_list *list, int32_t index) {
    const int32_t end = index / TSR_RECORDS_OF_CHUNK;
    for (; list->forgotten < end && list->forgotten < list->chunk_count; ++list->forgotten) {
        tsr_free(list->chunks[list->forgotten].bytes);
        list->chunks[list->forgotten].bytes = NULL;
        list->chunks[list->forgotten].size = 0;
    }
}

size_t tsr_records_bytes(const tsr_record_list *list) {
    size_t bytes = sizeof *list + (size_t)list->chunk_capacity * sizeof *list->chunks;
    for (int32_t i = 0; i < list->chunk_count; ++i) {
        bytes += list->chunks[i].size;
    }
    const size_t unpacked_chunks = (size_t)list->slot_count * TSR_RECORDS_OF_CHUNK;
    bytes += ((size_t)list->open_capacity + unpacked_chunks) * record_bytes(list);
    return bytes + (list->scratch != NULL
                        ? TSR_RECORDS_OF_CHUNK * tsr_record_pack_bytes_max(list->words)
                        : 0);
}
