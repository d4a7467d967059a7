// SPDX-License-Identifier: Apache-2.0
// What a layer's keys may refer to: nothing in the list of layers, and in a module the arguments of
// the use that is being written out.
#ifndef TESSERA_NETWORK_LAYER_SCOPE_H
#define TESSERA_NETWORK_LAYER_SCOPE_H

#include <tessera/network.h>

#include "base/json.h"

/** A use of a module being written out; everything borrowed. */
typedef struct tsr_layer_scope {
    const tsr_jnode *use;  // NULL = the list of layers itself
    const char *instance;  // text of $name
    int32_t input;         // layer that $input is
} tsr_layer_scope;

/** A value's place: a member of an object. */
typedef struct tsr_member {
    const tsr_jnode *object;
    const char *key;
    bool required;
} tsr_member;

/** Where the value of `key` stands: there, or, if it is "$parameter" in a module, in the use. */
tsr_member tsr_scope_member(const tsr_layer_scope *scope, const tsr_jnode *object, const char *key,
                            bool required);
/** A text with every $name in it replaced; a text that is "$parameter" becomes the argument. */
tsr_status tsr_scope_text(const tsr_layer_scope *scope, const tsr_member *member, char *text,
                          size_t size, tsr_error *err) TSR_MUST_USE;
/** Read the required "name", put in what it refers to: 1..63 letters, digits and _ . : / - */
tsr_status tsr_scope_name(const tsr_layer_scope *scope, const tsr_jnode *object,
                          char name[TSR_NAME_MAX], tsr_error *err) TSR_MUST_USE;

#endif
