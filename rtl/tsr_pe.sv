// SPDX-License-Identifier: Apache-2.0
//
// tsr_pe: Tn multipliers, each a DSP block with input registers and product register: the only multipliers of the
// array.
//
// Operands in cycle c, products in c + 2.

module tsr_pe #(
  parameter int unsigned Tn = 4,
  parameter int unsigned Aw = 8,
  localparam int unsigned ProductW = 2 * Aw
) (
  input  logic                   clk_i,
  input  logic [Tn*Aw-1:0]       x_i,
  input  logic [Tn*Aw-1:0]       weight_i,
  output logic [Tn*ProductW-1:0] product_o
);

  for (genvar n = 0; n < Tn; n++) begin : g_mac
    logic signed [Aw-1:0]       x_q, weight_q;
    logic signed [ProductW-1:0] product_q;

    always_ff @(posedge clk_i) begin
      x_q       <= $signed(x_i[n*Aw +: Aw]);
      weight_q  <= $signed(weight_i[n*Aw +: Aw]);
      product_q <= x_q * weight_q;
    end

    assign product_o[n*ProductW +: ProductW] = product_q;
  end

endmodule
