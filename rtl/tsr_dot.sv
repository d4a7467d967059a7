// SPDX-License-Identifier: Apache-2.0
//
// tsr_dot: one dot product of Tn channels a cycle, its accumulator, and the shadow accumulator the drain reads.
//
// Operands in cycle c; first_i, valid_i, last_i of the operand in c + 2 + log2(Tn); the sum is in the shadow one cycle
// after last_i and stays there until the next tile's last_i. Sums of AccW bits wrap, as the interpreter's do.
// other_i instead of the sum goes into the shadow with other_en_i (pool passes); the accumulator is then left alone.

module tsr_dot #(
  parameter int unsigned Tn   = 4,
  parameter int unsigned Aw   = 8,
  parameter int unsigned AccW = 32
) (
  input  logic             clk_i,
  input  logic [Tn*Aw-1:0] x_i,
  input  logic [Tn*Aw-1:0] weight_i,
  input  logic             valid_i,
  input  logic             first_i,
  input  logic             last_i,
  input  logic             other_en_i,
  input  logic [Aw-1:0]    other_i,
  output logic [AccW-1:0]  shadow_o
);

  localparam int unsigned ProductW = 2 * Aw;
  localparam int unsigned SumW     = ProductW + $clog2(Tn);

  logic [Tn*ProductW-1:0] product;
  logic [SumW-1:0]        tree;
  logic [AccW-1:0]        addend, sum, acc_q, shadow_q;

  tsr_pe #(
    .Tn(Tn),
    .Aw(Aw)
  ) u_pe (
    .clk_i,
    .x_i,
    .weight_i,
    .product_o(product)
  );

  tsr_adder_tree #(
    .Count(Tn),
    .Width(ProductW)
  ) u_tree (
    .clk_i,
    .value_i(product),
    .sum_o  (tree)
  );

  assign addend = {{(AccW-SumW){tree[SumW-1]}}, tree};
  assign sum    = first_i ? addend : acc_q + addend;

  always_ff @(posedge clk_i) begin
    if (valid_i && !other_en_i) begin
      acc_q <= sum;
    end
    if (valid_i && last_i) begin
      shadow_q <= other_en_i ? {{(AccW-Aw){other_i[Aw-1]}}, other_i} : sum;
    end
  end

  assign shadow_o = shadow_q;

endmodule
