// SPDX-License-Identifier: Apache-2.0
//
// tsr_fifo: first-word-fall-through queue of class "registered": a word written in cycle w is at the output from w + 1
// on, a place read in cycle r can be written from r + 1 on. Small: the words lie in distributed memory.
//
// push_i needs room_o, pop_i needs valid_o; count_o words are stored.

`include "tsr_assert.svh"

module tsr_fifo #(
  parameter int unsigned Width = 8,  // bits of a word, >= 1
  parameter int unsigned Depth = 8,  // words, >= 1
  localparam int unsigned CountW = $clog2(Depth + 1)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // writer
  input  logic              push_i,
  input  logic [Width-1:0]  data_i,
  output logic              room_o,

  // reader
  input  logic              pop_i,
  output logic              valid_o,
  output logic [Width-1:0]  data_o,
  output logic [CountW-1:0] count_o
);

  if (Width < 1 || Depth < 1) begin : g_bad_parameters
    $error("tsr_fifo: Width and Depth are 1 and more");
  end

  localparam int unsigned PlaceW = Depth > 1 ? $clog2(Depth) : 1;

  logic [Width-1:0]  word_q [Depth];
  logic [PlaceW-1:0] write_d, write_q, read_d, read_q;
  logic [CountW-1:0] count_d, count_q;

  assign valid_o = count_q != '0;
  assign room_o  = count_q != CountW'(Depth);
  assign data_o  = word_q[read_q];
  assign count_o = count_q;

  always_comb begin
    write_d = write_q;
    read_d  = read_q;
    count_d = count_q;
    if (push_i) begin
      write_d = write_q == PlaceW'(Depth - 1) ? '0 : write_q + PlaceW'(1);
    end
    if (pop_i) begin
      read_d = read_q == PlaceW'(Depth - 1) ? '0 : read_q + PlaceW'(1);
    end
    if (push_i && !pop_i) begin
      count_d = count_q + CountW'(1);
    end
    if (pop_i && !push_i) begin
      count_d = count_q - CountW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else begin
      write_q <= write_d;
      read_q  <= read_d;
      count_q <= count_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      word_q[write_q] <= data_i;
    end
  end

  `TSR_ASSERT(NoOverflow_A, !push_i || room_o)
  `TSR_ASSERT(NoUnderflow_A, !pop_i || valid_o)
  `TSR_ASSERT(CountInRange_A, 32'(count_q) <= Depth)

endmodule
