// SPDX-License-Identifier: Apache-2.0
//
// tsr_axi_read: AXI4 read master of one engine: address channel, outstanding count, order and errors.
//
// Address   offered when a burst is there and fewer than MaxOutstanding are outstanding; an address of cycle a counts
//           from a + 1 on, a last beat of cycle r frees its place from r + 1 on. Held until taken, also when halted.
// Data      the engine says by take_i when it takes a beat: it has room for it (never a wait on the outside).
// Halt      halt_i: no new address. quiet_o: nothing is offered or outstanding.
// One ID, INCR bursts of whole beats, inside 4 KiB (the burst source sees to it).

`include "tsr_assert.svh"

module tsr_axi_read #(
  parameter int unsigned AxiDataBits    = 64,
  parameter int unsigned MaxOutstanding = 8,
  parameter int unsigned Id             = 0,
  localparam int unsigned AddressW = 40,
  localparam int unsigned BeatsW   = 9
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   halt_i,
  input  logic [2:0]             prot_i,

  // bursts to ask for
  input  logic                   burst_valid_i,
  input  logic [AddressW-1:0]    burst_address_i,
  input  logic [BeatsW-1:0]      burst_beats_i,
  output logic                   burst_taken_o,  // address handshake

  // beats
  input  logic                   take_i,
  output logic                   beat_o,         // R handshake
  output logic                   beat_last_o,    // of its burst
  output logic [AxiDataBits-1:0] beat_data_o,
  output logic                   only_one_o,     // exactly one burst is outstanding

  output logic                   quiet_o,
  output logic                   error_o,        // this beat came with an error
  output logic [AddressW-1:0]    error_address_o,
  output logic [1:0]             error_response_o,

  // AXI4
  output logic [AddressW-1:0]    araddr_o,
  output logic [7:0]             arlen_o,
  output logic [2:0]             arsize_o,
  output logic [1:0]             arburst_o,
  output logic [3:0]             arid_o,
  output logic [3:0]             arcache_o,
  output logic [2:0]             arprot_o,
  output logic                   arvalid_o,
  input  logic                   arready_i,
  input  logic [AxiDataBits-1:0] rdata_i,
  input  logic [1:0]             rresp_i,
  input  logic                   rlast_i,
  input  logic [3:0]             rid_i,
  input  logic                   rvalid_i,
  output logic                   rready_o
);

  localparam int unsigned CountW = $clog2(MaxOutstanding + 1);

  logic              hold_d, hold_q;
  logic [CountW-1:0] outstanding;
  logic              room, done, in_flight;

  assign arvalid_o     = burst_valid_i && room && (!halt_i || hold_q);
  assign burst_taken_o = arvalid_o && arready_i;
  assign hold_d        = arvalid_o && !arready_i;
  assign araddr_o      = burst_address_i;
  assign arlen_o       = 8'(burst_beats_i - BeatsW'(1));
  assign arsize_o      = 3'($clog2(AxiDataBits / 8));
  assign arburst_o     = 2'b01;
  assign arid_o        = 4'(Id);
  assign arcache_o     = 4'b0011;
  assign arprot_o      = prot_i;

  assign rready_o    = take_i;
  assign beat_o      = rvalid_i && take_i;
  assign beat_last_o = rlast_i;
  assign beat_data_o = rdata_i;
  assign done        = beat_o && rlast_i;
  assign only_one_o  = outstanding == CountW'(1);

  assign quiet_o          = !in_flight && !hold_q;
  assign error_o          = beat_o && rresp_i[1];
  assign error_response_o = rresp_i;

  // Addresses in flight: their number is the number of bursts outstanding, and an error needs its burst's.
  tsr_fifo #(
    .Width(AddressW),
    .Depth(MaxOutstanding)
  ) u_flight (
    .clk_i,
    .rst_ni,
    .push_i (burst_taken_o),
    .data_i (burst_address_i),
    .room_o (room),
    .pop_i  (done),
    .valid_o(in_flight),
    .data_o (error_address_o),
    .count_o(outstanding)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hold_q <= 1'b0;
    end else begin
      hold_q <= hold_d;
    end
  end

  // The beats that the outside owes, per burst.
  `TSR_ASSUME(BeatWasAskedFor_A, !rvalid_i || in_flight)
  `TSR_ASSUME(OneId_A, !rvalid_i || rid_i == 4'(Id))

`ifdef VERILATOR
  logic [AddressW-1:0] past_address_q;
  logic [7:0]          past_len_q;
  always_ff @(posedge clk_i) begin
    past_address_q <= araddr_o;
    past_len_q     <= arlen_o;
  end
  `TSR_ASSERT(Stable_A, !hold_q || (arvalid_o && araddr_o == past_address_q && arlen_o == past_len_q))
`else
  logic unused_rid;
  assign unused_rid = ^rid_i;
`endif

endmodule
