// SPDX-License-Identifier: Apache-2.0
//
// tsr_store_pack: words of a store to beats with strobes.
//
// start_i with the descriptor, held to the end. A word is taken in any cycle in which the beat at hand, less one that
// goes in this cycle, is not whole; lanes above the pixel are dropped. A row starts at its own byte of a fresh beat.

`include "tsr_uarch.vh"

module tsr_store_pack #(
  parameter int unsigned WordW       = 32,
  parameter int unsigned AxiDataBits = 64
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     start_i,
  input  logic [511:0]             desc_i,

  // words
  input  logic                     word_valid_i,
  input  logic [WordW-1:0]         word_i,
  output logic                     word_taken_o,

  // beats
  output logic                     valid_o,
  output logic [AxiDataBits-1:0]   data_o,
  output logic [AxiDataBits/8-1:0] strobe_o,
  input  logic                     taken_i,
  output logic                     over_o         // all words are in
);

  localparam int unsigned BeatBytes = AxiDataBits / 8;
  localparam int unsigned BeatLog   = $clog2(BeatBytes);
  localparam int unsigned WordBytes = WordW / 8;
  localparam int unsigned PackBytes = WordBytes + BeatBytes;
  localparam int unsigned FillW     = 8;  // up to 128 + 64 bytes

  logic [7:0] pixel_bytes;
  assign pixel_bytes = desc_i[`TSR_STORE_PIXEL_BYTES_BITS];

  // Bytes of the row from the present beat's start on; fill_q is their end, low_q the first one that counts.
  logic [8*PackBytes-1:0] pack_d, pack_q, shifted, placed;
  logic [FillW-1:0]       fill_d, fill_q, fill_left;
  logic [BeatLog-1:0]     low_d, low_q, offset, next_offset;
  logic                   ended_d, ended_q, beat_last;  // the row's last word is in; this is the row's last beat
  logic                   absorb, row_end, over, unused_plane_end, first_q;
  logic [WordW-1:0]       kept;

  tsr_dma_geometry #(.AxiDataBits(AxiDataBits)) u_geometry (
    .clk_i,
    .rst_ni,
    .load_i        (start_i),
    .address_i     (desc_i[`TSR_STORE_DRAM_ADDRESS_LSB +: BeatLog]),
    .row_bytes_i   (desc_i[`TSR_STORE_ROW_BYTES_BITS]),
    .row_stride_i  (desc_i[`TSR_STORE_ROW_STRIDE_BYTES_LSB +: BeatLog]),
    .rows_i        (desc_i[`TSR_STORE_ROWS_BITS]),
    .planes_i      (desc_i[`TSR_STORE_PLANES_BITS]),
    .plane_stride_i(desc_i[`TSR_STORE_PLANE_STRIDE_BYTES_LSB +: BeatLog]),
    .pixel_bytes_i (pixel_bytes),
    .step_i        (absorb),
    .row_end_o     (row_end),
    .plane_end_o   (unused_plane_end),
    .over_o        (over),
    .offset_o      (offset),
    .next_offset_o (next_offset)
  );

  assign beat_last    = ended_q && fill_q <= FillW'(BeatBytes);
  assign valid_o      = fill_q >= FillW'(BeatBytes) || ended_q;
  assign data_o       = pack_q[AxiDataBits-1:0];

  always_comb begin
    for (int unsigned i = 0; i < BeatBytes; i++) begin
      strobe_o[i] = BeatLog'(i) >= low_q && FillW'(i) < fill_q;
    end
  end

  always_comb begin
    kept = '0;
    for (int unsigned i = 0; i < WordBytes; i++) begin
      if (8'(i) < pixel_bytes) begin
        kept[8*i +: 8] = word_i[8*i +: 8];
      end
    end
  end

  // After a beat has gone, its bytes have; after the last one of a row the next row starts at its own offset, which is
  // already the present one of the geometry.
  always_comb begin
    shifted   = pack_q;
    fill_left = fill_q;
    low_d     = low_q;
    ended_d   = ended_q;
    if (taken_i) begin
      shifted   = pack_q >> AxiDataBits;
      fill_left = fill_q - FillW'(BeatBytes);
      low_d     = '0;
      if (beat_last) begin
        shifted   = '0;
        fill_left = FillW'(offset);
        low_d     = offset;
        ended_d   = 1'b0;
      end
    end
    if (first_q) begin
      shifted   = '0;
      fill_left = FillW'(offset);
      low_d     = offset;
      ended_d   = 1'b0;
    end
    absorb = word_valid_i && !first_q && !over && !(ended_q && !(taken_i && beat_last))
             && fill_left < FillW'(BeatBytes);
    placed = (8*PackBytes)'(kept) << {fill_left, 3'b000};
    pack_d = shifted;
    fill_d = fill_left;
    if (absorb) begin
      pack_d = shifted | placed;
      fill_d = fill_left + FillW'(pixel_bytes);
      if (row_end) begin
        ended_d = 1'b1;
      end
    end
  end

  assign word_taken_o = absorb;
  assign over_o       = over;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b0;
      ended_q <= 1'b0;
      fill_q  <= '0;
    end else begin
      first_q <= start_i;
      ended_q <= ended_d;
      fill_q  <= fill_d;
    end
  end

  always_ff @(posedge clk_i) begin
    pack_q <= pack_d;
    low_q  <= low_d;
  end

  logic unused_bits;
  assign unused_bits = ^{desc_i, next_offset};

endmodule
