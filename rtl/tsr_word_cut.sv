// SPDX-License-Identifier: Apache-2.0
//
// tsr_word_cut: the pixels of a load, each a word, out of its beats.
//
// start_i with the descriptor, held to the end. The words that end in the beat of cycle r are given in r + 1 and after,
// one a cycle; lanes above the pixel are zero. A word is cut out of the beat at hand and the ones before it, so rows
// need no alignment. The next beat must not come before the words of this one are gone: the beat interval sees to it.
// With pixel packing (tsr_pixel_pack) a word is cut as long as all its pixels, and tail_words_o words more come after
// the row's last pixel: the next beat is so much later. row_over_o is high in the cycle of the last pixel's word, and
// in those of the tail words.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_word_cut #(
  parameter int unsigned WordW       = 32,
  parameter int unsigned Aw          = 8,
  parameter int unsigned AxiDataBits = 64
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   start_i,
  input  logic [511:0]           desc_i,

  input  logic                   beat_i,
  input  logic [AxiDataBits-1:0] beat_data_i,

  output logic                   word_o,
  output logic [WordW-1:0]       data_o,
  output logic                   row_end_o,    // the word is the last one of its row
  output logic                   plane_end_o,  // of its plane
  output logic                   over_o,       // the last word was given
  output logic                   row_over_o,
  output logic [4:0]             tail_words_o
);

  localparam int unsigned BeatBytes = AxiDataBits / 8;
  localparam int unsigned BeatLog   = $clog2(BeatBytes);
  localparam int unsigned WordBytes = WordW / 8;
  // Bytes of earlier beats that a word may need, in whole beats.
  localparam int unsigned PastBeats = WordBytes > 1 ? (WordBytes - 2 + BeatBytes) / BeatBytes : 1;
  localparam int unsigned PastBytes = PastBeats * BeatBytes;
  localparam int unsigned SeenW     = PastBytes * 8 + AxiDataBits;
  localparam int unsigned PlaceW    = 10;  // byte positions: a pixel end lies within 128 + 64 bytes of a beat's start

  logic [7:0] pixel_bytes;
  assign pixel_bytes = desc_i[`TSR_LOAD_FEATURE_PIXEL_BYTES_BITS];

  logic unused_desc;
  assign unused_desc = ^desc_i;

  // place_q is the end of the next pixel, in bytes from the start of the present beat,
  // or of the next beat when none is at work.
  logic [SeenW-1:0]   seen_q, aligned;
  logic               work_d, work_q, word, row_end, plane_end, over;
  logic [PlaceW-1:0]  place_d, place_q, next_place;
  logic [BeatLog-1:0] offset, next_offset;
  logic               first_d, first_q;  // place_q is still to be set for the first row
  logic               tail, last;
  logic [7:0]         span;

  tsr_dma_geometry #(.AxiDataBits(AxiDataBits)) u_geometry (
    .clk_i,
    .rst_ni,
    .load_i        (start_i),
    .address_i     (desc_i[`TSR_LOAD_FEATURE_DRAM_ADDRESS_LSB +: BeatLog]),
    .row_bytes_i   (desc_i[`TSR_LOAD_FEATURE_ROW_BYTES_BITS]),
    .row_stride_i  (desc_i[`TSR_LOAD_FEATURE_ROW_STRIDE_BYTES_LSB +: BeatLog]),
    .rows_i        (desc_i[`TSR_LOAD_FEATURE_ROWS_BITS]),
    .planes_i      (desc_i[`TSR_LOAD_FEATURE_PLANES_BITS]),
    .plane_stride_i(desc_i[`TSR_LOAD_FEATURE_PLANE_STRIDE_BYTES_LSB +: BeatLog]),
    .pixel_bytes_i (pixel_bytes),
    .step_i        (word && (!row_end || last)),
    .row_end_o     (row_end),
    .plane_end_o   (plane_end),
    .over_o        (over),
    .offset_o      (offset),
    .next_offset_o (next_offset)
  );

  assign word       = (tail || (work_q && place_q <= PlaceW'(BeatBytes))) && !over;
  assign next_place = place_q + PlaceW'(pixel_bytes);

  always_comb begin
    work_d  = work_q;
    place_d = place_q;
    first_d = start_i;
    if (word) begin
      place_d = next_place;
      if (last) begin
        place_d = PlaceW'(next_offset) + PlaceW'(pixel_bytes);
        work_d  = 1'b0;
      end else if (!row_end && next_place > PlaceW'(BeatBytes)) begin
        place_d = next_place - PlaceW'(BeatBytes);
        work_d  = 1'b0;
      end
    end else if (work_q) begin
      place_d = place_q - PlaceW'(BeatBytes);
      work_d  = 1'b0;
    end
    if (beat_i) begin
      work_d = 1'b1;
    end
    if (first_q) begin
      place_d = PlaceW'(offset) + PlaceW'(pixel_bytes);
      work_d  = 1'b0;
    end
  end

  assign aligned = seen_q >> {PlaceW'(PastBytes) + place_q - PlaceW'(span), 3'b000};

  tsr_pixel_pack #(
    .WordW(WordW),
    .Aw   (Aw)
  ) u_pack (
    .clk_i,
    .rst_ni,
    .load_i       (start_i),
    .pack_i       (desc_i[`TSR_LOAD_FEATURE_PACK_BITS]),
    .pack_value_i (desc_i[`TSR_LOAD_FEATURE_PACK_VALUE_BITS]),
    .pixel_bytes_i(pixel_bytes),
    .word_i       (word),
    .row_end_i    (row_end),
    .window_i     (aligned[WordW-1:0]),
    .data_o,
    .tail_o       (tail),
    .last_o       (last),
    .extra_o      (tail_words_o),
    .span_o       (span)
  );

  assign word_o      = word;
  assign row_end_o   = last;
  assign plane_end_o = plane_end;
  assign over_o      = over;
  assign row_over_o  = word && row_end;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      work_q  <= 1'b0;
      first_q <= 1'b0;
    end else begin
      work_q  <= work_d;
      first_q <= first_d;
    end
  end

  always_ff @(posedge clk_i) begin
    place_q <= place_d;
    if (beat_i) begin
      seen_q <= SeenW'({beat_data_i, seen_q} >> AxiDataBits);
    end
  end

  logic unused_aligned;
  assign unused_aligned = ^aligned;

  `TSR_ASSERT(NoBeatLost_A, !beat_i || !word || last || (!row_end && next_place > PlaceW'(BeatBytes)))
  `TSR_ASSERT(PixelsFit_A, !word || span <= 8'(WordBytes))

endmodule
