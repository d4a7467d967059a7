// SPDX-License-Identifier: Apache-2.0
// Random graphs of every kind of layer, for tests of the planner: whatever it may be asked for, also what it refuses.
#ifndef TESSERA_TESTS_PLAN_GRAPH_NET_H
#define TESSERA_TESTS_PLAN_GRAPH_NET_H

#include "draw/draw.h"
#include "support/test.h"

/** Which graphs are drawn. */
typedef struct graph_wish {
    int32_t word;           // channels of a word: most maps have whole words
    int32_t most_extent;    // of the input [pixel]
    bool keep_size;         // convolutions keep the size of what they read: others are left whole
    int32_t own_blockings;  // percent of the convolutions that have a blocking of their own
} graph_wish;

/** A random graph; layers nobody reads are outputs. False: nothing came of it, and nothing is to be freed. */
static inline bool graph_make(tsr_rng *rng, tsr_network *network, const graph_wish *wish) {
    const tsr_draw_wish drawn = {.word = wish->word,
                                 .keeps_size = wish->keep_size,
                                 .zero_padded = true,
                                 .own_blockings = wish->own_blockings,
                                 .reach = TSR_DRAW_ANY_REACH,
                                 .cell_h = 1,
                                 .cell_w = 1,
                                 .most_extent = wish->most_extent};
    tsr_error err = {0};
    assert_ok(tsr_draw_network(rng, &drawn, network, &err), err);
    const bool made = network->layer_count > 1 && tsr_network_infer(network, &err) == TSR_OK;
    if (!made) {
        tsr_network_free(network);
    }
    return made;
}

#endif
