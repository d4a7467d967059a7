// SPDX-License-Identifier: Apache-2.0
//
// tsr_tile_counter: which tile (group, row, Tp columns) comes next.
//
// Order: groups, rows, columns; with pairs_i (2x2 pool) rows go in pairs: the column group of the upper row, then the
// same of the lower row, then the next column group; a last single row by itself.
// All counters are zero between passes: the first tile is described before the first step_i.
// The flags say what the step of this cycle would change, for counters that run along.

module tsr_tile_counter #(
  parameter int unsigned Tp = 2
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // the pass, constant while it runs
  input  logic [13:0] out_h_i,
  input  logic [13:0] out_w_i,
  input  logic [13:0] groups_i,
  input  logic        pairs_i,

  input  logic        step_i,
  output logic [13:0] row_o,
  output logic [13:0] column_o,       // first column of the tile
  output logic        column_next_o,  // column + Tp
  output logic        column_first_o, // column to 0
  output logic        row_up_o,       // row + 1
  output logic        row_down_o,     // row - 1: back to the upper row of the pair
  output logic        group_next_o,   // row to 0, group + 1
  output logic        end_o           // last tile of the pass: all to 0
);

  logic [13:0] row_d, row_q, column_d, column_q, group_d, group_q;
  logic        upper, column_last, row_last;

  assign upper       = pairs_i && !row_q[0] && !row_last;
  assign column_last = {1'b0, column_q} + 15'(Tp) >= {1'b0, out_w_i};
  assign row_last    = row_q + 14'd1 == out_h_i;

  assign column_next_o  = !upper && !column_last;
  assign column_first_o = !upper && column_last;
  assign row_up_o       = upper || (column_last && !row_last);
  assign row_down_o     = column_next_o && pairs_i && row_q[0];
  assign group_next_o   = column_first_o && row_last;
  assign end_o          = group_next_o && group_q + 14'd1 == groups_i;

  always_comb begin
    row_d    = row_q;
    column_d = column_q;
    group_d  = group_q;
    if (step_i) begin
      if (column_next_o)  column_d = column_q + 14'(Tp);
      if (column_first_o) column_d = '0;
      if (row_up_o)       row_d = row_q + 14'd1;
      if (row_down_o)     row_d = row_q - 14'd1;
      if (group_next_o) begin
        row_d   = '0;
        group_d = end_o ? '0 : group_q + 14'd1;
      end
    end
  end

  assign row_o    = row_q;
  assign column_o = column_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      row_q    <= '0;
      column_q <= '0;
      group_q  <= '0;
    end else begin
      row_q    <= row_d;
      column_q <= column_d;
      group_q  <= group_d;
    end
  end

endmodule
