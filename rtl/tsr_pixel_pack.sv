// SPDX-License-Identifier: Apache-2.0
//
// tsr_pixel_pack: pixel packing of a load. Word q of a row of w pixels, q = 0 ... w + g - 2, holds pixels q - (g-1) ...
// q, lowest first; pixels outside the row are pack_value_i in every lane. g = pack_i, 0 and 1 are no packing.
//
// window_i is the last WordW/8 bytes of the row up to the end of pixel q, moved down so that the word's first pixel is
// at the bottom (span_o bytes before that end). The bytes of pixels outside the row do not matter. data_o is
// combinational. After the word of the last pixel (row_end_i stays high) come g - 1 tail words; last_o is the last one
// of the row.

module tsr_pixel_pack #(
  parameter int unsigned WordW = 32,
  parameter int unsigned Aw    = 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // fields, held to the last word
  input  logic             load_i,
  input  logic [4:0]       pack_i,
  input  logic [15:0]      pack_value_i,
  input  logic [7:0]       pixel_bytes_i,  // a power of two, g of them fit in a word

  input  logic             word_i,         // a word is given in this cycle
  input  logic             row_end_i,      // the present pixel is the last one of its row
  input  logic [WordW-1:0] window_i,
  output logic [WordW-1:0] data_o,
  output logic             tail_o,         // a tail word is due
  output logic             last_o,         // the word is the last one of its row
  output logic [4:0]       extra_o,        // tail words of a row
  output logic [7:0]       span_o          // bytes of a word's pixels
);

  localparam int unsigned WordBytes    = WordW / 8;
  localparam int unsigned ElementBytes = Aw / 8;

  logic [4:0] tail_d, tail_q;    // tail words given
  logic [7:0] low_d, low_q;      // bytes below are of pixels before the row
  logic [7:0] high_d, high_q;    // bytes from here on are of pixels after it
  logic [7:0] extra_bytes;

  assign extra_o = pack_i == '0 ? '0 : pack_i - 5'd1;

  // extra * pixel bytes, as a sum of shifts
  always_comb begin
    extra_bytes = '0;
    for (int unsigned i = 0; i < 8; i++) begin
      if (pixel_bytes_i[i]) extra_bytes = extra_bytes | (8'(extra_o) << i);
    end
  end

  assign span_o = extra_bytes + pixel_bytes_i;
  assign tail_o = tail_q != '0;
  assign last_o = row_end_i && tail_q == extra_o;

  always_comb begin
    tail_d = tail_q;
    low_d  = low_q;
    high_d = high_q;
    if (word_i) begin
      if (low_q != '0) low_d = low_q - pixel_bytes_i;
      if (row_end_i) begin
        tail_d = tail_q + 5'd1;
        high_d = high_q - pixel_bytes_i;
      end
    end
    if (load_i || (word_i && last_o)) begin
      tail_d = '0;
      low_d  = extra_bytes;
      high_d = span_o;
    end
  end

  always_comb begin
    data_o = '0;
    for (int unsigned i = 0; i < WordBytes; i++) begin
      if (8'(i) >= low_q && 8'(i) < high_q) begin
        data_o[8*i +: 8] = window_i[8*i +: 8];
      end else if (8'(i) < span_o) begin
        data_o[8*i +: 8] = pack_value_i[8*(i % ElementBytes) +: 8];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tail_q <= '0;
    end else begin
      tail_q <= tail_d;
    end
  end

  always_ff @(posedge clk_i) begin
    low_q  <= low_d;
    high_q <= high_d;
  end

  logic unused_value;
  assign unused_value = ^pack_value_i;

endmodule
