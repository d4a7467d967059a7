// SPDX-License-Identifier: Apache-2.0
//
// tsr_burst_walk: a DMA descriptor as AXI bursts: planes of rows of bytes, each row cut at MaxBurstBeats and at 4 KiB
// and widened to whole beats. Order: planes, rows, ascending addresses. The same cut as tsr_burst_next of desc_laws.c.
//
// load_i in cycle s: first burst at the output in s + 2, a further one every cycle. The fields are held from load_i on
// until the walk is over.

`include "tsr_assert.svh"

module tsr_burst_walk #(
  parameter int unsigned AxiDataBits   = 64,
  parameter int unsigned MaxBurstBeats = 16,
  parameter int unsigned RowBytesW     = 24,
  localparam int unsigned AddressW = 40,
  localparam int unsigned BeatsW   = 9   // 1 to 256
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 load_i,
  input  logic [AddressW-1:0]  address_i,       // first byte of the first row
  input  logic [RowBytesW-1:0] row_bytes_i,     // >= 1
  input  logic [27:0]          row_stride_i,    // byte
  input  logic [15:0]          rows_i,          // >= 1
  input  logic [33:0]          plane_stride_i,  // byte
  input  logic [13:0]          planes_i,        // >= 1

  // bursts: valid holds until taken
  output logic                 valid_o,
  output logic [AddressW-1:0]  address_o,
  output logic [BeatsW-1:0]    beats_o,
  output logic                 last_o,          // the last one of the descriptor
  input  logic                 next_i
);

  localparam int unsigned BeatBytes = AxiDataBits / 8;
  localparam int unsigned BeatLog   = $clog2(BeatBytes);
  localparam int unsigned IndexW    = AddressW - BeatLog;
  localparam int unsigned PageLog   = 12 - BeatLog;  // beats of 4 KiB
  localparam int unsigned LeftW     = RowBytesW + 1;

  // A page and a burst are compared with what is left of a row, in its width.
  if (LeftW < PageLog + 1 || LeftW < $clog2(MaxBurstBeats + 1) || MaxBurstBeats < 1 || MaxBurstBeats > 256)
  begin : g_bad_parameters
    $error("tsr_burst_walk: RowBytesW holds the beats of 4 KiB and MaxBurstBeats, which is 1 to 256");
  end

  // Rows: the next one to enter, while there is one.
  logic                row_valid_d, row_valid_q;
  logic [AddressW-1:0] row_d, row_q, plane_d, plane_q, next_plane;
  logic [15:0]         row_left_d, row_left_q;
  logic [13:0]         plane_left_d, plane_left_q;
  logic                enter;

  // Bursts of the current row, in beats.
  logic                left_valid_d, left_valid_q;
  logic [IndexW-1:0]   index_d, index_q;
  logic [LeftW-1:0]    left_d, left_q;
  logic [LeftW-1:0]    row_beats;
  logic [PageLog:0]    page_left;
  logic [LeftW-1:0]    beats;
  logic                row_done;

  assign next_plane = plane_q + AddressW'(plane_stride_i);
  assign enter      = row_valid_q && (!left_valid_q || (next_i && row_done));

  always_comb begin
    row_valid_d  = row_valid_q;
    row_d        = row_q;
    plane_d      = plane_q;
    row_left_d   = row_left_q;
    plane_left_d = plane_left_q;
    if (enter) begin
      if (row_left_q != 16'd1) begin
        row_d      = row_q + AddressW'(row_stride_i);
        row_left_d = row_left_q - 16'd1;
      end else begin
        row_d        = next_plane;
        plane_d      = next_plane;
        row_left_d   = rows_i;
        plane_left_d = plane_left_q - 14'd1;
        row_valid_d  = plane_left_q != 14'd1;
      end
    end
    if (load_i) begin
      row_valid_d  = 1'b1;
      row_d        = address_i;
      plane_d      = address_i;
      row_left_d   = rows_i;
      plane_left_d = planes_i;
    end
  end

  assign row_beats = (LeftW'(row_bytes_i) + LeftW'(row_q[BeatLog-1:0]) + LeftW'(32'(BeatBytes - 1))) >> BeatLog;

  assign page_left = (PageLog+1)'(1 << PageLog) - {1'b0, index_q[PageLog-1:0]};

  always_comb begin
    beats = left_q;
    if (beats > LeftW'(MaxBurstBeats)) begin
      beats = LeftW'(MaxBurstBeats);
    end
    if (beats > LeftW'(page_left)) begin
      beats = LeftW'(page_left);
    end
  end

  assign row_done = left_q == beats;

  always_comb begin
    left_valid_d = left_valid_q;
    index_d      = index_q;
    left_d       = left_q;
    if (next_i) begin
      index_d      = index_q + IndexW'(beats);
      left_d       = left_q - beats;
      left_valid_d = !row_done;
    end
    if (enter) begin
      index_d      = row_q[AddressW-1:BeatLog];
      left_d       = row_beats;
      left_valid_d = 1'b1;
    end
  end

  assign valid_o   = left_valid_q;
  assign address_o = {index_q, BeatLog'(0)};
  assign beats_o   = BeatsW'(beats);
  assign last_o    = row_done && !row_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      row_valid_q  <= 1'b0;
      left_valid_q <= 1'b0;
    end else begin
      row_valid_q  <= row_valid_d;
      left_valid_q <= left_valid_d;
    end
  end

  always_ff @(posedge clk_i) begin
    row_q        <= row_d;
    plane_q      <= plane_d;
    row_left_q   <= row_left_d;
    plane_left_q <= plane_left_d;
    index_q      <= index_d;
    left_q       <= left_d;
  end

  `TSR_ASSERT(LoadWhenIdle_A, !load_i || (!row_valid_q && !left_valid_q))
  `TSR_ASSERT(NextWhenValid_A, !next_i || valid_o)
  `TSR_ASSERT(BurstLength_A, !valid_o || (beats != '0 && beats <= LeftW'(MaxBurstBeats)))
  `TSR_ASSERT(InsidePage_A, !valid_o || {1'b0, index_q[PageLog-1:0]} + (PageLog+1)'(beats)
              <= (PageLog+1)'(1 << PageLog))

endmodule
