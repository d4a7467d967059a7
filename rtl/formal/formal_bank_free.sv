// SPDX-License-Identifier: Apache-2.0
//
// Why blocked layers never stall: Tp lanes at neighbouring output columns never want two lines of one bank, where
// is_free_of_conflicts of sim/program/desc_bank.c says so without looking: zero padding with the map banked for the
// stride, or stride 1 with any padding. Other passes are enumerated there. Columns are folded by tsr_pad; their lines and
// banks are the formula that formal_column proves of tsr_column; tsr_input_address puts both together
// (formal_input_address). Maps of up to 127 columns, anywhere in a row, any tap and padding of these widths.
//
// files: tsr_pad
// prove: pdr 60 | Tp=2 Stride=1
// deep: pdr 60 | Tp=3 Stride=1 Bits=6
// prove: pdr 60 | Tp=4 Stride=1
// prove: pdr 60 | Tp=2 Stride=2
// prove: pdr 60 | Tp=3 Stride=2 Bits=6
// prove: pdr 60 | Tp=4 Stride=2
// deep: pdr 60 | Tp=2 Stride=3 Bits=6
// deep: pdr 600 | Tp=8 Stride=1 Bits=5
// deep: pdr 600 | Tp=7 Stride=2 Bits=5
// deep: pdr 600 | Tp=16 Stride=1 Bits=5
// prove: cover 2 | Tp=3 Stride=1
// mutants: 1 | Tp=3 Stride=2 Bits=5

`include "formal_env.svh"

module formal_bank_free #(
  parameter int unsigned Tp     = 3,
  parameter int unsigned Stride = 1,
  parameter int unsigned Bits   = 7   // of the map's width
) (
  input logic            clk_i,
  input logic            rst_ni,
  input logic [Bits-1:0] extent_i,
  input logic [Bits:0]   first_i,   // position of the first lane's tap, signed
  input logic [Bits-1:0] x0_i,      // where the map begins in its row
  input logic [1:0]      low_i,
  input logic [1:0]      high_i
);

  formal_given NoReset_M (.ok_i(rst_ni));
  formal_given Map_M (.ok_i(extent_i != '0 && low_i != 2'd3 && high_i != 2'd3));
  if (Stride > 1) begin : g_zero
    formal_given Modes_M (.ok_i(low_i == 2'd0 && high_i == 2'd0));
  end

  localparam int unsigned W = Bits + 2;
  logic [Tp-1:0]   reads;
  logic [Tp*W-1:0] line, bank;
  for (genvar p = 0; p < Tp; p++) begin : g_lane
    logic [19:0]  position;
    logic [13:0]  source;
    logic [W-1:0] x;
    assign position = {{(19-Bits){first_i[Bits]}}, first_i} + 20'(p * Stride);
    tsr_pad u_pad (.position_i(position), .extent_i(14'(extent_i)), .low_i, .high_i, .source_o(source), .inside_o(reads[p]));
    // What tsr_pad_check sees to: a mirrored column that is read lies in the map.
    formal_given Mirror_M (.ok_i(!reads[p] || source < 14'(extent_i)));
    assign x              = W'(x0_i) + source[W-1:0];
    assign line[p*W +: W] = x / W'(Stride * Tp) * W'(Stride) + x % W'(Stride);
    assign bank[p*W +: W] = x / W'(Stride) % W'(Tp);
  end

  for (genvar p = 1; p < Tp; p++) begin : g_pair
    for (genvar q = 0; q < p; q++) begin : g_other
      `TSR_ASSERT(NoConflict_A, !(reads[p] && reads[q] && bank[p*W +: W] == bank[q*W +: W])
                  || line[p*W +: W] == line[q*W +: W])
    end
  end

  `FORMAL_COVER(Shared_C, reads == '1 && bank[0 +: W] == bank[2*W +: W] && low_i == 2'd2 && extent_i == 9)

endmodule
