// SPDX-License-Identifier: Apache-2.0
//
// tsr_column: line (within its row) and bank of a column: line = floor(x/(S*Tp))*S + x mod S, bank = floor(x/S) mod Tp,
// S = stride_i. Any x may follow any other (padding folds positions), so counters do not do; no divider either:
//
//   p = x * ceil(2^22 / (S*Tp)) = 2^22 * (x/(S*Tp) + e),  0 <= e < 1/(S*Tp)  because  x * S*Tp < 2^15 * 112 < 2^22.
//   So p >> 22 is the quotient, and the fraction of p, on a grid of 1/(S*Tp) up to e, compared with j/Tp is the bank.
//
// x_i and stride_i in cycle c: line_o and bank_o in c + 1, combinational after the multiplier's register.

module tsr_column #(
  parameter int unsigned Tp = 2,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic             clk_i,
  input  logic [14:0]      x_i,
  input  logic [2:0]       stride_i,  // 1 to 7, constant while columns are under way
  output logic [19:0]      line_o,
  output logic [BankW-1:0] bank_o
);

  localparam int unsigned FractionW   = 22;
  localparam int unsigned ReciprocalW = FractionW + 2;  // up to 2^22, and a sign
  localparam int unsigned XW          = 16;             // x and a sign
  localparam int unsigned ProductW    = ReciprocalW + XW;
  localparam int unsigned One         = 1 << FractionW;

  if (Tp == 0 || Tp > 16) begin : g_bad_parameters
    $error("tsr_column: Tp is 1 to 16");
  end

  logic [ReciprocalW-1:0] reciprocal;
  logic [ProductW-1:0]    product;
  logic [FractionW-1:0]   fraction;
  logic [16:0]            quotient;
  logic [4:0]             bank;
  logic [2:0]             low_q, unit, used, rest;  // mod 8

  always_comb begin
    case (stride_i)
      3'd2:    reciprocal = ReciprocalW'((One + 2*Tp - 1) / (2*Tp));
      3'd3:    reciprocal = ReciprocalW'((One + 3*Tp - 1) / (3*Tp));
      3'd4:    reciprocal = ReciprocalW'((One + 4*Tp - 1) / (4*Tp));
      3'd5:    reciprocal = ReciprocalW'((One + 5*Tp - 1) / (5*Tp));
      3'd6:    reciprocal = ReciprocalW'((One + 6*Tp - 1) / (6*Tp));
      3'd7:    reciprocal = ReciprocalW'((One + 7*Tp - 1) / (7*Tp));
      default: reciprocal = ReciprocalW'((One + Tp - 1) / Tp);
    endcase
  end

  tsr_multiplier #(
    .WidthA(XW),
    .WidthB(ReciprocalW)
  ) u_multiplier (
    .clk_i,
    .a_i      ({1'b0, x_i}),
    .b_i      (reciprocal),
    .product_o(product)
  );

  always_ff @(posedge clk_i) begin
    low_q <= x_i[2:0];
  end

  assign fraction = product[FractionW-1:0];
  assign quotient = product[FractionW +: 17];

  always_comb begin
    bank = '0;
    for (int unsigned j = 1; j < Tp; j++) begin
      if (fraction >= FractionW'((j * One + Tp - 1) / Tp)) bank = 5'(j);
    end
  end

  // unit = floor(x/S) mod 8 = quotient*Tp + bank; rest = x mod S = x - unit*S, all mod 8
  always_comb begin
    unit = bank[2:0];
    for (int unsigned i = 0; i < 3; i++) begin
      if (((Tp >> i) & 1) == 1) unit = unit + (quotient[2:0] << i);
    end
    used = (stride_i[0] ? unit : '0) + (stride_i[1] ? unit << 1 : '0) + (stride_i[2] ? unit << 2 : '0);
    rest = low_q - used;
  end

  assign line_o = (stride_i[0] ? 20'(quotient) : '0) + (stride_i[1] ? 20'(quotient) << 1 : '0)
                  + (stride_i[2] ? 20'(quotient) << 2 : '0) + 20'(rest);
  assign bank_o = BankW'(bank);

  logic unused_bits;
  assign unused_bits = ^product ^ (^bank);

endmodule
