// SPDX-License-Identifier: Apache-2.0
//
// tsr_event_tap: what happens in which cycle, for comparison with the model; with Enable = 0 nothing is left of it.
//
// One bit an engine for dispatch, start and complete, with the tag of the descriptor. Addresses and responses are seen
// at the AXI pins.

`include "tsr_uarch.vh"

module tsr_event_tap #(
  parameter bit Enable = 1'b1,
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned TagW    = `TSR_HEADER_TAG_WIDTH
) (
  input  logic                    run_i,
  input  logic [63:0]             cycle_i,
  input  logic [Engines-1:0]      dispatch_i,
  input  logic [TagW-1:0]         dispatch_tag_i,
  input  logic [Engines-1:0]      start_i,
  input  logic [Engines-1:0]      complete_i,
  input  logic [Engines*TagW-1:0] tag_i,         // of the descriptor that starts, runs or completes
  input  logic                    done_i,

  output logic [63:0]             ev_cycle_o,
  output logic [Engines-1:0]      ev_dispatch_o,
  output logic [TagW-1:0]         ev_dispatch_tag_o,
  output logic [Engines-1:0]      ev_start_o,
  output logic [Engines*TagW-1:0] ev_start_tag_o,
  output logic [Engines-1:0]      ev_complete_o,
  output logic [Engines*TagW-1:0] ev_complete_tag_o,
  output logic                    ev_done_o
);

  if (Enable) begin : g_tap
    assign ev_cycle_o        = cycle_i;
    assign ev_dispatch_o     = run_i ? dispatch_i : '0;
    assign ev_dispatch_tag_o = dispatch_tag_i;
    assign ev_start_o        = run_i ? start_i : '0;
    assign ev_start_tag_o    = tag_i;
    assign ev_complete_o     = run_i ? complete_i : '0;
    assign ev_complete_tag_o = tag_i;
    assign ev_done_o         = done_i;
  end else begin : g_none
    logic unused_all;
    assign unused_all        = ^{run_i, cycle_i, dispatch_i, dispatch_tag_i, start_i, complete_i, tag_i, done_i};
    assign ev_cycle_o        = '0;
    assign ev_dispatch_o     = '0;
    assign ev_dispatch_tag_o = '0;
    assign ev_start_o        = '0;
    assign ev_start_tag_o    = '0;
    assign ev_complete_o     = '0;
    assign ev_complete_tag_o = '0;
    assign ev_done_o         = 1'b0;
  end

endmodule
