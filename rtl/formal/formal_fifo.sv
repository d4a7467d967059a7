// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_fifo: nothing is lost, doubled, reordered or changed; flags and count tell the number of words.
//
// files: tsr_fifo
// prove: pdr 20 | Depth=1 Width=2
// prove: pdr 20 | Depth=2 Width=2
// prove: pdr 20 | Depth=3 Width=2
// deep: pdr 20 | Depth=8 Width=1
// prove: bmc 9 | Depth=3 Width=8
// prove: cover 12 | Depth=3 Width=8
// mutation: pdr 10 | Depth=3 Width=2
// mutants: 12 | Depth=2 Width=2

`include "formal_env.svh"

module formal_fifo #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 3,
  localparam int unsigned CountW = $clog2(Depth + 1)
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             push_i,
  input logic             pop_i,
  input logic [Width-1:0] data_i,
  input logic             choose_i
);

  `FORMAL_RESET

  logic              room, valid, push, pop;
  logic [Width-1:0]  data;
  logic [CountW-1:0] count;

  // What users owe.
  assign push = push_i && room;
  assign pop  = pop_i && valid;

  tsr_fifo #(.Width(Width), .Depth(Depth)) u_dut (
    .clk_i, .rst_ni, .push_i(push), .data_i, .room_o(room), .pop_i(pop), .valid_o(valid), .data_o(data), .count_o(count)
  );

  // Words in less words out.
  logic [CountW:0] stored_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) stored_q <= '0;
    else stored_q <= stored_q + (CountW+1)'(push) - (CountW+1)'(pop);
  end

  // One word, any one: how many are before it, and what it is.
  logic              tracked_q;
  logic [CountW:0]   before_q;
  logic [Width-1:0]  word_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tracked_q <= 1'b0;
    end else if (!tracked_q) begin
      tracked_q <= push && choose_i;
      before_q  <= stored_q - (CountW+1)'(pop);
      word_q    <= data_i;
    end else if (pop) begin
      before_q  <= before_q - (CountW+1)'(1);
      tracked_q <= before_q != '0;
    end
  end

  // How the pointers and the count go together.
  (* hierconn *) logic [(Depth > 1 ? $clog2(Depth) : 1)-1:0] \u_dut.read_q ;
  (* hierconn *) logic [(Depth > 1 ? $clog2(Depth) : 1)-1:0] \u_dut.write_q ;
  logic [CountW+1:0] ahead;
  assign ahead = (CountW+2)'(\u_dut.read_q ) + (CountW+2)'(count);

  `TSR_ASSERT(Count_A, (CountW+1)'(count) == stored_q)
  `TSR_ASSERT(Valid_A, valid == (stored_q != '0))
  `TSR_ASSERT(Room_A, room == (stored_q != (CountW+1)'(Depth)))
  `TSR_ASSERT(Order_A, !(tracked_q && before_q == '0) || (valid && data == word_q))
  `TSR_ASSERT(Kept_A, !tracked_q || before_q < stored_q)
  `TSR_ASSERT(Pointers_A, 32'(\u_dut.read_q ) < Depth && 32'(\u_dut.write_q ) < Depth
              && (32'(ahead) == 32'(\u_dut.write_q ) || 32'(ahead) == 32'(\u_dut.write_q ) + Depth))

  logic was_full_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) was_full_q <= 1'b0;
    else was_full_q <= was_full_q || !room;
  end
  `FORMAL_COVER(FullThenEmpty_C, was_full_q && !valid)
  `FORMAL_COVER(BothWhenFullButOne_C, push && pop && count == CountW'(Depth - 1))

endmodule
