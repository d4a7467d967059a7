// SPDX-License-Identifier: Apache-2.0
//
// tsr_input_address: from an operand's place in the loops to one line address a bank and one bank a lane.
//
// Operand in cycle k (valid_i): padding and map coordinates; k + 1: products (row * pitch, column / span); k + 2: bank
// select; outputs in k + 3, that is ci_en_o and ci_line_o for the feature pool and, for the crossbar, which bank a lane
// reads and whether it reads at all (else it gets the zero point). Lanes may share a word; tsr_bank_check has made sure
// that no two of them want two lines of one bank.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_input_address #(
  parameter int unsigned Tp    = 2,
  parameter int unsigned LineW = 10,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [1023:0]       pass_i,

  // the operand, of tsr_tile_sequencer
  input  logic                valid_i,
  input  logic [13:0]         column_i,
  input  logic [17:0]         column_stride_i,
  input  logic [17:0]         row_stride_i,
  input  logic [13:0]         tap_column_i,
  input  logic [13:0]         tap_row_i,
  input  logic [19:0]         plane_line_i,
  input  logic [19:0]         group_line_i,   // one cycle after the operand

  output logic [Tp-1:0]       ci_en_o,
  output logic [Tp*LineW-1:0] ci_line_o,
  output logic [Tp-1:0]       lane_read_o,
  output logic [Tp*BankW-1:0] lane_bank_o
);

  localparam int unsigned PositionW = 20;

  logic unused_pass;
  assign unused_pass = ^pass_i;

  // Cycle k: positions, folded into the map
  logic [PositionW-1:0] column_base, row_position;
  logic [13:0]          row_source;
  logic                 row_inside;
  logic                 valid1_q, valid2_q, row_inside1_q;
  logic [14:0]          ring_row, y_q;
  logic [19:0]          base1_q, base2_q;
  logic [Tp-1:0]        read1_q, read2_q;

  assign column_base  = PositionW'(column_stride_i) + PositionW'(tap_column_i)
                        - PositionW'(pass_i[`TSR_CONV_PAD_LEFT_BITS]);
  assign row_position = PositionW'(row_stride_i) + PositionW'(tap_row_i)
                        - PositionW'(pass_i[`TSR_CONV_PAD_TOP_BITS]);

  tsr_pad u_pad_row (
    .position_i(row_position),
    .extent_i  (pass_i[`TSR_CONV_IN_H_BITS]),
    .low_i     (pass_i[`TSR_CONV_PAD_MODE_TOP_BITS]),
    .high_i    (pass_i[`TSR_CONV_PAD_MODE_BOTTOM_BITS]),
    .source_o  (row_source),
    .inside_o  (row_inside)
  );

  tsr_ring_row u_ring (
    .origin_i(pass_i[`TSR_CONV_IN_Y0_BITS]),
    .offset_i(row_source),
    .wrap_i  (pass_i[`TSR_CONV_IN_WRAP_BITS]),
    .row_o   (ring_row)
  );

  // Cycle k + 1: line of the row
  logic [30:0] row_product;
  logic [19:0] row_line;
  logic        unused_product;

  tsr_multiplier #(
    .WidthA(16),
    .WidthB(15)
  ) u_row (
    .clk_i,
    .a_i      ({1'b0, y_q}),
    .b_i      ({1'b0, pass_i[`TSR_CONV_IN_ROW_PITCH_BITS]}),
    .product_o(row_product)
  );

  assign row_line       = base2_q + row_product[19:0];
  assign unused_product = ^row_product;

  // Lanes
  logic [Tp*20-1:0]    lane_line;
  logic [Tp*BankW-1:0] lane_bank;

  for (genvar p = 0; p < Tp; p++) begin : g_lane
    logic [PositionW-1:0] offset, position;
    logic [13:0]          source;
    logic [14:0]          x_q;
    logic                 in_map, wanted;

    // p * stride, as a sum of shifts
    always_comb begin
      offset = '0;
      for (int unsigned i = 0; i < 4; i++) begin
        if (((p >> i) & 1) == 1) offset = offset + (PositionW'(pass_i[`TSR_CONV_STRIDE_W_BITS]) << i);
      end
    end

    assign position = column_base + offset;
    assign wanted   = {1'b0, column_i} + 15'(p) < {1'b0, pass_i[`TSR_CONV_OUT_W_BITS]};

    tsr_pad u_pad (
      .position_i(position),
      .extent_i  (pass_i[`TSR_CONV_IN_W_BITS]),
      .low_i     (pass_i[`TSR_CONV_PAD_MODE_LEFT_BITS]),
      .high_i    (pass_i[`TSR_CONV_PAD_MODE_RIGHT_BITS]),
      .source_o  (source),
      .inside_o  (in_map)
    );

    always_ff @(posedge clk_i) begin
      x_q        <= {1'b0, pass_i[`TSR_CONV_IN_X0_BITS]} + {1'b0, source};
      read1_q[p] <= in_map && wanted;
      read2_q[p] <= read1_q[p] && row_inside1_q;
    end

    tsr_column #(.Tp(Tp)) u_column (
      .clk_i,
      .x_i     (x_q),
      .stride_i(pass_i[`TSR_CONV_IN_BANK_STRIDE_BITS]),
      .line_o  (lane_line[p*20 +: 20]),
      .bank_o  (lane_bank[p*BankW +: BankW])
    );
  end

  always_ff @(posedge clk_i) begin
    y_q           <= ring_row;
    row_inside1_q <= row_inside;
    base1_q       <= pass_i[`TSR_CONV_IN_BASE_BITS] + plane_line_i;
    base2_q       <= base1_q + group_line_i;
  end

  // Cycle k + 2: the line each bank is asked for
  logic [Tp-1:0]       en;
  logic [Tp*LineW-1:0] line;

  for (genvar b = 0; b < Tp; b++) begin : g_bank
    logic [19:0]   column_line, whole_line;
    logic [Tp-1:0] hit;

    always_comb begin
      column_line = '0;
      for (int unsigned p = 0; p < Tp; p++) begin
        hit[p] = read2_q[p] && lane_bank[p*BankW +: BankW] == BankW'(b);
        if (hit[p]) column_line = column_line | lane_line[p*20 +: 20];
      end
    end

    assign whole_line             = row_line + column_line;
    assign en[b]                  = valid2_q && hit != '0;
    assign line[b*LineW +: LineW] = LineW'(whole_line);

    // Nobody's line was mixed with another's, and it is one of the pool's.
    logic clash;
    always_comb begin
      clash = 1'b0;
      for (int unsigned p = 0; p < Tp; p++) begin
        if (hit[p] && lane_line[p*20 +: 20] != column_line) clash = 1'b1;
      end
    end
    `TSR_ASSERT(NoBankConflict_A, !(valid2_q && clash))
    `TSR_ASSERT(LineInPool_A, !(en[b] && (whole_line >> LineW) != '0))
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      ci_en_o  <= '0;
    end else begin
      valid1_q <= valid_i;
      valid2_q <= valid1_q;
      ci_en_o  <= en;
    end
  end

  always_ff @(posedge clk_i) begin
    ci_line_o   <= line;
    lane_read_o <= read2_q;
    lane_bank_o <= lane_bank;
  end

  `TSR_ASSERT(RowInRing_A, !(valid_i && row_inside && pass_i[`TSR_CONV_IN_WRAP_BITS] != '0
                             && (pass_i[`TSR_CONV_IN_Y0_BITS] >= pass_i[`TSR_CONV_IN_WRAP_BITS]
                                 || row_source >= pass_i[`TSR_CONV_IN_WRAP_BITS])))

endmodule
