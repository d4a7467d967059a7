// SPDX-License-Identifier: Apache-2.0
//
// tsr_divide_constant: value_i / Divisor and the remainder, by the reciprocal; combinational.
//
// With m = floor(2^k / d) + 1 and k = Width + clog2(d), floor(x * m / 2^k) = floor(x / d) for every x of Width bits:
// m*d exceeds 2^k by at most d <= 2^clog2(d). A test divides every value by every divisor in use.

module tsr_divide_constant #(
  parameter int unsigned Width   = 14,
  parameter int unsigned Divisor = 3,   // 1 to 127
  localparam int unsigned RestW = Divisor > 1 ? $clog2(Divisor) : 1
) (
  input  logic [Width-1:0] value_i,
  output logic [Width-1:0] quotient_o,
  output logic [RestW-1:0] rest_o
);

  localparam int unsigned DivisorLog = $clog2(Divisor);

  if (Divisor == 0 || Divisor > 127 || Width < DivisorLog || Width > 20) begin : g_bad_parameters
    $error("tsr_divide_constant: Divisor is 1 to 127, Width 20 at most");
  end

  if (Divisor == 1) begin : g_one
    assign quotient_o = value_i;
    assign rest_o     = '0;
  end else if (Divisor == (1 << DivisorLog)) begin : g_power
    assign quotient_o = value_i >> DivisorLog;
    assign rest_o     = value_i[RestW-1:0];
  end else begin : g_reciprocal
    localparam int unsigned Shift    = Width + DivisorLog;
    localparam int unsigned ProductW = 2*Width + DivisorLog + 1;
    localparam logic [ProductW-1:0] Reciprocal = ProductW'((64'd1 << Shift) / 64'(Divisor) + 64'd1);

    logic [ProductW-1:0] product;
    logic [Width-1:0]    whole;

    // Products with constants: sums of shifted values, no multipliers.
    assign product    = ProductW'(value_i) * Reciprocal;
    assign quotient_o = Width'(product >> Shift);
    assign whole      = quotient_o * Width'(Divisor);
    assign rest_o     = RestW'(value_i - whole);
  end

endmodule
