// SPDX-License-Identifier: Apache-2.0
//
// tsr_residual_read: the residual words of a drain step. Step in cycle d0 (step3_i three cycles later); words are asked
// for in d0 + 4 and on data_o, by lane, in d0 + 6.

`include "tsr_uarch.vh"

module tsr_residual_read #(
  parameter int unsigned Tn    = 4,
  parameter int unsigned Tp    = 2,
  parameter int unsigned Wp    = 1,
  parameter int unsigned Aw    = 8,
  parameter int unsigned LineW = 10,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [1023:0]       pass_i,
  input  logic                narrow_i,

  input  logic [19:0]         plane_line_i,
  input  logic [13:0]         row_i,
  input  logic [14:0]         column_i,   // of lane 0; narrow: of the one lane
  input  logic [Wp-1:0]       lane_i,
  input  logic                step3_i,

  output logic [Tp-1:0]       cr_en_o,
  output logic [Tp*LineW-1:0] cr_line_o,
  input  logic [Tp*WordW-1:0] cr_data_i,
  output logic [Wp*WordW-1:0] data_o
);

  logic unused_pass;
  assign unused_pass = ^pass_i;

  logic [19:0]         line3;
  logic [BankW-1:0]    bank3;
  logic [Wp-1:0]       lane3;
  logic [Wp*5-1:0]     neighbour;
  logic [Wp*BankW-1:0] lane_bank3, lane_bank6;
  logic [Tp-1:0]       en3;
  logic [Tp*LineW-1:0] bank_line3;

  tsr_drain_address #(.Tp(Tp)) u_address (
    .clk_i,
    .base_i       (pass_i[`TSR_CONV_RESIDUAL_BASE_BITS]),
    .row_pitch_i  (pass_i[`TSR_CONV_RESIDUAL_ROW_PITCH_BITS]),
    .bank_stride_i(pass_i[`TSR_CONV_RESIDUAL_BANK_STRIDE_BITS]),
    .y0_i         (pass_i[`TSR_CONV_RESIDUAL_Y0_BITS]),
    .x0_i         (pass_i[`TSR_CONV_RESIDUAL_X0_BITS]),
    .wrap_i       (pass_i[`TSR_CONV_RESIDUAL_WRAP_BITS]),
    .plane_line_i,
    .row_i,
    .column_i,
    .line_o       (line3),
    .bank_o       (bank3)
  );

  tsr_delay #(
    .Width (Wp),
    .Stages(3)
  ) u_lane (
    .clk_i,
    .data_i(lane_i),
    .data_o(lane3)
  );

  for (genvar w = 0; w < Wp; w++) begin : g_neighbour
    assign neighbour[w*5 +: 5] = narrow_i ? '0 : 5'(w);
  end

  tsr_lane_banks #(
    .Tp   (Tp),
    .Wp   (Wp),
    .LineW(LineW)
  ) u_banks (
    .line_i     (line3),
    .bank_i     (bank3),
    .lane_i     (lane3),
    .offset_i   (neighbour),
    .lane_bank_o(lane_bank3),
    .en_o       (en3),
    .line_o     (bank_line3)
  );

  tsr_delay #(
    .Width (Wp * BankW),
    .Stages(3)
  ) u_lane_bank (
    .clk_i,
    .data_i(lane_bank3),
    .data_o(lane_bank6)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cr_en_o <= '0;
    end else begin
      cr_en_o <= step3_i && pass_i[`TSR_CONV_RESIDUAL_BITS] ? en3 : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    cr_line_o <= bank_line3;
  end

  always_comb begin
    data_o = '0;
    for (int unsigned w = 0; w < Wp; w++) begin
      for (int unsigned b = 0; b < Tp; b++) begin
        if (lane_bank6[w*BankW +: BankW] == BankW'(b)) data_o[w*WordW +: WordW] = cr_data_i[b*WordW +: WordW];
      end
    end
  end

endmodule
