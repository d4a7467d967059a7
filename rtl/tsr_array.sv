// SPDX-License-Identifier: Apache-2.0
//
// tsr_array: Tm output channels x Tn input channels x Tp pixels, output stationary; and the window maximum of pool
// passes.
//
// Operands in cycle c: x_i [p][n], weight_i [m][n]; valid_i, first_i, last_i of the operand in c + 2 + log2(Tn).
// shadow_o [p][m] is a finished tile from one cycle after last_i until the next tile's last_i.
// In a pool pass (is_pool_i) channel n of pixel p is in the place of output channel n.

module tsr_array #(
  parameter int unsigned Tm   = 4,
  parameter int unsigned Tn   = 4,
  parameter int unsigned Tp   = 2,
  parameter int unsigned Aw   = 8,
  parameter int unsigned AccW = 32
) (
  input  logic                  clk_i,
  input  logic                  is_pool_i,
  input  logic [Tp*Tn*Aw-1:0]   x_i,
  input  logic [Tm*Tn*Aw-1:0]   weight_i,
  input  logic                  valid_i,
  input  logic                  first_i,
  input  logic                  last_i,
  output logic [Tp*Tm*AccW-1:0] shadow_o
);

  localparam int unsigned Latency = 2 + $clog2(Tn);

  if (Tm % Tn != 0 || Tm == 0) begin : g_bad_parameters
    $error("tsr_array: Tm is a multiple of Tn");
  end

  for (genvar p = 0; p < Tp; p++) begin : g_pixel
    logic [Tn*Aw-1:0] word, largest;

    tsr_delay #(
      .Width (Tn * Aw),
      .Stages(Latency)
    ) u_delay (
      .clk_i,
      .data_i(x_i[p*Tn*Aw +: Tn*Aw]),
      .data_o(word)
    );

    for (genvar n = 0; n < Tn; n++) begin : g_max
      logic signed [Aw-1:0] value, best_q;

      assign value = $signed(word[n*Aw +: Aw]);
      assign largest[n*Aw +: Aw] = first_i || value > best_q ? value : best_q;

      always_ff @(posedge clk_i) begin
        if (valid_i) best_q <= $signed(largest[n*Aw +: Aw]);
      end
    end

    for (genvar m = 0; m < Tm; m++) begin : g_channel
      tsr_dot #(
        .Tn  (Tn),
        .Aw  (Aw),
        .AccW(AccW)
      ) u_dot (
        .clk_i,
        .x_i       (x_i[p*Tn*Aw +: Tn*Aw]),
        .weight_i  (weight_i[m*Tn*Aw +: Tn*Aw]),
        .valid_i,
        .first_i,
        .last_i,
        .other_en_i(is_pool_i),
        .other_i   (largest[(m % Tn)*Aw +: Aw]),
        .shadow_o  (shadow_o[(p*Tm + m)*AccW +: AccW])
      );
    end
  end

endmodule
