// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_divide_constant: value = quotient * Divisor + rest and rest < Divisor, every value of the width.
//
// files: tsr_divide_constant
// prove: pdr 30 | Divisor=1
// prove: pdr 30 | Divisor=3
// deep: pdr 30 | Divisor=5
// prove: pdr 30 | Divisor=6
// prove: pdr 30 | Divisor=7
// prove: pdr 30 | Divisor=8
// prove: pdr 30 | Divisor=11 Width=12
// deep: pdr 30 | Divisor=13 Width=12
// mutation: pdr 10 | Divisor=5 Width=8
// mutants: 2 | Divisor=5

`include "formal_env.svh"

module formal_divide_constant #(
  parameter int unsigned Width   = 14,
  parameter int unsigned Divisor = 3,
  localparam int unsigned RestW = Divisor > 1 ? $clog2(Divisor) : 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [Width-1:0] value_i
);

  logic [Width-1:0] quotient;
  logic [RestW-1:0] rest;

  tsr_divide_constant #(.Width(Width), .Divisor(Divisor)) u_dut (.value_i, .quotient_o(quotient), .rest_o(rest));

  `TSR_ASSERT(Rest_A, 32'(rest) < Divisor)
  `TSR_ASSERT(Sum_A, 32'(value_i) == 32'(quotient) * Divisor + 32'(rest))

endmodule
