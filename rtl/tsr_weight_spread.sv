// SPDX-License-Identifier: Apache-2.0
//
// tsr_weight_spread: from the word of the weight buffer to what the array multiplies by, [m][n] with n fastest.
//
//   dense     the word
//   diagonal  Tn weights, one row of the word, on the diagonal of one square of the array: row slot*Tn + n has weight n
//             in lane n, all else is zero
//   ones      the same with one constant for all weights; the word does not matter
//
// Operand at the array in cycle c: slot_i and a dense word in c; row_i and a diagonal's word in c - 1, so the selected
// row has a register. The form is constant while operands are under way.

module tsr_weight_spread #(
  parameter int unsigned Tm = 4,
  parameter int unsigned Tn = 4,
  parameter int unsigned Aw = 8,
  localparam int unsigned Slots = Tm / Tn,
  localparam int unsigned RowW  = Tm > 1 ? $clog2(Tm) : 1,
  localparam int unsigned SlotW = Slots > 1 ? $clog2(Slots) : 1,
  localparam int unsigned LaneW = Tn * Aw                          // bits of a row
) (
  input  logic                clk_i,
  input  logic                spread_i,     // diagonal or ones
  input  logic                ones_i,
  input  logic [1:0]          ones_weight_i,
  input  logic [RowW-1:0]     row_i,
  input  logic [SlotW-1:0]    slot_i,
  input  logic [Tm*LaneW-1:0] word_i,
  output logic [Tm*LaneW-1:0] weight_o
);

  logic [LaneW-1:0] selected, row_q;

  always_comb begin
    selected = '0;
    for (int unsigned m = 0; m < Tm; m++) begin
      if (row_i == RowW'(m)) selected = word_i[m*LaneW +: LaneW];
    end
  end

  always_ff @(posedge clk_i) begin
    row_q <= ones_i ? {Tn{Aw'(ones_weight_i)}} : selected;
  end

  for (genvar m = 0; m < Tm; m++) begin : g_row
    for (genvar n = 0; n < Tn; n++) begin : g_lane
      localparam int unsigned Lsb = m*LaneW + n*Aw;
      if (m % Tn == n) begin : g_on
        logic [Aw-1:0] spread;
        assign spread = slot_i == SlotW'(m / Tn) ? row_q[n*Aw +: Aw] : '0;
        assign weight_o[Lsb +: Aw] = spread_i ? spread : word_i[Lsb +: Aw];
      end else begin : g_off
        assign weight_o[Lsb +: Aw] = spread_i ? '0 : word_i[Lsb +: Aw];
      end
    end
  end

endmodule
