// SPDX-License-Identifier: Apache-2.0
//
// tsr_output_write: where the words of a drain step go, and the writes. Step in d0 (step_i); its lanes and words come
// in d14, after the pool, and are written in that cycle. A lane is a column further than the one before; with a step
// between output columns the drain is narrow: one lane at a time.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_output_write #(
  parameter int unsigned Tn    = 4,
  parameter int unsigned Tp    = 2,
  parameter int unsigned Wp    = 1,
  parameter int unsigned Aw    = 8,
  parameter int unsigned LineW = 10,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [1023:0]       pass_i,
  input  logic                narrow_i,

  // d0: the step
  input  logic                step_i,
  input  logic [19:0]         plane_line_i,
  input  logic [13:0]         row_i,
  input  logic [14:0]         column_i,   // of lane 0; narrow: of the one lane

  input  logic                odd13_i,    // column_i is odd, in d13
  input  logic [Wp-1:0]       lane14_i,
  input  logic [Wp*WordW-1:0] data14_i,

  output logic [Tp-1:0]       cw_en_o,
  output logic [Tp*LineW-1:0] cw_line_o,
  output logic [Tp*WordW-1:0] cw_data_o
);

  logic unused_pass;
  assign unused_pass = ^pass_i;

  logic pools;
  assign pools = pass_i[`TSR_CONV_MAX_POOL_2X2_BITS];

  logic [19:0]         line3, line14;
  logic [BankW-1:0]    bank3, bank14;
  logic                odd14_q;
  logic [Wp*5-1:0]     out_offset;
  logic [Wp*BankW-1:0] out_lane;

  // Where the pixel goes: of the pooled map, or with a step between pixels (never both)
  logic [14:0] out_row, out_column;

  tsr_out_step u_row_step (
    .place_i({1'b0, pools ? row_i >> 1 : row_i}),
    .step_i (pass_i[`TSR_CONV_OUT_STEP_H_BITS]),
    .place_o(out_row)
  );

  tsr_out_step u_column_step (
    .place_i(pools ? column_i >> 1 : column_i),
    .step_i (pass_i[`TSR_CONV_OUT_STEP_W_BITS]),
    .place_o(out_column)
  );

  tsr_drain_address #(.Tp(Tp)) u_out_address (
    .clk_i,
    .base_i       (pass_i[`TSR_CONV_OUT_BASE_BITS]),
    .row_pitch_i  (pass_i[`TSR_CONV_OUT_ROW_PITCH_BITS]),
    .bank_stride_i(pass_i[`TSR_CONV_OUT_BANK_STRIDE_BITS]),
    .y0_i         (pass_i[`TSR_CONV_OUT_Y0_BITS]),
    .x0_i         (pass_i[`TSR_CONV_OUT_X0_BITS]),
    .wrap_i       (pass_i[`TSR_CONV_OUT_WRAP_BITS]),
    .plane_line_i,
    .row_i        (out_row[13:0]),
    .column_i     (out_column),
    .line_o       (line3),
    .bank_o       (bank3)
  );

  tsr_delay #(
    .Width (20 + BankW),
    .Stages(11)
  ) u_out_line (
    .clk_i,
    .data_i({line3, bank3}),
    .data_o({line14, bank14})
  );

  always_ff @(posedge clk_i) begin
    odd14_q <= odd13_i;
  end

  for (genvar w = 0; w < Wp; w++) begin : g_out_offset
    logic [5:0] half;
    logic       unused_half;
    assign half                 = (6'(w) + 6'(odd14_q)) >> 1;
    assign unused_half          = half[5];
    assign out_offset[w*5 +: 5] = narrow_i ? '0 : pools ? half[4:0] : 5'(w);
  end

  tsr_lane_banks #(
    .Tp   (Tp),
    .Wp   (Wp),
    .LineW(LineW)
  ) u_out_banks (
    .line_i     (line14),
    .bank_i     (bank14),
    .lane_i     (lane14_i),
    .offset_i   (out_offset),
    .lane_bank_o(out_lane),
    .en_o       (cw_en_o),
    .line_o     (cw_line_o)
  );

  always_comb begin
    cw_data_o = '0;
    for (int unsigned b = 0; b < Tp; b++) begin
      for (int unsigned w = 0; w < Wp; w++) begin
        if (lane14_i[w] && out_lane[w*BankW +: BankW] == BankW'(b)) begin
          cw_data_o[b*WordW +: WordW] = data14_i[w*WordW +: WordW];
        end
      end
    end
  end

  logic writes;  // a pooled map is written with the lower rows of pairs
  assign writes = step_i && (!pools || row_i[0]);

  `TSR_ASSERT(RowInMap_A, !(writes && out_row[14]))
  `TSR_ASSERT(RowInRing_A, !(writes && pass_i[`TSR_CONV_OUT_WRAP_BITS] != '0
                             && (pass_i[`TSR_CONV_OUT_Y0_BITS] >= pass_i[`TSR_CONV_OUT_WRAP_BITS]
                                 || out_row[13:0] >= pass_i[`TSR_CONV_OUT_WRAP_BITS])))
  `TSR_ASSERT(NoStepWithPool_A, !(step_i && pools && (pass_i[`TSR_CONV_OUT_STEP_H_BITS] > 3'd1
                                                     || pass_i[`TSR_CONV_OUT_STEP_W_BITS] > 3'd1)))

endmodule
