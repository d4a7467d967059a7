// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_crossbar: three cycles after its addresses a lane has the word that its bank gives in the cycle before, or
// the zero point in every channel when it reads nothing; whatever other lanes do, and any number may take one word.
//
// files: tsr_crossbar tsr_delay
// prove: bmc 5 | Tn=2 Tp=3 Aw=8
// prove: bmc 5 | Tn=1 Tp=1 Aw=16
// prove: bmc 5 | Tn=1 Tp=8 Aw=2
// prove: cover 6 | Tn=1 Tp=3 Aw=4
// mutation: bmc 5 | Tn=2 Tp=3 Aw=4
// mutants: 5 | Tn=2 Tp=3 Aw=4

`include "formal_env.svh"

module formal_crossbar #(
  parameter int unsigned Tn = 2,
  parameter int unsigned Tp = 3,
  parameter int unsigned Aw = 4,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic [Tp-1:0]       read_i,
  input logic [Tp*BankW-1:0] bank_i,
  input logic [Aw-1:0]       zero_point_i,
  input logic [Tp*WordW-1:0] data_i
);

  formal_given NoReset_M (.ok_i(rst_ni));

  logic [Tp*WordW-1:0] data;
  tsr_crossbar #(.Tn(Tn), .Tp(Tp), .Aw(Aw)) u_dut (
    .clk_i, .read_i, .bank_i, .zero_point_i, .data_i, .data_o(data)
  );

  logic [2:0] age_q = '0;
  always_ff @(posedge clk_i) begin
    if (age_q != 3'd3) age_q <= age_q + 3'd1;
  end

  logic [Tp-1:0] reads;
  for (genvar p = 0; p < Tp; p++) begin : g_lane
    logic             read1_q, read2_q, read3_q;
    logic [BankW-1:0] bank1_q, bank2_q;
    logic [WordW-1:0] expected_q;
    always_ff @(posedge clk_i) begin
      {read1_q, bank1_q} <= {read_i[p], bank_i[p*BankW +: BankW]};
      {read2_q, bank2_q} <= {read1_q, bank1_q};
      read3_q            <= read2_q;
      expected_q         <= {Tn{zero_point_i}};
      for (int unsigned b = 0; b < Tp; b++) begin
        if (read2_q && 32'(bank2_q) == b) expected_q <= data_i[b*WordW +: WordW];
      end
    end
    `TSR_ASSUME(Bank_M, 32'(bank_i[p*BankW +: BankW]) < Tp || !read_i[p])
    `TSR_ASSERT(Word_A, age_q != 3'd3 || data[p*WordW +: WordW] == expected_q)
    assign reads[p] = read3_q;
  end

  `FORMAL_COVER(OneForAllButOne_C, age_q == 3'd3 && reads == {{(Tp-1){1'b1}}, 1'b0} && data[WordW +: WordW] == data[2*WordW +: WordW]
                && data[WordW +: WordW] != data[0 +: WordW])

endmodule
