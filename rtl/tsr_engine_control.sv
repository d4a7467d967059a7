// SPDX-License-Identifier: Apache-2.0
//
// tsr_engine_control: command FIFO of one engine, and when its engine starts and has completed.
//
// Write     write_i with the descriptor of cycle w: seen by the engine from w + 1 on; a start frees its place from the
//           next cycle on.
// Start     start_o in the first cycle in which the engine is idle, the head is there and every token of its pop mask
//           is there; pop_o takes them in this cycle. desc_o is the descriptor from this cycle to the completion.
// Complete  done_i while running; push_o gives the tokens in this cycle. Idle from the next cycle on.
// Halt      halt_i keeps the engine from starting; a running one goes on.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_engine_control #(
  parameter int unsigned DescBits = 512,  // 512 or 1024
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                halt_i,

  // from the dispatcher, which looks at room_o
  input  logic                write_i,
  input  logic [DescBits-1:0] write_desc_i,
  output logic                room_o,

  // the engine
  output logic                start_o,
  output logic [DescBits-1:0] desc_o,
  input  logic                done_i,

  // tokens for this engine, by producer; tokens it gives, by consumer
  input  logic [Engines-1:0]  has_i,
  output logic [Engines-1:0]  pop_o,
  output logic [Engines-1:0]  push_o,

  // state
  output logic                running_o,
  output logic                waiting_o,   // idle or busy, a descriptor is at the head
  output logic [Engines-1:0]  lacking_o,   // tokens the head lacks, by producer
  output logic                complete_o
);

  if (`TSR_UARCH_FIFO_VISIBLE_CYCLES != 1 || `TSR_UARCH_ENGINE_GAP_CYCLES != 1) begin : g_bad_constant
    $error("tsr_engine_control: fifo_visible_cycles and engine_gap_cycles are 1 here");
  end

  localparam int unsigned Depth = `TSR_UARCH_COMMAND_FIFO_DEPTH;

  logic                         running_d, running_q;
  logic [DescBits-1:0]          desc_q;
  logic [DescBits-1:0]          head;
  logic                         head_valid;
  logic [Engines-1:0]           lacking;
  logic [$clog2(Depth + 1)-1:0] unused_count;

  tsr_fifo #(
    .Width(DescBits),
    .Depth(Depth)
  ) u_command (
    .clk_i,
    .rst_ni,
    .push_i (write_i),
    .data_i (write_desc_i),
    .room_o,
    .pop_i  (start_o),
    .valid_o(head_valid),
    .data_o (head),
    .count_o(unused_count)
  );

  assign lacking = head[`TSR_HEADER_POP_BITS] & ~has_i;

  assign start_o    = !running_q && head_valid && lacking == '0 && !halt_i;
  assign pop_o      = start_o ? head[`TSR_HEADER_POP_BITS] : '0;
  assign complete_o = running_q && done_i;
  assign push_o     = complete_o ? desc_q[`TSR_HEADER_PUSH_BITS] : '0;
  assign desc_o     = running_q ? desc_q : head;
  assign running_o  = running_q;
  assign waiting_o  = head_valid;
  assign lacking_o  = lacking;

  always_comb begin
    running_d = running_q;
    if (start_o) begin
      running_d = 1'b1;
    end
    if (complete_o) begin
      running_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
    end else begin
      running_q <= running_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_o) begin
      desc_q <= head;
    end
  end

  `TSR_ASSERT(DoneWhileRunning_A, !done_i || running_q)

endmodule
