// SPDX-License-Identifier: Apache-2.0
//
// tsr_pass_decode: every pass in the fields of a conv descriptor, so that what follows knows only one form.
//
// A pool pass is a conv pass of one input plane a group whose windows are reduced by max instead of by the array:
// planes become groups, padding reads the lowest value (it never wins), the post-processor passes values through
// (multiplier 2^30 >> 30, which tsr_post_processor puts in for is_pool_o).
//
// Combinational. narrow_o: the drain takes one pixel a step because neighbouring pixels may lie in one bank of the
// output (or residual), by its bank stride or by a step between output columns; drain_o is D of the cycle law, 0 for a
// sum that goes on in the next descriptor.

`include "tsr_uarch.vh"

module tsr_pass_decode #(
  parameter int unsigned Tm = 4,
  parameter int unsigned Tn = 4,
  parameter int unsigned Tp = 2,
  parameter int unsigned Wp = 1,
  parameter int unsigned Aw = 8
) (
  input  logic [1023:0] desc_i,
  output logic [1023:0] pass_o,
  output logic          is_pool_o,
  output logic          narrow_o,
  output logic [15:0]   drain_o
);

  localparam int unsigned Words  = Tm / Tn;              // output words of a pixel
  localparam int unsigned Chunks = (Tp + Wp - 1) / Wp;   // drain steps of an output word
  localparam logic [15:0] Lowest  = Aw == 8 ? 16'hFF80 : 16'h8000;
  localparam logic [15:0] Highest = Aw == 8 ? 16'h007F : 16'h7FFF;

  assign is_pool_o = desc_i[`TSR_HEADER_OPCODE_BITS] == `TSR_HEADER_OPCODE_WIDTH'(`TSR_OP_POOL);

  always_comb begin
    pass_o = desc_i;
    if (is_pool_o) begin
      pass_o = '0;
      pass_o[`TSR_CONV_IN_BASE_BITS]          = desc_i[`TSR_POOL_IN_BASE_BITS];
      pass_o[`TSR_CONV_IN_ROW_PITCH_BITS]     = desc_i[`TSR_POOL_IN_ROW_PITCH_BITS];
      pass_o[`TSR_CONV_IN_PLANE_PITCH_BITS]   = desc_i[`TSR_POOL_IN_PLANE_PITCH_BITS];
      pass_o[`TSR_CONV_IN_BANK_STRIDE_BITS]   = desc_i[`TSR_POOL_IN_BANK_STRIDE_BITS];
      pass_o[`TSR_CONV_IN_Y0_BITS]            = desc_i[`TSR_POOL_IN_Y0_BITS];
      pass_o[`TSR_CONV_IN_X0_BITS]            = desc_i[`TSR_POOL_IN_X0_BITS];
      pass_o[`TSR_CONV_IN_H_BITS]             = desc_i[`TSR_POOL_IN_H_BITS];
      pass_o[`TSR_CONV_IN_W_BITS]             = desc_i[`TSR_POOL_IN_W_BITS];
      pass_o[`TSR_CONV_IN_PLANES_BITS]        = `TSR_CONV_IN_PLANES_WIDTH'(1);
      pass_o[`TSR_CONV_KERNEL_H_BITS]         = desc_i[`TSR_POOL_KERNEL_H_BITS];
      pass_o[`TSR_CONV_KERNEL_W_BITS]         = desc_i[`TSR_POOL_KERNEL_W_BITS];
      pass_o[`TSR_CONV_STRIDE_H_BITS]         = desc_i[`TSR_POOL_STRIDE_H_BITS];
      pass_o[`TSR_CONV_STRIDE_W_BITS]         = desc_i[`TSR_POOL_STRIDE_W_BITS];
      pass_o[`TSR_CONV_DILATION_H_BITS]       = `TSR_CONV_DILATION_H_WIDTH'(1);
      pass_o[`TSR_CONV_DILATION_W_BITS]       = `TSR_CONV_DILATION_W_WIDTH'(1);
      pass_o[`TSR_CONV_PAD_TOP_BITS]          = desc_i[`TSR_POOL_PAD_TOP_BITS];
      pass_o[`TSR_CONV_PAD_LEFT_BITS]         = desc_i[`TSR_POOL_PAD_LEFT_BITS];
      pass_o[`TSR_CONV_IN_ZERO_POINT_BITS]    = Lowest;
      pass_o[`TSR_CONV_OUT_H_BITS]            = desc_i[`TSR_POOL_OUT_H_BITS];
      pass_o[`TSR_CONV_OUT_W_BITS]            = desc_i[`TSR_POOL_OUT_W_BITS];
      pass_o[`TSR_CONV_M_GROUPS_BITS]         = desc_i[`TSR_POOL_PLANES_BITS];
      pass_o[`TSR_CONV_ACCUMULATE_FIRST_BITS] = 1'b1;
      pass_o[`TSR_CONV_ACCUMULATE_LAST_BITS]  = 1'b1;
      pass_o[`TSR_CONV_OUT_BASE_BITS]         = desc_i[`TSR_POOL_OUT_BASE_BITS];
      pass_o[`TSR_CONV_OUT_ROW_PITCH_BITS]    = desc_i[`TSR_POOL_OUT_ROW_PITCH_BITS];
      pass_o[`TSR_CONV_OUT_PLANE_PITCH_BITS]  = desc_i[`TSR_POOL_OUT_PLANE_PITCH_BITS];
      pass_o[`TSR_CONV_OUT_BANK_STRIDE_BITS]  = desc_i[`TSR_POOL_OUT_BANK_STRIDE_BITS];
      pass_o[`TSR_CONV_OUT_Y0_BITS]           = desc_i[`TSR_POOL_OUT_Y0_BITS];
      pass_o[`TSR_CONV_OUT_X0_BITS]           = desc_i[`TSR_POOL_OUT_X0_BITS];
      pass_o[`TSR_CONV_CLAMP_LO_BITS]         = Lowest;
      pass_o[`TSR_CONV_CLAMP_HI_BITS]         = Highest;
      pass_o[`TSR_CONV_GROUP_PLANES_BITS]     = `TSR_CONV_GROUP_PLANES_WIDTH'(1);
      pass_o[`TSR_CONV_IN_WRAP_BITS]          = desc_i[`TSR_POOL_IN_WRAP_BITS];
      pass_o[`TSR_CONV_OUT_WRAP_BITS]         = desc_i[`TSR_POOL_OUT_WRAP_BITS];
    end
  end

  logic out_strided, residual_strided;

  assign out_strided      = pass_o[`TSR_CONV_OUT_BANK_STRIDE_BITS] != 3'd1 || pass_o[`TSR_CONV_OUT_STEP_W_BITS] > 3'd1;
  assign residual_strided = pass_o[`TSR_CONV_RESIDUAL_BITS] && pass_o[`TSR_CONV_RESIDUAL_BANK_STRIDE_BITS] != 3'd1;
  assign narrow_o         = Wp > 1 && (out_strided || residual_strided);

  always_comb begin
    drain_o = narrow_o ? 16'(Words * Tp) : 16'(Words * Chunks);
    if (is_pool_o) begin
      drain_o = narrow_o ? 16'(Tp) : 16'(Chunks);
    end
    if (!pass_o[`TSR_CONV_ACCUMULATE_LAST_BITS]) begin
      drain_o = '0;
    end
  end

endmodule
