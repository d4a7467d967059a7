// SPDX-License-Identifier: Apache-2.0
//
// tsr_post_processor: Wp x Tn lanes behind the shadow accumulators.
//
// Step in cycle c: entry_i picks Wp pixels of one output word out of shadow_i ([p][m]), the channels' parameters and
// the residual words come in the same cycle; data_o in c + 7. Pool passes go through unchanged: multiplier 2^30,
// shift 30.

module tsr_post_processor #(
  parameter int unsigned Tm   = 4,
  parameter int unsigned Tn   = 4,
  parameter int unsigned Tp   = 2,
  parameter int unsigned Wp   = 1,
  parameter int unsigned Aw   = 8,
  parameter int unsigned AccW = 32,
  localparam int unsigned Words   = Tm / Tn,
  localparam int unsigned Chunks  = (Tp + Wp - 1) / Wp,
  localparam int unsigned Entries = Words * Chunks,
  localparam int unsigned EntryW  = Entries > 1 ? $clog2(Entries) : 1
) (
  input  logic                  clk_i,
  input  logic [1023:0]         pass_i,
  input  logic                  is_pool_i,
  input  logic [EntryW-1:0]     entry_i,
  input  logic [Tp*Tm*AccW-1:0] shadow_i,
  input  logic [Tn*AccW-1:0]    bias_i,
  input  logic [Tn*32-1:0]      multiplier_i,
  input  logic [Tn*6-1:0]       shift_i,
  input  logic [Wp*Tn*Aw-1:0]   residual_i,
  output logic [Wp*Tn*Aw-1:0]   data_o
);

  localparam logic [31:0] OneMultiplier = 32'h4000_0000;
  localparam logic [5:0]  OneShift      = 6'd30;

  logic [Tn*AccW-1:0] bias;
  logic [Tn*32-1:0]   multiplier;
  logic [Tn*6-1:0]    shift;

  assign bias       = is_pool_i ? '0 : bias_i;
  assign multiplier = is_pool_i ? {Tn{OneMultiplier}} : multiplier_i;
  assign shift      = is_pool_i ? {Tn{OneShift}} : shift_i;

  for (genvar w = 0; w < Wp; w++) begin : g_pixel
    for (genvar n = 0; n < Tn; n++) begin : g_lane
      logic [AccW-1:0] acc;

      always_comb begin
        acc = '0;
        for (int unsigned j = 0; j < Words; j++) begin
          for (int unsigned c = 0; c < Chunks; c++) begin
            if (c*Wp + w < Tp && entry_i == EntryW'(j*Chunks + c)) begin
              acc = acc | shadow_i[(((c*Wp + w) % Tp)*Tm + j*Tn + n)*AccW +: AccW];
            end
          end
        end
      end

      tsr_post_lane #(
        .Aw  (Aw),
        .AccW(AccW)
      ) u_lane (
        .clk_i,
        .pass_i,
        .acc_i       (acc),
        .bias_i      (bias[n*AccW +: AccW]),
        .multiplier_i(multiplier[n*32 +: 32]),
        .shift_i     (shift[n*6 +: 6]),
        .residual_i  (residual_i[(w*Tn + n)*Aw +: Aw]),
        .value_o     (data_o[(w*Tn + n)*Aw +: Aw])
      );
    end
  end

endmodule
