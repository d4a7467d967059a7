// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_column against the address formula of sim/program/map_view.h: line = x / (S*Tp) * S + x mod S,
// bank = x / S mod Tp, for every column of Width bits. The multiplier's register is the only state: two cycles are all.
//
// files: tsr_column tsr_multiplier
// prove: bmc 3 | Tp=1 Stride=1 Width=15
// deep: bmc 3 | Tp=1 Stride=7 Width=12
// prove: bmc 3 | Tp=2 Stride=1 Width=15
// prove: bmc 3 | Tp=2 Stride=2 Width=15
// deep: bmc 3 | Tp=3 Stride=1 Width=13
// prove: bmc 3 | Tp=3 Stride=2 Width=13
// deep: bmc 3 | Tp=4 Stride=3 Width=13
// deep: bmc 3 | Tp=7 Stride=1 Width=13
// prove: bmc 3 | Tp=7 Stride=7 Width=12
// deep: bmc 3 | Tp=16 Stride=5 Width=12
// deep: bmc 3 | Tp=16 Stride=7 Width=12
// mutation: bmc 3 | Tp=7 Stride=0 Width=10 | test_rtl_column Tp=7
// mutation: bmc 3 | Tp=2 Stride=0 Width=15 | test_rtl_column Tp=2
// mutants: 3 | Tp=3 Stride=2 Width=8

`include "formal_env.svh"

module formal_column #(
  parameter int unsigned Tp     = 2,
  parameter int unsigned Stride = 1,   // 1 to 7, or 0: any of them
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

  (* anyconst *) logic [2:0] any_stride;
  logic [2:0] stride;
  assign stride = Stride == 0 ? any_stride : 3'(Stride);
  `TSR_ASSUME(Stride_M, stride != '0)

  tsr_column #(.Tp(Tp)) u_dut (.clk_i, .x_i(15'(x_i)), .stride_i(stride), .line_o(line), .bank_o(bank));

  always_ff @(posedge clk_i) begin
    x_q <= 32'(x_i);
  end

  logic [31:0] expected_line, expected_bank;
  always_comb begin
    {expected_line, expected_bank} = '0;
    for (int unsigned s = 1; s <= 7; s++) begin
      if (32'(stride) == s) begin
        expected_line = x_q / (s * Tp) * s + x_q % s;
        expected_bank = x_q / s % Tp;
      end
    end
  end
  `TSR_ASSERT(Line_A, !past_first_q || 32'(line) == expected_line)
  `TSR_ASSERT(Bank_A, !past_first_q || 32'(bank) == expected_bank)

endmodule
