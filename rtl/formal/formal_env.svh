// SPDX-License-Identifier: Apache-2.0
//
// What every proof starts from: reset in the first cycle, and again whenever the solver likes.

`ifndef FORMAL_ENV_SVH
`define FORMAL_ENV_SVH

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

`define FORMAL_RESET \
  logic past_first_q = 1'b0; \
  always_ff @(posedge clk_i) begin past_first_q <= 1'b1; end \
  formal_given ResetFirst_M (.ok_i(past_first_q || !rst_ni));

// Under the same conditions as TSR_ASSERT.
`define FORMAL_COVER(name, prop) formal_seen name (.yes_i(rst_ni && (prop)));

`endif
