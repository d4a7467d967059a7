// SPDX-License-Identifier: Apache-2.0
//
// tsr_ram: one write port, one read port; the only memory of the design. Block RAM with its output register.
//
// Read      raddr_i with re_i in cycle c: rdata_o in c + 2.
// Collision the word written in the cycle of a read of it is not seen by that read, nor by any tool the same way: the
//           users never do it (see the assertion in tsr_feature_pool).

module tsr_ram #(
  parameter int unsigned Width = 32,  // bits of a word
  parameter int unsigned Depth = 64,  // words
  localparam int unsigned AddrW = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic             clk_i,

  input  logic             we_i,
  input  logic [AddrW-1:0] waddr_i,
  input  logic [Width-1:0] wdata_i,

  input  logic             re_i,
  input  logic [AddrW-1:0] raddr_i,
  output logic [Width-1:0] rdata_o
);

  if (Width == 0 || Depth == 0) begin : g_bad_parameters
    $error("tsr_ram: Width and Depth are at least 1");
  end

  logic [Width-1:0] mem [Depth] /*verilator public_flat_rd*/;
  logic [Width-1:0] array_q;

  always_ff @(posedge clk_i) begin
    if (we_i) begin
      mem[waddr_i] <= wdata_i;
    end
    if (re_i) begin
      array_q <= mem[raddr_i];
    end
    rdata_o <= array_q;
  end

endmodule
