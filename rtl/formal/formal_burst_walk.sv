// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_burst_walk: the bursts of a row are its beats in ascending order without gap or overlap, from the beat of
// its first byte to that of its last; none is longer than MaxBurstBeats or crosses 4 KiB, and none is shorter than it
// must be; rows follow in order of planes and rows at the addresses of their strides; last_o at the very last burst.
// Addresses wrap at AddressBits here, that is the upper address bits are zero; strides and rows are short.
//
// files: tsr_burst_walk
// deep: induction 2 | AxiDataBits=64 MaxBurstBeats=16
// deep: induction 2 | AxiDataBits=128 MaxBurstBeats=3
// deep: bmc 5 | AxiDataBits=64 MaxBurstBeats=4 Bits=6
// prove: induction 2 | AxiDataBits=64 MaxBurstBeats=4 Bits=6
// prove: cover 12 | AxiDataBits=64 MaxBurstBeats=16
// mutation: induction 2 | AxiDataBits=64 MaxBurstBeats=4 Bits=6 | test_rtl_burst_walk AxiDataBits=64 MaxBurstBeats=4 RowBytesW=12
// mutants: 9 | AxiDataBits=64 MaxBurstBeats=4

`include "formal_env.svh"

module formal_burst_walk #(
  parameter int unsigned AxiDataBits   = 64,
  parameter int unsigned MaxBurstBeats = 16,
  parameter int unsigned Bits          = 9   // of row bytes and strides
) (
  input logic            clk_i,
  input logic            rst_ni,
  input logic            load_i,
  input logic [13:0]     address_i,
  input logic [Bits-1:0] row_bytes_i,
  input logic [Bits-1:0] row_stride_i,
  input logic [Bits-1:0] plane_stride_i,
  input logic [1:0]      rows_i,
  input logic [1:0]      planes_i,
  input logic            next_i
);

  `FORMAL_RESET

  localparam int unsigned BeatBytes = AxiDataBits / 8;

  logic        valid, last, load, next;
  logic [39:0] address;
  logic [8:0]  beats;

  // A walk at a time; its fields are held while it is under way.
  logic            busy_q;
  logic [13:0]     address_q;
  logic [Bits-1:0] row_bytes, row_stride, plane_stride, row_bytes_q, row_stride_q, plane_stride_q;
  logic [1:0]      rows, planes, rows_q, planes_q;

  assign load = load_i && !busy_q;
  assign next = next_i && valid;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else busy_q <= load || (busy_q && !(next && last));
    row_bytes_q    <= row_bytes;
    row_stride_q   <= row_stride;
    plane_stride_q <= plane_stride;
    rows_q         <= rows;
    planes_q       <= planes;
    if (load) address_q <= address_i;
  end

  assign row_bytes    = load ? row_bytes_i : row_bytes_q;
  assign row_stride   = load ? row_stride_i : row_stride_q;
  assign plane_stride = load ? plane_stride_i : plane_stride_q;
  assign rows         = load ? rows_i : rows_q;
  assign planes       = load ? planes_i : planes_q;

  `TSR_ASSUME(NotEmpty_M, !load || (row_bytes_i != '0 && rows_i != '0 && planes_i != '0))

  tsr_burst_walk #(.AxiDataBits(AxiDataBits), .MaxBurstBeats(MaxBurstBeats), .RowBytesW(12)) u_dut (
    .clk_i, .rst_ni, .load_i(load), .address_i({26'd0, address_i}), .row_bytes_i(12'(row_bytes)),
    .row_stride_i(28'(row_stride)), .rows_i({14'd0, rows}), .plane_stride_i(34'(plane_stride)),
    .planes_i({12'd0, planes}), .valid_o(valid), .address_o(address), .beats_o(beats), .last_o(last), .next_i(next)
  );

  // Where the walk is: row and plane, first byte of both, first byte not yet asked for.
  logic [1:0]  row_q, plane_q;
  logic [19:0] row_start_q, plane_start_q, at_q, row_end, burst_end;
  logic        fresh_q, row_over, plane_over, walk_over;

  assign row_end    = row_start_q + 20'(row_bytes);
  assign burst_end  = address[19:0] + 20'(beats) * 20'(BeatBytes);
  assign row_over   = burst_end >= row_end;
  assign plane_over = row_over && row_q + 2'd1 == rows;
  assign walk_over  = plane_over && plane_q + 2'd1 == planes;

  always_ff @(posedge clk_i) begin
    if (load) begin
      row_q         <= '0;
      plane_q       <= '0;
      row_start_q   <= 20'(address_i);
      plane_start_q <= 20'(address_i);
      fresh_q       <= 1'b1;
    end else if (next) begin
      at_q    <= burst_end;
      fresh_q <= row_over;
      if (row_over) begin
        row_q       <= row_q + 2'd1;
        row_start_q <= row_start_q + 20'(row_stride);
      end
      if (plane_over) begin
        row_q         <= '0;
        plane_q       <= plane_q + 2'd1;
        row_start_q   <= plane_start_q + 20'(plane_stride);
        plane_start_q <= plane_start_q + 20'(plane_stride);
      end
    end
  end

  `TSR_ASSERT(OnlyWhenBusy_A, !valid || busy_q)
  `TSR_ASSERT(Length_A, !valid || (beats != '0 && 32'(beats) <= MaxBurstBeats))
  `TSR_ASSERT(Page_A, !valid || address[39:12] == 28'((burst_end - 20'd1) >> 12))
  `TSR_ASSERT(RowStart_A, !(valid && fresh_q) || (address[39:20] == '0
              && address[19:0] == row_start_q - row_start_q % 20'(BeatBytes)))
  `TSR_ASSERT(NoGap_A, !(valid && !fresh_q) || (address[39:20] == '0 && address[19:0] == at_q))
  `TSR_ASSERT(RowEnd_A, !valid || burst_end - row_end < 20'(BeatBytes) || !row_over)
  `TSR_ASSERT(NoShortBurst_A, !valid || row_over || 32'(beats) == MaxBurstBeats || burst_end[11:0] == '0)
  `TSR_ASSERT(Last_A, !valid || last == walk_over)

  // The first burst two cycles after the load, and one a cycle from then on.
  logic loaded1_q;
  always_ff @(posedge clk_i) begin
    loaded1_q <= rst_ni && load;
  end
  `TSR_ASSERT(Prompt_A, !busy_q || loaded1_q || valid)
  `TSR_ASSERT(NotBefore_A, !(loaded1_q && valid))

  // The module's registers and the account above are the same walk: what makes the proof inductive.
  localparam int unsigned BeatLog = $clog2(BeatBytes);
  (* hierconn *) logic               \u_dut.left_valid_q ;
  (* hierconn *) logic               \u_dut.row_valid_q ;
  (* hierconn *) logic [12:0]        \u_dut.left_q ;
  (* hierconn *) logic [39-BeatLog:0] \u_dut.index_q ;
  (* hierconn *) logic [39:0]        \u_dut.row_q ;
  (* hierconn *) logic [39:0]        \u_dut.plane_q ;
  (* hierconn *) logic [15:0]        \u_dut.row_left_q ;
  (* hierconn *) logic [13:0]        \u_dut.plane_left_q ;

  logic        more_rows, more_planes;
  logic [19:0] here_at, top;
  assign more_rows   = row_q + 2'd1 != rows;
  assign more_planes = plane_q + 2'd1 != planes;
  assign here_at     = fresh_q ? row_start_q - row_start_q % 20'(BeatBytes) : at_q;
  assign top         = (row_end + 20'(BeatBytes - 1)) / 20'(BeatBytes);

  `TSR_ASSERT(Bounded_A, !busy_q || (row_q < rows && plane_q < planes && row_bytes != '0
              && 32'(plane_start_q) <= 16384 + 32'(plane_q) * 512
              && 32'(row_start_q) <= 32'(plane_start_q) + 32'(row_q) * 512))
  `TSR_ASSERT(Phase_A, busy_q ? (\u_dut.left_valid_q || (loaded1_q && \u_dut.row_valid_q ))
                              : !(\u_dut.left_valid_q || \u_dut.row_valid_q ))
  `TSR_ASSERT(Fresh_A, !loaded1_q || !busy_q || (fresh_q && !\u_dut.left_valid_q && row_q == '0 && plane_q == '0
              && \u_dut.row_q == 40'(row_start_q) && \u_dut.plane_q == 40'(plane_start_q)
              && row_start_q == plane_start_q
              && \u_dut.row_left_q == 16'(rows) && \u_dut.plane_left_q == 14'(planes)))
  `TSR_ASSERT(Burst_A, !(busy_q && \u_dut.left_valid_q ) || (!loaded1_q && here_at < row_end
              && \u_dut.index_q == (40-BeatLog)'(here_at / 20'(BeatBytes))
              && 20'(\u_dut.left_q ) == top - here_at / 20'(BeatBytes) && here_at % 20'(BeatBytes) == '0))
  `TSR_ASSERT(NextRow_A, !(busy_q && \u_dut.left_valid_q ) || \u_dut.row_valid_q == (more_rows || more_planes))
  `TSR_ASSERT(NextStart_A, !(busy_q && \u_dut.left_valid_q && \u_dut.row_valid_q ) || (more_rows
              ? \u_dut.row_q == 40'(row_start_q) + 40'(row_stride) && \u_dut.plane_q == 40'(plane_start_q)
                && \u_dut.row_left_q == 16'(rows) - 16'(row_q) - 16'd1
                && \u_dut.plane_left_q == 14'(planes) - 14'(plane_q)
              : \u_dut.row_q == 40'(plane_start_q) + 40'(plane_stride) && \u_dut.plane_q == \u_dut.row_q
                && \u_dut.row_left_q == 16'(rows)
                && \u_dut.plane_left_q == 14'(planes) - 14'(plane_q) - 14'd1))

  `FORMAL_COVER(CutAtPage_C, valid && !row_over && 32'(beats) < MaxBurstBeats)
  `FORMAL_COVER(LastOfMany_C, next && last && row_q == 2'd1 && plane_q == 2'd1)

endmodule
