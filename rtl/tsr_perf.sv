// SPDX-License-Identifier: Apache-2.0
//
// tsr_perf: where the cycles of a run went, seen from the compute engine, as sim/machine/README.md defines it.
//
// A cycle of a pass is `compute` while the array gets operands, else `fill_drain`. Idle cycles without a visible pass
// collect in pending_q, which goes to `sync` when a pass comes and to `wait_store` at done. The causes sum to the
// cycles. Counters are cleared by clear_i (start of a run) and read as a flat vector of 64-bit values in the order of
// the registers: cycles, compute, fill_drain, wait_weights, wait_features, wait_store, sync, busy of the four engines,
// addresses of the four ports.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_perf #(
  localparam int unsigned Engines  = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned Ports    = `TSR_UARCH_PORT_COUNT,
  localparam int unsigned Counters = 7 + Engines + Ports
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   clear_i,
  input  logic                   run_i,
  input  logic                   done_i,

  // compute engine
  input  logic                   start_i,
  input  logic                   complete_i,
  input  logic                   issue_i,     // the array gets operands
  input  logic                   waiting_i,   // a pass is visible in the FIFO
  input  logic [Engines-1:0]     lacking_i,   // tokens it lacks

  input  logic [Engines-1:0]     running_i,
  input  logic [Ports-1:0]       address_i,
  output logic [Counters*64-1:0] counters_o
);

  localparam int unsigned Compute  = `TSR_UARCH_ENGINE_COMPUTE;
  localparam int unsigned Weights  = `TSR_UARCH_ENGINE_LOAD_WEIGHT;
  localparam int unsigned Features = `TSR_UARCH_ENGINE_LOAD_FEATURE;
  localparam int unsigned Stores   = `TSR_UARCH_ENGINE_STORE;

  localparam int unsigned CauseCompute  = 0;
  localparam int unsigned CauseFill     = 1;
  localparam int unsigned CauseWeights  = 2;
  localparam int unsigned CauseFeatures = 3;
  localparam int unsigned CauseStore    = 4;
  localparam int unsigned CauseSync     = 5;
  localparam int unsigned Causes        = 6;

  logic [63:0]       pending_d, pending_q;
  logic [Causes-1:0] cause;      // of this cycle; none while it is pending
  logic              in_pass, settle;

  assign in_pass = running_i[Compute] && !complete_i;

  always_comb begin
    cause  = '0;
    settle = 1'b0;
    if (in_pass) begin
      cause[issue_i ? CauseCompute : CauseFill] = run_i;
    end else if (waiting_i) begin
      settle = run_i;
      if (lacking_i[Weights]) begin
        cause[CauseWeights] = run_i;
      end else if (lacking_i[Features]) begin
        cause[CauseFeatures] = run_i;
      end else if (lacking_i[Stores]) begin
        cause[CauseStore] = run_i;
      end else if (start_i) begin
        cause[CauseCompute] = run_i;
      end else begin
        cause[CauseSync] = run_i;
      end
    end
  end

  always_comb begin
    pending_d = pending_q;
    if (settle || clear_i) begin
      pending_d = '0;
    end else if (run_i && cause == '0) begin
      pending_d = pending_q + 64'd1;
    end
  end

  // What each counter grows by in this cycle; the first seven come from above.
  logic [Counters*64-1:0] step, count_q;
  logic [63:0]            sum;

  always_comb begin
    step        = '0;
    step[0]     = run_i;
    for (int unsigned i = 0; i < Causes; i++) begin
      step[64*(1 + i)] = cause[i];
    end
    if (settle) begin
      step[64*(1 + CauseSync) +: 64] = pending_q + {63'd0, cause[CauseSync]};
    end
    if (done_i) begin
      step[64*(1 + CauseStore) +: 64] = pending_q;
    end
    for (int unsigned i = 0; i < Engines; i++) begin
      step[64*(7 + i)] = running_i[i] && run_i;
    end
    for (int unsigned i = 0; i < Ports; i++) begin
      step[64*(7 + Engines + i)] = address_i[i] && run_i;
    end
  end

  for (genvar i = 0; i < Counters; i++) begin : g_counter
    always_ff @(posedge clk_i) begin
      if (!rst_ni || clear_i) begin
        count_q[64*i +: 64] <= '0;
      end else begin
        count_q[64*i +: 64] <= count_q[64*i +: 64] + step[64*i +: 64];
      end
    end
  end

  assign counters_o = count_q;

  always_comb begin
    sum = '0;
    for (int unsigned i = 1; i <= Causes; i++) begin
      sum = sum + count_q[64*i +: 64];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pending_q <= '0;
    end else begin
      pending_q <= pending_d;
    end
  end

  logic unused_sum;
  assign unused_sum = ^sum;

  logic unused_lacking;
  assign unused_lacking = lacking_i[Compute];

  `TSR_ASSERT(CausesSum_A, !run_i || sum + pending_q == count_q[63:0])

endmodule
