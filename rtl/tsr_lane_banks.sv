// SPDX-License-Identifier: Apache-2.0
//
// tsr_lane_banks: from the first lane's line and bank to those of Wp neighbouring columns, and to one line a bank.
// Combinational. Lanes step through banks and, past the last one, to the next line: right for bank stride 1; with a
// larger stride only offset 0 occurs (the drain is narrow then).

module tsr_lane_banks #(
  parameter int unsigned Tp    = 2,
  parameter int unsigned Wp    = 1,
  parameter int unsigned LineW = 10,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic [19:0]         line_i,
  input  logic [BankW-1:0]    bank_i,
  input  logic [Wp-1:0]       lane_i,    // lanes that want a word
  input  logic [Wp*5-1:0]     offset_i,  // columns from the first lane's
  output logic [Wp*BankW-1:0] lane_bank_o,
  output logic [Tp-1:0]       en_o,      // by bank
  output logic [Tp*LineW-1:0] line_o
);

  logic [Wp-1:0] next;
  logic [19:0]   line_after;

  for (genvar w = 0; w < Wp; w++) begin : g_lane
    logic [5:0] sum, wrapped;
    assign sum     = 6'(bank_i) + 6'(offset_i[w*5 +: 5]);
    assign next[w] = sum >= 6'(Tp);
    assign wrapped = next[w] ? sum - 6'(Tp) : sum;
    assign lane_bank_o[w*BankW +: BankW] = wrapped[BankW-1:0];

    logic unused_wrapped;
    assign unused_wrapped = ^wrapped;
  end

  assign line_after = line_i + 20'd1;

  always_comb begin
    en_o   = '0;
    line_o = '0;
    for (int unsigned b = 0; b < Tp; b++) begin
      for (int unsigned w = 0; w < Wp; w++) begin
        if (lane_i[w] && lane_bank_o[w*BankW +: BankW] == BankW'(b)) begin
          en_o[b] = 1'b1;
          line_o[b*LineW +: LineW] = next[w] ? LineW'(line_after) : LineW'(line_i);
        end
      end
    end
  end

  logic unused_line;
  assign unused_line = ^{line_i, line_after};

endmodule
