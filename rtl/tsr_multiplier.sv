// SPDX-License-Identifier: Apache-2.0
//
// tsr_multiplier: signed product of two registers' values, registered: one DSP block's multiplier and its M register.
// Used where no array element works: addresses and requantisation.

module tsr_multiplier #(
  parameter int unsigned WidthA = 18,
  parameter int unsigned WidthB = 18,
  localparam int unsigned WidthP = WidthA + WidthB
) (
  input  logic              clk_i,
  input  logic [WidthA-1:0] a_i,        // signed
  input  logic [WidthB-1:0] b_i,        // signed
  output logic [WidthP-1:0] product_o   // signed, of the operands of the cycle before
);

  logic signed [WidthP-1:0] product_q;

  always_ff @(posedge clk_i) begin
    product_q <= $signed(a_i) * $signed(b_i);
  end

  assign product_o = product_q;

endmodule
