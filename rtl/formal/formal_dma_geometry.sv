// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_dma_geometry against closed forms: pixel c of row r of plane p, counted from zero by the steps, ends its
// row at c = row_bytes/pixel_bytes - 1, its plane at r = rows - 1 too, and the stream at p = planes - 1 too; the row's
// first byte lies at (address + p*plane_stride + r*row_stride) mod beat. Up to 4 pixels a row; all rows, planes,
// strides and addresses that there are, but for the largest numbers.
//
// files: tsr_dma_geometry
// prove: induction 2 | AxiDataBits=64
// prove: induction 2 | AxiDataBits=32
// deep: bmc 8 | AxiDataBits=64
// prove: cover 12 | AxiDataBits=64
// mutation: induction 2 | AxiDataBits=64
// mutants: 8 | AxiDataBits=64

`include "formal_env.svh"

module formal_dma_geometry #(
  parameter int unsigned AxiDataBits = 64,
  localparam int unsigned BeatLog = $clog2(AxiDataBits / 8)
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               load_i,
  input logic               step_i
);

  `FORMAL_RESET

  // The descriptor, any one.
  (* anyconst *) logic [BeatLog-1:0] address, row_stride, plane_stride;
  (* anyconst *) logic [1:0]         pixels;                     // less one
  (* anyconst *) logic [14:0]        rows_1;
  (* anyconst *) logic [12:0]        planes_1;
  (* anyconst *) logic [7:0]         pixel_bytes;
  `TSR_ASSUME(Pixel_M, pixel_bytes != '0)

  logic               load, step, row_end, plane_end, over, loaded_q;
  logic [BeatLog-1:0] offset, next_offset;
  logic [23:0]        row_bytes;
  assign row_bytes = (24'(pixels) + 24'd1) * 24'(pixel_bytes);

  // One stream at a time; a step only while it lasts.
  assign load = load_i && !(loaded_q && !over);
  assign step = step_i && loaded_q && !over && !load;

  tsr_dma_geometry #(.AxiDataBits(AxiDataBits)) u_dut (
    .clk_i, .rst_ni, .load_i(load), .address_i(address), .row_bytes_i(row_bytes), .row_stride_i(row_stride),
    .rows_i(16'(rows_1) + 16'd1), .planes_i(14'(planes_1) + 14'd1), .plane_stride_i(plane_stride),
    .pixel_bytes_i(pixel_bytes), .step_i(step), .row_end_o(row_end), .plane_end_o(plane_end), .over_o(over),
    .offset_o(offset), .next_offset_o(next_offset)
  );

  logic [1:0]  pixel_q;
  logic [14:0] row_q;
  logic [12:0] plane_q;
  logic        over_q, last_pixel, last_row, last_plane;
  assign last_pixel = pixel_q == pixels;
  assign last_row   = row_q == rows_1;
  assign last_plane = plane_q == planes_1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) loaded_q <= 1'b0;
    else loaded_q <= loaded_q || load;
    if (!rst_ni) over_q <= 1'b1;
    else if (load) over_q <= 1'b0;
    else if (step && last_pixel && last_row && last_plane) over_q <= 1'b1;
    if (load) begin
      {pixel_q, row_q, plane_q} <= '0;
    end else if (step) begin
      pixel_q <= last_pixel ? '0 : pixel_q + 2'd1;
      if (last_pixel) row_q <= last_row ? '0 : row_q + 15'd1;
      if (last_pixel && last_row) plane_q <= plane_q + 13'd1;
    end
  end

  logic               under_way;
  logic [BeatLog-1:0] plane_at, row_at, next_at;
  assign under_way = loaded_q && !over_q;
  assign plane_at  = address + BeatLog'(plane_q) * plane_stride;
  assign row_at    = plane_at + BeatLog'(row_q) * row_stride;
  assign next_at   = last_row ? plane_at + plane_stride : row_at + row_stride;

  `TSR_ASSERT(Over_A, over == over_q)
  `TSR_ASSERT(RowEnd_A, !under_way || row_end == last_pixel)
  `TSR_ASSERT(PlaneEnd_A, !under_way || plane_end == (last_pixel && last_row))
  `TSR_ASSERT(Offset_A, !under_way || offset == row_at)
  `TSR_ASSERT(NextOffset_A, !under_way || next_offset == next_at)

  // The module's counters stand where the account does: what makes the proof inductive.
  (* hierconn *) logic [23:0]        \u_dut.bytes_q ;
  (* hierconn *) logic [15:0]        \u_dut.rows_q ;
  (* hierconn *) logic [13:0]        \u_dut.planes_q ;
  (* hierconn *) logic [BeatLog-1:0] \u_dut.plane_q ;
  `TSR_ASSERT(Account_A, !under_way || (pixel_q <= pixels && row_q <= rows_1 && plane_q <= planes_1))
  `TSR_ASSERT(SameCounters_A, !under_way || (\u_dut.bytes_q == (24'(pixels) + 24'd1 - 24'(pixel_q)) * 24'(pixel_bytes)
              && \u_dut.rows_q == 16'(rows_1) - 16'(row_q) + 16'd1
              && \u_dut.planes_q == 14'(planes_1) - 14'(plane_q) + 14'd1 && \u_dut.plane_q == plane_at))

  `FORMAL_COVER(LastOfMany_C, under_way && last_pixel && last_row && last_plane && pixels == 2'd1 && rows_1 == 15'd1
                && planes_1 == 13'd1 && offset == BeatLog'(3))
  `FORMAL_COVER(Again_C, under_way && pixel_q == '0 && row_q == '0 && plane_q == 13'd1)

endmodule
