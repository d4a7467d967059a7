// SPDX-License-Identifier: Apache-2.0
//
// tsr_delay_reset: tsr_delay for control bits: zero after reset, so that nothing half done comes out of it.

module tsr_delay_reset #(
  parameter int unsigned Width  = 1,
  parameter int unsigned Stages = 1   // 1 and more
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  if (Stages == 0) begin : g_bad_parameters
    $error("tsr_delay_reset: Stages is at least 1");
  end

  logic [Width*Stages-1:0] line_q;

  if (Stages == 1) begin : g_one
    always_ff @(posedge clk_i) begin
      line_q <= rst_ni ? data_i : '0;
    end
  end else begin : g_more
    always_ff @(posedge clk_i) begin
      line_q <= rst_ni ? {line_q[Width*(Stages-1)-1:0], data_i} : '0;
    end
  end

  assign data_o = line_q[Width*(Stages-1) +: Width];

endmodule
