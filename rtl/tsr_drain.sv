// SPDX-License-Identifier: Apache-2.0
//
// tsr_drain: from the shadow accumulators to the feature pool: steps, residual and parameter reads, post-processor, 2x2
// pool, writes. The cycles d0 ... d14 of a step are those of tsr_compute's header; the tile is in the shadow from d6 of
// its first step to d6 of its last one.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_drain #(
  parameter int unsigned Tm           = 4,
  parameter int unsigned Tn           = 4,
  parameter int unsigned Tp           = 2,
  parameter int unsigned Wp           = 1,
  parameter int unsigned Aw           = 8,
  parameter int unsigned AccW         = 32,
  parameter int unsigned FeatureLines = 1024,
  parameter int unsigned ParameterW   = 4,     // address bits of the parameter buffer
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned LineW = FeatureLines > 1 ? $clog2(FeatureLines) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [1023:0]         pass_i,
  input  logic                  is_pool_i,
  input  logic                  narrow_i,
  input  logic                  go_i,       // d0 of a tile's first step
  input  logic [Tp*Tm*AccW-1:0] shadow_i,

  output logic [Tp-1:0]         cr_en_o,
  output logic [Tp*LineW-1:0]   cr_line_o,
  input  logic [Tp*WordW-1:0]   cr_data_i,

  output logic                  pb_en_o,
  output logic [ParameterW-1:0] pb_addr_o,
  input  logic [Tn*AccW-1:0]    pb_bias_i,
  input  logic [Tn*32-1:0]      pb_multiplier_i,
  input  logic [Tn*6-1:0]       pb_shift_i,

  output logic [Tp-1:0]         cw_en_o,
  output logic [Tp*LineW-1:0]   cw_line_o,
  output logic [Tp*WordW-1:0]   cw_data_o
);

  localparam int unsigned Words   = Tm / Tn;
  localparam int unsigned Entries = Words * ((Tp + Wp - 1) / Wp);
  localparam int unsigned EntryW  = Entries > 1 ? $clog2(Entries) : 1;
  localparam int unsigned IndexW  = Words > 1 ? $clog2(Words) : 1;

  logic unused_pass;
  assign unused_pass = ^pass_i;

  logic pools;
  assign pools = pass_i[`TSR_CONV_MAX_POOL_2X2_BITS];

  // d0: the step
  logic              step0;
  logic [EntryW-1:0] entry0;
  logic [IndexW-1:0] word0;
  logic [Wp-1:0]     lane0;
  logic [14:0]       column0;
  logic [13:0]       row0;
  logic [19:0]       out_line0, residual_line0, parameter0;

  tsr_drain_sequencer #(
    .Tm(Tm),
    .Tn(Tn),
    .Tp(Tp),
    .Wp(Wp)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .pass_i,
    .is_pool_i,
    .narrow_i,
    .go_i,
    .step_o         (step0),
    .entry_o        (entry0),
    .word_o         (word0),
    .lane_o         (lane0),
    .column_o       (column0),
    .row_o          (row0),
    .out_line_o     (out_line0),
    .residual_line_o(residual_line0),
    .parameter_o    (parameter0)
  );

  // Parameters: asked for in d4, there in d6
  logic [19:0] parameter_first, parameter4;
  logic        step3, unused_parameter;

  // parameter_base * Words, as a sum of shifts
  always_comb begin
    parameter_first = '0;
    for (int unsigned i = 0; i < 9; i++) begin
      if (((Words >> i) & 1) == 1) begin
        parameter_first = parameter_first + (20'(pass_i[`TSR_CONV_PARAMETER_BASE_BITS]) << i);
      end
    end
  end

  tsr_delay #(
    .Width (20),
    .Stages(4)
  ) u_parameter (
    .clk_i,
    .data_i(parameter_first + parameter0),
    .data_o(parameter4)
  );

  assign pb_addr_o        = ParameterW'(parameter4);
  assign unused_parameter = ^parameter4;

  tsr_delay_reset #(.Stages(3)) u_step3 (
    .clk_i,
    .rst_ni,
    .data_i(step0),
    .data_o(step3)
  );

  always_ff @(posedge clk_i) begin
    pb_en_o <= rst_ni && step3 && !is_pool_i;
  end

  // Residual: asked for in d4, there in d6
  logic [Wp*WordW-1:0] residual6;

  tsr_residual_read #(
    .Tn   (Tn),
    .Tp   (Tp),
    .Wp   (Wp),
    .Aw   (Aw),
    .LineW(LineW)
  ) u_residual (
    .clk_i,
    .rst_ni,
    .pass_i,
    .narrow_i,
    .plane_line_i(residual_line0),
    .row_i       (row0),
    .column_i    (column0),
    .lane_i      (lane0),
    .step3_i     (step3),
    .cr_en_o,
    .cr_line_o,
    .cr_data_i,
    .data_o      (residual6)
  );

  // d6 to d12: the post-processor
  logic [EntryW-1:0]   entry6, entry13;
  logic [Wp*WordW-1:0] data13;

  tsr_delay #(
    .Width (EntryW),
    .Stages(6)
  ) u_entry6 (
    .clk_i,
    .data_i(entry0),
    .data_o(entry6)
  );

  tsr_post_processor #(
    .Tm  (Tm),
    .Tn  (Tn),
    .Tp  (Tp),
    .Wp  (Wp),
    .Aw  (Aw),
    .AccW(AccW)
  ) u_post (
    .clk_i,
    .pass_i,
    .is_pool_i,
    .entry_i     (entry6),
    .shadow_i,
    .bias_i      (pb_bias_i),
    .multiplier_i(pb_multiplier_i),
    .shift_i     (pb_shift_i),
    .residual_i  (residual6),
    .data_o      (data13)
  );

  // d13: 2x2 pool
  logic                step13, lower13, odd13;
  logic [IndexW-1:0]   word13;
  logic [Wp-1:0]       lane13, lane_odd, lane14;
  logic [Wp*WordW-1:0] data14;

  tsr_delay_reset #(.Stages(10)) u_step13 (
    .clk_i,
    .rst_ni,
    .data_i(step3),
    .data_o(step13)
  );

  tsr_delay #(
    .Width (EntryW + IndexW + Wp + 2),
    .Stages(13)
  ) u_step_details (
    .clk_i,
    .data_i({entry0, word0, lane0, row0[0], column0[0]}),
    .data_o({entry13, word13, lane13, lower13, odd13})
  );

  for (genvar w = 0; w < Wp; w++) begin : g_lane_odd
    assign lane_odd[w] = !narrow_i && w % 2 == 1;
  end

  tsr_pool2x2 #(
    .Tn     (Tn),
    .Tp     (Tp),
    .Wp     (Wp),
    .Aw     (Aw),
    .Words  (Words),
    .Entries(Entries)
  ) u_pool (
    .clk_i,
    .rst_ni,
    .pools_i   (pools),
    .step_i    (step13),
    .entry_i   (entry13),
    .word_i    (word13),
    .lower_i   (lower13),
    .odd_i     (odd13),
    .lane_odd_i(lane_odd),
    .lane_i    (lane13),
    .data_i    (data13),
    .lane_o    (lane14),
    .data_o    (data14)
  );

  // d14: write
  tsr_output_write #(
    .Tn   (Tn),
    .Tp   (Tp),
    .Wp   (Wp),
    .Aw   (Aw),
    .LineW(LineW)
  ) u_write (
    .clk_i,
    .rst_ni,
    .pass_i,
    .narrow_i,
    .step_i      (step0),
    .plane_line_i(out_line0),
    .row_i       (row0),
    .column_i    (column0),
    .odd13_i     (odd13),
    .lane14_i    (lane14),
    .data14_i    (data14),
    .cw_en_o,
    .cw_line_o,
    .cw_data_o
  );

  `TSR_ASSERT(ResidualRowInRing_A, !(step0 && pass_i[`TSR_CONV_RESIDUAL_BITS]
                                     && pass_i[`TSR_CONV_RESIDUAL_WRAP_BITS] != '0
                                     && (pass_i[`TSR_CONV_RESIDUAL_Y0_BITS] >= pass_i[`TSR_CONV_RESIDUAL_WRAP_BITS]
                                         || row0 >= pass_i[`TSR_CONV_RESIDUAL_WRAP_BITS])))

endmodule
