// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_pool2x2: fed as the drain feeds it (tiles of Tp columns in pairs of an upper and a lower row, words of a
// tile one after the other, Wp pixels a step or, narrow, one), each 2x2 window of a word gives its maximum once, in the
// cycle after its last pixel and in that pixel's lane; nothing else comes out. An odd last column or row gives nothing.
// Without pooling, words pass. Any width up to 2*Tp + 1 columns, any number of rows, gaps between steps.
//
// files: tsr_pool2x2
// prove: pdr 30 | Tp=1 Wp=1 Words=1
// prove: pdr 30 | Tp=2 Wp=1 Words=1
// prove: pdr 30 | Tp=3 Wp=2 Words=1
// deep: pdr 30 | Tp=3 Wp=3 Words=2
// deep: pdr 30 | Tp=4 Wp=4 Words=2
// prove: cover 16 | Tp=3 Wp=2 Words=1
// mutation: pdr 30 | Tp=3 Wp=2 Words=2
// mutation: pdr 30 | Tp=4 Wp=4 Words=2
// mutants: pdr | Tp=3 Wp=2 Words=1

`include "formal_env.svh"

module formal_pool2x2 #(
  parameter int unsigned Tp    = 3,
  parameter int unsigned Wp    = 2,
  parameter int unsigned Words = 1,
  localparam int unsigned Aw      = 2,
  localparam int unsigned Chunks  = (Tp + Wp - 1) / Wp,
  localparam int unsigned Entries = Words * Chunks,
  localparam int unsigned EntryW  = Entries > 1 ? $clog2(Entries) : 1,
  localparam int unsigned IndexW  = Words > 1 ? $clog2(Words) : 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             step_i,
  input logic             single_i,   // this row has none below it
  input logic [Wp*Aw-1:0] data_i
);

  `FORMAL_RESET

  (* anyconst *) logic       pools, narrow;
  (* anyconst *) logic [3:0] width;
  `TSR_ASSUME(Width_M, width != '0 && 32'(width) <= 2 * Tp + 1)

  // The drain: pixel of the tile, word, row of the pair, first column of the tile.
  logic              lower_q, single_q, single, fresh, pixels_over, tile_over, columns_over, pair_over;
  logic [3:0]        pixel_q, column_q;
  logic [2:0]        lane_q;
  logic [EntryW-1:0] entry_q;
  logic [IndexW-1:0] word_q;
  logic [Wp-1:0]     lane, lane_odd;
  logic [Wp*4-1:0]   at;  // column of a lane
  assign fresh        = pixel_q == '0 && word_q == '0 && column_q == '0 && !lower_q;
  assign single       = fresh ? single_i : single_q;
  assign pixels_over  = narrow ? 32'(pixel_q) == Tp - 1 : 32'(pixel_q) + Wp >= Tp;
  assign tile_over    = pixels_over && 32'(word_q) == Words - 1;
  assign pair_over    = single || lower_q || !pools;
  assign columns_over = 32'(column_q) + Tp >= 32'(width);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {lower_q, single_q, pixel_q, column_q, lane_q, entry_q, word_q} <= '0;
    end else if (step_i) begin
      single_q <= single;
      pixel_q  <= pixels_over ? '0 : narrow ? pixel_q + 4'd1 : pixel_q + 4'(Wp);
      if (narrow && 32'(lane_q) != Wp - 1 && !pixels_over) begin
        lane_q <= lane_q + 3'd1;
      end else begin
        lane_q  <= '0;
        entry_q <= tile_over ? '0 : entry_q + EntryW'(1);
      end
      if (pixels_over) word_q <= tile_over ? '0 : word_q + IndexW'(1);
      if (tile_over) begin
        lower_q <= !pair_over;
        if (pair_over) column_q <= columns_over ? '0 : column_q + 4'(Tp);
      end
    end
  end
  for (genvar w = 0; w < Wp; w++) begin : g_lane
    assign at[w*4 +: 4] = column_q + pixel_q + (narrow ? 4'd0 : 4'(w));
    assign lane[w]      = (!narrow || 32'(lane_q) == w) && 32'(pixel_q) + (narrow ? 0 : w) < Tp
                          && at[w*4 +: 4] < width;
    assign lane_odd[w]  = !narrow && w % 2 == 1;
  end

  logic [Wp-1:0]    lane_out;
  logic [Wp*Aw-1:0] data_out;
  logic [3:0]       first;
  assign first = column_q + pixel_q;
  tsr_pool2x2 #(.Tn(1), .Tp(Tp), .Wp(Wp), .Aw(Aw), .Words(Words), .Entries(Entries)) u_dut (
    .clk_i, .rst_ni, .pools_i(pools), .step_i, .entry_i(entry_q), .word_i(word_q), .lower_i(lower_q),
    .odd_i(first[0]), .lane_odd_i(lane_odd), .lane_i(lane), .data_i, .lane_o(lane_out), .data_o(data_out)
  );

  // One window of each pair of rows, any one: word and right column; its largest so far.
  (* anyconst *) logic [IndexW-1:0] word;
  (* anyconst *) logic [3:0]        right;
  `TSR_ASSUME(Window_M, right[0])
  logic signed [Aw-1:0] most_q, most;
  logic                 any;
  always_comb begin
    most = most_q;
    any  = fresh ? 1'b0 : any_q;
    for (int unsigned w = 0; w < Wp; w++) begin
      if (step_i && lane[w] && word_q == word && at[w*4 + 1 +: 3] == right[3:1]) begin
        if (!any || $signed(data_i[w*Aw +: Aw]) > most) most = data_i[w*Aw +: Aw];
        any = 1'b1;
      end
    end
  end
  logic             any_q;
  logic [Wp-1:0]    past_lane_q, past_mine_q;
  logic [Wp*Aw-1:0] past_data_q;
  logic [Aw-1:0]    past_most_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {any_q, past_lane_q, past_mine_q} <= '0;
    else begin
      any_q <= any;
      for (int unsigned w = 0; w < Wp; w++) begin
        past_lane_q[w] <= step_i && lane[w] && (!pools || (lower_q && at[w*4]));
        past_mine_q[w] <= step_i && lane[w] && pools && lower_q && word_q == word && at[w*4 +: 4] == right;
      end
    end
    most_q      <= most;
    past_most_q <= most;
    past_data_q <= data_i;
  end

  `TSR_ASSERT(Lanes_A, !past_first_q || lane_out == past_lane_q)
  for (genvar w = 0; w < Wp; w++) begin : g_check
    `TSR_ASSERT(Largest_A, !past_mine_q[w] || data_out[w*Aw +: Aw] == past_most_q)
    `TSR_ASSERT(Passes_A, pools || !past_lane_q[w] || data_out[w*Aw +: Aw] == past_data_q[w*Aw +: Aw])
  end

  `FORMAL_COVER(Straddle_C, past_mine_q != '0 && right == 4'd3 && past_most_q == 2'd1 && !narrow)

endmodule
