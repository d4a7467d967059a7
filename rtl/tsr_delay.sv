// SPDX-License-Identifier: Apache-2.0
//
// tsr_delay: data_o is data_i of Stages cycles ago. Not reset: shift register LUTs on an FPGA.

module tsr_delay #(
  parameter int unsigned Width  = 1,
  parameter int unsigned Stages = 1   // 0 is a wire
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  if (Stages == 0) begin : g_wire
    logic unused_clk;
    assign unused_clk = clk_i;
    assign data_o = data_i;
  end else if (Stages == 1) begin : g_one
    logic [Width-1:0] data_q;

    always_ff @(posedge clk_i) begin
      data_q <= data_i;
    end

    assign data_o = data_q;
  end else begin : g_more
    logic [Width*Stages-1:0] line_q;

    always_ff @(posedge clk_i) begin
      line_q <= {line_q[Width*(Stages-1)-1:0], data_i};
    end

    assign data_o = line_q[Width*(Stages-1) +: Width];
  end

endmodule
