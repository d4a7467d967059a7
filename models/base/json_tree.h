// SPDX-License-Identifier: Apache-2.0
// What the json_*.c files share: the document itself and how numbers become text.
#ifndef TESSERA_BASE_JSON_TREE_H
#define TESSERA_BASE_JSON_TREE_H

#include <cjson/cJSON.h>

#include "base/json.h"

struct tsr_json {
    cJSON *root;
    char *where;  // owned
};

enum { json_number_size = 40 };

/** Let cJSON allocate through the heap door; called before every use that allocates. */
void tsr_json_use_heap(void);
/** Take over `root`; on failure it is deleted. */
tsr_status tsr_json_adopt(cJSON *root, const char *where, tsr_json **document,
                          tsr_error *err) TSR_MUST_USE;
/** Member of an object, or element of an array by its decimal index; NULL when there is none. */
cJSON *tsr_json_child(const cJSON *parent, const char *token);
/** Shortest JSON text that reads back to the same finite double; whole numbers up to 2^53 without
 * exponent. */
void tsr_json_number_text(double value, char text[json_number_size]);

#endif
