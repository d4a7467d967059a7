// SPDX-License-Identifier: Apache-2.0
//
// tsr_crossbar: bank words to lanes, with padding; several lanes may take one word.
//
// read_i and bank_i of an operand come with its addresses (k + 3), bank words two cycles later; lane words in k + 6.

module tsr_crossbar #(
  parameter int unsigned Tn = 4,
  parameter int unsigned Tp = 2,
  parameter int unsigned Aw = 8,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic                clk_i,
  input  logic [Tp-1:0]       read_i,
  input  logic [Tp*BankW-1:0] bank_i,
  input  logic [Aw-1:0]       zero_point_i,
  input  logic [Tp*WordW-1:0] data_i,        // by bank
  output logic [Tp*WordW-1:0] data_o         // by lane
);

  logic [Tp-1:0]       read;
  logic [Tp*BankW-1:0] bank;

  tsr_delay #(
    .Width (Tp + Tp*BankW),
    .Stages(2)
  ) u_delay (
    .clk_i,
    .data_i({read_i, bank_i}),
    .data_o({read, bank})
  );

  for (genvar p = 0; p < Tp; p++) begin : g_lane
    logic [WordW-1:0] word, word_q;

    always_comb begin
      word = {Tn{zero_point_i}};
      for (int unsigned b = 0; b < Tp; b++) begin
        if (read[p] && bank[p*BankW +: BankW] == BankW'(b)) word = data_i[b*WordW +: WordW];
      end
    end

    always_ff @(posedge clk_i) begin
      word_q <= word;
    end

    assign data_o[p*WordW +: WordW] = word_q;
  end

endmodule
