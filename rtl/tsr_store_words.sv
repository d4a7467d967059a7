// SPDX-License-Identifier: Apache-2.0
//
// tsr_store_words: the words of a store in order, out of the feature pool.
//
// start_i with the descriptor, held to the end; go_i from two cycles later on: reads are one a cycle while every word
// on its way has a place behind the two cycles of the pool. A word is on offer in the cycle in which the pool gives it.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_store_words #(
  parameter int unsigned Tn           = 4,
  parameter int unsigned Tp           = 2,
  parameter int unsigned Aw           = 8,
  parameter int unsigned FeatureLines = 1024,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned LineW = FeatureLines > 1 ? $clog2(FeatureLines) : 1,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             start_i,
  input  logic             go_i,
  input  logic [511:0]     desc_i,

  // feature pool
  output logic             st_en_o,
  output logic [LineW-1:0] st_line_o,
  output logic [BankW-1:0] st_bank_o,
  input  logic [WordW-1:0] st_data_i,

  // words
  output logic             valid_o,
  output logic [WordW-1:0] word_o,
  input  logic             taken_i,
  output logic             over_o     // all have been read
);

  localparam int unsigned Ahead  = 4;  // words read ahead: hides the two cycles of the pool
  localparam int unsigned CountW = $clog2(Ahead + 1);
  logic               fetch, fetch_row_end, fetch_plane_end, fetch_over;
  logic [1:0]         unused_offset, unused_next_offset;
  logic [CountW-1:0]  waiting_d, waiting_q;  // words read and not packed
  logic               read1_q, read2_q;      // pool pipeline
  logic               queue_valid, unused_room;
  logic [WordW-1:0]   queue_word;
  logic [CountW-1:0]  unused_count;

  assign fetch = go_i && !fetch_over && waiting_q != CountW'(Ahead);

  tsr_dma_geometry #(.AxiDataBits(32)) u_geometry (
    .clk_i,
    .rst_ni,
    .load_i        (start_i),
    .address_i     ('0),
    .row_bytes_i   (desc_i[`TSR_STORE_ROW_BYTES_BITS]),
    .row_stride_i  ('0),
    .rows_i        (desc_i[`TSR_STORE_ROWS_BITS]),
    .planes_i      (desc_i[`TSR_STORE_PLANES_BITS]),
    .plane_stride_i('0),
    .pixel_bytes_i (desc_i[`TSR_STORE_PIXEL_BYTES_BITS]),
    .step_i        (fetch),
    .row_end_o     (fetch_row_end),
    .plane_end_o   (fetch_plane_end),
    .over_o        (fetch_over),
    .offset_o      (unused_offset),
    .next_offset_o (unused_next_offset)
  );

  tsr_map_walk #(
    .Tp   (Tp),
    .LineW(LineW)
  ) u_map (
    .clk_i,
    .load_i       (start_i),
    .base_i       (desc_i[`TSR_STORE_BASE_BITS]),
    .row_pitch_i  (desc_i[`TSR_STORE_ROW_PITCH_BITS]),
    .plane_pitch_i(desc_i[`TSR_STORE_PLANE_PITCH_BITS]),
    .bank_stride_i(desc_i[`TSR_STORE_BANK_STRIDE_BITS]),
    .y0_i         (desc_i[`TSR_STORE_Y0_BITS]),
    .x0_i         (desc_i[`TSR_STORE_X0_BITS]),
    .step_i       (fetch),
    .row_end_i    (fetch_row_end),
    .plane_end_i  (fetch_plane_end),
    .line_o       (st_line_o),
    .bank_o       (st_bank_o)
  );

  assign st_en_o = fetch;

  // Words behind the pool; one that is packed at once passes by.
  tsr_fifo #(
    .Width(WordW),
    .Depth(Ahead)
  ) u_words (
    .clk_i,
    .rst_ni,
    .push_i (read2_q && !(taken_i && !queue_valid)),
    .data_i (st_data_i),
    .room_o (unused_room),
    .pop_i  (taken_i && queue_valid),
    .valid_o(queue_valid),
    .data_o (queue_word),
    .count_o(unused_count)
  );

  assign valid_o = queue_valid || read2_q;
  assign word_o  = queue_valid ? queue_word : st_data_i;

  always_comb begin
    waiting_d = waiting_q;
    if (fetch && !taken_i) begin
      waiting_d = waiting_q + CountW'(1);
    end
    if (taken_i && !fetch) begin
      waiting_d = waiting_q - CountW'(1);
    end
  end

  assign over_o = fetch_over;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      read1_q   <= 1'b0;
      read2_q   <= 1'b0;
      waiting_q <= '0;
    end else begin
      read1_q   <= fetch;
      read2_q   <= read1_q;
      waiting_q <= waiting_d;
    end
  end

  logic unused_desc;
  assign unused_desc = ^desc_i;

  `TSR_ASSERT(TakenIsThere_A, !taken_i || valid_o)

endmodule
