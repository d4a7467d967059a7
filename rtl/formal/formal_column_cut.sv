// SPDX-License-Identifier: Apache-2.0
//
// In place of tsr_column where it is cut out of a proof: the same pins and cycles, but a line that just shows what was asked
// for, and a simple bank. Its user cannot tell. The true function is proven in formal_column.

module tsr_column #(
  parameter int unsigned Tp = 2,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic             clk_i,
  input  logic [14:0]      x_i,
  input  logic [2:0]       stride_i,
  output logic [19:0]      line_o,
  output logic [BankW-1:0] bank_o
);

  logic [14:0] x_q;
  always_ff @(posedge clk_i) begin
    x_q <= x_i;
  end

  assign line_o = {2'b01, stride_i, x_q};
  assign bank_o = Tp == 1 || 32'(x_q[BankW-1:0]) >= Tp ? '0 : x_q[BankW-1:0];

endmodule
