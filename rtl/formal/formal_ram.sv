// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_ram: a read gives, two cycles later, what was last written to its word before the read's cycle; the write
// of the read's own cycle to its own word is excluded, as users promise. The read data holds when nothing is read.
//
// files: tsr_ram
// prove: pdr 30 | Depth=4 Width=2
// prove: pdr 30 | Depth=1 Width=3
// prove: bmc 10 | Depth=3 Width=8
// mutation: pdr 10 | Depth=4 Width=2
// mutants: 8 | Depth=4 Width=2

`include "formal_env.svh"

module formal_ram #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 4,
  localparam int unsigned AddrW = Depth > 1 ? $clog2(Depth) : 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             we_i,
  input logic [AddrW-1:0] waddr_i,
  input logic [Width-1:0] wdata_i,
  input logic             re_i,
  input logic [AddrW-1:0] raddr_i
);

  (* anyconst *) logic [AddrW-1:0] word;  // any one word
  logic [Width-1:0] rdata;

  `TSR_ASSUME(Word_M, 32'(word) < Depth)
  `TSR_ASSUME(Range_M, 32'(waddr_i) < Depth && 32'(raddr_i) < Depth)
  `TSR_ASSUME(NoCollision_M, !(we_i && re_i && waddr_i == raddr_i))

  tsr_ram #(.Width(Width), .Depth(Depth)) u_dut (.clk_i, .we_i, .waddr_i, .wdata_i, .re_i, .raddr_i, .rdata_o(rdata));

  logic             known_q = 1'b0, read1_q = 1'b0, read2_q = 1'b0;
  logic [Width-1:0] value_q, read1_value_q, read2_value_q;
  always_ff @(posedge clk_i) begin
    if (we_i && waddr_i == word) begin
      known_q <= 1'b1;
      value_q <= wdata_i;
    end
    if (re_i) begin
      read1_q       <= raddr_i == word && known_q;
      read1_value_q <= value_q;
    end
    read2_q       <= read1_q;
    read2_value_q <= read1_value_q;
  end
  formal_given NoReset_M (.ok_i(rst_ni));

  `TSR_ASSERT(Data_A, !read2_q || rdata == read2_value_q)

endmodule
