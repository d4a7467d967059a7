// SPDX-License-Identifier: Apache-2.0
// Strict JSON reading for configuration (the only file pair that sees cJSON) and exact JSON
// writing.
//
// A tsr_json is a parsed document; a tsr_jnode is a borrowed place in it that knows its file and
// JSON pointer, so that every refusal can say where, what was found and what is allowed.
#ifndef TESSERA_BASE_JSON_H
#define TESSERA_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/status.h>

typedef struct tsr_json tsr_json;

/** A place in a document; borrowed, valid while the document lives. */
typedef struct tsr_jnode {
    const tsr_json *document;
    const void *item;   // cJSON node, NULL = absent
    char pointer[192];  // JSON pointer from the root, "" = root
} tsr_jnode;

/** Parse whole text: trailing text, duplicate keys, non-finite numbers, control characters in
 * strings and BOM are errors with line and column (TSR_ERR_SYNTAX). `where` is copied (file name).
 */
tsr_status tsr_json_parse(const char *text, const char *where, tsr_json **document,
                          tsr_error *err) TSR_MUST_USE;
/** Read and parse a file (<= 64 MiB). */
tsr_status tsr_json_load(const char *path, tsr_json **document, tsr_error *err) TSR_MUST_USE;
void tsr_json_free(tsr_json *document);
tsr_jnode tsr_json_root(const tsr_json *document);
const char *tsr_json_where(const tsr_json *document);

/** Member of an object, or element of an array whose decimal index is `key`; item == NULL when
 * absent (no error). */
tsr_jnode tsr_jnode_get(const tsr_jnode *object, const char *key);
bool tsr_jnode_exists(const tsr_jnode *node);
bool tsr_jnode_is_object(const tsr_jnode *node);
bool tsr_jnode_is_array(const tsr_jnode *node);
bool tsr_jnode_is_string(const tsr_jnode *node);
bool tsr_jnode_is_number(const tsr_jnode *node);
bool tsr_jnode_is_bool(const tsr_jnode *node);
/** Elements of an array or members of an object. */
int32_t tsr_jnode_count(const tsr_jnode *node);
/** i-th element or member (linear: iterate with _first/_next for long arrays). */
tsr_jnode tsr_jnode_first(const tsr_jnode *node);
tsr_jnode tsr_jnode_next(const tsr_jnode *parent, const tsr_jnode *child, int32_t index_of_next);
/** Key of an object member. Borrowed. */
const char *tsr_jnode_key(const tsr_jnode *node);

/** Refuse members whose key is not in the NULL-terminated list; names the nearest known key and
 * lists all. */
tsr_status tsr_jnode_check_keys(const tsr_jnode *object, const char *const *known,
                                tsr_error *err) TSR_MUST_USE;
/** Required or optional (absent -> *value untouched, TSR_OK) reads; type, integrality and range are
 * checked. */
tsr_status tsr_jnode_int(const tsr_jnode *object, const char *key, bool required, int64_t min,
                         int64_t max, int64_t *value, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_jnode_double(const tsr_jnode *object, const char *key, bool required, double min,
                            double max, double *value, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_jnode_bool(const tsr_jnode *object, const char *key, bool required, bool *value,
                          tsr_error *err) TSR_MUST_USE;
/** The string is borrowed from the document. */
tsr_status tsr_jnode_string(const tsr_jnode *object, const char *key, bool required,
                            const char **value, tsr_error *err) TSR_MUST_USE;
/** One of a NULL-terminated list of words; *index is its position; the refusal lists the words and
 * the nearest. */
tsr_status tsr_jnode_enum(const tsr_jnode *object, const char *key, bool required,
                          const char *const *words, int32_t *index, tsr_error *err) TSR_MUST_USE;
/** Refuse this very node with a message; where becomes "file: /pointer". */
tsr_status tsr_jnode_fail(const tsr_jnode *node, tsr_error *err, const char *fmt, ...)
    TSR_PRINTF(3, 4);
/** Text of a value exactly as compact JSON; caller frees with tsr_free. NULL if out of memory. */
char *tsr_jnode_print(const tsr_jnode *node);
/** A new document equal to the node's, with the value at JSON pointer `pointer` replaced by JSON
 * text (objects on the way are created). Used by sweeps. */
tsr_status tsr_json_with(const tsr_json *document, const char *pointer, const char *value_text,
                         tsr_json **changed, tsr_error *err) TSR_MUST_USE;

/** Nearest word of a list by edit distance, or NULL when none is near. */
const char *tsr_nearest_word(const char *word, const char *const *words);

/* ---- writing: exact 64-bit integers, stable key order, 2-space indent
 * ------------------------------------------- */

typedef struct tsr_jwriter {
    FILE *file;  // borrowed
    int32_t depth;
    bool first;  // nothing written yet at this depth
    bool after_key;
    bool compact;  // no line breaks
} tsr_jwriter;

void tsr_jwriter_init(tsr_jwriter *w, FILE *file, bool compact);
void tsr_jwrite_object_begin(tsr_jwriter *w);
void tsr_jwrite_object_end(tsr_jwriter *w);
void tsr_jwrite_array_begin(tsr_jwriter *w);
void tsr_jwrite_array_end(tsr_jwriter *w);
void tsr_jwrite_key(tsr_jwriter *w, const char *key);
void tsr_jwrite_string(tsr_jwriter *w, const char *value);
void tsr_jwrite_u64(tsr_jwriter *w, uint64_t value);
void tsr_jwrite_i64(tsr_jwriter *w, int64_t value);
/** Shortest text that reads back to the same double; NaN and infinities become null. */
void tsr_jwrite_double(tsr_jwriter *w, double value);
void tsr_jwrite_bool(tsr_jwriter *w, bool value);
void tsr_jwrite_null(tsr_jwriter *w);
/** Text that already is JSON. */
void tsr_jwrite_raw(tsr_jwriter *w, const char *json);

/* A member of the object that is open: key and value. */
void tsr_jwrite_member_string(tsr_jwriter *w, const char *key, const char *value);
void tsr_jwrite_member_u64(tsr_jwriter *w, const char *key, uint64_t value);
void tsr_jwrite_member_i64(tsr_jwriter *w, const char *key, int64_t value);
void tsr_jwrite_member_double(tsr_jwriter *w, const char *key, double value);
void tsr_jwrite_member_bool(tsr_jwriter *w, const char *key, bool value);

#endif
