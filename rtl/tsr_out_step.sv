// SPDX-License-Identifier: Apache-2.0
//
// tsr_out_step: where along an axis an output pixel goes: place * step. Combinational, a sum of shifts.

module tsr_out_step (
  input  logic [14:0] place_i,
  input  logic [2:0]  step_i,    // 0 and 1 are 1
  output logic [14:0] place_o
);

  logic [2:0] step;

  assign step    = step_i == '0 ? 3'd1 : step_i;
  assign place_o = (step[0] ? place_i : '0) + (step[1] ? place_i << 1 : '0) + (step[2] ? place_i << 2 : '0);

endmodule
