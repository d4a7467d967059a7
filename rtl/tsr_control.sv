// SPDX-License-Identifier: Apache-2.0
//
// tsr_control: what makes the engines start: run control, command FIFOs, tokens, done, errors, counters, event tap.
//
// The fetch unit and the engines sit outside; per engine there are start, descriptor and done. Everything follows the
// rules of sim/machine/README.md: registers are read as they were at the end of the cycle before.

`include "tsr_uarch.vh"

module tsr_control #(
  parameter bit EventTap = 1'b1,
  localparam int unsigned Engines  = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned Ports    = `TSR_UARCH_PORT_COUNT,
  localparam int unsigned TagW     = `TSR_HEADER_TAG_WIDTH,
  localparam int unsigned Counters = 7 + Engines + Ports
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // registers
  input  logic                    start_i,
  input  logic                    abort_i,
  input  logic                    soft_reset_i,
  output logic                    go_o,
  output logic                    forget_o,
  output logic                    running_o,
  output logic                    draining_o,
  output logic                    done_o,
  output logic                    set_error_o,
  output logic                    set_aborted_o,
  output logic [31:0]             error_code_o,
  output logic [39:0]             error_address_o,
  output logic [Counters*64-1:0]  counters_o,

  // all units
  output logic                    unit_rst_no,
  output logic                    halt_o,

  // fetch unit
  input  logic [Engines-1:0]      dispatch_i,
  input  logic [1023:0]           dispatch_desc_i,
  output logic [Engines-1:0]      room_o,
  input  logic                    end_i,
  input  logic                    bad_i,

  // engines
  output logic [Engines-1:0]      start_o,
  output logic [511:0]            load_feature_desc_o,
  output logic [511:0]            load_weight_desc_o,
  output logic [1023:0]           compute_desc_o,
  output logic [511:0]            store_desc_o,
  input  logic [Engines-1:0]      done_i,
  input  logic                    issue_i,            // the array gets operands

  // ports, in the order of uarch.json
  input  logic [Ports-1:0]        address_i,          // address handshakes
  input  logic [Ports-1:0]        quiet_i,
  input  logic [Ports-1:0]        error_i,
  input  logic [Ports*40-1:0]     error_address_i,
  input  logic [Ports*2-1:0]      error_response_i,

  // event tap
  output logic [63:0]             ev_cycle_o,
  output logic [Engines-1:0]      ev_dispatch_o,
  output logic [TagW-1:0]         ev_dispatch_tag_o,
  output logic [Engines-1:0]      ev_start_o,
  output logic [Engines*TagW-1:0] ev_start_tag_o,
  output logic [Engines-1:0]      ev_complete_o,
  output logic [Engines*TagW-1:0] ev_complete_tag_o,
  output logic                    ev_done_o
);

  localparam int unsigned LoadFeature = `TSR_UARCH_ENGINE_LOAD_FEATURE;
  localparam int unsigned LoadWeight  = `TSR_UARCH_ENGINE_LOAD_WEIGHT;
  localparam int unsigned Compute     = `TSR_UARCH_ENGINE_COMPUTE;
  localparam int unsigned Store       = `TSR_UARCH_ENGINE_STORE;

  // A run
  logic        run, clear, finished, error, overflow;
  logic [63:0] cycle;

  tsr_run_control u_run (
    .clk_i,
    .rst_ni,
    .start_i,
    .abort_i,
    .soft_reset_i,
    .go_o,
    .run_o        (run),
    .halt_o,
    .clear_o      (clear),
    .finished_i   (finished),
    .error_i      (error),
    .quiet_i      (quiet_i == '1),
    .cycle_o      (cycle),
    .done_o,
    .forget_o,
    .running_o,
    .draining_o,
    .set_error_o,
    .set_aborted_o
  );

  assign unit_rst_no = rst_ni && !clear;

  // Engines
  logic [Engines-1:0]         running, waiting, complete;
  logic [Engines*Engines-1:0] has, pop, push, lacking;
  logic [Engines*TagW-1:0]    tag;

  tsr_engine_control #(.DescBits(512)) u_load_feature (
    .clk_i,
    .rst_ni      (unit_rst_no),
    .halt_i      (halt_o),
    .write_i     (dispatch_i[LoadFeature]),
    .write_desc_i(dispatch_desc_i[511:0]),
    .room_o      (room_o[LoadFeature]),
    .start_o     (start_o[LoadFeature]),
    .desc_o      (load_feature_desc_o),
    .done_i      (done_i[LoadFeature]),
    .has_i       (has[LoadFeature*Engines +: Engines]),
    .pop_o       (pop[LoadFeature*Engines +: Engines]),
    .push_o      (push[LoadFeature*Engines +: Engines]),
    .running_o   (running[LoadFeature]),
    .waiting_o   (waiting[LoadFeature]),
    .lacking_o   (lacking[LoadFeature*Engines +: Engines]),
    .complete_o  (complete[LoadFeature])
  );
  assign tag[LoadFeature*TagW +: TagW] = load_feature_desc_o[`TSR_HEADER_TAG_BITS];

  tsr_engine_control #(.DescBits(512)) u_load_weight (
    .clk_i,
    .rst_ni      (unit_rst_no),
    .halt_i      (halt_o),
    .write_i     (dispatch_i[LoadWeight]),
    .write_desc_i(dispatch_desc_i[511:0]),
    .room_o      (room_o[LoadWeight]),
    .start_o     (start_o[LoadWeight]),
    .desc_o      (load_weight_desc_o),
    .done_i      (done_i[LoadWeight]),
    .has_i       (has[LoadWeight*Engines +: Engines]),
    .pop_o       (pop[LoadWeight*Engines +: Engines]),
    .push_o      (push[LoadWeight*Engines +: Engines]),
    .running_o   (running[LoadWeight]),
    .waiting_o   (waiting[LoadWeight]),
    .lacking_o   (lacking[LoadWeight*Engines +: Engines]),
    .complete_o  (complete[LoadWeight])
  );
  assign tag[LoadWeight*TagW +: TagW] = load_weight_desc_o[`TSR_HEADER_TAG_BITS];

  tsr_engine_control #(.DescBits(1024)) u_compute (
    .clk_i,
    .rst_ni      (unit_rst_no),
    .halt_i      (halt_o),
    .write_i     (dispatch_i[Compute]),
    .write_desc_i(dispatch_desc_i),
    .room_o      (room_o[Compute]),
    .start_o     (start_o[Compute]),
    .desc_o      (compute_desc_o),
    .done_i      (done_i[Compute]),
    .has_i       (has[Compute*Engines +: Engines]),
    .pop_o       (pop[Compute*Engines +: Engines]),
    .push_o      (push[Compute*Engines +: Engines]),
    .running_o   (running[Compute]),
    .waiting_o   (waiting[Compute]),
    .lacking_o   (lacking[Compute*Engines +: Engines]),
    .complete_o  (complete[Compute])
  );
  assign tag[Compute*TagW +: TagW] = compute_desc_o[`TSR_HEADER_TAG_BITS];

  tsr_engine_control #(.DescBits(512)) u_store (
    .clk_i,
    .rst_ni      (unit_rst_no),
    .halt_i      (halt_o),
    .write_i     (dispatch_i[Store]),
    .write_desc_i(dispatch_desc_i[511:0]),
    .room_o      (room_o[Store]),
    .start_o     (start_o[Store]),
    .desc_o      (store_desc_o),
    .done_i      (done_i[Store]),
    .has_i       (has[Store*Engines +: Engines]),
    .pop_o       (pop[Store*Engines +: Engines]),
    .push_o      (push[Store*Engines +: Engines]),
    .running_o   (running[Store]),
    .waiting_o   (waiting[Store]),
    .lacking_o   (lacking[Store*Engines +: Engines]),
    .complete_o  (complete[Store])
  );
  assign tag[Store*TagW +: TagW] = store_desc_o[`TSR_HEADER_TAG_BITS];

  tsr_tokens u_tokens (
    .clk_i,
    .rst_ni    (unit_rst_no),
    .push_i    (push),
    .pop_i     (pop),
    .has_o     (has),
    .overflow_o(overflow)
  );

  assign finished = end_i && running == '0 && waiting == '0;

  // Errors: of those in one cycle the lowest port, then the descriptor, then the tokens.
  assign error = error_i != '0 || bad_i || overflow;

  always_comb begin
    error_code_o    = '0;
    error_address_o = '0;
    if (overflow) begin
      error_code_o                                     = '0;
      error_code_o[`TSR_REG_ERROR_CODE_TOKEN_OVERFLOW_BIT] = 1'b1;
    end
    if (bad_i) begin
      error_code_o                                     = '0;
      error_code_o[`TSR_REG_ERROR_CODE_DESCRIPTOR_BIT] = 1'b1;
      error_address_o                                  = 40'(dispatch_desc_i[`TSR_HEADER_TAG_BITS]);
    end
    for (int unsigned i = Ports; i > 0; i--) begin
      if (error_i[i-1]) begin
        error_code_o = '0;
        if (i - 1 == `TSR_UARCH_PORT_STORE) begin
          error_code_o[`TSR_REG_ERROR_CODE_WRITE_RESPONSE_BIT] = 1'b1;
        end else begin
          error_code_o[`TSR_REG_ERROR_CODE_READ_RESPONSE_BIT] = 1'b1;
        end
        error_code_o[`TSR_REG_ERROR_CODE_RESPONSE_BIT +: 2] = error_response_i[2*(i-1) +: 2];
        error_code_o[`TSR_REG_ERROR_CODE_PORT_BIT +: 2]     = 2'(i - 1);
        error_address_o                                     = error_address_i[40*(i-1) +: 40];
      end
    end
  end

  tsr_perf u_perf (
    .clk_i,
    .rst_ni,
    .clear_i   (go_o),
    .run_i     (run),
    .done_i    (done_o),
    .start_i   (start_o[Compute]),
    .complete_i(complete[Compute]),
    .issue_i,
    .waiting_i (waiting[Compute]),
    .lacking_i (lacking[Compute*Engines +: Engines]),
    .running_i (running),
    .address_i,
    .counters_o
  );

  tsr_event_tap #(.Enable(EventTap)) u_tap (
    .run_i         (run),
    .cycle_i       (cycle),
    .dispatch_i,
    .dispatch_tag_i(dispatch_desc_i[`TSR_HEADER_TAG_BITS]),
    .start_i       (start_o),
    .complete_i    (complete),
    .tag_i         (tag),
    .done_i        (done_o),
    .ev_cycle_o,
    .ev_dispatch_o,
    .ev_dispatch_tag_o,
    .ev_start_o,
    .ev_start_tag_o,
    .ev_complete_o,
    .ev_complete_tag_o,
    .ev_done_o
  );

  logic unused_lacking;
  assign unused_lacking = ^lacking;

endmodule
