// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_feature_pool: a read of any port gives, two cycles later, what was last written to that line and bank by
// either writer; words of other lines, banks, sectors and ports have no part in it. What the program check owes: one
// reader and one writer in a sector of a bank, and no write of the very word that is read. These are written here from
// lines, not from the module's hits; and the module's own rules (one reader, one writer, no collision) follow from them.
//
// files: tsr_feature_pool tsr_ram
// prove: bmc 6 | Tp=2 FeatureLines=6 FeatureSectors=3
// prove: bmc 6 | Tp=1 FeatureLines=8 FeatureSectors=2
// prove: pdr 60 | Tp=2 FeatureLines=4 FeatureSectors=2
// prove: cover 7 | Tp=2 FeatureLines=6 FeatureSectors=3
// mutation: bmc 6 | Tp=2 FeatureLines=6 FeatureSectors=3
// mutation: bmc 6 | Tp=3 FeatureLines=4 FeatureSectors=2
// mutants: 6 | Tp=2 FeatureLines=6 FeatureSectors=3

`include "formal_env.svh"

module formal_feature_pool #(
  parameter int unsigned Tp             = 2,
  parameter int unsigned FeatureLines   = 6,
  parameter int unsigned FeatureSectors = 3,
  localparam int unsigned WordW  = 2,
  localparam int unsigned LineW  = $clog2(FeatureLines),
  localparam int unsigned BankW  = Tp > 1 ? $clog2(Tp) : 1,
  localparam int unsigned Sector = FeatureLines / FeatureSectors
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic [Tp-1:0]       ci_en_i,
  input logic [Tp*LineW-1:0] ci_line_i,
  input logic [Tp-1:0]       cr_en_i,
  input logic [Tp*LineW-1:0] cr_line_i,
  input logic                st_en_i,
  input logic [LineW-1:0]    st_line_i,
  input logic [BankW-1:0]    st_bank_i,
  input logic [Tp-1:0]       cw_en_i,
  input logic [Tp*LineW-1:0] cw_line_i,
  input logic [Tp*WordW-1:0] cw_data_i,
  input logic                lf_en_i,
  input logic [LineW-1:0]    lf_line_i,
  input logic [BankW-1:0]    lf_bank_i,
  input logic [WordW-1:0]    lf_data_i
);

  logic [Tp*WordW-1:0] ci_data, cr_data;
  logic [WordW-1:0]    st_data;

  tsr_feature_pool #(.Tn(1), .Tp(Tp), .Aw(WordW), .FeatureLines(FeatureLines), .FeatureSectors(FeatureSectors)) u_dut (
    .clk_i, .rst_ni, .ci_en_i, .ci_line_i, .ci_data_o(ci_data), .cr_en_i, .cr_line_i, .cr_data_o(cr_data), .st_en_i,
    .st_line_i, .st_bank_i, .st_data_o(st_data), .cw_en_i, .cw_line_i, .cw_data_i, .lf_en_i, .lf_line_i, .lf_bank_i,
    .lf_data_i
  );
  formal_given NoReset_M (.ok_i(rst_ni));

  // What each bank is asked for.
  logic [Tp-1:0] st, lf;
  for (genvar b = 0; b < Tp; b++) begin : g_owed
    logic [31:0] ci_at, cr_at, st_at, cw_at, lf_at;
    assign ci_at = 32'(ci_line_i[b*LineW +: LineW]);
    assign cr_at = 32'(cr_line_i[b*LineW +: LineW]);
    assign st_at = 32'(st_line_i);
    assign cw_at = 32'(cw_line_i[b*LineW +: LineW]);
    assign lf_at = 32'(lf_line_i);
    assign st[b] = st_en_i && 32'(st_bank_i) == b;
    assign lf[b] = lf_en_i && 32'(lf_bank_i) == b;
    `TSR_ASSUME(Lines_M, ci_at < FeatureLines && cr_at < FeatureLines && st_at < FeatureLines && cw_at < FeatureLines
                && lf_at < FeatureLines)
    `TSR_ASSUME(Readers_M, !(ci_en_i[b] && cr_en_i[b] && ci_at / Sector == cr_at / Sector)
                && !(ci_en_i[b] && st[b] && ci_at / Sector == st_at / Sector)
                && !(cr_en_i[b] && st[b] && cr_at / Sector == st_at / Sector))
    `TSR_ASSUME(Writers_M, !(cw_en_i[b] && lf[b] && cw_at / Sector == lf_at / Sector))
    `TSR_ASSUME(Apart_M, !(cw_en_i[b] && ((ci_en_i[b] && ci_at == cw_at) || (cr_en_i[b] && cr_at == cw_at)
                                          || (st[b] && st_at == cw_at)))
                && !(lf[b] && ((ci_en_i[b] && ci_at == lf_at) || (cr_en_i[b] && cr_at == lf_at)
                               || (st[b] && st_at == lf_at))))
  end
  `TSR_ASSUME(Banks_M, 32'(st_bank_i) < Tp && 32'(lf_bank_i) < Tp)

  // Any one word of the pool, and who asks for it.
  (* anyconst *) logic [LineW-1:0] word_line;
  (* anyconst *) logic [BankW-1:0] word_bank;
  `TSR_ASSUME(Word_M, 32'(word_line) < FeatureLines && 32'(word_bank) < Tp)

  logic             ci, cr, store, cw, known_q = 1'b0;
  logic [WordW-1:0] cw_word, ci_word, cr_word, value_q, value1_q, value2_q;
  logic [2:0]       asks1_q = '0, asks2_q = '0;
  always_comb begin
    {ci, cr, cw} = '0;
    {cw_word, ci_word, cr_word} = '0;
    for (int unsigned b = 0; b < Tp; b++) begin
      if (32'(word_bank) == b) begin
        ci      = ci_en_i[b] && ci_line_i[b*LineW +: LineW] == word_line;
        cr      = cr_en_i[b] && cr_line_i[b*LineW +: LineW] == word_line;
        cw      = cw_en_i[b] && cw_line_i[b*LineW +: LineW] == word_line;
        cw_word = cw_data_i[b*WordW +: WordW];
        ci_word = ci_data[b*WordW +: WordW];
        cr_word = cr_data[b*WordW +: WordW];
      end
    end
    store = st_en_i && st_bank_i == word_bank && st_line_i == word_line;
  end
  always_ff @(posedge clk_i) begin
    if (cw) value_q <= cw_word;
    if (lf_en_i && lf_bank_i == word_bank && lf_line_i == word_line) value_q <= lf_data_i;
    if (cw || (lf_en_i && lf_bank_i == word_bank && lf_line_i == word_line)) known_q <= 1'b1;
    asks1_q  <= known_q ? {ci, cr, store} : '0;
    asks2_q  <= asks1_q;
    value1_q <= value_q;
    value2_q <= value1_q;
  end

  `TSR_ASSERT(Input_A, !asks2_q[2] || ci_word == value2_q)
  `TSR_ASSERT(Residual_A, !asks2_q[1] || cr_word == value2_q)
  `TSR_ASSERT(Store_A, !asks2_q[0] || st_data == value2_q)

  `FORMAL_COVER(AllPorts_C, asks2_q[2] && ci_word == 2'd2 && ci_en_i[0] && cr_en_i[0] && st[0] && cw_en_i[0] && lf[0])

endmodule
