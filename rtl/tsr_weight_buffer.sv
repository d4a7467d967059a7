// SPDX-License-Identifier: Apache-2.0
//
// tsr_weight_buffer: words of Tm x Tn weights, [m][n] with n fastest, in the order the array takes them.
//
// Read      rd_addr_i with rd_en_i in cycle c: rd_data_o in c + 2. Write: in the cycle of wr_en_i.

module tsr_weight_buffer #(
  parameter int unsigned Tm          = 4,
  parameter int unsigned Tn          = 4,
  parameter int unsigned Aw          = 8,    // bits of a weight
  parameter int unsigned WeightWords = 512,
  localparam int unsigned WordW = Tm * Tn * Aw,
  localparam int unsigned AddrW = WeightWords > 1 ? $clog2(WeightWords) : 1
) (
  input  logic             clk_i,

  // load_weight engine
  input  logic             wr_en_i,
  input  logic [AddrW-1:0] wr_addr_i,
  input  logic [WordW-1:0] wr_data_i,

  // compute engine
  input  logic             rd_en_i,
  input  logic [AddrW-1:0] rd_addr_i,
  output logic [WordW-1:0] rd_data_o
);

  // One memory a row of the array: words are wider than simulators and placers like.
  for (genvar m = 0; m < Tm; m++) begin : g_row
    tsr_ram #(
      .Width(Tn * Aw),
      .Depth(WeightWords)
    ) u_ram (
      .clk_i,
      .we_i   (wr_en_i),
      .waddr_i(wr_addr_i),
      .wdata_i(wr_data_i[m*Tn*Aw +: Tn*Aw]),
      .re_i   (rd_en_i),
      .raddr_i(rd_addr_i),
      .rdata_o(rd_data_o[m*Tn*Aw +: Tn*Aw])
    );
  end

endmodule
