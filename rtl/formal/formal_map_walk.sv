// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_map_walk against the address formula of sim/program/map_view.h at every step of a walk, for a given bank
// stride and Tp; origins and pitches are small, their counters are as wide as they are.
//
// files: tsr_map_walk tsr_divide_constant
// prove: pdr 25 | Tp=2 Stride=1
// deep: pdr 60 | Tp=3 Stride=2
// deep: bmc 7 | Tp=3 Stride=3
// deep: bmc 7 | Tp=5 Stride=7
// deep: bmc 7 | Tp=3 Stride=2
// prove: cover 12 | Tp=3 Stride=2
// mutation: bmc 9 | Tp=3 Stride=0 | test_rtl_map_walk Tp=3 LineW=16
// mutants: 9 | Tp=3 Stride=2

`include "formal_env.svh"

module formal_map_walk #(
  parameter int unsigned Tp     = 2,
  parameter int unsigned Stride = 1,  // 1 to 7, or 0: any of them
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  input logic load_i,
  input logic step_i,
  input logic row_end_i,
  input logic plane_end_i
);

  `FORMAL_RESET

  (* anyconst *) logic [3:0] x0;
  (* anyconst *) logic [2:0] y0;
  (* anyconst *) logic [2:0] row_pitch;
  (* anyconst *) logic [2:0] plane_pitch, base;

  (* anyconst *) logic [2:0] any_stride;
  logic [2:0] stride;
  assign stride = Stride == 0 ? any_stride : 3'(Stride);
  `TSR_ASSUME(Stride_M, stride != '0)

  logic [15:0]      line;
  logic [BankW-1:0] bank;

  // One walk: loaded once, then stepped from the third cycle on.
  logic       loaded_q, load, step, plane_end;
  logic [1:0] age_q;
  assign load      = load_i && !loaded_q && rst_ni;
  assign step      = step_i && age_q == 2'd2;
  assign plane_end = plane_end_i && row_end_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      loaded_q <= 1'b0;
      age_q    <= '0;
    end else begin
      loaded_q <= loaded_q || load;
      if (loaded_q && age_q != 2'd2) age_q <= age_q + 2'd1;
    end
  end

  tsr_map_walk #(.Tp(Tp), .LineW(16)) u_dut (
    .clk_i, .load_i(load), .base_i(20'(base)), .row_pitch_i(14'(row_pitch)), .plane_pitch_i(20'(plane_pitch)),
    .bank_stride_i(stride), .y0_i(14'(y0)), .x0_i(14'(x0)),
    .step_i(step), .row_end_i, .plane_end_i(plane_end), .line_o(line), .bank_o(bank)
  );

  // Column by its number; row and plane by repeated addition of their pitches to the origin.
  logic [3:0]  column_q, row_q, plane_q;
  logic [15:0] row_line_q, plane_line_q, x, expected, expected_bank;
  always_ff @(posedge clk_i) begin
    if (!loaded_q) begin
      column_q     <= '0;
      row_q        <= '0;
      plane_q      <= '0;
      row_line_q   <= 16'(base) + 16'(y0) * 16'(row_pitch);
      plane_line_q <= 16'(base) + 16'(y0) * 16'(row_pitch);
    end else if (step) begin
      column_q <= row_end_i ? '0 : column_q + 4'd1;
      if (row_end_i) row_q <= plane_end ? '0 : row_q + 4'd1;
      if (row_end_i) row_line_q <= row_line_q + 16'(row_pitch);
      if (plane_end) begin
        plane_q      <= plane_q + 4'd1;
        row_line_q   <= plane_line_q + 16'(plane_pitch);
        plane_line_q <= plane_line_q + 16'(plane_pitch);
      end
    end
  end

  assign x = 16'(x0) + 16'(column_q);
  always_comb begin
    {expected, expected_bank} = '0;
    for (int unsigned s = 1; s <= 7; s++) begin
      if (32'(stride) == s) begin
        expected      = row_line_q + x / 16'(s * Tp) * 16'(s) + x % 16'(s);
        expected_bank = x / 16'(s) % 16'(Tp);
      end
    end
  end

  `TSR_ASSUME(Columns_M, column_q < 4'd12)  // a row has so many, any number of times
  `TSR_ASSERT(Line_A, age_q != 2'd2 || line == expected)
  `TSR_ASSERT(Bank_A, age_q != 2'd2 || 16'(bank) == expected_bank)

  `FORMAL_COVER(SecondPlane_C, age_q == 2'd2 && plane_q == 4'd1 && row_q == 4'd1 && column_q == 4'd3)

endmodule
