// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_input_address around its tsr_column, which is cut out (formal_column has it): the column of lane p is asked
// for at x0 + fold(column*stride + p*stride + tap - pad); a lane reads when column, row and output column lie inside; it
// is sent to the bank that its column answers, whose line is base + plane + group + product of (ring row, pitch) + the column's line;
// no other bank is enabled. The multiplier is cut out, too. That lanes in one bank agree on the line is what formal_bank_free proves; folding is formal_pad.
//
// files: tsr_input_address tsr_pad tsr_ring_row formal_multiplier_cut formal_column_cut
// prove: bmc 5 | Tp=2
// prove: bmc 5 | Tp=1
// prove: cover 6 | Tp=3
// mutation: bmc 5 | Tp=2
// mutants: 5 | Tp=2

`include "formal_env.svh"

module formal_input_address #(
  parameter int unsigned Tp = 2,
  localparam int unsigned LineW = 20,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        valid_i,
  input logic [13:0] column_i,
  input logic [17:0] column_stride_i,
  input logic [17:0] row_stride_i,
  input logic [13:0] tap_column_i,
  input logic [13:0] tap_row_i,
  input logic [19:0] plane_line_i,
  input logic [19:0] group_line_i
);

  `FORMAL_RESET

  (* anyconst *) logic [13:0] in_w, in_h, out_w, x0, y0, wrap;
  (* anyconst *) logic [7:0]  pad_left, pad_top;
  (* anyconst *) logic [1:0]  mode_left, mode_right, mode_top, mode_bottom;
  (* anyconst *) logic [2:0]  stride, bank_stride;
  (* anyconst *) logic [19:0] base;
  (* anyconst *) logic [13:0] pitch;
  logic [14:0]   y_ring;
  logic [1023:0] pass;
  always_comb begin
    pass = '0;
    pass[`TSR_CONV_IN_BASE_BITS]         = base;
    pass[`TSR_CONV_IN_ROW_PITCH_BITS]    = pitch;
    pass[`TSR_CONV_IN_BANK_STRIDE_BITS]  = bank_stride;
    pass[`TSR_CONV_STRIDE_W_BITS]        = stride;
    pass[`TSR_CONV_IN_X0_BITS]           = x0;
    pass[`TSR_CONV_IN_Y0_BITS]           = y0;
    pass[`TSR_CONV_IN_WRAP_BITS]         = wrap;
    pass[`TSR_CONV_IN_W_BITS]            = in_w;
    pass[`TSR_CONV_IN_H_BITS]            = in_h;
    pass[`TSR_CONV_OUT_W_BITS]           = out_w;
    pass[`TSR_CONV_PAD_LEFT_BITS]        = pad_left;
    pass[`TSR_CONV_PAD_TOP_BITS]         = pad_top;
    pass[`TSR_CONV_PAD_MODE_LEFT_BITS]   = mode_left;
    pass[`TSR_CONV_PAD_MODE_RIGHT_BITS]  = mode_right;
    pass[`TSR_CONV_PAD_MODE_TOP_BITS]    = mode_top;
    pass[`TSR_CONV_PAD_MODE_BOTTOM_BITS] = mode_bottom;
  end

  logic [Tp-1:0]       ci_en, lane_read;
  logic [Tp*LineW-1:0] ci_line;
  logic [Tp*BankW-1:0] lane_bank;
  tsr_input_address #(.Tp(Tp), .LineW(LineW)) u_dut (
    .clk_i, .rst_ni, .pass_i(pass), .valid_i, .column_i, .column_stride_i, .row_stride_i, .tap_column_i, .tap_row_i,
    .plane_line_i, .group_line_i, .ci_en_o(ci_en), .ci_line_o(ci_line), .lane_read_o(lane_read), .lane_bank_o(lane_bank)
  );

  // The row of the operand, folded, and its line; all of it three cycles long.
  logic [19:0] y_position, row_line1, row_line2_q, row_line3_q, sum1_q;
  logic [13:0] y_source, y1_q;
  logic        y_inside, y_inside1_q, valid1_q, valid2_q, valid3_q;
  logic [2:0]  age_q = '0;
  (* hierconn *) logic [19:0] \u_dut.row_line ;
  assign y_position = 20'(row_stride_i) + 20'(tap_row_i) - 20'(pad_top);
  tsr_pad u_row (.position_i(y_position), .extent_i(in_h), .low_i(mode_top), .high_i(mode_bottom), .source_o(y_source),
                 .inside_o(y_inside));
  `TSR_ASSUME(Ring_M, !(valid_i && y_inside) || wrap == '0 || (y0 < wrap && y_source < wrap))
  tsr_ring_row u_y_ring (.origin_i(y0), .offset_i(y1_q), .wrap_i(wrap), .row_o(y_ring));  // formal_ring_row
  assign row_line1 = sum1_q + group_line_i + {pitch[3:0], 1'b0, y_ring};  // for the product
  always_ff @(posedge clk_i) begin
    if (age_q != 3'd3) age_q <= age_q + 3'd1;
    y1_q        <= y_source;
    y_inside1_q <= y_inside;
    sum1_q      <= base + plane_line_i;
    row_line2_q <= row_line1;
    row_line3_q <= \u_dut.row_line ;
    valid1_q    <= rst_ni && valid_i;
    valid2_q    <= rst_ni && valid1_q;
    valid3_q    <= rst_ni && valid2_q;
  end

  // The row's line, then (Line_A) the sum with the column's.
  `TSR_ASSERT(RowLine_A, age_q < 3'd2 || \u_dut.row_line == row_line2_q)

  // Lanes: what their columns are asked for, and the bank and line these answer.
  logic [Tp-1:0]       reads;
  logic [Tp*BankW-1:0] bank;
  for (genvar p = 0; p < Tp; p++) begin : g_lane
    logic [19:0]      x_position, line3_q, asked;
    logic [13:0]      x_source;
    logic [14:0]      x1_q, x2_q;
    logic             x_inside, reads1_q, reads2_q, reads3_q;
    logic [BankW-1:0] bank3_q;
    assign x_position = 20'(column_stride_i) + 20'(tap_column_i) - 20'(pad_left) + 20'(p) * 20'(stride);
    tsr_pad u_pad (.position_i(x_position), .extent_i(in_w), .low_i(mode_left), .high_i(mode_right),
                   .source_o(x_source), .inside_o(x_inside));
    always_ff @(posedge clk_i) begin
      x1_q     <= 15'(x0) + 15'(x_source);
      x2_q     <= x1_q;
      reads1_q <= x_inside && 15'(column_i) + 15'(p) < 15'(out_w);
      reads2_q <= reads1_q && y_inside1_q;
      reads3_q <= reads2_q;
      line3_q  <= {2'b01, bank_stride, x2_q};
      bank3_q  <= Tp == 1 || 32'(x2_q[BankW-1:0]) >= Tp ? '0 : x2_q[BankW-1:0];
    end
    // No two lanes want two lines of one bank: in the cycle in which the module looks.
    for (genvar q = 0; q < p; q++) begin : g_other
      formal_given NoClash_M (.ok_i(!(reads2_q && g_lane[q].reads2_q) || x2_q == g_lane[q].x2_q
                                    || (Tp == 1 || 32'(x2_q[BankW-1:0]) >= Tp ? '0 : x2_q[BankW-1:0])
                                       != (Tp == 1 || 32'(g_lane[q].x2_q[BankW-1:0]) >= Tp ? '0 : g_lane[q].x2_q[BankW-1:0])));
    end
    always_comb begin
      asked = '0;
      for (int unsigned b = 0; b < Tp; b++) begin
        if (32'(bank3_q) == b) asked = ci_line[b*LineW +: LineW];
      end
    end
    assign reads[p] = reads3_q;
    assign bank[p*BankW +: BankW] = bank3_q;
    `TSR_ASSERT(Reads_A, age_q != 3'd3 || lane_read[p] == reads3_q)
    `TSR_ASSERT(Bank_A, age_q != 3'd3 || lane_bank[p*BankW +: BankW] == bank3_q)
    `TSR_ASSERT(Line_A, age_q != 3'd3 || !(valid3_q && reads3_q) || asked == row_line3_q + line3_q)
  end

  logic [Tp-1:0] wanted;
  always_comb begin
    wanted = '0;
    for (int unsigned p = 0; p < Tp; p++) begin
      for (int unsigned b = 0; b < Tp; b++) begin
        if (valid3_q && reads[p] && 32'(bank[p*BankW +: BankW]) == b) wanted[b] = 1'b1;
      end
    end
  end
  `TSR_ASSERT(Enabled_A, age_q != 3'd3 || ci_en == wanted)

  `FORMAL_COVER(Shared_C, valid3_q && reads == '1 && bank[0] == bank[BankW] && mode_left == 2'd2)

endmodule
