// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_column against the address formula of sim/program/map_view.h: line = x / (S*Tp) * S + x mod S,
// bank = x / S mod Tp, for every column of Width bits. The multiplier's register is the only state: two cycles are all.
//
// files: tsr_column tsr_multiplier
// prove: bmc 3 | Tp=1 Stride=1 Width=15
// prove: bmc 3 | Tp=1 Stride=7 Width=12
// prove: bmc 3 | Tp=2 Stride=1 Width=15
// prove: bmc 3 | Tp=2 Stride=2 Width=15
// prove: bmc 3 | Tp=3 Stride=1 Width=13
// prove: bmc 3 | Tp=3 Stride=2 Width=13
// prove: bmc 3 | Tp=4 Stride=3 Width=13
// prove: bmc 3 | Tp=7 Stride=1 Width=13
// prove: bmc 3 | Tp=7 Stride=7 Width=12
// prove: bmc 3 | Tp=16 Stride=5 Width=12
// prove: bmc 3 | Tp=16 Stride=7 Width=12
// mutation: bmc 3 0 | Tp=3 Stride=2 Width=9
// mutants: 3 | Tp=3 Stride=2 Width=8

`include "formal_env.svh"

module formal_column #(
  parameter int unsigned Tp     = 2,
  parameter int unsigned Stride = 1,
  parameter int unsigned Width  = 15,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [Width-1:0] x_i
);

  `FORMAL_RESET

  logic [19:0]      line;
  logic [BankW-1:0] bank;
  logic [31:0]      x_q;

  tsr_column #(.Tp(Tp)) u_dut (.clk_i, .x_i(15'(x_i)), .stride_i(3'(Stride)), .line_o(line), .bank_o(bank));

  always_ff @(posedge clk_i) begin
    x_q <= 32'(x_i);
  end

  `TSR_ASSERT(Line_A, !past_first_q || 32'(line) == x_q / (Stride * Tp) * Stride + x_q % Stride)
  `TSR_ASSERT(Bank_A, !past_first_q || 32'(bank) == x_q / Stride % Tp)

endmodule
