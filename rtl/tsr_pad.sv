// SPDX-License-Identifier: Apache-2.0
//
// tsr_pad: the padding generator of one axis: where a position outside the map reads. Combinational.
//
// Modes: 0 zero (inside_o is low: the zero point), 1 replicate (the edge), 2 reflect (mirrored, edge not repeated).

module tsr_pad #(
  localparam int unsigned PositionW = 20,
  localparam int unsigned ExtentW   = 14
) (
  input  logic [PositionW-1:0] position_i, // signed
  input  logic [ExtentW-1:0]   extent_i,  // 1 and more
  input  logic [1:0]           low_i,     // mode below 0
  input  logic [1:0]           high_i,    // mode from the extent on
  output logic [ExtentW-1:0]   source_o,
  output logic                 inside_o
);

  logic [PositionW-1:0] extent, top, mirrored_low, mirrored_high;
  logic                 below, above;

  assign extent        = PositionW'(extent_i);
  assign top           = extent - PositionW'(1);
  assign below         = position_i[PositionW-1];
  assign above         = !below && position_i >= extent;
  assign mirrored_low  = PositionW'(0) - position_i;
  assign mirrored_high = (top << 1) - position_i;

  always_comb begin
    source_o = position_i[ExtentW-1:0];
    inside_o = 1'b1;
    if (below) begin
      inside_o = low_i != 2'd0;
      source_o = low_i == 2'd1 ? '0 : mirrored_low[ExtentW-1:0];
    end else if (above) begin
      inside_o = high_i != 2'd0;
      source_o = high_i == 2'd1 ? top[ExtentW-1:0] : mirrored_high[ExtentW-1:0];
    end
  end

  logic unused_bits;
  assign unused_bits = ^{mirrored_low, mirrored_high};

endmodule
