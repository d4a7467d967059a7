// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_axi_write as an AXI4 write master: what tsr_axi_read keeps on the address channel; beats only of bursts
// whose address was taken before this cycle, in order, as many as the address said, WLAST with the last one and no other;
// a beat once offered stays unchanged until taken; interval_i cycles or more between beats; neither valid waits for its
// ready (a twin that sees other ready inputs offers the same). The other side: answers bursts whose last beat it has.
//
// files: tsr_axi_write tsr_fifo
// prove: pdr 40 | MaxOutstanding=1
// deep: pdr 60 | MaxOutstanding=2
// prove: bmc 7 | MaxOutstanding=2
// prove: cover 14 | MaxOutstanding=2
// mutation: pdr 10 | MaxOutstanding=2
// mutants: 9 | MaxOutstanding=2

`include "formal_env.svh"

module formal_axi_write #(
  parameter int unsigned MaxOutstanding = 2,
  localparam int unsigned AxiDataBits = 32,
  localparam int unsigned CountW = $clog2(MaxOutstanding + 1)
) (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       halt_i,
  input logic       burst_valid_i,
  input logic [3:0] burst_address_i,
  input logic [1:0] burst_beats_i,
  input logic [1:0] interval_i,
  input logic       beat_valid_i,
  input logic [1:0] beat_data_i,
  input logic       awready_i,
  input logic       wready_i,
  input logic       other_awready_i,
  input logic       other_wready_i,
  input logic       bvalid_i,
  input logic [1:0] bresp_i,
  input logic       choose_i
);

  `FORMAL_RESET

  logic        taken, beat_taken, response, only_one, quiet, error, awvalid, wvalid, wlast, bready, bvalid;
  logic        twin_awvalid, twin_wvalid;
  logic [39:0] address, awaddr, error_address;
  logic [31:0] wdata;
  logic [7:0]  awlen;
  logic [3:0]  wstrb;
  logic [2:0]  awsize;
  logic [1:0]  awburst, error_response;
  logic [8:0]  beats;

  assign address = {10{burst_address_i}};  // every bit is looked at
  assign beats   = 9'(burst_beats_i) + 9'd1;

  tsr_axi_write #(.AxiDataBits(AxiDataBits), .MaxOutstanding(MaxOutstanding), .Id(3)) u_dut (
    .clk_i, .rst_ni, .halt_i, .prot_i(3'd0),
    .burst_valid_i, .burst_address_i(address), .burst_beats_i(beats), .burst_taken_o(taken),
    .interval_i(8'(interval_i)), .beat_valid_i, .beat_data_i({16{beat_data_i}}), .beat_strobe_i({2{beat_data_i}}),
    .beat_taken_o(beat_taken), .response_o(response), .only_one_o(only_one),
    .quiet_o(quiet), .error_o(error), .error_address_o(error_address), .error_response_o(error_response),
    .awaddr_o(awaddr), .awlen_o(awlen), .awsize_o(awsize), .awburst_o(awburst), .awid_o(), .awcache_o(), .awprot_o(),
    .awvalid_o(awvalid), .awready_i,
    .wdata_o(wdata), .wstrb_o(wstrb), .wlast_o(wlast), .wvalid_o(wvalid), .wready_i,
    .bresp_i, .bid_i(4'd3), .bvalid_i(bvalid), .bready_o(bready)
  );

  logic apart_q;
  tsr_axi_write #(.AxiDataBits(AxiDataBits), .MaxOutstanding(MaxOutstanding), .Id(3)) u_twin (
    .clk_i, .rst_ni, .halt_i, .prot_i(3'd0),
    .burst_valid_i, .burst_address_i(address), .burst_beats_i(beats), .burst_taken_o(),
    .interval_i(8'(interval_i)), .beat_valid_i, .beat_data_i({16{beat_data_i}}), .beat_strobe_i({2{beat_data_i}}),
    .beat_taken_o(), .response_o(), .only_one_o(), .quiet_o(), .error_o(), .error_address_o(), .error_response_o(),
    .awaddr_o(), .awlen_o(), .awsize_o(), .awburst_o(), .awid_o(), .awcache_o(), .awprot_o(),
    .awvalid_o(twin_awvalid), .awready_i(other_awready_i),
    .wdata_o(), .wstrb_o(), .wlast_o(), .wvalid_o(twin_wvalid), .wready_i(other_wready_i),
    .bresp_i, .bid_i(4'd3), .bvalid_i(bvalid && !apart_q), .bready_o()
  );

  // Sources hold what is not taken; the interval belongs to beats under way.
  logic       burst_wait_q, beat_wait_q, aw_wait_q, w_wait_q, past_last_q;
  logic [3:0] past_burst_q;
  logic [1:0] past_beats_q, past_data_q, past_interval_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) apart_q <= 1'b0;
    else apart_q <= apart_q || awready_i != other_awready_i || wready_i != other_wready_i;
    burst_wait_q    <= rst_ni && burst_valid_i && !taken;
    beat_wait_q     <= rst_ni && beat_valid_i && !beat_taken;
    aw_wait_q       <= rst_ni && awvalid && !awready_i;
    w_wait_q        <= rst_ni && wvalid && !wready_i;
    past_burst_q    <= burst_address_i;
    past_beats_q    <= burst_beats_i;
    past_data_q     <= beat_data_i;
    past_interval_q <= interval_i;
    past_last_q     <= wlast;
  end
  `TSR_ASSUME(BurstHolds_M, !burst_wait_q || (burst_valid_i && burst_address_i == past_burst_q
              && burst_beats_i == past_beats_q))
  `TSR_ASSUME(BeatHolds_M, !beat_wait_q || (beat_valid_i && beat_data_i == past_data_q))
  `TSR_ASSUME(Interval_M, interval_i != '0 && (!beat_wait_q || interval_i == past_interval_q))

  // Bursts outstanding, bursts whose beats are due, bursts the other side has whole.
  logic [CountW:0] count_q, due_q, whole_q;
  logic            aw, w, b;
  assign aw     = awvalid && awready_i;
  assign w      = wvalid && wready_i;
  assign bvalid = bvalid_i && whole_q != '0;
  assign b      = bvalid && bready;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      due_q   <= '0;
      whole_q <= '0;
    end else begin
      count_q <= count_q + (CountW+1)'(aw) - (CountW+1)'(b);
      due_q   <= due_q + (CountW+1)'(aw) - (CountW+1)'(w && wlast);
      whole_q <= whole_q + (CountW+1)'(w && wlast) - (CountW+1)'(b);
    end
  end

  // One burst, any one: bursts whose beats go before its own, beats of its own gone, responses before its own.
  logic            tracked_q, sends_q;
  logic [CountW:0] before_q, due_before_q;
  logic [2:0]      gone_q, length_q;
  logic [39:0]     address_q;
  logic            mine;
  assign mine = sends_q && due_before_q == '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tracked_q <= 1'b0;
      sends_q   <= 1'b0;
    end else if (!tracked_q) begin
      tracked_q    <= aw && choose_i;
      sends_q      <= aw && choose_i;
      before_q     <= count_q - (CountW+1)'(b);
      due_before_q <= due_q - (CountW+1)'(w && wlast);
      gone_q       <= '0;
      length_q     <= 3'(awlen) + 3'd1;
      address_q    <= awaddr;
    end else begin
      if (b) begin
        before_q  <= before_q - (CountW+1)'(1);
        tracked_q <= before_q != '0;
      end
      if (w && mine) begin
        gone_q  <= gone_q + 3'd1;
        sends_q <= !wlast;
      end
      if (w && wlast && !mine) due_before_q <= due_before_q - (CountW+1)'(1);
    end
  end

  // Cycles since the last beat.
  logic [1:0] since_q;
  logic       one_gone_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      one_gone_q <= 1'b0;
      since_q    <= '0;
    end else begin
      one_gone_q <= one_gone_q || w;
      since_q    <= w ? 2'd1 : since_q == 2'd3 ? since_q : since_q + 2'd1;
    end
  end

  `TSR_ASSERT(AddressStable_A, !aw_wait_q || (awvalid && awaddr == {10{past_burst_q}} && awlen[1:0] == past_beats_q))
  `TSR_ASSERT(DataStable_A, !w_wait_q || (wvalid && wdata == {16{past_data_q}} && wlast == past_last_q
              && wstrb == {2{past_data_q}}))
  `TSR_ASSERT(NoWaitForReady_A, apart_q || (awvalid == twin_awvalid && wvalid == twin_wvalid))
  `TSR_ASSERT(Limit_A, 32'(count_q) <= MaxOutstanding && (32'(count_q) < MaxOutstanding || !awvalid))
  `TSR_ASSERT(Prompt_A, halt_i || !burst_valid_i || 32'(count_q) == MaxOutstanding || awvalid)
  `TSR_ASSERT(OnlyAsked_A, !awvalid || (burst_valid_i && awaddr == address && 9'(awlen) + 9'd1 == beats))
  `TSR_ASSERT(Attributes_A, awsize == 3'd2 && awburst == 2'b01 && bready)
  `TSR_ASSERT(Taken_A, taken == aw && beat_taken == w && response == b)
  `TSR_ASSERT(Halt_A, !(halt_i && awvalid) || aw_wait_q)
  `TSR_ASSERT(NoBeatBeforeAddress_A, !wvalid || due_q != '0)
  `TSR_ASSERT(LastBeat_A, !(wvalid && mine) || (gone_q < length_q && wlast == (gone_q + 3'd1 == length_q)))
  `TSR_ASSERT(WholeBeforeResponse_A, !(tracked_q && before_q == '0 && b) || !sends_q)
  `TSR_ASSERT(Interval_A, !(wvalid && one_gone_q) || since_q >= interval_i)
  `TSR_ASSERT(PromptBeat_A, !(beat_valid_i && due_q != '0 && (!one_gone_q || since_q >= interval_i)) || wvalid)
  `TSR_ASSERT(Quiet_A, quiet == (count_q == '0 && !aw_wait_q))
  `TSR_ASSERT(OnlyOne_A, only_one == (count_q == (CountW+1)'(1)))
  `TSR_ASSERT(Error_A, error == (b && bresp_i[1]) && (!error || error_response == bresp_i))
  `TSR_ASSERT(ErrorAddress_A, !(tracked_q && before_q == '0) || error_address == address_q)
  `TSR_ASSERT(Kept_A, !tracked_q || before_q < count_q)

  `FORMAL_COVER(FullAndSecondDone_C, count_q == (CountW+1)'(MaxOutstanding) && whole_q == (CountW+1)'(1) && w)
  `FORMAL_COVER(ErrorOfLong_C, error && tracked_q && before_q == '0 && length_q == 3'd3)
  `FORMAL_COVER(HaltWithBeatsLeft_C, halt_i && w && mine && gone_q == 3'd1 && length_q == 3'd4)

endmodule
