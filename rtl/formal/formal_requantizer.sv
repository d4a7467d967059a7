// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_requantizer against tsr_requantize of models/reference/requantize.c, its expressions written out here, for
// every shift and each rounding rule: a miter. A pipeline without feedback: five cycles from any state are all there is.
// The product of two free operands of 32 bits does not close in z3, so it is cut in two: all values of 32 and 48 bits with
// multipliers 1 and 2^30 (the whole of rounding, shift and saturation), and free signed operands of few bits (the product
// and its signs). tests/rtl runs full width on random numbers; 3 x 32 free bits and multiplier -1 at full width are open.
//
// files: tsr_requantizer tsr_multiplier
// prove: bmc 6 | Rounding=0 ValueW=32 Power=0
// prove: bmc 6 | Rounding=0 ValueW=32 Power=30
// deep: bmc 6 | Rounding=0 ValueW=48 Power=30
// deep: bmc 6 | Rounding=1 ValueW=32 Power=0
// prove: bmc 6 | Rounding=1 ValueW=32 Power=30
// prove: bmc 6 | Rounding=1 ValueW=48 Power=30
// deep: bmc 6 | Rounding=2 ValueW=32 Power=0
// prove: bmc 6 | Rounding=2 ValueW=32 Power=30
// deep: bmc 6 | Rounding=2 ValueW=48 Power=30
// deep: bmc 6 | Rounding=3 ValueW=32 Power=0
// prove: bmc 6 | Rounding=3 ValueW=32 Power=30
// deep: bmc 6 | Rounding=3 ValueW=48 Power=30
// deep: bmc 6 | Rounding=4 ValueW=32 Power=0
// prove: bmc 6 | Rounding=4 ValueW=32 Power=30
// deep: bmc 6 | Rounding=4 ValueW=48 Power=30
// deep: bmc 6 | Rounding=1 ValueW=4 MultiplierW=8
// deep: bmc 6 | Rounding=2 ValueW=4 MultiplierW=8
// prove: bmc 6 | Rounding=4 ValueW=6 MultiplierW=6
// mutation: bmc 6 | Rounding=5 ValueW=5 MultiplierW=4 | test_rtl_requantizer ValueW=5
// mutation: bmc 6 | Rounding=5 ValueW=32 Power=30 | test_rtl_requantizer ValueW=32
// mutants: 6 | Rounding=1 ValueW=8 MultiplierW=4

`include "formal_env.svh"

module formal_requantizer #(
  parameter int unsigned Rounding    = 0,  // a rule, or 5: any
  parameter int unsigned ValueW      = 8,
  parameter int unsigned MultiplierW = 32,
  parameter int unsigned Power       = 99  // 0 to 30: the multiplier is 2^Power, 31: it is -1, else free
) (
  input logic                   clk_i,
  input logic                   rst_ni,
  input logic [ValueW-1:0]      value_i,
  input logic [MultiplierW-1:0] multiplier_i,
  input logic [5:0]             shift_i
);

  logic [31:0] multiplier, result;

  (* anyconst *) logic [2:0] any_rounding;
  logic [2:0] rounding;
  assign rounding = Rounding < 5 ? 3'(Rounding) : any_rounding;
  `TSR_ASSUME(Rounding_M, rounding <= 3'd4)

  if (Power < 32) begin : g_power
    assign multiplier = Power == 31 ? 32'hFFFF_FFFF : 32'd1 << Power;
  end else begin : g_free
    assign multiplier = {{(32-MultiplierW+1){multiplier_i[MultiplierW-1]}}, multiplier_i[MultiplierW-2:0]};
  end

  tsr_requantizer #(.ValueW(ValueW)) u_dut (
    .clk_i, .rounding_i(rounding), .value_i, .multiplier_i(multiplier), .shift_i, .result_o(result)
  );

  // The reference, wide enough for all of it.
  localparam int unsigned RefW = ValueW + 64;
  logic signed [RefW-1:0] product, half, once, high, whole;
  logic signed [RefW-1:0] one, zero, largest, smallest;
  assign one      = 1;
  assign zero     = 0;
  assign largest  = 64'sh7FFF_FFFF;
  assign smallest = -64'sh8000_0000;
  logic               tie;
  logic [5:0]         right;
  logic [31:0]        expected;

  always_comb begin
    if (Power < 32) begin
      product = {{(RefW-ValueW){value_i[ValueW-1]}}, value_i};
      product = Power == 31 ? RefW'(0) - product : product << Power;
    end else begin
      product = $signed({{(RefW-ValueW){value_i[ValueW-1]}}, value_i})
                * $signed({{(RefW-MultiplierW){multiplier_i[MultiplierW-1]}}, multiplier_i});
    end
    half  = one << (shift_i - 6'd1);
    tie   = (product & ((half << 1) - one)) == half;
    right = shift_i - 6'd31;
    high  = '0;
    case (rounding)
      3'd0: once = (product + half) >>> shift_i;
      3'd1: once = (product + half - (product < 0 ? one : zero)) >>> shift_i;
      3'd2: begin
        once = (product + half) >>> shift_i;
        if (tie) once[0] = 1'b0;
      end
      3'd3: once = product >>> shift_i;
      default: begin
        if (shift_i <= 6'd31) begin
          // (value << left) * multiplier, rounded by 31, is the product rounded by the shift
          once = ((product << (6'd31 - shift_i)) + (one <<< 30)) >>> 31;
        end else begin
          high = (product + (one <<< 30)) >>> 31;
          once = (high + (one <<< (right - 6'd1)) - (high < 0 ? one : zero)) >>> right;
        end
      end
    endcase
    whole    = once;
    expected = whole > largest ? 32'h7FFF_FFFF : whole < smallest ? 32'h8000_0000 : whole[31:0];
  end

  `TSR_ASSUME(Shift_M, shift_i >= 6'd1 && shift_i <= 6'd62)

  // Four cycles later.
  logic [31:0] expected1_q, expected2_q, expected3_q, expected4_q;
  logic [2:0]  age_q = '0;
  always_ff @(posedge clk_i) begin
    expected1_q <= expected;
    expected2_q <= expected1_q;
    expected3_q <= expected2_q;
    expected4_q <= expected3_q;
    if (age_q != 3'd4) age_q <= age_q + 3'd1;
  end
  formal_given NoReset_M (.ok_i(rst_ni));

  `TSR_ASSERT(SameAsReference_A, age_q != 3'd4 || result == expected4_q)

endmodule
