// SPDX-License-Identifier: Apache-2.0
//
// tsr_drain_sequencer: the steps in which a finished tile leaves the shadow accumulators.
//
// go_i in cycle c: steps c ... c + D - 1, one a cycle (step_o). A step is one output word (Tn channels) of Wp pixels;
// all pixels of a word first, then the next word. narrow_i: one pixel a step, lane by lane of the same Wp pixels.
// Keeps its own tile counters, since the array may be several tiles ahead. All are zero between passes.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_drain_sequencer #(
  parameter int unsigned Tm = 4,
  parameter int unsigned Tn = 4,
  parameter int unsigned Tp = 2,
  parameter int unsigned Wp = 1,
  localparam int unsigned Words   = Tm / Tn,
  localparam int unsigned Entries = Words * ((Tp + Wp - 1) / Wp),
  localparam int unsigned EntryW  = Entries > 1 ? $clog2(Entries) : 1,
  localparam int unsigned IndexW  = Words > 1 ? $clog2(Words) : 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [1023:0]     pass_i,
  input  logic              is_pool_i,
  input  logic              narrow_i,
  input  logic              go_i,

  output logic              step_o,
  output logic [EntryW-1:0] entry_o,          // word * chunks + chunk of Wp pixels
  output logic [IndexW-1:0] word_o,
  output logic [Wp-1:0]     lane_o,           // lanes with a pixel of the map
  output logic [14:0]       column_o,         // of lane 0; narrow: of the one lane
  output logic [13:0]       row_o,
  output logic [19:0]       out_line_o,       // plane * plane pitch of output ...
  output logic [19:0]       residual_line_o,  // ... and residual
  output logic [19:0]       parameter_o       // word of the parameter buffer, from parameter_base's
);

  logic unused_pass;
  assign unused_pass = ^pass_i;

  logic              active_d, active_q, chunk_last, word_last, step_last;
  logic [4:0]        pixel_d, pixel_q;
  logic [4:0]        lane_d, lane_q;
  logic [EntryW-1:0] entry_d, entry_q;
  logic [IndexW-1:0] word_d, word_q;
  logic [13:0]       column;
  logic              group_next, tiles_end;
  logic [4:0]        unused_flags;

  assign step_o     = go_i || active_q;
  assign chunk_last = narrow_i ? pixel_q == 5'(Tp - 1) : 6'(pixel_q) + 6'(Wp) >= 6'(Tp);
  assign word_last  = is_pool_i || word_q == IndexW'(Words - 1);
  assign step_last  = step_o && chunk_last && word_last;

  tsr_tile_counter #(.Tp(Tp)) u_tiles (
    .clk_i,
    .rst_ni,
    .out_h_i       (pass_i[`TSR_CONV_OUT_H_BITS]),
    .out_w_i       (pass_i[`TSR_CONV_OUT_W_BITS]),
    .groups_i      (pass_i[`TSR_CONV_M_GROUPS_BITS]),
    .pairs_i       (pass_i[`TSR_CONV_MAX_POOL_2X2_BITS]),
    .step_i        (step_last),
    .row_o,
    .column_o      (column),
    .column_next_o (unused_flags[0]),
    .column_first_o(unused_flags[1]),
    .row_up_o      (unused_flags[2]),
    .row_down_o    (unused_flags[3]),
    .group_next_o  (group_next),
    .end_o         (tiles_end)
  );
  assign unused_flags[4] = ^unused_flags[3:0];

  always_comb begin
    active_d = step_o && !step_last;
    pixel_d  = pixel_q;
    lane_d   = lane_q;
    entry_d  = entry_q;
    word_d   = word_q;
    if (step_o) begin
      if (narrow_i && lane_q != 5'(Wp - 1) && !chunk_last) begin
        lane_d = lane_q + 5'd1;
      end else begin
        lane_d  = '0;
        entry_d = entry_q + EntryW'(1);
      end
      pixel_d = narrow_i ? pixel_q + 5'd1 : pixel_q + 5'(Wp);
      if (chunk_last) begin
        pixel_d = '0;
        word_d  = word_q + IndexW'(1);
        if (word_last) begin
          word_d  = '0;
          entry_d = '0;
        end
      end
    end
  end

  // Planes, and parameter words, by words and groups
  logic [19:0] out_d, out_q, out_group_d, out_group_q;
  logic [19:0] residual_d, residual_q, residual_group_d, residual_group_q;
  logic [19:0] parameter_d, parameter_q, parameter_group_d, parameter_group_q;

  always_comb begin
    out_d             = out_q;
    residual_d        = residual_q;
    parameter_d       = parameter_q;
    out_group_d       = out_group_q;
    residual_group_d  = residual_group_q;
    parameter_group_d = parameter_group_q;
    if (step_o && chunk_last) begin
      out_d       = out_q + pass_i[`TSR_CONV_OUT_PLANE_PITCH_BITS];
      residual_d  = residual_q + pass_i[`TSR_CONV_RESIDUAL_PLANE_PITCH_BITS];
      parameter_d = parameter_q + 20'd1;
      if (word_last) begin
        if (group_next) begin
          out_group_d       = tiles_end ? '0 : out_d;
          residual_group_d  = tiles_end ? '0 : residual_d;
          parameter_group_d = tiles_end ? '0 : parameter_d;
        end
        out_d       = out_group_d;
        residual_d  = residual_group_d;
        parameter_d = parameter_group_d;
      end
    end
  end

  for (genvar w = 0; w < Wp; w++) begin : g_lane
    logic [5:0] place;  // of the lane's pixel in the tile
    assign place     = narrow_i ? 6'(pixel_q) : 6'(pixel_q) + 6'(w);
    assign lane_o[w] = (!narrow_i || lane_q == 5'(w)) && place < 6'(Tp)
                       && {1'b0, column} + 15'(place) < {1'b0, pass_i[`TSR_CONV_OUT_W_BITS]};
  end

  assign entry_o         = entry_q;
  assign word_o          = word_q;
  assign column_o        = {1'b0, column} + 15'(pixel_q);
  assign out_line_o      = out_q;
  assign residual_line_o = residual_q;
  assign parameter_o     = parameter_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q          <= 1'b0;
      pixel_q           <= '0;
      lane_q            <= '0;
      entry_q           <= '0;
      word_q            <= '0;
      out_q             <= '0;
      out_group_q       <= '0;
      residual_q        <= '0;
      residual_group_q  <= '0;
      parameter_q       <= '0;
      parameter_group_q <= '0;
    end else begin
      active_q          <= active_d;
      pixel_q           <= pixel_d;
      lane_q            <= lane_d;
      entry_q           <= entry_d;
      word_q            <= word_d;
      out_q             <= out_d;
      out_group_q       <= out_group_d;
      residual_q        <= residual_d;
      residual_group_q  <= residual_group_d;
      parameter_q       <= parameter_d;
      parameter_group_q <= parameter_group_d;
    end
  end

  // A tile is drained before the next one takes its place.
  `TSR_ASSERT(NoTileOverwritten_A, !(go_i && active_q))

endmodule
