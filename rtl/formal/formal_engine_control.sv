// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_engine_control: starts exactly when the rules of sim/machine/README.md say, in order, once for each
// descriptor; takes the tokens of the descriptor it starts and gives those of the one it completes.
//
// files: tsr_engine_control tsr_fifo
// uarch: COMMAND_FIFO_DEPTH=3
// prove: pdr 60
// deep: bmc 8
// prove: cover 12
// mutation: pdr 10
// mutants: 10

`include "formal_env.svh"

module formal_engine_control #(
  localparam int unsigned DescBits = 20,  // the masks and a few more bits; the module looks at no others
  localparam int unsigned Engines  = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned Depth    = `TSR_UARCH_COMMAND_FIFO_DEPTH
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               halt_i,
  input logic               write_i,
  input logic [Engines-1:0] pop_mask_i,
  input logic [Engines-1:0] push_mask_i,
  input logic [2:0]         tag_i,
  input logic               choose_i,
  input logic               done_i,
  input logic [Engines-1:0] has_i
);

  `FORMAL_RESET

  logic [DescBits-1:0] written, desc;
  logic                room, start, running, waiting, complete, write, done;
  logic [Engines-1:0]  pop, push, lacking;

  always_comb begin
    written = '0;
    written[`TSR_HEADER_POP_BITS]  = pop_mask_i;
    written[`TSR_HEADER_PUSH_BITS] = push_mask_i;
    written[2:0] = tag_i;
  end
  assign write = write_i && room;
  assign done  = done_i && running;

  tsr_engine_control #(.DescBits(DescBits)) u_dut (
    .clk_i, .rst_ni, .halt_i,
    .write_i(write), .write_desc_i(written), .room_o(room),
    .start_o(start), .desc_o(desc), .done_i(done),
    .has_i, .pop_o(pop), .push_o(push),
    .running_o(running), .waiting_o(waiting), .lacking_o(lacking), .complete_o(complete)
  );

  // Written and not started; started and not completed.
  logic [3:0] queued_q;
  logic       busy_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      queued_q <= '0;
      busy_q   <= 1'b0;
    end else begin
      queued_q <= queued_q + 4'(write) - 4'(start);
      busy_q   <= (busy_q || start) && !done;
    end
  end

  // One descriptor, any one: how many start before it.
  logic                tracked_q, tracked_runs_q, mine;
  logic [3:0]          before_q;
  logic [DescBits-1:0] desc_q;
  assign mine = tracked_q && before_q == '0 && start;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tracked_q      <= 1'b0;
      tracked_runs_q <= 1'b0;
    end else begin
      if (!tracked_q && !tracked_runs_q) begin
        tracked_q <= write && choose_i;
        before_q  <= queued_q - 4'(start);
        desc_q    <= written;
      end else if (start && tracked_q) begin
        before_q  <= before_q - 4'd1;
        tracked_q <= before_q != '0;
      end
      if (mine) tracked_runs_q <= 1'b1;
      if (tracked_runs_q && done) tracked_runs_q <= 1'b0;
    end
  end

  `TSR_ASSERT(Queue_A, waiting == (queued_q != '0) && room == (queued_q != 4'(Depth)))
  `TSR_ASSERT(Running_A, running == busy_q)
  `TSR_ASSERT(StartRule_A, start == (!busy_q && queued_q != '0 && (desc[`TSR_HEADER_POP_BITS] & ~has_i) == '0 && !halt_i))
  `TSR_ASSERT(TakesItsTokens_A, pop == (start ? desc[`TSR_HEADER_POP_BITS] : '0))
  `TSR_ASSERT(OnlyTokensThere_A, (pop & ~has_i) == '0)
  `TSR_ASSERT(GivesItsTokens_A, push == (done ? desc[`TSR_HEADER_PUSH_BITS] : '0))
  `TSR_ASSERT(Complete_A, complete == done)
  `TSR_ASSERT(Order_A, !mine || desc == desc_q)
  `TSR_ASSERT(Held_A, !tracked_runs_q || desc == desc_q)
  `TSR_ASSERT(Lacking_A, busy_q || queued_q == '0 || lacking == (desc[`TSR_HEADER_POP_BITS] & ~has_i))
  `TSR_ASSERT(Kept_A, !tracked_q || before_q < queued_q)

  `FORMAL_COVER(FullWhileRunning_C, busy_q && !room)
  `FORMAL_COVER(BackToBack_C, mine && desc_q[2:0] == 3'd5 && before_q == '0 && pop == 4'd6)

endmodule
