// SPDX-License-Identifier: Apache-2.0
//
// tsr_weight_pack: beats of the weight stream to parameter records (16 bytes) and weight words (Tm*Tn elements). A beat
// longer than a record gives the Records that it holds at once.
//
// start_i with the fields of the descriptor, held to its end. Per group: Tm records if parameters_i, then words_i
// words; a group starts at any byte of a beat. What ends in the beat of cycle r is written in r + 2. Bytes of a beat
// before and after the group are passed over.
// One word, or Records records, may end in a beat. If beats divide a word, they are shifted into place first and
// words are filled beat by beat; else (beats of 16 bytes at most) a word is cut out of the last beats.

`include "tsr_assert.svh"

module tsr_weight_pack #(
  parameter int unsigned Tm                = 4,
  parameter int unsigned Tn                = 4,
  parameter int unsigned Aw                = 8,
  parameter int unsigned WeightWords       = 1024,
  parameter int unsigned ParameterChannels = 64,
  parameter int unsigned AxiDataBits       = 64,
  localparam int unsigned WordW    = Tm * Tn * Aw,
  localparam int unsigned AddressW = WeightWords > 1 ? $clog2(WeightWords) : 1,
  localparam int unsigned ChannelW = ParameterChannels > 1 ? $clog2(ParameterChannels) : 1,
  localparam int unsigned BeatLog  = $clog2(AxiDataBits / 8),
  localparam int unsigned Records  = AxiDataBits > 128 ? AxiDataBits / 128 : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  // fields
  input  logic                   start_i,
  input  logic [BeatLog-1:0]     offset_i,         // of the first group in its beat
  input  logic [BeatLog-1:0]     group_stride_i,   // modulo a beat
  input  logic                   parameters_i,
  input  logic [19:0]            words_i,
  input  logic [AddressW-1:0]    weight_base_i,
  input  logic [13:0]            parameter_base_i,

  input  logic                   beat_i,
  input  logic [AxiDataBits-1:0] beat_data_i,

  // weight and parameter buffers
  output logic                   lw_en_o,
  output logic [AddressW-1:0]    lw_addr_o,
  output logic [WordW-1:0]       lw_data_o,
  output logic                   lp_en_o,
  output logic [ChannelW-1:0]    lp_channel_o,   // of the first record
  output logic [128*Records-1:0] lp_data_o
);

  localparam int unsigned BeatBytes   = AxiDataBits / 8;
  localparam int unsigned WordBytes   = WordW / 8;
  localparam int unsigned RecordBytes = 16 * Records;  // of the records that end together

  if (BeatBytes > WordBytes || Records > Tn || (Records > 1 && WordBytes % BeatBytes != 0)) begin : g_bad_parameters
    $error("tsr_weight_pack: a beat is at most a weight word and Tn records long; above 16 bytes it divides a word");
  end

  logic beat_q;
  logic item_end;  // a record or word ends in the beat at hand

  // Where in the group: records first, then words.
  logic                record_d, record_q, group_end;
  logic [19:0]         left_d, left_q, first_left;  // turns of records or words left, the present one included
  logic [AddressW-1:0] word_addr_d, word_addr_q;
  logic [ChannelW-1:0] channel_d, channel_q;
  logic                word_en_q, record_en_q;
  logic [BeatLog-1:0]  offset_d, offset_q;          // of the group in its first beat

  assign first_left = parameters_i ? 20'(Tm / Records) : words_i;
  assign group_end  = item_end && left_q == 20'd1 && (!record_q || words_i == '0);

  always_comb begin
    record_d    = record_q;
    left_d      = left_q;
    word_addr_d = word_addr_q;
    channel_d   = channel_q;
    offset_d    = offset_q;
    if (word_en_q) begin
      word_addr_d = word_addr_q + AddressW'(1);
    end
    if (record_en_q) begin
      channel_d = channel_q + ChannelW'(Records);
    end
    if (item_end) begin
      left_d = left_q - 20'd1;
      if (left_q == 20'd1) begin
        record_d = 1'b0;
        left_d   = words_i;
      end
    end
    if (group_end) begin
      record_d = parameters_i;
      left_d   = first_left;
      offset_d = offset_q + group_stride_i;
    end
    if (start_i) begin
      record_d    = parameters_i;
      left_d      = first_left;
      offset_d    = offset_i;
      word_addr_d = weight_base_i;
      channel_d   = ChannelW'(parameter_base_i * 32'(Tm));  // by a constant
    end
  end

  assign lw_en_o      = word_en_q;
  assign lw_addr_o    = word_addr_q;
  assign lp_en_o      = record_en_q;
  assign lp_channel_o = channel_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_q      <= 1'b0;
      word_en_q   <= 1'b0;
      record_en_q <= 1'b0;
    end else begin
      beat_q      <= beat_i;
      word_en_q   <= item_end && !record_q;
      record_en_q <= item_end && record_q;
    end
  end

  always_ff @(posedge clk_i) begin
    offset_q    <= offset_d;
    record_q    <= record_d;
    left_q      <= left_d;
    word_addr_q <= word_addr_d;
    channel_q   <= channel_d;
  end

  logic [WordW-1:0]       word_q;
  logic [128*Records-1:0] record_data_q;
  assign lw_data_o = word_q;
  assign lp_data_o = record_data_q;

  if (WordBytes % BeatBytes == 0) begin : g_lanes
    localparam int unsigned WordBeats   = WordBytes / BeatBytes;
    localparam int unsigned RecordBeats = RecordBytes / BeatBytes;
    localparam int unsigned ItemBeats   = WordBeats > RecordBeats ? WordBeats : RecordBeats;
    localparam int unsigned LaneW       = ItemBeats > 1 ? $clog2(ItemBeats) : 1;

    // The beat at hand makes a whole beat of the group with the rest of the one before it; the first beat of a group
    // that starts inside a beat makes none.
    logic [AxiDataBits-1:0] now_q, before_q, placed;
    logic                   opening_d, opening_q, whole;
    logic [LaneW-1:0]       lane_d, lane_q;

    assign whole    = beat_q && !(opening_q && offset_q != '0);
    assign placed   = AxiDataBits'({now_q, offset_q == '0 ? now_q : before_q} >> {offset_q, 3'b000});
    assign item_end = whole && lane_q == (record_q ? LaneW'(RecordBeats - 1) : LaneW'(WordBeats - 1));

    always_comb begin
      lane_d    = lane_q;
      opening_d = opening_q && !beat_q;
      if (whole) begin
        lane_d = item_end ? '0 : lane_q + LaneW'(1);
      end
      if (group_end) begin
        opening_d = 1'b1;
      end
      if (start_i) begin
        lane_d    = '0;
        opening_d = 1'b1;
      end
    end

    always_ff @(posedge clk_i) begin
      lane_q    <= lane_d;
      opening_q <= opening_d;
      if (beat_i) begin
        now_q    <= beat_data_i;
        before_q <= now_q;
      end
    end

    for (genvar i = 0; i < WordBeats; i++) begin : g_word
      always_ff @(posedge clk_i) begin
        if (whole && !record_q && lane_q == LaneW'(i)) begin
          word_q[i*AxiDataBits +: AxiDataBits] <= placed;
        end
      end
    end
    for (genvar i = 0; i < RecordBeats; i++) begin : g_record
      always_ff @(posedge clk_i) begin
        if (whole && record_q && lane_q == LaneW'(i)) begin
          record_data_q[i*AxiDataBits +: AxiDataBits] <= placed;
        end
      end
    end
  end else begin : g_window
    localparam int unsigned LongBytes = WordBytes > RecordBytes ? WordBytes : RecordBytes;
    localparam int unsigned PastBytes = (LongBytes + BeatBytes - 1) / BeatBytes * BeatBytes;
    localparam int unsigned SeenW     = 8 * (PastBytes + BeatBytes);
    localparam int unsigned PlaceW    = $clog2(LongBytes + 2*BeatBytes + 1);

    // place_q is the end of the present item, in bytes from the start of the beat at hand or to come.
    logic [SeenW-1:0]  seen_q;
    logic [PlaceW-1:0] place_d, place_q, first_size;
    logic              first_q;

    assign first_size = parameters_i ? PlaceW'(RecordBytes) : PlaceW'(WordBytes);
    assign item_end   = beat_q && place_q <= PlaceW'(BeatBytes);

    always_comb begin
      place_d = place_q;
      if (beat_q) begin
        place_d = place_q - PlaceW'(BeatBytes);
        if (group_end) begin
          place_d = PlaceW'(offset_d) + first_size;
        end else if (item_end) begin
          place_d = place_q - PlaceW'(BeatBytes) + (record_d ? PlaceW'(RecordBytes) : PlaceW'(WordBytes));
        end
      end
      if (first_q) begin
        place_d = PlaceW'(offset_q) + first_size;
      end
    end

    always_ff @(posedge clk_i) begin
      first_q <= start_i;
      place_q <= place_d;
      if (beat_i) begin
        seen_q <= SeenW'({beat_data_i, seen_q} >> AxiDataBits);
      end
      if (item_end) begin
        word_q        <= WordW'(seen_q >> {32'(PastBytes - WordBytes) + 32'(place_q), 3'b000});
        record_data_q <= (128*Records)'(seen_q >> {32'(PastBytes - RecordBytes) + 32'(place_q), 3'b000});
      end
    end
  end

  `TSR_ASSERT(OneKind_A, !lw_en_o || !lp_en_o)

endmodule
