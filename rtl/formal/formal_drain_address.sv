// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_drain_address around its tsr_column and its multiplier, which are cut out (formal_column has the column):
// three cycles after the pixel, the bank of column x0 + column, and base + plane + the product of (ring row, pitch) + that
// column's line. Ring rows are formal_ring_row's.
//
// files: tsr_drain_address tsr_ring_row formal_multiplier_cut formal_column_cut
// prove: bmc 5 | Tp=2
// prove: bmc 5 | Tp=3
// prove: cover 5 | Tp=3
// mutation: bmc 5 | Tp=3
// mutants: 5 | Tp=2

`include "formal_env.svh"

module formal_drain_address #(
  parameter int unsigned Tp = 2,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [19:0] plane_line_i,
  input logic [13:0] row_i,
  input logic [14:0] column_i
);

  formal_given NoReset_M (.ok_i(rst_ni));

  (* anyconst *) logic [19:0] base;
  (* anyconst *) logic [13:0] x0, y0, wrap;
  (* anyconst *) logic [13:0] pitch;
  (* anyconst *) logic [2:0]  stride;
  logic [19:0]      line;
  logic [BankW-1:0] bank;

  tsr_drain_address #(.Tp(Tp)) u_dut (
    .clk_i, .base_i(base), .row_pitch_i(pitch), .bank_stride_i(stride), .y0_i(y0), .x0_i(x0), .wrap_i(wrap),
    .plane_line_i, .row_i, .column_i, .line_o(line), .bank_o(bank)
  );

  `TSR_ASSUME(Ring_M, wrap == '0 || (y0 < wrap && row_i < wrap))

  logic [1:0]  age_q = '0;
  logic [14:0] y, x;
  logic [19:0] line1_q, line2_q, line3_q;
  logic [14:0] x1_q, x2_q, x3_q;
  tsr_ring_row u_ring (.origin_i(y0), .offset_i(row_i), .wrap_i(wrap), .row_o(y));  // formal_ring_row
  assign x = 15'(x0) + column_i;
  always_ff @(posedge clk_i) begin
    if (age_q != 2'd3) age_q <= age_q + 2'd1;
    line1_q <= base + plane_line_i + {pitch[3:0], 1'b0, y};
    line2_q <= line1_q;
    line3_q <= line2_q;
    x1_q    <= x;
    x2_q    <= x1_q;
    x3_q    <= x2_q;
  end

  `TSR_ASSERT(Line_A, age_q != 2'd3 || line == line3_q + {2'b01, stride, x3_q})
  `TSR_ASSERT(Bank_A, age_q != 2'd3 || 32'(bank) == (32'(x3_q[BankW-1:0]) >= Tp ? 0 : 32'(x3_q[BankW-1:0])))

  `FORMAL_COVER(Around_C, age_q == 2'd3 && wrap == 14'd5 && y0 == 14'd4 && line == 20'd77 && pitch == 14'd0)

endmodule
