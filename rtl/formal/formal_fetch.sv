// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_fetch, its read master and its queue of bursts included: bursts are the stream's beats in ascending order
// without gap, never beyond its end, 4 KiB or the limits, and never more than the buffer has room for; a descriptor goes
// to the engine of its opcode, in order, unchanged, once it is whole in the buffer and not sooner (the beats of a burst
// count from its last one on), at once when its engine has room; one that no engine can run, and `end`, stop it for good.
// Any stream of up to 15 units of any headers. The other side: answers bursts in order, with RLAST where it belongs.
//
// files: tsr_fetch tsr_axi_read tsr_fifo
// uarch: FETCH_BUFFER_UNITS=4
// prove: bmc 6 | AxiDataBits=512
// deep: pdr 120 | AxiDataBits=512
// prove: cover 14 | AxiDataBits=512
// mutation: pdr 30 | AxiDataBits=512
// mutants: 7 | AxiDataBits=512

`include "formal_env.svh"

module formal_fetch #(
  parameter int unsigned AxiDataBits    = 512,
  parameter int unsigned MaxBurstBeats  = 2,
  localparam int unsigned MaxOutstanding = 2,
  localparam int unsigned Engines    = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned BeatBytes  = AxiDataBits / 8,
  localparam int unsigned UnitBeats  = 64 / BeatBytes,
  localparam int unsigned Buffer     = `TSR_UARCH_FETCH_BUFFER_UNITS * UnitBeats,
  localparam int unsigned BurstLimit = `TSR_UARCH_FETCH_BURST_UNITS * UnitBeats,
  localparam int unsigned Longest    = MaxBurstBeats < BurstLimit ? MaxBurstBeats : BurstLimit
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               halt_i,
  input logic               start_i,
  input logic [Engines-1:0] room_i,
  input logic               arready_i,
  input logic               rvalid_i,
  input logic [3:0]         opcode_i,
  input logic [1:0]         length_i,
  input logic [3:0]         pop_i,
  input logic [3:0]         push_i
);

  `FORMAL_RESET

  // A stream, any one, that begins near the end of a page.
  (* anyconst *) logic [2:0] base_units;
  (* anyconst *) logic [3:0] units;
  logic [39:0] base;
  assign base = 40'h00_0000_1000 - 40'(base_units) * 40'd64;

  logic               end_reached, bad, quiet, error, arvalid, rready, rvalid, rlast, start, started_q;
  logic [Engines-1:0] dispatch;
  logic [1023:0]      desc;
  logic [39:0]        error_address, araddr;
  logic [7:0]         arlen;
  logic [AxiDataBits-1:0] rdata;
  always_comb begin
    rdata = '0;
    rdata[`TSR_HEADER_OPCODE_BITS] = opcode_i;
    rdata[`TSR_HEADER_UNITS_BITS]  = length_i;
    rdata[`TSR_HEADER_POP_BITS]    = pop_i;
    rdata[`TSR_HEADER_PUSH_BITS]   = push_i;
  end
  assign start = start_i && !started_q;

  tsr_fetch #(.AxiDataBits(AxiDataBits), .MaxBurstBeats(MaxBurstBeats), .MaxOutstanding(MaxOutstanding)) u_dut (
    .clk_i, .rst_ni, .halt_i, .prot_i(3'd0), .start_i(start), .base_i(base), .units_i(32'(units)), .room_i,
    .dispatch_o(dispatch), .desc_o(desc), .end_o(end_reached), .bad_o(bad), .quiet_o(quiet), .error_o(error),
    .error_address_o(error_address), .error_response_o(), .araddr_o(araddr), .arlen_o(arlen), .arsize_o(), .arburst_o(),
    .arid_o(), .arcache_o(), .arprot_o(), .arvalid_o(arvalid), .arready_i, .rdata_i(rdata), .rresp_i(2'b00),
    .rlast_i(rlast), .rid_i(4'(`TSR_UARCH_PORT_DESCRIPTOR)), .rvalid_i(rvalid), .rready_o(rready)
  );

  // The other side: lengths of the bursts it owes, the oldest first, and beats of that one gone.
  logic [1:0] owed_q;
  logic [8:0] length0_q, length1_q, gone_q;
  logic       ar, beat, burst_over;
  assign ar         = arvalid && arready_i;
  assign rvalid     = rvalid_i && owed_q != '0;
  assign rlast      = gone_q + 9'd1 == length0_q;
  assign beat       = rvalid && rready;
  assign burst_over = beat && rlast;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {owed_q, gone_q} <= '0;
    end else begin
      owed_q <= owed_q + 2'(ar) - 2'(burst_over);
      gone_q <= burst_over ? '0 : gone_q + 9'(beat);
    end
    if (burst_over) length0_q <= length1_q;
    if (ar && owed_q == 2'(burst_over)) length0_q <= 9'(arlen) + 9'd1;
    if (ar) length1_q <= 9'(arlen) + 9'd1;
  end

  // Beats of the stream: asked for, come, of whole bursts, dispatched.
  logic [7:0] asked_q, come_q, whole_q, head_q, total;
  logic       stopped_q;
  logic [3:0] opcode;
  logic [1:0] length, own_length;
  logic [3:0] target;
  logic       legal, present, stops;
  assign total  = 8'(units) * 8'(UnitBeats);
  assign opcode = desc[`TSR_HEADER_OPCODE_BITS];
  assign length = desc[`TSR_HEADER_UNITS_BITS];
  always_comb begin
    {target, own_length} = '0;
    case (opcode)
      4'(`TSR_OP_END):          own_length = 2'd1;
      4'(`TSR_OP_LOAD_FEATURE): {target[`TSR_UARCH_ENGINE_LOAD_FEATURE], own_length} = {1'b1, 2'd1};
      4'(`TSR_OP_LOAD_WEIGHT):  {target[`TSR_UARCH_ENGINE_LOAD_WEIGHT], own_length}  = {1'b1, 2'd1};
      4'(`TSR_OP_STORE):        {target[`TSR_UARCH_ENGINE_STORE], own_length}        = {1'b1, 2'd1};
      4'(`TSR_OP_CONV):         {target[`TSR_UARCH_ENGINE_COMPUTE], own_length}      = {1'b1, 2'(`TSR_CONV_UNITS)};
      4'(`TSR_OP_POOL):         {target[`TSR_UARCH_ENGINE_COMPUTE], own_length}      = {1'b1, 2'(`TSR_POOL_UNITS)};
      default: ;
    endcase
  end
  assign legal   = own_length != '0 && length == own_length
                   && (target & (desc[`TSR_HEADER_POP_BITS] | desc[`TSR_HEADER_PUSH_BITS])) == '0;
  // Its first unit says whether it is legal and how long; then all of it must be there.
  assign present = started_q && !stopped_q && whole_q - head_q >= 8'(UnitBeats)
                   && (!legal || whole_q - head_q >= 8'(length) * 8'(UnitBeats));
  assign stops   = present && (legal ? target == '0 : !halt_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {started_q, stopped_q, asked_q, come_q, whole_q, head_q} <= '0;
    end else begin
      started_q <= started_q || start;
      stopped_q <= stopped_q || stops;
      if (ar) asked_q <= asked_q + arlen + 8'd1;
      if (beat) come_q <= come_q + 8'd1;
      if (burst_over) whole_q <= come_q + 8'd1;
      if (dispatch != '0) head_q <= head_q + 8'(length) * 8'(UnitBeats);
    end
  end

  // One unit, any one: what its header was, once it has come.
  (* anyconst *) logic [3:0] unit;
  logic        known_q;
  logic [13:0] header_q, first, second;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) known_q <= 1'b0;
    else if (beat && come_q == 8'(unit) * 8'(UnitBeats)) {known_q, header_q} <= {1'b1, push_i, pop_i, length_i, opcode_i};
  end
  assign first  = {desc[`TSR_HEADER_PUSH_BITS], desc[`TSR_HEADER_POP_BITS], length, opcode};
  assign second = {desc[512 + 13 +: 4], desc[512 + 9 +: 4], desc[512 + 4 +: 2], desc[512 +: 4]};

  logic [39:0] burst_end;
  assign burst_end = araddr + (40'(arlen) + 40'd1) * 40'(BeatBytes);

  `TSR_ASSERT(Address_A, !arvalid || araddr == base + 40'(asked_q) * 40'(BeatBytes))
  `TSR_ASSERT(InStream_A, !arvalid || (started_q && 9'(asked_q) + 9'(arlen) < 9'(total)))
  `TSR_ASSERT(Length_A, !arvalid || 32'(arlen) < Longest)
  `TSR_ASSERT(Page_A, !arvalid || araddr[39:12] == 28'((araddr + 40'(arlen) * 40'(BeatBytes)) >> 12))
  `TSR_ASSERT(Room_A, !arvalid || 32'(asked_q - head_q) + 32'(arlen) < Buffer)
  `TSR_ASSERT(NoShortBurst_A, !arvalid || 32'(arlen) + 1 == Longest || 9'(asked_q) + 9'(arlen) + 9'd1 == 9'(total)
              || burst_end[11:0] == '0)
  `TSR_ASSERT(PromptBurst_A, halt_i || !started_q || asked_q == total || owed_q == 2'(MaxOutstanding)
              || 32'(asked_q - head_q) + Longest > Buffer || arvalid)
  `TSR_ASSERT(Dispatch_A, dispatch == (present && legal && !halt_i ? target & room_i : '0))
  `TSR_ASSERT(End_A, end_reached == (stopped_q || (present && legal && target == '0)))
  `TSR_ASSERT(Bad_A, bad == (present && !legal && !halt_i))
  `TSR_ASSERT(First_A, !(present && known_q && head_q == 8'(unit) * 8'(UnitBeats)) || first == header_q)
  `TSR_ASSERT(Second_A, !(dispatch != '0 && length == 2'd2 && known_q
              && head_q + 8'(UnitBeats) == 8'(unit) * 8'(UnitBeats)) || second == header_q)
  `TSR_ASSERT(Account_A, head_q <= whole_q && whole_q <= come_q && come_q <= asked_q && asked_q <= total)
  `TSR_ASSERT(Quiet_A, !quiet || owed_q == '0)

  `FORMAL_COVER(TwoUnits_C, dispatch == 4'd4 && length == 2'd2 && head_q >= 8'(3 * UnitBeats))
  `FORMAL_COVER(AcrossPage_C, end_reached && head_q == total - 8'(UnitBeats) && base_units == 3'd1 && units == 4'd4)

endmodule
