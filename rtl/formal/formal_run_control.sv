// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_run_control: a run ends in exactly one way (done, error, abort); units are cleared for one cycle before
// the next start; every soft reset is carried out; nothing hangs once the ports are quiet; the cycle count is right.
//
// files: tsr_run_control
// prove: induction 2
// prove: pdr 30
// prove: cover 14
// mutation: induction 2
// mutants: 10

`include "formal_env.svh"

module formal_run_control (
  input logic clk_i,
  input logic rst_ni,
  input logic start_i,
  input logic abort_i,
  input logic soft_reset_i,
  input logic finished_i,
  input logic error_i,
  input logic quiet_i
);

  `FORMAL_RESET

  logic        go, run, halt, clear, done, forget, running, draining, set_error, set_aborted;
  logic [63:0] cycle;

  tsr_run_control u_dut (
    .clk_i, .rst_ni, .start_i, .abort_i, .soft_reset_i, .go_o(go), .run_o(run), .halt_o(halt), .clear_o(clear),
    .finished_i, .error_i, .quiet_i, .cycle_o(cycle), .done_o(done), .forget_o(forget), .running_o(running),
    .draining_o(draining), .set_error_o(set_error), .set_aborted_o(set_aborted)
  );

  // A run is open from go to its end; then it drains (not after done), then one clear.
  logic        open_q, owed_q, past_clear_q, past_drain_q, past_quiet_q, past_end_q, past_done_q, known_q;
  logic [63:0] cycles_q;
  logic        ends;
  assign ends = done || set_error || set_aborted;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q       <= 1'b0;
      owed_q       <= 1'b0;
      past_clear_q <= 1'b0;
      past_drain_q <= 1'b0;
      past_end_q   <= 1'b0;
      past_done_q  <= 1'b0;
    end else begin
      open_q       <= go || (open_q && !ends);
      owed_q       <= soft_reset_i || (owed_q && !forget);
      past_clear_q <= clear;
      past_drain_q <= draining;
      past_end_q   <= set_error || set_aborted;
      past_done_q  <= done;
    end
    if (!rst_ni) known_q <= 1'b0;
    else known_q <= known_q || go;
    past_quiet_q <= quiet_i;
    if (go) cycles_q <= '0;
    else if (open_q && !done) cycles_q <= cycles_q + 64'd1;
  end

  `TSR_ASSERT(GoWhenIdle_A, !go || (start_i && !running && !open_q))
  `TSR_ASSERT(StartIsTaken_A, !(start_i && !running && !soft_reset_i) || go)
  `TSR_ASSERT(OneEndOfARun_A, !ends || (open_q && 2'(done) + 2'(set_error) + 2'(set_aborted) == 2'd1))
  `TSR_ASSERT(Run_A, run == (open_q && !done))
  `TSR_ASSERT(ErrorFirst_A, !(open_q && error_i) || set_error)
  `TSR_ASSERT(AbortEnds_A, !(open_q && (abort_i || soft_reset_i)) || ends)
  `TSR_ASSERT(FinishedEnds_A, !(open_q && finished_i) || ends)
  `TSR_ASSERT(DrainAfterEnd_A, !past_end_q || draining)
  `TSR_ASSERT(Halt_A, halt == (draining || clear) && !(halt && (go || run)) && !(draining && clear))
  `TSR_ASSERT(DrainUntilQuiet_A, !past_drain_q || (past_quiet_q ? clear : draining))
  `TSR_ASSERT(ClearAfterDone_A, !past_done_q || clear)
  `TSR_ASSERT(ClearIsShort_A, !(past_clear_q && clear) || owed_q)
  `TSR_ASSERT(SoftResetIsDone_A, !owed_q || running)
  `TSR_ASSERT(ForgetOnlyThen_A, !forget || (owed_q && clear))
  `TSR_ASSERT(Cycles_A, !known_q || cycle == cycles_q)  // and it stays for the registers until the next run

  // Two registers of the module and the account hold the same: what makes the proof inductive.
  (* hierconn *) logic       \u_dut.soft_q ;
  (* hierconn *) logic [1:0] \u_dut.state_q ;
  `TSR_ASSERT(SameSoft_A, \u_dut.soft_q == owed_q)
  `TSR_ASSERT(SameState_A, (\u_dut.state_q == 2'd0) == !running && (\u_dut.state_q == 2'd1) == open_q)

  `FORMAL_COVER(DoneInTenCycles_C, done && cycle == 64'd5)
  `FORMAL_COVER(SoftResetWhileDraining_C, draining && soft_reset_i && !quiet_i)
  `FORMAL_COVER(SoftResetWhileClearing_C, clear && soft_reset_i)

endmodule
