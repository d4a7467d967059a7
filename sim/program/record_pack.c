// SPDX-License-Identifier: Apache-2.0
// Which earlier record is copied is found by trying a few likely ones. Programs of blocks repeat themselves, so it is
// mostly the one that lies as far back as the last copy did.
#include "program/record_pack.h"

#include <string.h>

enum {
    NUMBER_BYTES = 10,  // of a variable-length number of 64 bits
    PLACES = 1024,      // of a table of records; two that share one cost bytes, nothing else
    NO_RECORD = -1
};

size_t tsr_record_pack_bytes_max(int32_t words) {
    return 2 * (size_t)NUMBER_BYTES + (size_t)words * 2 * (size_t)NUMBER_BYTES;
}

static uint8_t *put(uint8_t *at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static const uint8_t *get(const uint8_t *at, uint64_t *value) {
    uint64_t read = *at & 0x7F;
    for (int32_t shift = 7; (*at++ & 0x80) != 0; shift += 7) {
        read |= (uint64_t)(*at & 0x7F) << shift;
    }
    *value = read;
    return at;
}

/** Sign into bit 0, so that small differences of both signs are small numbers. */
static uint64_t fold(uint64_t difference) {
    return (difference << 1) ^ (0 - (difference >> 63));
}

static uint64_t unfold(uint64_t folded) {
    return (folded >> 1) ^ (0 - (folded & 1));
}

static int32_t differing(const int64_t *a, const int64_t *b, int32_t words) {
    int32_t count = 0;
    for (int32_t k = 0; k < words; ++k) {
        count += a[k] != b[k];
    }
    return count;
}

/** Place in a table for records that are equal in their first `words` words. */
static int32_t place_of(const int64_t *record, int32_t words) {
    uint64_t hash = 0;
    for (int32_t k = 0; k < words; ++k) {
        hash = (hash + (uint64_t)record[k]) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return (int32_t)((hash ^ hash >> 32) % PLACES);
}

/** The newest records, by what they begin with. */
typedef struct newest {
    int32_t of_kind[PLACES];  // by word 0
    int32_t of_half[PLACES];  // by the first half of their words
} newest;

static void forget_all(newest *n) {
    for (int32_t k = 0; k < PLACES; ++k) {
        n->of_kind[k] = NO_RECORD;
        n->of_half[k] = NO_RECORD;
    }
}

/** Put `index` into a table; which record was there. */
static int32_t exchange(int32_t *place, int32_t index) {
    const int32_t old = *place;
    *place = index;
    return old;
}

/** Of `candidates` the record that differs from `index` in the fewest words, NO_RECORD if none is one. */
static int32_t best_of(const int64_t *records, int32_t words, int32_t index,
                       const int32_t *candidates, int32_t count) {
    int32_t best = NO_RECORD;
    int32_t fewest = words + 1;
    for (int32_t k = 0; k < count && fewest > 0; ++k) {
        if (candidates[k] < 0) {
            continue;
        }
        const int32_t found = differing(records + (size_t)candidates[k] * (size_t)words,
                                        records + (size_t)index * (size_t)words, words);
        if (found < fewest) {
            fewest = found;
            best = candidates[k];
        }
    }
    return best;
}

/** NULL stands for a record of zeros. */
static int64_t word_of(const int64_t *model, int32_t k) {
    return model != NULL ? model[k] : 0;
}

/** What is behind the distance. */
static uint8_t *put_changes(uint8_t *at, const int64_t *record, const int64_t *model,
                            int32_t words) {
    uint64_t changes = 0;
    for (int32_t k = 0; k < words; ++k) {
        changes += record[k] != word_of(model, k);
    }
    at = put(at, changes);
    int32_t next = 0;
    for (int32_t k = 0; k < words; ++k) {
        if (record[k] != word_of(model, k)) {
            at = put(at, (uint64_t)(k - next));
            at = put(at, fold((uint64_t)record[k] - (uint64_t)word_of(model, k)));
            next = k + 1;
        }
    }
    return at;
}

size_t tsr_record_pack(const int64_t *records, int32_t words, int32_t count, uint8_t *bytes) {
    newest tables;
    uint8_t *at = bytes;
    int32_t distance = 1;  // of the last copy
    forget_all(&tables);
    for (int32_t i = 0; i < count; ++i) {
        const int64_t *record = records + (size_t)i * (size_t)words;
        const int32_t candidates[] = {i - distance,
                                      exchange(&tables.of_half[place_of(record, words / 2)], i),
                                      exchange(&tables.of_kind[place_of(record, 1)], i), i - 1};
        const int32_t model = best_of(records, words, i, candidates, 4);
        distance = model != NO_RECORD ? i - model : distance;
        at = put(at, model != NO_RECORD ? (uint64_t)distance : 0);
        at = put_changes(
            at, record, model != NO_RECORD ? records + (size_t)model * (size_t)words : NULL, words);
    }
    return (size_t)(at - bytes);
}

void tsr_record_unpack(const uint8_t *bytes, int32_t words, int32_t count, int64_t *records) {
    const size_t record_bytes = (size_t)words * sizeof *records;
    const uint8_t *at = bytes;
    for (int32_t i = 0; i < count; ++i) {
        int64_t *record = records + (size_t)i * (size_t)words;
        uint64_t distance = 0;
        uint64_t changes = 0;
        at = get(at, &distance);
        at = get(at, &changes);
        if (distance > 0) {
            memcpy(record, record - distance * (size_t)words, record_bytes);
        } else {
            memset(record, 0, record_bytes);
        }
        for (int64_t *next = record; changes > 0; --changes, ++next) {
            uint64_t skipped = 0;
            uint64_t folded = 0;
            at = get(at, &skipped);
            at = get(at, &folded);
            next += skipped;
            *next = (int64_t)((uint64_t)*next + unfold(folded));
        }
    }
}
