// SPDX-License-Identifier: Apache-2.0
//
// tsr_axi_write: AXI4 write master: address channel as in tsr_axi_read, beats, one response a burst.
//
// Data      beats follow in order of the addresses, the first of a burst no sooner than the cycle after its address,
//           and interval_i cycles or more after the beat before it, also when that was of another descriptor.
// Response  always taken. Halt: no new address; the beats of bursts asked for still come from the source.

`include "tsr_assert.svh"

module tsr_axi_write #(
  parameter int unsigned AxiDataBits    = 64,
  parameter int unsigned MaxOutstanding = 8,
  parameter int unsigned Id             = 0,
  localparam int unsigned AddressW = 40,
  localparam int unsigned BeatsW   = 9,
  localparam int unsigned IntervalW = 8
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     halt_i,
  input  logic [2:0]               prot_i,

  // bursts to ask for
  input  logic                     burst_valid_i,
  input  logic [AddressW-1:0]      burst_address_i,
  input  logic [BeatsW-1:0]        burst_beats_i,
  output logic                     burst_taken_o,  // address handshake

  // beats
  input  logic [IntervalW-1:0]     interval_i,     // >= 1
  input  logic                     beat_valid_i,
  input  logic [AxiDataBits-1:0]   beat_data_i,
  input  logic [AxiDataBits/8-1:0] beat_strobe_i,
  output logic                     beat_taken_o,   // W handshake

  // responses
  output logic                     response_o,     // B handshake
  output logic                     only_one_o,     // exactly one burst is outstanding

  output logic                     quiet_o,
  output logic                     error_o,        // this response is an error
  output logic [AddressW-1:0]      error_address_o,
  output logic [1:0]               error_response_o,

  // AXI4
  output logic [AddressW-1:0]      awaddr_o,
  output logic [7:0]               awlen_o,
  output logic [2:0]               awsize_o,
  output logic [1:0]               awburst_o,
  output logic [3:0]               awid_o,
  output logic [3:0]               awcache_o,
  output logic [2:0]               awprot_o,
  output logic                     awvalid_o,
  input  logic                     awready_i,
  output logic [AxiDataBits-1:0]   wdata_o,
  output logic [AxiDataBits/8-1:0] wstrb_o,
  output logic                     wlast_o,
  output logic                     wvalid_o,
  input  logic                     wready_i,
  input  logic [1:0]               bresp_i,
  input  logic [3:0]               bid_i,
  input  logic                     bvalid_i,
  output logic                     bready_o
);

  localparam int unsigned CountW = $clog2(MaxOutstanding + 1);

  logic                 hold_d, hold_q;
  logic [CountW-1:0]    outstanding, unused_count;
  logic                 room, in_flight, unused_room;
  logic                 sending;                  // a burst is there whose beats are due
  logic [BeatsW-1:0]    length, sent_d, sent_q;   // beats of that burst, and those gone
  logic [IntervalW-1:0] since_d, since_q;         // cycles since the last beat, saturating

  assign awvalid_o     = burst_valid_i && room && (!halt_i || hold_q);
  assign burst_taken_o = awvalid_o && awready_i;
  assign hold_d        = awvalid_o && !awready_i;
  assign awaddr_o      = burst_address_i;
  assign awlen_o       = 8'(burst_beats_i - BeatsW'(1));
  assign awsize_o      = 3'($clog2(AxiDataBits / 8));
  assign awburst_o     = 2'b01;
  assign awid_o        = 4'(Id);
  assign awcache_o     = 4'b0011;
  assign awprot_o      = prot_i;

  assign wvalid_o     = sending && beat_valid_i && since_q >= interval_i;
  assign beat_taken_o = wvalid_o && wready_i;
  assign wdata_o      = beat_data_i;
  assign wstrb_o      = beat_strobe_i;
  assign wlast_o      = sent_q + BeatsW'(1) == length;

  always_comb begin
    sent_d  = sent_q;
    since_d = since_q == '1 ? since_q : since_q + IntervalW'(1);
    if (beat_taken_o) begin
      sent_d  = wlast_o ? '0 : sent_q + BeatsW'(1);
      since_d = IntervalW'(1);
    end
  end

  assign bready_o         = 1'b1;
  assign response_o       = bvalid_i;
  assign only_one_o       = outstanding == CountW'(1);
  assign quiet_o          = !in_flight && !hold_q;
  assign error_o          = bvalid_i && bresp_i[1];
  assign error_response_o = bresp_i;

  tsr_fifo #(
    .Width(AddressW),
    .Depth(MaxOutstanding)
  ) u_flight (
    .clk_i,
    .rst_ni,
    .push_i (burst_taken_o),
    .data_i (burst_address_i),
    .room_o (room),
    .pop_i  (response_o),
    .valid_o(in_flight),
    .data_o (error_address_o),
    .count_o(outstanding)
  );

  tsr_fifo #(
    .Width(BeatsW),
    .Depth(MaxOutstanding)
  ) u_length (
    .clk_i,
    .rst_ni,
    .push_i (burst_taken_o),
    .data_i (burst_beats_i),
    .room_o (unused_room),
    .pop_i  (beat_taken_o && wlast_o),
    .valid_o(sending),
    .data_o (length),
    .count_o(unused_count)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hold_q  <= 1'b0;
      sent_q  <= '0;
      since_q <= '1;
    end else begin
      hold_q  <= hold_d;
      sent_q  <= sent_d;
      since_q <= since_d;
    end
  end

  `TSR_ASSUME(ResponseWasAskedFor_A, !bvalid_i || in_flight)
  `TSR_ASSUME(OneId_A, !bvalid_i || bid_i == 4'(Id))

`ifdef VERILATOR
  logic                     past_wait_q;
  logic [AddressW-1:0]      past_address_q;
  logic [AxiDataBits-1:0]   past_data_q;
  logic [AxiDataBits/8-1:0] past_strobe_q;
  logic                     past_last_q;
  always_ff @(posedge clk_i) begin
    past_wait_q    <= rst_ni && wvalid_o && !wready_i;
    past_address_q <= awaddr_o;
    past_data_q    <= wdata_o;
    past_strobe_q  <= wstrb_o;
    past_last_q    <= wlast_o;
  end
  `TSR_ASSERT(AddressStable_A, !hold_q || (awvalid_o && awaddr_o == past_address_q))
  `TSR_ASSERT(DataStable_A, !past_wait_q || (wvalid_o && wdata_o == past_data_q && wstrb_o == past_strobe_q
              && wlast_o == past_last_q))
`else
  logic unused_bid;
  assign unused_bid = ^bid_i;
`endif

endmodule
