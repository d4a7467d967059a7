// SPDX-License-Identifier: Apache-2.0
//
// tsr_dma_geometry: rows and pixels of a map as the byte stream of its AXI beats shows them; for load and store alike.
//
// load_i: first pixel of the first row. step_i: one pixel further; row_end_o and plane_end_o say that the present pixel
// is the last one of its row, of its plane (then also of its row). over_o: the last step was of the last pixel.
// offset_o is the first byte of the present row in its beat, next_offset_o that of the row after it.

module tsr_dma_geometry #(
  parameter int unsigned AxiDataBits = 64,
  localparam int unsigned BeatLog = $clog2(AxiDataBits / 8)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // fields of the descriptor, held until the last step
  input  logic               load_i,
  input  logic [BeatLog-1:0] address_i,
  input  logic [23:0]        row_bytes_i,
  input  logic [BeatLog-1:0] row_stride_i,
  input  logic [15:0]        rows_i,
  input  logic [13:0]        planes_i,
  input  logic [BeatLog-1:0] plane_stride_i,
  input  logic [7:0]         pixel_bytes_i,

  input  logic               step_i,
  output logic               row_end_o,
  output logic               plane_end_o,
  output logic               over_o,
  output logic [BeatLog-1:0] offset_o,
  output logic [BeatLog-1:0] next_offset_o
);

  logic [23:0]        bytes_d, bytes_q;          // left in the row, the present pixel included
  logic [15:0]        rows_d, rows_q;            // left in the plane, the present row included
  logic [13:0]        planes_d, planes_q;        // left, the present one included
  logic               over_d, over_q;
  logic [BeatLog-1:0] offset_d, offset_q, plane_d, plane_q;

  assign row_end_o     = bytes_q == 24'(pixel_bytes_i);
  assign plane_end_o   = row_end_o && rows_q == 16'd1;
  assign over_o        = over_q;
  assign offset_o      = offset_q;
  assign next_offset_o = rows_q == 16'd1 ? plane_q + plane_stride_i : offset_q + row_stride_i;

  always_comb begin
    bytes_d  = bytes_q;
    rows_d   = rows_q;
    planes_d = planes_q;
    over_d   = over_q;
    offset_d = offset_q;
    plane_d  = plane_q;
    if (step_i) begin
      bytes_d = bytes_q - 24'(pixel_bytes_i);
      if (row_end_o) begin
        bytes_d  = row_bytes_i;
        offset_d = next_offset_o;
        rows_d   = rows_q - 16'd1;
      end
      if (plane_end_o) begin
        rows_d   = rows_i;
        plane_d  = next_offset_o;
        planes_d = planes_q - 14'd1;
        over_d   = planes_q == 14'd1;
      end
    end
    if (load_i) begin
      bytes_d  = row_bytes_i;
      rows_d   = rows_i;
      planes_d = planes_i;
      over_d   = 1'b0;
      offset_d = address_i;
      plane_d  = address_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      over_q <= 1'b1;
    end else begin
      over_q <= over_d;
    end
  end

  always_ff @(posedge clk_i) begin
    bytes_q  <= bytes_d;
    rows_q   <= rows_d;
    planes_q <= planes_d;
    offset_q <= offset_d;
    plane_q  <= plane_d;
  end

endmodule
