// SPDX-License-Identifier: Apache-2.0
//
// tsr_post_lane: one channel of one pixel: + bias, requantise, + requantised residual, + zero point, clamp.
//
// Operands in cycle c: bias added in c, multiplied and rounded in c + 1 ... c + 4, residual and zero point in c + 5,
// clamped in c + 6; value_o in c + 7. acc + bias is taken modulo 2^AccW, so it is right whenever the total fits.

`include "tsr_uarch.vh"

module tsr_post_lane #(
  parameter int unsigned Aw   = 8,
  parameter int unsigned AccW = 32
) (
  input  logic            clk_i,
  input  logic [1023:0]   pass_i,      // constant while values are under way
  input  logic [AccW-1:0] acc_i,
  input  logic [AccW-1:0] bias_i,
  input  logic [31:0]     multiplier_i,
  input  logic [5:0]      shift_i,
  input  logic [Aw-1:0]   residual_i,  // not looked at when the pass has none
  output logic [Aw-1:0]   value_o
);

  localparam int unsigned SideW = Aw + 1;  // residual minus its zero point
  localparam int unsigned SumW  = 34;      // two 32-bit values and a zero point

  logic unused_pass;
  assign unused_pass = ^pass_i;

  logic [2:0]       rounding;
  logic             has_residual;
  logic [AccW-1:0]  value_q;
  logic [31:0]      multiplier_q, own, side;
  logic [5:0]       shift_q;
  logic [SideW-1:0] side_q;
  logic [SumW-1:0]  sum_q;
  logic [15:0]      out_zero, clamp_lo, clamp_hi;
  logic [Aw-1:0]    side_zero;
  logic [Aw-1:0]    value_d, value_q2;

  assign rounding     = pass_i[`TSR_CONV_ROUNDING_BITS];
  assign has_residual = pass_i[`TSR_CONV_RESIDUAL_BITS];
  assign out_zero     = pass_i[`TSR_CONV_OUT_ZERO_POINT_BITS];
  assign clamp_lo     = pass_i[`TSR_CONV_CLAMP_LO_BITS];
  assign clamp_hi     = pass_i[`TSR_CONV_CLAMP_HI_BITS];
  assign side_zero    = pass_i[`TSR_CONV_RESIDUAL_ZERO_POINT_LSB +: Aw];

  tsr_requantizer #(.ValueW(AccW)) u_own (
    .clk_i,
    .rounding_i  (rounding),
    .value_i     (value_q),
    .multiplier_i(multiplier_q),
    .shift_i     (shift_q),
    .result_o    (own)
  );

  tsr_requantizer #(.ValueW(SideW)) u_side (
    .clk_i,
    .rounding_i  (rounding),
    .value_i     (side_q),
    .multiplier_i(pass_i[`TSR_CONV_RESIDUAL_MULTIPLIER_BITS]),
    .shift_i     (pass_i[`TSR_CONV_RESIDUAL_SHIFT_BITS]),
    .result_o    (side)
  );

  always_comb begin
    value_d = sum_q[Aw-1:0];
    if ($signed(sum_q) < $signed({{(SumW-16){clamp_lo[15]}}, clamp_lo})) value_d = clamp_lo[Aw-1:0];
    if ($signed(sum_q) > $signed({{(SumW-16){clamp_hi[15]}}, clamp_hi})) value_d = clamp_hi[Aw-1:0];
  end

  // The sum of the two saturated values needs no saturation of its own: the clamp limits are narrower.
  always_ff @(posedge clk_i) begin
    value_q      <= acc_i + bias_i;
    multiplier_q <= multiplier_i;
    shift_q      <= shift_i;
    side_q       <= {residual_i[Aw-1], residual_i} - {side_zero[Aw-1], side_zero};
    sum_q        <= {{2{own[31]}}, own} + (has_residual ? {{2{side[31]}}, side} : '0)
                    + {{(SumW-16){out_zero[15]}}, out_zero};
    value_q2     <= value_d;
  end

  assign value_o = value_q2;

endmodule
