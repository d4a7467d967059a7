// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_tile_sequencer (with tsr_tile_counter) against the law of sim/machine/README.md and loops written here:
// tile i has its L operands in the cycles start + i*max(L,D) ... + L-1, done in start + (n-1)*max(L,D) + L + D + F + E
// (L + F when the sum goes on), operands in the order planes, kernel rows, kernel columns with the products the loops
// give, and a tile's last operand never sooner than D after that of the tile before: an undrained sum is not overwritten.
// Weights of a dense pass are a word an operand; of the other forms a row of Tm in a word, and a group starts at a new
// word. The group's line comes a cycle after its operand. The fields are small; the counters are as wide as they are.
//
// files: tsr_tile_sequencer tsr_tile_counter tsr_group_line tsr_multiplier
// mutated: tsr_tile_sequencer tsr_tile_counter tsr_group_line
// prove: induction 2 | Tp=2
// deep: induction 2 | Tp=3
// deep: bmc 8 | Tp=2
// prove: cover 31 | Tp=2
// mutation: induction 2 | Tp=2
// mutants: 14 | Tp=2

`include "formal_env.svh"

module formal_tile_sequencer #(
  parameter int unsigned Tp = 2
) (
  input logic clk_i,
  input logic rst_ni,
  input logic start_i
);

  `FORMAL_RESET

  localparam int unsigned Fill = `TSR_UARCH_ARRAY_ADDRESS_CYCLES + `TSR_UARCH_ARRAY_READ_CYCLES
                                 + `TSR_UARCH_ARRAY_CROSSBAR_CYCLES + `TSR_UARCH_ARRAY_INPUT_CYCLES
                                 + `TSR_UARCH_ARRAY_MULTIPLY_CYCLES + 1 + `TSR_UARCH_ARRAY_ACCUMULATE_CYCLES;
  localparam int unsigned Post = `TSR_UARCH_POST_BIAS_CYCLES + `TSR_UARCH_POST_MULTIPLY_CYCLES
                                 + `TSR_UARCH_POST_ROUND_CYCLES + `TSR_UARCH_POST_RESIDUAL_CYCLES
                                 + `TSR_UARCH_POST_CLAMP_CYCLES + `TSR_UARCH_POST_POOL_CYCLES
                                 + `TSR_UARCH_POST_WRITE_CYCLES;

  // The pass: any small one, the same all along.
  (* anyconst *) logic [1:0] kernel_w;
  (* anyconst *) logic       kernel_h2, planes2, groups2, pairs, dense, sums_on;
  (* anyconst *) logic [1:0] out_h, out_w;
  (* anyconst *) logic [2:0] drain_c;
  (* anyconst *) logic [1:0] stride_w, stride_h, dilation_w, dilation_h, pitch, group_planes;
  `TSR_ASSUME(Fields_M, kernel_w != '0 && out_h != '0 && out_w != '0)

  logic [1023:0] pass;
  logic [2:0]    drain;
  always_comb begin
    pass = '0;
    pass[`TSR_CONV_KERNEL_W_LSB +: 2]           = kernel_w;
    pass[`TSR_CONV_KERNEL_H_LSB +: 2]           = {kernel_h2, !kernel_h2};
    pass[`TSR_CONV_IN_PLANES_LSB +: 2]          = {planes2, !planes2};
    pass[`TSR_CONV_M_GROUPS_LSB +: 2]           = {groups2, !groups2};
    pass[`TSR_CONV_OUT_H_LSB +: 2]              = out_h;
    pass[`TSR_CONV_OUT_W_LSB +: 2]              = out_w;
    pass[`TSR_CONV_STRIDE_W_LSB +: 2]           = stride_w;
    pass[`TSR_CONV_STRIDE_H_LSB +: 2]           = stride_h;
    pass[`TSR_CONV_DILATION_W_LSB +: 2]         = dilation_w;
    pass[`TSR_CONV_DILATION_H_LSB +: 2]         = dilation_h;
    pass[`TSR_CONV_IN_PLANE_PITCH_LSB +: 2]     = pitch;
    pass[`TSR_CONV_GROUP_PLANES_LSB +: 2]       = group_planes;
    pass[`TSR_CONV_WEIGHT_FORM_LSB]             = !dense;
    pass[`TSR_CONV_MAX_POOL_2X2_BITS]           = pairs;
    pass[`TSR_CONV_ACCUMULATE_LAST_BITS]        = !sums_on;
  end
  assign drain = sums_on ? '0 : drain_c;

  logic        busy_q, start, done, issue, first, last;
  logic [13:0] column, tap_column, tap_row;
  logic [17:0] column_stride, row_stride;
  logic [19:0] plane_line, weight, group_line;
  logic [1:0]  weight_row;
  logic        slot;

  assign start = start_i && !busy_q;

  tsr_tile_sequencer #(.Tm(4), .Tn(2), .Tp(Tp)) u_dut (
    .clk_i, .rst_ni, .start_i(start), .pass_i(pass), .drain_i(16'(drain)), .done_o(done),
    .issue_o(issue), .first_o(first), .last_o(last), .column_o(column), .column_stride_o(column_stride),
    .row_stride_o(row_stride), .tap_column_o(tap_column), .tap_row_o(tap_row), .plane_line_o(plane_line),
    .weight_o(weight), .weight_row_o(weight_row), .slot_o(slot), .group_line_o(group_line)
  );

  // The law. now: cycle of the tile, 0 ... P-1; after the last operand of all, a count to the end.
  logic [3:0] length, period, now, now_q;
  logic       tiles, tiles_q;         // tiles are under way
  logic [5:0] end_q;
  logic       tile_step, tile_over, pass_over, last_tile;
  logic       due;

  assign length = {2'd0, kernel_w} * (kernel_h2 ? 4'd2 : 4'd1) * (planes2 ? 4'd2 : 4'd1);
  assign period = length > {1'b0, drain} ? length : {1'b0, drain};
  assign tiles  = tiles_q || start;
  assign now    = tiles_q ? now_q : '0;
  assign due    = tiles && now < length;
  assign tile_step = due && now + 4'd1 == length;   // the loops go on to the next tile
  assign pass_over = tile_step && last_tile;
  assign tile_over = pass_over || (tiles && now + 4'd1 == period);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      tiles_q <= 1'b0;
      now_q   <= '0;
      end_q   <= '0;
    end else begin
      busy_q  <= start || (busy_q && !(end_q == 6'd1));
      tiles_q <= tiles && !pass_over;
      now_q   <= tile_over ? '0 : tiles ? now + 4'd1 : '0;
      end_q   <= pass_over ? (sums_on ? 6'(Fill) : 6'(Fill + Post) + 6'(drain)) + 6'd1 : end_q == '0 ? '0 : end_q - 6'd1;
    end
  end

  // The loops: groups, rows (in pairs, when pooled), columns; planes, kernel rows, kernel columns.
  logic       group_q, ky_q, plane_q;
  logic [1:0] row_q, kx_q;
  logic [2:0] col_q;
  logic [5:0] k_q, group_base_q;
  logic [5:0] words, at;         // weight words of a group; the operand's word in it
  logic       past_group_q;      // a cycle ago
  logic       cols_over, upper, kx_over, ky_over, planes_over;
  assign words       = dense ? 6'(length) : (6'(length) + 6'd3) / 6'd4;
  assign at          = dense ? k_q : k_q / 6'd4;
  assign kx_over     = kx_q + 2'd1 == kernel_w;
  assign ky_over     = ky_q == kernel_h2;
  assign planes_over = plane_q == planes2;
  assign upper       = pairs && !row_q[0] && row_q + 2'd1 < out_h;
  assign cols_over   = col_q + 3'(Tp) >= {1'b0, out_w};
  assign last_tile   = group_q == groups2 && row_q + 2'd1 == out_h && cols_over;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {group_q, row_q, col_q, kx_q, ky_q, plane_q, k_q, group_base_q, past_group_q} <= '0;
    end else begin
      past_group_q <= group_q;
      if (due) begin
        kx_q <= kx_over ? '0 : kx_q + 2'd1;
        if (kx_over) ky_q <= !ky_over;
        if (kx_over && ky_over) plane_q <= !planes_over;
        k_q <= now + 4'd1 == length ? '0 : k_q + 6'd1;
      end
      if (tile_step) begin
        if (upper) begin
          row_q <= row_q + 2'd1;
        end else if (!cols_over) begin
          col_q <= col_q + 3'(Tp);
          if (pairs && row_q[0]) row_q <= row_q - 2'd1;
        end else begin
          col_q <= '0;
          row_q <= row_q + 2'd1 == out_h ? '0 : row_q + 2'd1;
          if (row_q + 2'd1 == out_h) begin
            group_q      <= !group_q && groups2;
            group_base_q <= !group_q && groups2 ? words : '0;
          end
        end
      end
    end
  end

  // Cycles since the last operand of a tile.
  logic [3:0] since_q;
  logic       one_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start) begin
      one_q   <= due && now + 4'd1 == length && rst_ni;
      since_q <= 4'd1;
    end else begin
      one_q   <= one_q || (issue && last);
      since_q <= issue && last ? 4'd1 : since_q == '1 ? since_q : since_q + 4'd1;
    end
  end

  // The module's registers and the loops above stand at the same place: what makes the proof inductive.
  (* hierconn *) logic        \u_dut.run_q ;
  (* hierconn *) logic        \u_dut.finish_q ;
  (* hierconn *) logic [15:0] \u_dut.gap_q ;
  (* hierconn *) logic [15:0] \u_dut.wait_q ;
  (* hierconn *) logic [7:0]  \u_dut.tap_x_q ;
  (* hierconn *) logic [7:0]  \u_dut.tap_y_q ;
  (* hierconn *) logic [13:0] \u_dut.plane_q ;
  (* hierconn *) logic [19:0] \u_dut.group_weight_q ;
  (* hierconn *) logic [13:0] \u_dut.u_tiles.row_q ;
  (* hierconn *) logic [13:0] \u_dut.u_tiles.column_q ;
  (* hierconn *) logic [13:0] \u_dut.u_tiles.group_q ;
  logic [3:0] place;   // of the loops' operand
  assign place = ((4'(plane_q) * (kernel_h2 ? 4'd2 : 4'd1)) + 4'(ky_q)) * 4'(kernel_w) + 4'(kx_q);
  `TSR_ASSERT(Loops_A, kx_q < kernel_w && ky_q <= kernel_h2 && plane_q <= planes2 && group_q <= groups2
              && row_q < out_h && col_q < {1'b0, out_w} && (32'(col_q) % Tp == 0)
              && k_q == (tiles_q && now_q < length ? 6'(now_q) : 6'd0) && place == k_q[3:0]
              && group_base_q == (group_q ? words : 6'd0))
  `TSR_ASSERT(Rest_A, tiles_q || (now_q == '0 && group_q == '0 && row_q == '0 && col_q == '0))
  `TSR_ASSERT(State_A, busy_q == (tiles_q || end_q != '0) && !(tiles_q && end_q != '0)
              && now_q < period && end_q <= 6'(Fill + Post) + 6'd8)
  `TSR_ASSERT(SameLoops_A, \u_dut.tap_x_q == 8'(kx_q) && \u_dut.tap_y_q == 8'(ky_q) && \u_dut.plane_q == 14'(plane_q)
              && \u_dut.group_weight_q == 20'(group_base_q) && \u_dut.u_tiles.row_q == 14'(row_q)
              && \u_dut.u_tiles.column_q == 14'(col_q) && \u_dut.u_tiles.group_q == 14'(group_q))
  `TSR_ASSERT(SameProducts_A, tap_column == 14'(kx_q) * 14'(dilation_w) && tap_row == 14'(ky_q) * 14'(dilation_h)
              && weight == 20'(group_base_q) + 20'(at) && weight_row == (dense ? 2'd0 : k_q[1:0])
              && plane_line == 20'(plane_q) * 20'(pitch)
              && column_stride == 18'(col_q) * 18'(stride_w) && row_stride == 18'(row_q) * 18'(stride_h))
  (* hierconn *) logic \u_dut.u_group.next_q ;
  (* hierconn *) logic \u_dut.u_group.clear_q ;
  `TSR_ASSERT(SameGroup_A, \u_dut.u_group.clear_q ? !group_q
                           : 2'(group_q) == 2'(past_group_q) + 2'(\u_dut.u_group.next_q ))
  `TSR_ASSERT(SameTime_A, \u_dut.run_q == tiles_q && \u_dut.finish_q == (end_q != '0)
              && (end_q == '0 || \u_dut.wait_q == 16'(end_q) - 16'd1)
              && (tiles_q ? \u_dut.gap_q == (now_q == '0 || 4'(drain) <= now_q ? 16'd0 : 16'(drain) - 16'(now_q))
                          : \u_dut.gap_q == '0 || (\u_dut.gap_q < 16'd8 && \u_dut.gap_q + 16'(Fill + Post) < 16'(end_q))))
  `TSR_ASSERT(SinceLast_A, !(tiles_q && one_q) || since_q == (now_q < length ? period - length + 4'd1 + now_q
                                                                          : now_q - length + 4'd1))
  `TSR_ASSERT(AfterLast_A, !tiles_q || now_q < length || one_q)

  `TSR_ASSERT(Issue_A, issue == due)
  `TSR_ASSERT(First_A, !issue || first == (now == '0))
  `TSR_ASSERT(LastOperand_A, !issue || last == (now + 4'd1 == length))
  `TSR_ASSERT(Done_A, done == (end_q == 6'd1))
  `TSR_ASSERT(NoOverwrite_A, !(issue && last && one_q && !start) || since_q >= {1'b0, drain})
  `TSR_ASSERT(Taps_A, !due || (tap_column == 14'(kx_q) * 14'(dilation_w) && tap_row == 14'(ky_q) * 14'(dilation_h)))
  `TSR_ASSERT(Weight_A, !due || weight == 20'(group_base_q) + 20'(at))
  `TSR_ASSERT(WeightRow_A, !due || weight_row == (dense ? 2'd0 : k_q[1:0]))
  `TSR_ASSERT(Plane_A, !due || (plane_line == 20'(plane_q) * 20'(pitch) && (dense || slot == plane_q)))
  `TSR_ASSERT(GroupLine_A, group_line == 20'(past_group_q) * 20'(group_planes) * 20'(pitch))
  `TSR_ASSERT(Column_A, !due || (column == 14'(col_q) && column_stride == 18'(col_q) * 18'(stride_w)))
  `TSR_ASSERT(Row_A, !due || row_stride == 18'(row_q) * 18'(stride_h))

  `FORMAL_COVER(DrainIsLonger_C, done && drain == 3'd2 && length == 4'd1 && groups2)
  `FORMAL_COVER(Paired_C, tiles && last_tile && pairs && out_h == 2'd3 && out_w == 2'd3)

endmodule
