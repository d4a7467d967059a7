// SPDX-License-Identifier: Apache-2.0
//
// In place of tsr_multiplier where it is cut out of a proof of addresses: the same pins and cycles, but a product that just
// shows both factors. Its user cannot tell.

module tsr_multiplier #(
  parameter int unsigned WidthA = 18,
  parameter int unsigned WidthB = 18,
  localparam int unsigned WidthP = WidthA + WidthB
) (
  input  logic              clk_i,
  input  logic [WidthA-1:0] a_i,
  input  logic [WidthB-1:0] b_i,
  output logic [WidthP-1:0] product_o
);

  logic [WidthP-1:0] product_q;
  always_ff @(posedge clk_i) begin
    product_q <= {b_i, a_i};
  end
  assign product_o = product_q;

endmodule
