// SPDX-License-Identifier: Apache-2.0
//
// tsr_run_control: one run from start to done, and how it ends early.
//
// start_i while idle: go_o in the same cycle, the next one is cycle 0. done_i: the run is over, it had cycle_o cycles.
// An error or abort_i halts: engines ask for nothing more, what is outstanding ends, then all units are cleared for one
// cycle (clear_o, also after a good run, so that no token is left over). soft_reset_i is an abort after which the
// registers are as after reset (forget_o); it works when idle, too.

`include "tsr_assert.svh"

module tsr_run_control (
  input  logic        clk_i,
  input  logic        rst_ni,

  // commands, one cycle each
  input  logic        start_i,
  input  logic        abort_i,
  input  logic        soft_reset_i,

  // units
  output logic        go_o,
  output logic        run_o,       // cycles 0 ... done - 1
  output logic        halt_o,
  output logic        clear_o,
  input  logic        finished_i,  // end reached, all idle
  input  logic        error_i,
  input  logic        quiet_i,     // nothing offered or outstanding on any port
  output logic [63:0] cycle_o,
  output logic        done_o,      // the cycle of done
  output logic        forget_o,

  // state for the registers
  output logic        running_o,
  output logic        draining_o,
  output logic        set_error_o,
  output logic        set_aborted_o
);

  typedef enum logic [1:0] {
    StIdle,
    StRun,
    StDrain,
    StClear
  } state_e;

  state_e      state_d, state_q;
  logic        soft_d, soft_q;
  logic [63:0] cycle_d, cycle_q;

  always_comb begin
    state_d       = state_q;
    soft_d        = soft_q || soft_reset_i;
    cycle_d       = cycle_q;
    go_o          = 1'b0;
    set_error_o   = 1'b0;
    set_aborted_o = 1'b0;
    done_o        = 1'b0;
    case (state_q)
      // Waits for a start.
      StIdle: begin
        if (soft_reset_i) begin
          state_d = StClear;
        end else if (start_i) begin
          state_d = StRun;
          go_o    = 1'b1;
          cycle_d = '0;
        end
      end
      // Counts cycles.
      StRun: begin
        cycle_d = cycle_q + 64'd1;
        if (error_i) begin
          state_d     = StDrain;
          set_error_o = 1'b1;
        end else if (abort_i || soft_reset_i) begin
          state_d       = StDrain;
          set_aborted_o = 1'b1;
        end else if (finished_i) begin
          state_d = StClear;
          done_o  = 1'b1;
          cycle_d = cycle_q;
        end
      end
      // Nothing new; waits for what is outstanding.
      StDrain: begin
        if (quiet_i) begin
          state_d = StClear;
        end
      end
      // One cycle of reset for the units; a soft reset that comes just now gets one of its own.
      default: begin
        state_d = soft_reset_i ? StClear : StIdle;
        soft_d  = soft_reset_i;
      end
    endcase
  end

  assign run_o      = state_q == StRun && !done_o;
  // Also while the units are cleared: they would ask once more in that cycle.
  assign halt_o     = state_q == StDrain || state_q == StClear;
  assign clear_o    = state_q == StClear;
  assign forget_o   = state_q == StClear && soft_q;
  assign cycle_o    = cycle_q;
  assign running_o  = state_q != StIdle;
  assign draining_o = state_q == StDrain;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      soft_q  <= 1'b0;
      cycle_q <= '0;
    end else begin
      state_q <= state_d;
      soft_q  <= soft_d;
      cycle_q <= cycle_d;
    end
  end

  `TSR_ASSERT(OneEnd_A, !(done_o && (set_error_o || set_aborted_o)))

endmodule
