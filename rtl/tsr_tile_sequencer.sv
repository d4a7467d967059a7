// SPDX-License-Identifier: Apache-2.0
//
// tsr_tile_sequencer: when the array gets which operand, and when the pass is over.
//
// start_i in cycle s. Tile i has its operands in cycles s + i*max(L,D) ... + L-1 (issue_o); done_o in
// s + (n-1)*max(L,D) + L + D + F + E, without D + E for a sum that goes on in the next descriptor.
// All counters are zero between passes, so the first operand is issued in the start cycle itself.
// Order of a tile: planes, kernel rows, kernel columns, as the weights lie. The counters carry products along
// (kernel column * dilation, output row * stride ...). A dense operand is a weight word; of the other weight forms it
// is one of a word's Tm rows, and a group starts at a new word.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_tile_sequencer #(
  parameter int unsigned Tm = 4,
  parameter int unsigned Tn = 4,
  parameter int unsigned Tp = 2,
  localparam int unsigned Slots = Tm / Tn,
  localparam int unsigned RowW  = Tm > 1 ? $clog2(Tm) : 1,
  localparam int unsigned SlotW = Slots > 1 ? $clog2(Slots) : 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             start_i,
  input  logic [1023:0]    pass_i,              // conv fields, from the start cycle to done_o
  input  logic [15:0]      drain_i,             // D
  output logic             done_o,

  // the operand of this cycle
  output logic             issue_o,
  output logic             first_o,             // of its tile
  output logic             last_o,              // of its tile
  output logic [13:0]      column_o,            // first output column of the tile
  output logic [17:0]      column_stride_o,     // the same * stride
  output logic [17:0]      row_stride_o,        // output row * stride
  output logic [13:0]      tap_column_o,        // kernel column * dilation
  output logic [13:0]      tap_row_o,           // kernel row * dilation
  output logic [19:0]      plane_line_o,        // plane * plane pitch
  output logic [19:0]      weight_o,            // weight word, from weight_base
  output logic [RowW-1:0]  weight_row_o,        // its row, of a weight form that is not dense
  output logic [SlotW-1:0] slot_o,              // plane, of a weight form that is not dense
  output logic [19:0]      group_line_o         // group * group planes * plane pitch of the operand of the cycle before
);

  localparam int unsigned Fill = `TSR_UARCH_ARRAY_ADDRESS_CYCLES + `TSR_UARCH_ARRAY_READ_CYCLES
                                 + `TSR_UARCH_ARRAY_CROSSBAR_CYCLES + `TSR_UARCH_ARRAY_INPUT_CYCLES
                                 + `TSR_UARCH_ARRAY_MULTIPLY_CYCLES + $clog2(Tn) + `TSR_UARCH_ARRAY_ACCUMULATE_CYCLES;
  localparam int unsigned Post = `TSR_UARCH_POST_BIAS_CYCLES + `TSR_UARCH_POST_MULTIPLY_CYCLES
                                 + `TSR_UARCH_POST_ROUND_CYCLES + `TSR_UARCH_POST_RESIDUAL_CYCLES
                                 + `TSR_UARCH_POST_CLAMP_CYCLES + `TSR_UARCH_POST_POOL_CYCLES
                                 + `TSR_UARCH_POST_WRITE_CYCLES;

  logic unused_pass;
  assign unused_pass = ^pass_i;

  // Kernel columns, rows, planes
  logic [7:0]  tap_x_d, tap_x_q, tap_y_d, tap_y_q;
  logic [13:0] plane_d, plane_q, tap_column_d, tap_column_q, tap_row_d, tap_row_q;
  logic [19:0] plane_line_d, plane_line_q, weight_d, weight_q, group_weight_d, group_weight_q, plane_pitch;
  logic        tap_x_last, tap_y_last, plane_last;
  logic        accumulate_last, dense;

  logic [RowW-1:0] weight_row_d, weight_row_q;  // stays 0 if dense

  assign accumulate_last = pass_i[`TSR_CONV_ACCUMULATE_LAST_BITS];
  assign plane_pitch     = pass_i[`TSR_CONV_IN_PLANE_PITCH_BITS];
  assign dense           = pass_i[`TSR_CONV_WEIGHT_FORM_BITS] == '0;
  assign tap_x_last = tap_x_q + 8'd1 == pass_i[`TSR_CONV_KERNEL_W_BITS];
  assign tap_y_last = tap_y_q + 8'd1 == pass_i[`TSR_CONV_KERNEL_H_BITS];
  assign plane_last = plane_q + 14'd1 == pass_i[`TSR_CONV_IN_PLANES_BITS];
  assign first_o    = tap_x_q == '0 && tap_y_q == '0 && plane_q == '0;
  assign last_o     = tap_x_last && tap_y_last && plane_last;

  // Tiles
  logic        tile_step, column_next, column_first, row_up, row_down, group_next, tiles_end;
  logic [13:0] row;
  logic [17:0] column_stride_d, column_stride_q, row_stride_d, row_stride_q, stride_w, stride_h, stride_tile;

  assign tile_step = issue_o && last_o;
  assign stride_w  = 18'(pass_i[`TSR_CONV_STRIDE_W_BITS]);
  assign stride_h  = 18'(pass_i[`TSR_CONV_STRIDE_H_BITS]);

  // Tp * stride, as a sum of shifts
  always_comb begin
    stride_tile = '0;
    for (int unsigned i = 0; i < 5; i++) begin
      if (((Tp >> i) & 1) == 1) stride_tile = stride_tile + (stride_w << i);
    end
  end

  tsr_tile_counter #(.Tp(Tp)) u_tiles (
    .clk_i,
    .rst_ni,
    .out_h_i       (pass_i[`TSR_CONV_OUT_H_BITS]),
    .out_w_i       (pass_i[`TSR_CONV_OUT_W_BITS]),
    .groups_i      (pass_i[`TSR_CONV_M_GROUPS_BITS]),
    .pairs_i       (pass_i[`TSR_CONV_MAX_POOL_2X2_BITS]),
    .step_i        (tile_step),
    .row_o         (row),
    .column_o,
    .column_next_o (column_next),
    .column_first_o(column_first),
    .row_up_o      (row_up),
    .row_down_o    (row_down),
    .group_next_o  (group_next),
    .end_o         (tiles_end)
  );

  logic unused_row;
  assign unused_row = ^row;

  always_comb begin
    tap_x_d        = tap_x_q;
    tap_y_d        = tap_y_q;
    plane_d        = plane_q;
    tap_column_d   = tap_column_q;
    tap_row_d      = tap_row_q;
    plane_line_d   = plane_line_q;
    weight_d       = weight_q;
    group_weight_d = group_weight_q;
    weight_row_d   = weight_row_q;
    if (issue_o) begin
      if (dense || weight_row_q == RowW'(Tm - 1)) begin
        weight_d     = weight_q + 20'd1;
        weight_row_d = '0;
      end else begin
        weight_row_d = weight_row_q + RowW'(1);
      end
      tap_x_d      = tap_x_q + 8'd1;
      tap_column_d = tap_column_q + 14'(pass_i[`TSR_CONV_DILATION_W_BITS]);
      if (tap_x_last) begin
        tap_x_d      = '0;
        tap_column_d = '0;
        tap_y_d      = tap_y_q + 8'd1;
        tap_row_d    = tap_row_q + 14'(pass_i[`TSR_CONV_DILATION_H_BITS]);
        if (tap_y_last) begin
          tap_y_d      = '0;
          tap_row_d    = '0;
          plane_d      = plane_q + 14'd1;
          plane_line_d = plane_line_q + plane_pitch;
        end
      end
      if (last_o) begin
        plane_d      = '0;
        plane_line_d = '0;
        weight_row_d = '0;
        if (group_next) group_weight_d = weight_q + 20'd1;
        weight_d     = group_weight_d;
        if (tiles_end) begin
          weight_d       = '0;
          group_weight_d = '0;
        end
      end
    end
  end

  tsr_group_line u_group (
    .clk_i,
    .rst_ni,
    .planes_i(pass_i[`TSR_CONV_GROUP_PLANES_BITS]),
    .pitch_i (plane_pitch),
    .next_i  (tile_step && group_next),
    .clear_i (tile_step && tiles_end),
    .line_o  (group_line_o)
  );

  always_comb begin
    column_stride_d = column_stride_q;
    row_stride_d    = row_stride_q;
    if (tile_step) begin
      if (column_next)  column_stride_d = column_stride_q + stride_tile;
      if (column_first) column_stride_d = '0;
      if (row_up)       row_stride_d = row_stride_q + stride_h;
      if (row_down)     row_stride_d = row_stride_q - stride_h;
      if (group_next)   row_stride_d = '0;
    end
  end

  // Time: a tile starts no sooner than D after the one before; the end is a count from the last operand.
  logic        run_d, run_q, finish_d, finish_q;
  logic [15:0] gap_d, gap_q, wait_d, wait_q;

  assign issue_o = (start_i || run_q) && (gap_q == '0 || !first_o);
  assign done_o  = finish_q && wait_q == '0;

  always_comb begin
    run_d    = run_q || start_i;
    finish_d = finish_q && !done_o;
    gap_d    = gap_q == '0 ? '0 : gap_q - 16'd1;
    wait_d   = wait_q - 16'd1;
    if (issue_o && first_o) begin
      gap_d = drain_i == '0 ? '0 : drain_i - 16'd1;
    end
    if (tile_step && tiles_end) begin
      run_d    = 1'b0;
      finish_d = 1'b1;
      wait_d   = accumulate_last ? drain_i + 16'(Fill + Post) : 16'(Fill);
    end
  end

  assign column_stride_o = column_stride_q;
  assign row_stride_o    = row_stride_q;
  assign tap_column_o    = tap_column_q;
  assign tap_row_o       = tap_row_q;
  assign plane_line_o    = plane_line_q;
  assign weight_o        = weight_q;
  assign weight_row_o    = weight_row_q;
  assign slot_o          = SlotW'(plane_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tap_x_q         <= '0;
      tap_y_q         <= '0;
      plane_q         <= '0;
      tap_column_q    <= '0;
      tap_row_q       <= '0;
      plane_line_q    <= '0;
      weight_q        <= '0;
      group_weight_q  <= '0;
      weight_row_q    <= '0;
      column_stride_q <= '0;
      row_stride_q    <= '0;
      run_q           <= 1'b0;
      finish_q        <= 1'b0;
      gap_q           <= '0;
    end else begin
      tap_x_q         <= tap_x_d;
      tap_y_q         <= tap_y_d;
      plane_q         <= plane_d;
      tap_column_q    <= tap_column_d;
      tap_row_q       <= tap_row_d;
      plane_line_q    <= plane_line_d;
      weight_q        <= weight_d;
      group_weight_q  <= group_weight_d;
      weight_row_q    <= weight_row_d;
      column_stride_q <= column_stride_d;
      row_stride_q    <= row_stride_d;
      run_q           <= run_d;
      finish_q        <= finish_d;
      gap_q           <= gap_d;
    end
  end

  always_ff @(posedge clk_i) begin
    wait_q <= wait_d;
  end

  `TSR_ASSERT(StartOnlyWhenIdle_A, !(start_i && (run_q || finish_q)))
  `TSR_ASSERT(CountersRestAtZero_A, !(finish_q && !(first_o && weight_q == '0 && column_stride_q == '0
                                                    && row_stride_q == '0 && plane_line_q == '0
                                                    && weight_row_q == '0)))
  `TSR_ASSERT(GroupRestsAtZero_A, !(start_i && group_line_o != '0))
  `TSR_ASSERT(PlaneHasSlot_A, !(issue_o && !dense && plane_q >= 14'(Slots)))

endmodule
