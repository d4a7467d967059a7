// SPDX-License-Identifier: Apache-2.0
//
// tsr_drain_address: line and bank of one pixel of a drained map. Pixel in cycle c, line_o and bank_o in c + 3.

module tsr_drain_address #(
  parameter int unsigned Tp = 2,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic             clk_i,

  // the map, constant while pixels are under way
  input  logic [19:0]      base_i,
  input  logic [13:0]      row_pitch_i,
  input  logic [2:0]       bank_stride_i,
  input  logic [13:0]      y0_i,
  input  logic [13:0]      x0_i,
  input  logic [13:0]      wrap_i,         // rows of a ring, or 0

  input  logic [19:0]      plane_line_i,
  input  logic [13:0]      row_i,
  input  logic [14:0]      column_i,
  output logic [19:0]      line_o,
  output logic [BankW-1:0] bank_o
);

  logic [14:0]      x_q, y_q, ring_row;
  logic [19:0]      base1_q, base2_q, column_line, line_q;
  logic [BankW-1:0] bank, bank_q;
  logic [30:0]      row_product;
  logic             unused_product;

  assign unused_product = ^row_product;

  tsr_multiplier #(
    .WidthA(16),
    .WidthB(15)
  ) u_row (
    .clk_i,
    .a_i      ({1'b0, y_q}),
    .b_i      ({1'b0, row_pitch_i}),
    .product_o(row_product)
  );

  tsr_ring_row u_ring (
    .origin_i(y0_i),
    .offset_i(row_i),
    .wrap_i,
    .row_o   (ring_row)
  );

  tsr_column #(.Tp(Tp)) u_column (
    .clk_i,
    .x_i     (x_q),
    .stride_i(bank_stride_i),
    .line_o  (column_line),
    .bank_o  (bank)
  );

  always_ff @(posedge clk_i) begin
    x_q     <= {1'b0, x0_i} + column_i;
    y_q     <= ring_row;
    base1_q <= base_i + plane_line_i;
    base2_q <= base1_q;
    line_q  <= base2_q + row_product[19:0] + column_line;
    bank_q  <= bank;
  end

  assign line_o = line_q;
  assign bank_o = bank_q;

endmodule
