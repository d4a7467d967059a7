// SPDX-License-Identifier: Apache-2.0
//
// tsr_compute: the compute engine: one conv or pool descriptor at a time over the feature pool and the weight buffer.
//
// start_i in cycle s, desc_i from then to done_o, which is high in s + T of the cycle law (tsr_tile_sequencer). Nothing
// in it waits: all memories answer two cycles after the request. issue_o: the array gets operands.
//
//   operand issued in k: addresses k..k+2, memories k+3, k+4, crossbar k+5, array from k+6; sum in the shadow from
//   k+9+t, t = log2(Tn). Drain step d of a tile, counted from the step's d0 = k+3+t: addresses d0..d3, memories d4, d5,
//   bias d6, multiply d7..d9, round d10, residual d11, clamp d12, pool d13, write d14.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_compute #(
  parameter int unsigned Tm                = 4,     // output channels, a multiple of Tn
  parameter int unsigned Tn                = 4,     // input channels, a power of two
  parameter int unsigned Tp                = 2,     // pixels = column banks, 1 to 16
  parameter int unsigned Wp                = 1,     // pixels the post-processor takes a cycle, 1 to Tp
  parameter int unsigned Aw                = 8,     // bits of an activation and a weight, 8 or 16
  parameter int unsigned FeatureLines      = 1024,
  parameter int unsigned WeightWords       = 512,
  parameter int unsigned ParameterChannels = 64,
  localparam int unsigned AccW       = Aw == 8 ? 32 : 48,
  localparam int unsigned WordW      = Tn * Aw,
  localparam int unsigned LineW      = FeatureLines > 1 ? $clog2(FeatureLines) : 1,
  localparam int unsigned WeightW    = WeightWords > 1 ? $clog2(WeightWords) : 1,
  localparam int unsigned ParameterW = ParameterChannels / Tn > 1 ? $clog2(ParameterChannels / Tn) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  // control
  input  logic                start_i,
  input  logic [1023:0]       desc_i,
  output logic                done_o,
  output logic                issue_o,

  // feature pool: input and residual reads, output writes, by bank
  output logic [Tp-1:0]       ci_en_o,
  output logic [Tp*LineW-1:0] ci_line_o,
  input  logic [Tp*WordW-1:0] ci_data_i,
  output logic [Tp-1:0]       cr_en_o,
  output logic [Tp*LineW-1:0] cr_line_o,
  input  logic [Tp*WordW-1:0] cr_data_i,
  output logic [Tp-1:0]       cw_en_o,
  output logic [Tp*LineW-1:0] cw_line_o,
  output logic [Tp*WordW-1:0] cw_data_o,

  // weight buffer
  output logic                wb_en_o,
  output logic [WeightW-1:0]  wb_addr_o,
  input  logic [Tm*WordW-1:0] wb_data_i,

  // parameter buffer
  output logic                  pb_en_o,
  output logic [ParameterW-1:0] pb_addr_o,
  input  logic [Tn*AccW-1:0]    pb_bias_i,
  input  logic [Tn*32-1:0]      pb_multiplier_i,
  input  logic [Tn*6-1:0]       pb_shift_i
);

  localparam int unsigned TreeLevels = $clog2(Tn);
  localparam int unsigned Slots      = Tm / Tn;
  localparam int unsigned RowW       = Tm > 1 ? $clog2(Tm) : 1;
  localparam int unsigned SlotW      = Slots > 1 ? $clog2(Slots) : 1;
  localparam int unsigned BankW      = Tp > 1 ? $clog2(Tp) : 1;

  if (Aw != 8 && Aw != 16) begin : g_bad_width
    $error("tsr_compute: Aw is 8 or 16");
  end
  if (Tm % Tn != 0 || Tn != (1 << TreeLevels) || Tp < 1 || Tp > 16 || Wp < 1 || Wp > Tp) begin : g_bad_shape
    $error("tsr_compute: Tn is a power of two that divides Tm, Tp is 1 to 16, Wp 1 to Tp");
  end
  // The pipeline below is the one of these constants; it has one cycle more for the start.
  if (`TSR_UARCH_ARRAY_ADDRESS_CYCLES != 1 || `TSR_UARCH_ARRAY_READ_CYCLES != 2 || `TSR_UARCH_ARRAY_CROSSBAR_CYCLES != 1
      || `TSR_UARCH_ARRAY_INPUT_CYCLES != 1 || `TSR_UARCH_ARRAY_MULTIPLY_CYCLES != 1
      || `TSR_UARCH_ARRAY_ACCUMULATE_CYCLES != 1) begin : g_bad_fill
    $error("tsr_compute: the pipeline does not have the array_* cycles of uarch.json");
  end
  if (`TSR_UARCH_POST_BIAS_CYCLES != 1 || `TSR_UARCH_POST_MULTIPLY_CYCLES != 3 || `TSR_UARCH_POST_ROUND_CYCLES != 1
      || `TSR_UARCH_POST_RESIDUAL_CYCLES != 1 || `TSR_UARCH_POST_CLAMP_CYCLES != 1 || `TSR_UARCH_POST_POOL_CYCLES != 1
      || `TSR_UARCH_POST_WRITE_CYCLES != 1) begin : g_bad_post
    $error("tsr_compute: the pipeline does not have the post_* cycles of uarch.json");
  end

  // The pass
  logic [1023:0] pass;
  logic          is_pool, narrow;
  logic [15:0]   drain;

  tsr_pass_decode #(
    .Tm(Tm),
    .Tn(Tn),
    .Tp(Tp),
    .Wp(Wp),
    .Aw(Aw)
  ) u_decode (
    .desc_i,
    .pass_o   (pass),
    .is_pool_o(is_pool),
    .narrow_o (narrow),
    .drain_o  (drain)
  );

  // Operands
  logic             issue, first, last;
  logic [13:0]      op_column, op_tap_column, op_tap_row;
  logic [17:0]      op_column_stride, op_row_stride;
  logic [19:0]      op_plane_line, op_group_line, op_weight;
  logic [RowW-1:0]  op_weight_row;
  logic [SlotW-1:0] op_slot;

  tsr_tile_sequencer #(
    .Tm(Tm),
    .Tn(Tn),
    .Tp(Tp)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .start_i,
    .pass_i         (pass),
    .drain_i        (drain),
    .done_o,
    .issue_o        (issue),
    .first_o        (first),
    .last_o         (last),
    .column_o       (op_column),
    .column_stride_o(op_column_stride),
    .row_stride_o   (op_row_stride),
    .tap_column_o   (op_tap_column),
    .tap_row_o      (op_tap_row),
    .plane_line_o   (op_plane_line),
    .weight_o       (op_weight),
    .weight_row_o   (op_weight_row),
    .slot_o         (op_slot),
    .group_line_o   (op_group_line)
  );

  assign issue_o = issue;

  logic [Tp-1:0]       lane_read;
  logic [Tp*BankW-1:0] lane_bank;
  logic [Tp*WordW-1:0] lane_word;

  tsr_input_address #(
    .Tp   (Tp),
    .LineW(LineW)
  ) u_input (
    .clk_i,
    .rst_ni,
    .pass_i         (pass),
    .valid_i        (issue),
    .column_i       (op_column),
    .column_stride_i(op_column_stride),
    .row_stride_i   (op_row_stride),
    .tap_column_i   (op_tap_column),
    .tap_row_i      (op_tap_row),
    .plane_line_i   (op_plane_line),
    .group_line_i   (op_group_line),
    .ci_en_o,
    .ci_line_o,
    .lane_read_o    (lane_read),
    .lane_bank_o    (lane_bank)
  );

  tsr_crossbar #(
    .Tn(Tn),
    .Tp(Tp),
    .Aw(Aw)
  ) u_crossbar (
    .clk_i,
    .read_i      (lane_read),
    .bank_i      (lane_bank),
    .zero_point_i(pass[`TSR_CONV_IN_ZERO_POINT_LSB +: Aw]),
    .data_i      (ci_data_i),
    .data_o      (lane_word)
  );

  // Weights, to the array with the lane words
  logic [Tm*WordW-1:0] weight;

  tsr_weight_read #(
    .Tm      (Tm),
    .Tn      (Tn),
    .Aw      (Aw),
    .AddressW(WeightW)
  ) u_weight (
    .clk_i,
    .rst_ni,
    .pass_i   (pass),
    .valid_i  (issue && !is_pool),
    .word_i   (op_weight),
    .row_i    (op_weight_row),
    .slot_i   (op_slot),
    .wb_en_o,
    .wb_addr_o,
    .wb_data_i,
    .weight_o (weight)
  );

  // Array
  logic                  mac_valid, mac_first, mac_last;
  logic [Tp*Tm*AccW-1:0] shadow;

  tsr_delay_reset #(.Stages(8 + TreeLevels)) u_mac_valid (
    .clk_i,
    .rst_ni,
    .data_i(issue),
    .data_o(mac_valid)
  );

  tsr_delay #(
    .Width (2),
    .Stages(8 + TreeLevels)
  ) u_mac_flags (
    .clk_i,
    .data_i({first && pass[`TSR_CONV_ACCUMULATE_FIRST_BITS], last && pass[`TSR_CONV_ACCUMULATE_LAST_BITS]}),
    .data_o({mac_first, mac_last})
  );

  tsr_array #(
    .Tm  (Tm),
    .Tn  (Tn),
    .Tp  (Tp),
    .Aw  (Aw),
    .AccW(AccW)
  ) u_array (
    .clk_i,
    .is_pool_i(is_pool),
    .x_i      (lane_word),
    .weight_i (weight),
    .valid_i  (mac_valid),
    .first_i  (mac_first),
    .last_i   (mac_last),
    .shadow_o (shadow)
  );

  // Drain
  logic drain_go;

  tsr_delay_reset #(.Stages(3 + TreeLevels)) u_go (
    .clk_i,
    .rst_ni,
    .data_i(issue && last && pass[`TSR_CONV_ACCUMULATE_LAST_BITS]),
    .data_o(drain_go)
  );

  tsr_drain #(
    .Tm          (Tm),
    .Tn          (Tn),
    .Tp          (Tp),
    .Wp          (Wp),
    .Aw          (Aw),
    .AccW        (AccW),
    .FeatureLines(FeatureLines),
    .ParameterW  (ParameterW)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .pass_i         (pass),
    .is_pool_i      (is_pool),
    .narrow_i       (narrow),
    .go_i           (drain_go),
    .shadow_i       (shadow),
    .cr_en_o,
    .cr_line_o,
    .cr_data_i,
    .pb_en_o,
    .pb_addr_o,
    .pb_bias_i,
    .pb_multiplier_i,
    .pb_shift_i,
    .cw_en_o,
    .cw_line_o,
    .cw_data_o
  );

  logic unused_bits;
  assign unused_bits = ^pass;

  `TSR_ASSERT(DoneIsQuiet_A, !(done_o && (cw_en_o != '0 || issue)))

endmodule
