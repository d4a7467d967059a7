// SPDX-License-Identifier: Apache-2.0
//
// tsr_pool2x2: 2x2 maximum, stride 2, in the drain; or nothing. One cycle.
//
// A step is one word (Tn channels) of up to Wp neighbouring pixels of a row; for each word of the tile the steps go
// through its pixels from the left. Tiles come in pairs, upper row then lower row (tsr_tile_counter). An odd column
// closes a pair: its left neighbour is the lane before, or the carry of the step before, which with an odd Tp may be
// the last step of the tile before, of the same row and word. The upper row's pairs wait in the store for the lower
// row's. A last odd column or row comes to nothing.

module tsr_pool2x2 #(
  parameter int unsigned Tn      = 4,
  parameter int unsigned Tp      = 2,
  parameter int unsigned Wp      = 1,
  parameter int unsigned Aw      = 8,
  parameter int unsigned Words   = 1,  // output words of a pixel: Tm/Tn
  parameter int unsigned Entries = 2,  // drain steps of a tile, Wp pixels each
  localparam int unsigned WordW  = Tn * Aw,
  localparam int unsigned EntryW = Entries > 1 ? $clog2(Entries) : 1,
  localparam int unsigned IndexW = Words > 1 ? $clog2(Words) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                pools_i,      // constant while steps are under way

  input  logic                step_i,
  input  logic [EntryW-1:0]   entry_i,      // which step of the tile
  input  logic [IndexW-1:0]   word_i,       // which output word
  input  logic                lower_i,      // row is odd
  input  logic                odd_i,        // column of lane 0 is odd
  input  logic [Wp-1:0]       lane_odd_i,   // lane's column differs in parity from lane 0's
  input  logic [Wp-1:0]       lane_i,       // lanes with a pixel
  input  logic [Wp*WordW-1:0] data_i,

  output logic [Wp-1:0]       lane_o,       // lanes with an output word, one cycle later
  output logic [Wp*WordW-1:0] data_o
);

  localparam int unsigned Slots    = (Wp + 1) / 2;                 // pairs closed in one step
  localparam bit          Straddle = Tp % 2 == 1;                  // pairs across tiles
  localparam int unsigned Carries  = Straddle ? 2 * Words : 1;
  localparam int unsigned CarryW   = Carries > 1 ? $clog2(Carries) : 1;

  logic [WordW-1:0]        carry_q [Carries];
  logic [Slots*WordW-1:0]  store_q [Entries];
  logic [Slots*WordW-1:0]  stored, store_d;
  logic [WordW-1:0]        carry, carry_d;
  logic [CarryW-1:0]       carry_index;
  logic [Wp*WordW-1:0]     left, pair, both, data_d;
  logic [Wp-1:0]           closes, lane_d;
  logic                    keep;

  function [WordW-1:0] largest;
    input [WordW-1:0] a;
    input [WordW-1:0] b;
    begin
      for (int unsigned n = 0; n < Tn; n++) begin
        largest[n*Aw +: Aw] = $signed(a[n*Aw +: Aw]) > $signed(b[n*Aw +: Aw]) ? a[n*Aw +: Aw] : b[n*Aw +: Aw];
      end
    end
  endfunction

  if (Straddle) begin : g_straddle
    assign carry_index = lower_i ? CarryW'(Words) + CarryW'(word_i) : CarryW'(word_i);
  end else begin : g_inside
    assign carry_index = '0;
  end

  assign carry  = carry_q[carry_index];
  assign stored = store_q[entry_i];

  for (genvar w = 0; w < Wp; w++) begin : g_lane
    localparam int unsigned Slot = w / 2;

    if (w == 0) begin : g_first
      assign left[0 +: WordW] = carry;
    end else begin : g_other
      assign left[w*WordW +: WordW] = lane_i[w-1] ? data_i[(w-1)*WordW +: WordW] : carry;
    end

    assign closes[w]              = lane_i[w] && (odd_i ^ lane_odd_i[w]);
    assign pair[w*WordW +: WordW] = largest(left[w*WordW +: WordW], data_i[w*WordW +: WordW]);
    assign both[w*WordW +: WordW] = largest(pair[w*WordW +: WordW], stored[Slot*WordW +: WordW]);
    assign data_d[w*WordW +: WordW] = pools_i ? both[w*WordW +: WordW] : data_i[w*WordW +: WordW];
    assign lane_d[w]              = step_i && (pools_i ? closes[w] && lower_i : lane_i[w]);
  end

  always_comb begin
    store_d = stored;
    carry_d = carry;
    for (int unsigned w = 0; w < Wp; w++) begin
      if (closes[w]) store_d[(w/2)*WordW +: WordW] = pair[w*WordW +: WordW];
      if (lane_i[w]) carry_d = data_i[w*WordW +: WordW];
    end
  end

  assign keep = step_i && pools_i && closes != '0 && !lower_i;

  always_ff @(posedge clk_i) begin
    if (keep) begin
      store_q[entry_i] <= store_d;
    end
    if (step_i && pools_i) begin
      carry_q[carry_index] <= carry_d;
    end
    data_o <= data_d;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      lane_o <= '0;
    end else begin
      lane_o <= lane_d;
    end
  end

  if (!Straddle) begin : g_unused
    logic unused_word;
    assign unused_word = ^word_i;
  end

endmodule
