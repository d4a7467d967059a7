// SPDX-License-Identifier: Apache-2.0
//
// tsr_group_line: the input line of a group of output channels: group * planes_i * pitch_i, carried along.
//
// Fields are held from the cycle of the pass's first operand on. next_i with the last operand of a group: an operand of
// the group after it may come in the very next cycle. line_o belongs to the operand of the cycle before. clear_i with
// the last operand of the pass: zero for the next one.

module tsr_group_line (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [13:0] planes_i,
  input  logic [19:0] pitch_i,
  input  logic        next_i,
  input  logic        clear_i,
  output logic [19:0] line_o
);

  logic [35:0] product;
  logic [19:0] line_d, line_q;
  logic        next_q, clear_q;

  tsr_multiplier #(
    .WidthA(15),
    .WidthB(21)
  ) u_step (
    .clk_i,
    .a_i      ({1'b0, planes_i}),
    .b_i      ({1'b0, pitch_i}),
    .product_o(product)
  );

  always_comb begin
    line_d = line_q;
    if (next_q)  line_d = line_q + product[19:0];
    if (clear_q) line_d = '0;
  end

  assign line_o = line_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      next_q  <= 1'b0;
      clear_q <= 1'b0;
      line_q  <= '0;
    end else begin
      next_q  <= next_i;
      clear_q <= clear_i;
      line_q  <= line_d;
    end
  end

  logic unused_product;
  assign unused_product = ^product;

endmodule
