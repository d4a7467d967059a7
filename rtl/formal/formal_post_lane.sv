// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_post_lane in two halves around its requantisers, which are cut out (formal_requantizer has them): they are
// asked for sum + bias with the channel's scale and for residual - zero point with the pass's, under the pass's rounding;
// and whatever they answer, the value is clamp(own + residual's + zero point) of their 64-bit sum, in this order. Operands
// of cycle c are at the requantisers in c + 1, answers of c + 5 are the value of c + 7.
//
// files: tsr_post_lane formal_requantizer_cut
// prove: bmc 4 | Aw=8 AccW=32
// deep: bmc 4 | Aw=16 AccW=48
// prove: cover 5 | Aw=8 AccW=32
// mutation: bmc 4 | Aw=8 AccW=32
// mutation floor: 90
// mutants: 4 | Aw=8 AccW=32

`include "formal_env.svh"

module formal_post_lane #(
  parameter int unsigned Aw   = 8,
  parameter int unsigned AccW = 32
) (
  input logic            clk_i,
  input logic            rst_ni,
  input logic [AccW-1:0] acc_i,
  input logic [AccW-1:0] bias_i,
  input logic [31:0]     multiplier_i,
  input logic [5:0]      shift_i,
  input logic [Aw-1:0]   residual_i
);

  (* anyconst *) logic [2:0]        rounding;
  (* anyconst *) logic              has_residual;
  (* anyconst *) logic [31:0]       side_multiplier;
  (* anyconst *) logic [5:0]        side_shift;
  (* anyconst *) logic [Aw-1:0]     side_zero, lo, hi, zero;
  logic [1023:0] pass;
  always_comb begin
    pass = '0;
    pass[`TSR_CONV_ROUNDING_BITS]            = rounding;
    pass[`TSR_CONV_RESIDUAL_BITS]            = has_residual;
    pass[`TSR_CONV_RESIDUAL_MULTIPLIER_BITS] = side_multiplier;
    pass[`TSR_CONV_RESIDUAL_SHIFT_BITS]      = side_shift;
    pass[`TSR_CONV_RESIDUAL_ZERO_POINT_BITS] = 16'($signed(side_zero));
    pass[`TSR_CONV_OUT_ZERO_POINT_BITS]      = 16'($signed(zero));
    pass[`TSR_CONV_CLAMP_LO_BITS]            = 16'($signed(lo));
    pass[`TSR_CONV_CLAMP_HI_BITS]            = 16'($signed(hi));
  end
  `TSR_ASSUME(Limits_M, $signed(lo) <= $signed(hi))
  formal_given NoReset_M (.ok_i(rst_ni));

  logic [Aw-1:0] value;
  tsr_post_lane #(.Aw(Aw), .AccW(AccW)) u_dut (
    .clk_i, .pass_i(pass), .acc_i, .bias_i, .multiplier_i, .shift_i, .residual_i, .value_o(value)
  );

  (* hierconn *) logic [2:0]      \u_dut.u_own.rounding_i ;
  (* hierconn *) logic [AccW-1:0] \u_dut.u_own.value_i ;
  (* hierconn *) logic [31:0]     \u_dut.u_own.multiplier_i ;
  (* hierconn *) logic [5:0]      \u_dut.u_own.shift_i ;
  (* hierconn *) logic [31:0]     \u_dut.u_own.result_o ;
  (* hierconn *) logic [2:0]      \u_dut.u_side.rounding_i ;
  (* hierconn *) logic [Aw:0]     \u_dut.u_side.value_i ;
  (* hierconn *) logic [31:0]     \u_dut.u_side.multiplier_i ;
  (* hierconn *) logic [5:0]      \u_dut.u_side.shift_i ;
  (* hierconn *) logic [31:0]     \u_dut.u_side.result_o ;

  logic [1:0]         age_q = '0;
  logic [AccW-1:0]    acc_q, bias_q;
  logic [31:0]        multiplier_q;
  logic [5:0]         shift_q;
  logic [Aw-1:0]      residual_q;
  logic signed [63:0] own1_q, side1_q, own2_q, side2_q, sum, low, high;
  always_ff @(posedge clk_i) begin
    if (age_q != 2'd2) age_q <= age_q + 2'd1;
    {acc_q, bias_q, multiplier_q, shift_q, residual_q} <= {acc_i, bias_i, multiplier_i, shift_i, residual_i};
    own1_q  <= 64'($signed(\u_dut.u_own.result_o ));
    side1_q <= 64'($signed(\u_dut.u_side.result_o ));
    own2_q  <= own1_q;
    side2_q <= side1_q;
  end
  assign sum  = own2_q + (has_residual ? side2_q : 64'sd0) + 64'($signed(zero));
  assign low  = 64'($signed(lo));
  assign high = 64'($signed(hi));

  `TSR_ASSERT(OwnValue_A, age_q == '0 || \u_dut.u_own.value_i == acc_q + bias_q)
  `TSR_ASSERT(OwnScale_A, age_q == '0 || (\u_dut.u_own.multiplier_i == multiplier_q && \u_dut.u_own.shift_i == shift_q))
  `TSR_ASSERT(SideValue_A, age_q == '0 || 32'($signed(\u_dut.u_side.value_i ))
              == 32'($signed(residual_q)) - 32'($signed(side_zero)))
  `TSR_ASSERT(SideScale_A, \u_dut.u_side.multiplier_i == side_multiplier && \u_dut.u_side.shift_i == side_shift)
  `TSR_ASSERT(Rounding_A, \u_dut.u_own.rounding_i == rounding && \u_dut.u_side.rounding_i == rounding)
  `TSR_ASSERT(Value_A, age_q != 2'd2 || 64'($signed(value)) == (sum < low ? low : sum > high ? high : sum))

  `FORMAL_COVER(Cancel_C, age_q == 2'd2 && has_residual && own2_q == 64'sh7FFF_FFFF && side2_q == -64'sh7FFF_FFF0
                && value == Aw'(17) && hi == Aw'(99))

endmodule
