// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_ring_row: origin + offset without a ring; within one (origin and offset less than wrap) the same mod wrap.
//
// files: tsr_ring_row
// prove: bmc 1
// prove: cover 1
// mutation: bmc 1
// mutants: 1

`include "formal_env.svh"

module formal_ring_row (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [13:0] origin_i,
  input logic [13:0] offset_i,
  input logic [13:0] wrap_i
);

  logic [14:0] row, sum;
  tsr_ring_row u_dut (.origin_i, .offset_i, .wrap_i, .row_o(row));

  assign sum = 15'(origin_i) + 15'(offset_i);
  `TSR_ASSUME(InRing_M, wrap_i == '0 || (origin_i < wrap_i && offset_i < wrap_i))
  `TSR_ASSERT(Row_A, row == (wrap_i == '0 || sum < 15'(wrap_i) ? sum : sum - 15'(wrap_i)))

  `FORMAL_COVER(Around_C, wrap_i == 14'd9 && origin_i == 14'd8 && row == 15'd3)

endmodule
