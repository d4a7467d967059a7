// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_axi_read as an AXI4 read master: an address once offered stays offered and unchanged until taken, whether
// halted or not; it never waits for ready (a twin that sees another ARREADY offers the same); at most MaxOutstanding
// bursts are outstanding and the count is right; the burst of an error is the one whose beat came; no address is made up,
// lost or doubled. The other side: answers only bursts asked for, in any number of beats.
//
// files: tsr_axi_read tsr_fifo
// prove: pdr 40 | MaxOutstanding=1
// deep: pdr 40 | MaxOutstanding=3
// prove: bmc 8 | MaxOutstanding=2
// prove: cover 14 | MaxOutstanding=3
// mutation: pdr 10 | MaxOutstanding=2
// mutants: 9 | MaxOutstanding=2

`include "formal_env.svh"

module formal_axi_read #(
  parameter int unsigned MaxOutstanding = 3,
  localparam int unsigned AxiDataBits = 32,
  localparam int unsigned CountW = $clog2(MaxOutstanding + 1)
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        halt_i,
  input logic        burst_valid_i,
  input logic [3:0]  burst_address_i,
  input logic [8:0]  burst_beats_i,
  input logic        take_i,
  input logic        arready_i,
  input logic        other_ready_i,
  input logic        rvalid_i,
  input logic        rlast_i,
  input logic [1:0]  rresp_i,
  input logic        choose_i
);

  `FORMAL_RESET

  logic        taken, beat, beat_last, only_one, quiet, error, arvalid, rready, twin_valid;
  logic [39:0] address, araddr, error_address;
  logic [31:0] unused_data;
  logic [7:0]  arlen;
  logic [2:0]  arsize, unused_prot;
  logic [1:0]  arburst, error_response;
  logic [3:0]  arid, unused_cache;
  logic        rvalid;

  assign address = {10{burst_address_i}};  // every bit is looked at

  tsr_axi_read #(.AxiDataBits(AxiDataBits), .MaxOutstanding(MaxOutstanding), .Id(2)) u_dut (
    .clk_i, .rst_ni, .halt_i, .prot_i(3'd0),
    .burst_valid_i, .burst_address_i(address), .burst_beats_i, .burst_taken_o(taken),
    .take_i, .beat_o(beat), .beat_last_o(beat_last), .beat_data_o(unused_data), .only_one_o(only_one),
    .quiet_o(quiet), .error_o(error), .error_address_o(error_address), .error_response_o(error_response),
    .araddr_o(araddr), .arlen_o(arlen), .arsize_o(arsize), .arburst_o(arburst), .arid_o(arid),
    .arcache_o(unused_cache), .arprot_o(unused_prot), .arvalid_o(arvalid), .arready_i,
    .rdata_i(32'd0), .rresp_i, .rlast_i, .rid_i(4'd2), .rvalid_i(rvalid), .rready_o(rready)
  );

  // The same, but for ARREADY of the present cycle: what is offered must not differ.
  logic apart_q;
  tsr_axi_read #(.AxiDataBits(AxiDataBits), .MaxOutstanding(MaxOutstanding), .Id(2)) u_twin (
    .clk_i, .rst_ni, .halt_i, .prot_i(3'd0),
    .burst_valid_i, .burst_address_i(address), .burst_beats_i, .burst_taken_o(),
    .take_i, .beat_o(), .beat_last_o(), .beat_data_o(), .only_one_o(),
    .quiet_o(), .error_o(), .error_address_o(), .error_response_o(),
    .araddr_o(), .arlen_o(), .arsize_o(), .arburst_o(), .arid_o(), .arcache_o(), .arprot_o(),
    .arvalid_o(twin_valid), .arready_i(other_ready_i),
    .rdata_i(32'd0), .rresp_i, .rlast_i, .rid_i(4'd2), .rvalid_i(rvalid && !apart_q), .rready_o()
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) apart_q <= 1'b0;
    else apart_q <= apart_q || arready_i != other_ready_i;
  end

  // Burst source: holds a burst until it is taken.
  logic       wait_q, past_halt_q, past_ar_wait_q;
  logic [3:0] past_burst_q;
  logic [8:0] past_beats_q;
  logic [39:0] past_araddr_q;
  logic [7:0] past_arlen_q;
  always_ff @(posedge clk_i) begin
    wait_q         <= rst_ni && burst_valid_i && !taken;
    past_burst_q   <= burst_address_i;
    past_beats_q   <= burst_beats_i;
    past_halt_q    <= rst_ni && halt_i;
    past_ar_wait_q <= rst_ni && arvalid && !arready_i;
    past_araddr_q  <= araddr;
    past_arlen_q   <= arlen;
  end
  `TSR_ASSUME(SourceHolds_M, !wait_q || (burst_valid_i && burst_address_i == past_burst_q
              && burst_beats_i == past_beats_q))
  `TSR_ASSUME(SourceLength_M, burst_beats_i >= 9'd1 && burst_beats_i <= 9'd256)

  // Bursts outstanding; the other side answers only those.
  logic [CountW:0] count_q;
  logic            done;
  assign rvalid = rvalid_i && count_q != '0;
  assign done   = rvalid && rready && rlast_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + (CountW+1)'(arvalid && arready_i) - (CountW+1)'(done);
  end

  // One burst, any one: how many are answered before it.
  logic            tracked_q;
  logic [CountW:0] before_q;
  logic [39:0]     address_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tracked_q <= 1'b0;
    end else if (!tracked_q) begin
      tracked_q <= arvalid && arready_i && choose_i;
      before_q  <= count_q - (CountW+1)'(done);
      address_q <= araddr;
    end else if (done) begin
      before_q  <= before_q - (CountW+1)'(1);
      tracked_q <= before_q != '0;
    end
  end

  `TSR_ASSERT(Stable_A, !past_ar_wait_q || (arvalid && araddr == past_araddr_q && arlen == past_arlen_q))
  `TSR_ASSERT(NoWaitForReady_A, apart_q || arvalid == twin_valid)
  `TSR_ASSERT(Limit_A, 32'(count_q) <= MaxOutstanding && (32'(count_q) < MaxOutstanding || !arvalid))
  `TSR_ASSERT(Prompt_A, halt_i || !burst_valid_i || 32'(count_q) == MaxOutstanding || arvalid)
  `TSR_ASSERT(OnlyAsked_A, !arvalid || (burst_valid_i && araddr == address && 9'(arlen) + 9'd1 == burst_beats_i))
  `TSR_ASSERT(Attributes_A, arsize == 3'd2 && arburst == 2'b01 && arid == 4'd2)
  `TSR_ASSERT(Taken_A, taken == (arvalid && arready_i))
  `TSR_ASSERT(Halt_A, !(halt_i && arvalid) || past_ar_wait_q)
  `TSR_ASSERT(Quiet_A, quiet == (count_q == '0 && !past_ar_wait_q))
  `TSR_ASSERT(OnlyOne_A, only_one == (count_q == (CountW+1)'(1)))
  `TSR_ASSERT(Beat_A, beat == (rvalid && take_i) && rready == take_i && beat_last == rlast_i)
  `TSR_ASSERT(Error_A, error == (beat && rresp_i[1]) && (!error || error_response == rresp_i))
  `TSR_ASSERT(ErrorAddress_A, !(tracked_q && before_q == '0) || error_address == address_q)
  `TSR_ASSERT(Kept_A, !tracked_q || before_q < count_q)

  `FORMAL_COVER(Full_C, 32'(count_q) == MaxOutstanding && burst_valid_i)
  `FORMAL_COVER(ErrorOfSecond_C, error && tracked_q && before_q == '0 && address_q[3:0] == 4'd9 && count_q >= 2)
  `FORMAL_COVER(HaltWhileWaiting_C, halt_i && past_halt_q && arvalid && arready_i)

endmodule
