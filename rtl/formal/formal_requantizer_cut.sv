// SPDX-License-Identifier: Apache-2.0
//
// In place of tsr_requantizer where it is cut out of a proof: any result. What it is asked for is a property of its user,
// what it gives is one of formal_requantizer.

module tsr_requantizer #(
  parameter int unsigned ValueW = 32
) (
  input  logic              clk_i,
  input  logic [2:0]        rounding_i,
  input  logic [ValueW-1:0] value_i,
  input  logic [31:0]       multiplier_i,
  input  logic [5:0]        shift_i,
  output logic [31:0]       result_o
);

  (* anyseq *) logic [31:0] any;
  assign result_o = any;

endmodule
