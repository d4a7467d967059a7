// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_pad against tsr_pad_index of models/reference/window.c, written out here as it stands there, for every
// extent, mode and position that tsr_pad_check lets pass: a mirrored position lies in the map.
//
// files: tsr_pad
// prove: induction 1
// prove: pdr 30
// prove: cover 2
// mutation: induction 1
// mutants: 2

`include "formal_env.svh"

module formal_pad (
  input logic               clk_i,
  input logic               rst_ni,
  input logic        [19:0] position_i,
  input logic        [13:0] extent_i,
  input logic        [1:0]  low_i,
  input logic        [1:0]  high_i
);

  logic [13:0] source;
  logic        inside;

  tsr_pad u_dut (.position_i, .extent_i, .low_i, .high_i, .source_o(source), .inside_o(inside));

  logic signed [31:0] i, extent, expected, mirrored;
  logic        [1:0]  mode;

  always_comb begin
    i        = {{12{position_i[19]}}, position_i};
    extent   = $signed({18'd0, extent_i});
    mode     = i < 0 ? low_i : high_i;
    mirrored = i < 0 ? -i : 2 * (extent - 1) - i;
    expected = -1;
    if (i >= 0 && i < extent) expected = i;
    else if (mode == 2'd1) expected = i < 0 ? 0 : extent - 1;
    else if (mode == 2'd2) expected = mirrored;
  end

  `TSR_ASSUME(Extent_M, extent_i != '0)
  `TSR_ASSUME(Modes_M, low_i != 2'd3 && high_i != 2'd3)
  `TSR_ASSUME(Mirror_M, (i >= 0 && i < extent) || mode != 2'd2 || (mirrored >= 0 && mirrored < extent))

  `TSR_ASSERT(Inside_A, inside == (expected != -1))
  `TSR_ASSERT(Source_A, !inside || $signed({18'd0, source}) == expected)

  `FORMAL_COVER(MirrorHigh_C, i >= extent && mode == 2'd2 && source == 14'd7)
  `FORMAL_COVER(MirrorLow_C, i < 0 && mode == 2'd2 && source == 14'd7)

endmodule
