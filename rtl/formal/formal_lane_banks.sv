// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_lane_banks, by which the drain writes and reads residuals: lane w lies at column offset_w beyond the first
// one's, that is in bank (bank + offset) mod Tp, one line on where banks wrap. Each bank's line is the one of every lane
// in it (no conflict), a bank is enabled when a lane is in it and only then. Lanes keep within Tp columns of the first.
//
// files: tsr_lane_banks
// prove: bmc 1 | Tp=1 Wp=1
// prove: bmc 1 | Tp=2 Wp=2
// prove: bmc 1 | Tp=3 Wp=2
// prove: bmc 1 | Tp=7 Wp=3
// prove: bmc 1 | Tp=8 Wp=4
// prove: bmc 1 | Tp=16 Wp=2
// prove: cover 2 | Tp=3 Wp=2
// mutation: bmc 1 | Tp=3 Wp=2
// mutation: bmc 1 | Tp=4 Wp=4
// mutants: 1 | Tp=3 Wp=2

`include "formal_env.svh"

module formal_lane_banks #(
  parameter int unsigned Tp    = 3,
  parameter int unsigned Wp    = 2,
  localparam int unsigned LineW = 10,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [19:0]      line_i,
  input logic [BankW-1:0] bank_i,
  input logic [Wp-1:0]    lane_i,
  input logic [Wp*5-1:0]  offset_i
);

  logic [Wp*BankW-1:0] lane_bank;
  logic [Tp-1:0]       en, wanted;
  logic [Tp*LineW-1:0] line;

  tsr_lane_banks #(.Tp(Tp), .Wp(Wp), .LineW(LineW)) u_dut (
    .line_i, .bank_i, .lane_i, .offset_i, .lane_bank_o(lane_bank), .en_o(en), .line_o(line)
  );

  `TSR_ASSUME(Bank_M, 32'(bank_i) < Tp)

  logic [Wp*Tp-1:0] in;   // lane in bank
  for (genvar w = 0; w < Wp; w++) begin : g_lane
    logic [5:0] column;
    assign column = 6'(bank_i) + 6'(offset_i[w*5 +: 5]);
    `TSR_ASSUME(Offset_M, 32'(offset_i[w*5 +: 5]) < Tp)
    `TSR_ASSERT(LaneBank_A, 6'(lane_bank[w*BankW +: BankW]) == column % 6'(Tp))
    for (genvar b = 0; b < Tp; b++) begin : g_bank
      assign in[b*Wp + w] = lane_i[w] && column % 6'(Tp) == 6'(b);
      `TSR_ASSERT(Line_A, !in[b*Wp + w] || line[b*LineW +: LineW] == line_i[LineW-1:0] + LineW'(column / 6'(Tp)))
    end
  end
  for (genvar b = 0; b < Tp; b++) begin : g_wanted
    assign wanted[b] = in[b*Wp +: Wp] != '0;
  end
  `TSR_ASSERT(Enabled_A, en == wanted)

  `FORMAL_COVER(Wraps_C, lane_i == '1 && 32'(bank_i) == Tp - 1 && offset_i[5 +: 5] == 5'd1)

endmodule
