// SPDX-License-Identifier: Apache-2.0
//
// tsr_requantizer: value * multiplier / 2^shift under the five rounding rules, saturated to 32 bits; bit for bit
// tsr_requantize (models/reference/requantize.c) for values of ValueW bits.
//
// Operands in cycle c: c partial products, c + 1 their sum, c + 2 rounding addend, c + 3 shift, tie and saturation;
// result_o in c + 4.
//
// With p = value * multiplier and half = 2^(shift-1):
//   half_up (p + half) >> shift;  half_away the same with p - 1 for negative p;  floor p >> shift;
//   half_even half_up with bit 0 cleared on a tie, and a tie is where p + half has no bits below the shift;
//   double (gemmlowp): to shift 31 half_up and no more; beyond, half_up by 31 first and half_away by the rest, done on
//   the number with its low 31 bits cleared instead of shifted out.

module tsr_requantizer #(
  parameter int unsigned ValueW = 32  // bits of the value, 2 to 48
) (
  input  logic              clk_i,
  input  logic [2:0]        rounding_i,   // tsr_rounding, constant while values are under way
  input  logic [ValueW-1:0] value_i,      // signed
  input  logic [31:0]       multiplier_i, // signed
  input  logic [5:0]        shift_i,      // 1 to 62
  output logic [31:0]       result_o      // signed
);

  localparam logic [2:0] HalfAway = 3'd1;
  localparam logic [2:0] HalfEven = 3'd2;
  localparam logic [2:0] Floor    = 3'd3;
  localparam logic [2:0] Double   = 3'd4;

  // One DSP block multiplies 18 x 18 bits signed: chunks of 17 bits with a zero on top, the last one with the sign.
  localparam int unsigned ChunkW      = 17;
  localparam int unsigned OperandW    = ChunkW + 1;
  localparam int unsigned ValueChunks = ValueW <= OperandW ? 1 : 1 + (ValueW - OperandW + ChunkW - 1) / ChunkW;
  localparam int unsigned ScaleChunks = 2;
  localparam int unsigned Parts       = ValueChunks * ScaleChunks;
  localparam int unsigned PaddedW     = ValueChunks * ChunkW + 1;
  // The product, or the addend of the widest shift; and one bit for their sum.
  localparam int unsigned SumW        = (ValueW + 32 > 63 ? ValueW + 32 : 63) + 1;
  localparam int unsigned FirstShift  = 31;  // of the double rule

  if (ValueW < 2 || ValueW > 48) begin : g_bad_parameters
    $error("tsr_requantizer: ValueW is 2 to 48");
  end

  // c: partial products
  logic [PaddedW-1:0]                value;
  logic [ScaleChunks*ChunkW:0]       scale;
  logic [Parts*SumW-1:0]             part;
  logic [5:0]                        shift1_q, shift2_q, shift3_q;

  if (PaddedW > ValueW) begin : g_extend
    assign value = {{(PaddedW-ValueW){value_i[ValueW-1]}}, value_i};
  end else begin : g_fit
    assign value = value_i;
  end
  assign scale = {{3{multiplier_i[31]}}, multiplier_i};

  for (genvar i = 0; i < ValueChunks; i++) begin : g_value
    for (genvar j = 0; j < ScaleChunks; j++) begin : g_scale
      localparam int unsigned Place = ChunkW * (i + j);
      logic [OperandW-1:0]   a, b;
      logic [2*OperandW-1:0] product;
      logic [SumW+Place-1:0] wide;

      assign a = {i == ValueChunks - 1 ? value[PaddedW-1] : 1'b0, value[i*ChunkW +: ChunkW]};
      assign b = {j == ScaleChunks - 1 ? scale[ScaleChunks*ChunkW] : 1'b0, scale[j*ChunkW +: ChunkW]};

      tsr_multiplier #(
        .WidthA(OperandW),
        .WidthB(OperandW)
      ) u_multiplier (
        .clk_i,
        .a_i      (a),
        .b_i      (b),
        .product_o(product)
      );

      assign wide = {{(SumW+Place-2*OperandW){product[2*OperandW-1]}}, product};
      assign part[(i*ScaleChunks + j)*SumW +: SumW] = SumW'(wide << Place);
    end
  end

  // c + 1: the product, and the first rounding of the double rule
  logic            twice1, twice2_q;
  logic [SumW-1:0] sum, sum_q;

  assign twice1 = rounding_i == Double && shift1_q > 6'(FirstShift);

  always_comb begin
    sum = twice1 ? SumW'(1) << (FirstShift - 1) : '0;
    for (int unsigned k = 0; k < Parts; k++) begin
      sum = sum + part[k*SumW +: SumW];
    end
  end

  // c + 2: rounding addend
  logic [SumW-1:0] base, half, rounded_q;
  logic            down;

  assign base = twice2_q ? {sum_q[SumW-1:FirstShift], {FirstShift{1'b0}}} : sum_q;
  assign half = rounding_i == Floor ? '0 : SumW'(1) << (shift2_q - 6'd1);
  assign down = base[SumW-1] && (rounding_i == HalfAway || twice2_q);

  // c + 3: shift, tie, saturation
  logic signed [SumW-1:0] shifted;
  logic [SumW-1:0]        below, whole;
  logic                   tie;
  logic [31:0]            result;

  assign below   = rounded_q & ((SumW'(1) << shift3_q) - SumW'(1));
  assign tie     = rounding_i == HalfEven && below == '0;
  assign shifted = $signed(rounded_q) >>> shift3_q;
  assign whole   = {shifted[SumW-1:1], shifted[0] && !tie};

  always_comb begin
    result = whole[31:0];
    if (whole[SumW-1:31] != {(SumW-31){whole[SumW-1]}}) begin
      result = whole[SumW-1] ? 32'h8000_0000 : 32'h7FFF_FFFF;
    end
  end

  always_ff @(posedge clk_i) begin
    shift1_q  <= shift_i;
    shift2_q  <= shift1_q;
    shift3_q  <= shift2_q;
    sum_q     <= sum;
    twice2_q  <= twice1;
    rounded_q <= base + half - SumW'(down);
    result_o  <= result;
  end

endmodule
