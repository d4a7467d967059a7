// SPDX-License-Identifier: Apache-2.0
//
// tsr_feature_pool: FeatureLines lines of one word (Tn activations) in each of Tp column banks, cut into
// FeatureSectors independent memories a bank.
//
// Ports     ci compute input, cr compute residual, st store: reads, data two cycles after the enable.
//           cw compute write, lf load: writes in the cycle of the enable.
// Nobody waits: a legal program never has two engines, or the two reads of a pass, on one port of a sector
// (tsr_program_check); the assertions say so.

`include "tsr_assert.svh"

module tsr_feature_pool #(
  parameter int unsigned Tn             = 4,
  parameter int unsigned Tp             = 2,
  parameter int unsigned Aw             = 8,
  parameter int unsigned FeatureLines   = 1024,  // a multiple of FeatureSectors
  parameter int unsigned FeatureSectors = 8,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned LineW = FeatureLines > 1 ? $clog2(FeatureLines) : 1,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  // reads
  input  logic [Tp-1:0]       ci_en_i,
  input  logic [Tp*LineW-1:0] ci_line_i,
  output logic [Tp*WordW-1:0] ci_data_o,
  input  logic [Tp-1:0]       cr_en_i,
  input  logic [Tp*LineW-1:0] cr_line_i,
  output logic [Tp*WordW-1:0] cr_data_o,
  input  logic                st_en_i,
  input  logic [LineW-1:0]    st_line_i,
  input  logic [BankW-1:0]    st_bank_i,
  output logic [WordW-1:0]    st_data_o,

  // writes
  input  logic [Tp-1:0]       cw_en_i,
  input  logic [Tp*LineW-1:0] cw_line_i,
  input  logic [Tp*WordW-1:0] cw_data_i,
  input  logic                lf_en_i,
  input  logic [LineW-1:0]    lf_line_i,
  input  logic [BankW-1:0]    lf_bank_i,
  input  logic [WordW-1:0]    lf_data_i
);

  localparam int unsigned SectorLines = FeatureLines / FeatureSectors;
  localparam int unsigned LocalW      = SectorLines > 1 ? $clog2(SectorLines) : 1;

  if (FeatureSectors == 0 || FeatureLines % FeatureSectors != 0) begin : g_bad_parameters
    $error("tsr_feature_pool: FeatureLines is a multiple of FeatureSectors");
  end

  logic [BankW-1:0]      st_bank1_q, st_bank2_q;
  logic [Tp*WordW-1:0]   st_data;
  logic [WordW-1:0]      st_word;

  for (genvar b = 0; b < Tp; b++) begin : g_bank
    logic [FeatureSectors-1:0]       ci_hit, cr_hit, st_hit, cw_hit, lf_hit;
    logic [FeatureSectors-1:0]       ci_hit1_q, cr_hit1_q, st_hit1_q, ci_hit2_q, cr_hit2_q, st_hit2_q;
    logic [FeatureSectors*WordW-1:0] read;
    logic [WordW-1:0]                ci_word, cr_word, st_bank_word;
    logic [LineW-1:0]                ci_line, cr_line, cw_line;

    assign ci_line = ci_line_i[b*LineW +: LineW];
    assign cr_line = cr_line_i[b*LineW +: LineW];
    assign cw_line = cw_line_i[b*LineW +: LineW];

    for (genvar s = 0; s < FeatureSectors; s++) begin : g_sector
      localparam int unsigned First = s * SectorLines;

      // Places within the sector, one bit wider than a line: places of other sectors are too large.
      logic [LineW:0]      ci_place, cr_place, st_place, cw_place, lf_place;
      logic [LocalW-1:0]   read_place, write_place;

      assign ci_place  = {1'b0, ci_line} - (LineW+1)'(First);
      assign cr_place  = {1'b0, cr_line} - (LineW+1)'(First);
      assign st_place  = {1'b0, st_line_i} - (LineW+1)'(First);
      assign cw_place  = {1'b0, cw_line} - (LineW+1)'(First);
      assign lf_place  = {1'b0, lf_line_i} - (LineW+1)'(First);
      assign ci_hit[s] = ci_en_i[b] && ci_place < (LineW+1)'(SectorLines);
      assign cr_hit[s] = cr_en_i[b] && cr_place < (LineW+1)'(SectorLines);
      assign st_hit[s] = st_en_i && st_bank_i == BankW'(b) && st_place < (LineW+1)'(SectorLines);
      assign cw_hit[s] = cw_en_i[b] && cw_place < (LineW+1)'(SectorLines);
      assign lf_hit[s] = lf_en_i && lf_bank_i == BankW'(b) && lf_place < (LineW+1)'(SectorLines);

      assign read_place  = LocalW'(ci_hit[s] ? ci_place : cr_hit[s] ? cr_place : st_place);
      assign write_place = LocalW'(cw_hit[s] ? cw_place : lf_place);

      tsr_ram #(
        .Width(WordW),
        .Depth(SectorLines)
      ) u_ram (
        .clk_i,
        .we_i   (cw_hit[s] || lf_hit[s]),
        .waddr_i(write_place),
        .wdata_i(cw_hit[s] ? cw_data_i[b*WordW +: WordW] : lf_data_i),
        .re_i   (ci_hit[s] || cr_hit[s] || st_hit[s]),
        .raddr_i(read_place),
        .rdata_o(read[s*WordW +: WordW])
      );

      `TSR_ASSERT(OneReader_A, {1'b0, ci_hit[s]} + {1'b0, cr_hit[s]} + {1'b0, st_hit[s]} <= 2'd1)
      `TSR_ASSERT(OneWriter_A, !(cw_hit[s] && lf_hit[s]))
      `TSR_ASSERT(NoCollision_A, !((cw_hit[s] || lf_hit[s]) && (ci_hit[s] || cr_hit[s] || st_hit[s]) &&
                                   write_place == read_place))
    end

    always_ff @(posedge clk_i) begin
      ci_hit1_q <= ci_hit;
      cr_hit1_q <= cr_hit;
      st_hit1_q <= st_hit;
      ci_hit2_q <= ci_hit1_q;
      cr_hit2_q <= cr_hit1_q;
      st_hit2_q <= st_hit1_q;
    end

    always_comb begin
      ci_word = '0;
      cr_word = '0;
      st_bank_word = '0;
      for (int unsigned s = 0; s < FeatureSectors; s++) begin
        if (ci_hit2_q[s]) ci_word = ci_word | read[s*WordW +: WordW];
        if (cr_hit2_q[s]) cr_word = cr_word | read[s*WordW +: WordW];
        if (st_hit2_q[s]) st_bank_word = st_bank_word | read[s*WordW +: WordW];
      end
    end

    assign ci_data_o[b*WordW +: WordW] = ci_word;
    assign cr_data_o[b*WordW +: WordW] = cr_word;
    assign st_data[b*WordW +: WordW]   = st_bank_word;
  end

  always_ff @(posedge clk_i) begin
    st_bank1_q <= st_bank_i;
    st_bank2_q <= st_bank1_q;
  end

  always_comb begin
    st_word = '0;
    for (int unsigned b = 0; b < Tp; b++) begin
      if (st_bank2_q == BankW'(b)) st_word = st_data[b*WordW +: WordW];
    end
  end

  assign st_data_o = st_word;

endmodule
