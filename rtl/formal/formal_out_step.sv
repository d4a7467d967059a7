// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_out_step: place * step, where a step of 0 is 1; every place and step.
//
// files: tsr_out_step
// prove: bmc 1
// prove: cover 1
// mutation: bmc 1
// mutants: 1

`include "formal_env.svh"

module formal_out_step (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [14:0] place_i,
  input logic [2:0]  step_i
);

  logic [14:0] place;
  tsr_out_step u_dut (.place_i, .step_i, .place_o(place));

  `TSR_ASSERT(Product_A, place == 15'(place_i * 15'(step_i == '0 ? 3'd1 : step_i)))

  `FORMAL_COVER(Seven_C, step_i == 3'd7 && place == 15'd21)

endmodule
