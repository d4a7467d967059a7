// SPDX-License-Identifier: Apache-2.0
//
// tsr_fetch: reads the descriptor stream and hands each descriptor to its engine's command FIFO, in order.
//
// start_i in the cycle before cycle 0, with base and length of the stream: first address in cycle 0. Bursts are of
// fetch_burst_units units, less where MaxBurstBeats, 4 KiB or the end of the stream cut first. A burst is asked for
// when the buffer has room for all of it. Its bytes count from the last beat on: a descriptor that is whole in the
// buffer at the end of cycle r is dispatched in r + 1 or later, one a cycle, when its engine has room. `end` goes to
// no engine: end_o is high from the first cycle on in which it could be dispatched.
// A descriptor that no engine can run (opcode, length, a token of an engine with itself) is refused: bad_o, and no more
// is dispatched.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_fetch #(
  parameter int unsigned AxiDataBits    = 64,
  parameter int unsigned MaxBurstBeats  = 16,
  parameter int unsigned MaxOutstanding = 8,
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   halt_i,
  input  logic [2:0]             prot_i,

  input  logic                   start_i,
  input  logic [39:0]            base_i,     // multiple of 64
  input  logic [31:0]            units_i,    // length of the stream, end included

  // dispatch: at most one engine a cycle; desc_o is the descriptor at the head of the buffer
  input  logic [Engines-1:0]     room_i,
  output logic [Engines-1:0]     dispatch_o,
  output logic [1023:0]          desc_o,
  output logic                   end_o,
  output logic                   bad_o,

  output logic                   quiet_o,
  output logic                   error_o,
  output logic [39:0]            error_address_o,
  output logic [1:0]             error_response_o,

  // AXI4 read
  output logic [39:0]            araddr_o,
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

  localparam int unsigned BeatBytes   = AxiDataBits / 8;
  localparam int unsigned BeatLog     = $clog2(BeatBytes);
  localparam int unsigned UnitBytes   = `TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
  localparam int unsigned UnitBeats   = UnitBytes / BeatBytes;
  localparam int unsigned UnitLog     = $clog2(UnitBeats);
  localparam int unsigned Units       = `TSR_UARCH_FETCH_BUFFER_UNITS;
  localparam int unsigned BufferBeats = Units * UnitBeats;
  localparam int unsigned BurstLimit  = `TSR_UARCH_FETCH_BURST_UNITS * UnitBeats;
  localparam int unsigned BurstBeats  = MaxBurstBeats < BurstLimit ? MaxBurstBeats : BurstLimit;
  localparam int unsigned PlaceW      = $clog2(BufferBeats);
  localparam int unsigned CountW      = $clog2(BufferBeats + 1);
  localparam int unsigned LeftW       = 32 + UnitLog;
  localparam int unsigned IndexW      = 40 - BeatLog;
  localparam int unsigned PageLog     = 12 - BeatLog;

  if (UnitBytes != 64 || Units % 2 != 0 || Units < 4 || (Units & (Units - 1)) != 0 || BeatBytes > UnitBytes
      || `TSR_UARCH_DISPATCH_CYCLES != 1) begin : g_bad_constant
    $error("tsr_fetch: units of 64 bytes, a power of two of them in the buffer, dispatch_cycles 1");
  end

  // Bursts
  logic [LeftW-1:0]  left_d, left_q;        // beats not asked for
  logic [IndexW-1:0] index_d, index_q;
  logic [PageLog:0]  page_left;
  logic [8:0]        beats;
  logic [CountW-1:0] asked_d, asked_q;      // beats asked for and not dispatched
  logic              burst_valid, burst_taken;

  assign page_left   = (PageLog+1)'(1 << PageLog) - {1'b0, index_q[PageLog-1:0]};
  assign burst_valid = left_q != '0 && CountW'(beats) <= CountW'(BufferBeats) - asked_q;

  always_comb begin
    beats = 9'(BurstBeats);
    if (LeftW'(beats) > left_q) begin
      beats = 9'(left_q);
    end
    if (11'(beats) > 11'(page_left)) begin
      beats = 9'(page_left);
    end
  end

  logic                   beat, beat_last, unused_only_one;
  logic [AxiDataBits-1:0] beat_data;

  tsr_axi_read #(
    .AxiDataBits   (AxiDataBits),
    .MaxOutstanding(MaxOutstanding),
    .Id            (`TSR_UARCH_PORT_DESCRIPTOR)
  ) u_axi (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .burst_valid_i  (burst_valid),
    .burst_address_i({index_q, BeatLog'(0)}),
    .burst_beats_i  (beats),
    .burst_taken_o  (burst_taken),
    .take_i         (1'b1),
    .beat_o         (beat),
    .beat_last_o    (beat_last),
    .beat_data_o    (beat_data),
    .only_one_o     (unused_only_one),
    .quiet_o,
    .error_o,
    .error_address_o,
    .error_response_o,
    .araddr_o,
    .arlen_o,
    .arsize_o,
    .arburst_o,
    .arid_o,
    .arcache_o,
    .arprot_o,
    .arvalid_o,
    .arready_i,
    .rdata_i,
    .rresp_i,
    .rlast_i,
    .rid_i,
    .rvalid_i,
    .rready_o
  );

  // Buffer: units in turn in an even and an odd half, so that a descriptor of two units is seen at once.
  localparam int unsigned RowW = $clog2(Units) - 1;
  logic [PlaceW-1:0]         place_d, place_q;    // of the next beat
  logic [CountW-1:0]         burst_d, burst_q;    // beats of the present burst so far
  logic [CountW-1:0]         whole_d, whole_q;    // beats of whole bursts, not dispatched
  logic [$clog2(Units)-1:0]  head_d, head_q;      // unit at the head
  logic [511:0]              even, odd;
  logic [RowW-1:0]           even_row, odd_row;

  assign even_row = head_q[RowW:1] + RowW'(head_q[0]);
  assign odd_row  = head_q[RowW:1];

  for (genvar i = 0; i < UnitBeats; i++) begin : g_lane
    logic [AxiDataBits-1:0] even_q [Units/2];
    logic [AxiDataBits-1:0] odd_q  [Units/2];
    logic                   here;

    if (UnitBeats == 1) begin : g_only
      assign here = 1'b1;
    end else begin : g_one
      assign here = place_q[UnitLog-1:0] == UnitLog'(i);
    end

    always_ff @(posedge clk_i) begin
      if (beat && here && !place_q[UnitLog]) begin
        even_q[place_q[PlaceW-1:UnitLog+1]] <= beat_data;
      end
      if (beat && here && place_q[UnitLog]) begin
        odd_q[place_q[PlaceW-1:UnitLog+1]] <= beat_data;
      end
    end
    assign even[i*AxiDataBits +: AxiDataBits] = even_q[even_row];
    assign odd[i*AxiDataBits +: AxiDataBits]  = odd_q[odd_row];
  end

  assign desc_o = head_q[0] ? {even, odd} : {odd, even};

  // Dispatch
  logic [3:0]         opcode;
  logic [1:0]         length, own_length;
  logic [3:0]         target, own;
  logic               known, whole, legal, dispatch, stopped_d, stopped_q;
  logic [CountW-1:0]  dispatched;

  assign opcode = desc_o[`TSR_HEADER_OPCODE_BITS];
  assign length = desc_o[`TSR_HEADER_UNITS_BITS];

  always_comb begin
    target     = '0;
    own_length = 2'd1;
    known      = 1'b1;
    case (opcode)
      4'(`TSR_OP_END):          target = '0;
      4'(`TSR_OP_LOAD_FEATURE): target[`TSR_UARCH_ENGINE_LOAD_FEATURE] = 1'b1;
      4'(`TSR_OP_LOAD_WEIGHT):  target[`TSR_UARCH_ENGINE_LOAD_WEIGHT] = 1'b1;
      4'(`TSR_OP_STORE):        target[`TSR_UARCH_ENGINE_STORE] = 1'b1;
      4'(`TSR_OP_CONV): begin
        target[`TSR_UARCH_ENGINE_COMPUTE] = 1'b1;
        own_length                        = 2'(`TSR_CONV_UNITS);
      end
      4'(`TSR_OP_POOL): begin
        target[`TSR_UARCH_ENGINE_COMPUTE] = 1'b1;
        own_length                        = 2'(`TSR_POOL_UNITS);
      end
      default:                  known = 1'b0;
    endcase
  end

  assign own   = target & (desc_o[`TSR_HEADER_POP_BITS] | desc_o[`TSR_HEADER_PUSH_BITS]);
  assign legal = known && length == own_length && own == '0;
  assign whole = !stopped_q && whole_q >= CountW'(UnitBeats)
                 && (!legal || whole_q >= (length == 2'd2 ? CountW'(2 * UnitBeats) : CountW'(UnitBeats)));

  assign bad_o      = whole && !legal && !halt_i;
  assign dispatch_o = whole && legal && !halt_i ? target & room_i : '0;
  assign dispatch   = dispatch_o != '0;
  assign end_o      = stopped_q || (whole && legal && target == '0);
  assign dispatched = !dispatch ? '0 : length == 2'd2 ? CountW'(2 * UnitBeats) : CountW'(UnitBeats);

  always_comb begin
    left_d    = left_q;
    index_d   = index_q;
    asked_d   = asked_q - dispatched;
    place_d   = place_q;
    burst_d   = burst_q;
    whole_d   = whole_q - dispatched;
    head_d    = dispatch ? head_q + $clog2(Units)'(length) : head_q;
    stopped_d = stopped_q || end_o || bad_o;
    if (burst_taken) begin
      left_d  = left_q - LeftW'(beats);
      index_d = index_q + IndexW'(beats);
      asked_d = asked_q - dispatched + CountW'(beats);
    end
    if (beat) begin
      place_d = place_q + PlaceW'(1);
      burst_d = burst_q + CountW'(1);
      if (beat_last) begin
        burst_d = '0;
        whole_d = whole_q - dispatched + burst_q + CountW'(1);
      end
    end
    if (start_i) begin
      left_d    = LeftW'(units_i) << UnitLog;
      index_d   = base_i[39:BeatLog];
      stopped_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q    <= '0;
      asked_q   <= '0;
      place_q   <= '0;
      burst_q   <= '0;
      whole_q   <= '0;
      head_q    <= '0;
      stopped_q <= 1'b0;
    end else begin
      left_q    <= left_d;
      asked_q   <= asked_d;
      place_q   <= place_d;
      burst_q   <= burst_d;
      whole_q   <= whole_d;
      head_q    <= head_d;
      stopped_q <= stopped_d;
    end
  end

  always_ff @(posedge clk_i) begin
    index_q <= index_d;
  end

  logic unused_base;
  assign unused_base = ^base_i[BeatLog-1:0];

  `TSR_ASSERT(NoMoreThanAsked_A, whole_q <= asked_q && asked_q <= CountW'(BufferBeats))
  `TSR_ASSERT(OneEngine_A, (dispatch_o & (dispatch_o - 4'd1)) == '0)

endmodule
