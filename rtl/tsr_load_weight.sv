// SPDX-License-Identifier: Apache-2.0
//
// tsr_load_weight: groups of [Tm parameter records][weight words] from DRAM into the parameter and weight buffers.
//
// start_i in cycle s, desc_i from then to done_o. First address in s + dma_command_cycles; a beat is taken in any
// cycle. A record or word that ends in the beat of cycle r is written in r + 2, which is also the cycle of done_o for
// the last one (dma_read_write_cycles). Groups need no alignment.

`include "tsr_uarch.vh"

module tsr_load_weight #(
  parameter int unsigned Tm                = 4,
  parameter int unsigned Tn                = 4,
  parameter int unsigned Aw                = 8,
  parameter int unsigned WeightWords       = 1024,
  parameter int unsigned ParameterChannels = 64,
  parameter int unsigned AxiDataBits       = 64,
  parameter int unsigned MaxBurstBeats     = 16,
  parameter int unsigned MaxOutstanding    = 8,
  localparam int unsigned WordW    = Tm * Tn * Aw,
  localparam int unsigned AddressW = WeightWords > 1 ? $clog2(WeightWords) : 1,
  localparam int unsigned ChannelW = ParameterChannels > 1 ? $clog2(ParameterChannels) : 1,
  localparam int unsigned Records  = AxiDataBits > 128 ? AxiDataBits / 128 : 1  // written at once
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   halt_i,
  input  logic [2:0]             prot_i,

  input  logic                   start_i,
  input  logic [511:0]           desc_i,
  output logic                   done_o,

  // weight and parameter buffers
  output logic                   lw_en_o,
  output logic [AddressW-1:0]    lw_addr_o,
  output logic [WordW-1:0]       lw_data_o,
  output logic                   lp_en_o,
  output logic [ChannelW-1:0]    lp_channel_o,
  output logic [128*Records-1:0] lp_data_o,

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
  localparam int unsigned WordBytes   = WordW / 8;
  localparam int unsigned RecordBytes = 16;
  localparam int unsigned GroupBytesW = 40;

  if (`TSR_UARCH_DMA_COMMAND_CYCLES != 2 || `TSR_UARCH_DMA_READ_WRITE_CYCLES != 2) begin : g_bad_constant
    $error("tsr_load_weight: dma_command_cycles and dma_read_write_cycles are 2 here");
  end

  logic unused_desc;
  assign unused_desc = ^desc_i;

  // Fields
  logic [39:0]            address;
  logic [13:0]            groups;
  logic [33:0]            group_stride;
  logic                   parameters;
  logic [19:0]            words;
  logic [GroupBytesW-1:0] group_bytes;

  assign address      = desc_i[`TSR_LOAD_WEIGHT_DRAM_ADDRESS_BITS];
  assign groups       = desc_i[`TSR_LOAD_WEIGHT_GROUPS_BITS];
  assign group_stride = desc_i[`TSR_LOAD_WEIGHT_GROUP_STRIDE_BYTES_BITS];
  assign parameters   = desc_i[`TSR_LOAD_WEIGHT_PARAMETERS_BITS];
  assign words        = desc_i[`TSR_LOAD_WEIGHT_WORDS_PER_GROUP_BITS];
  assign group_bytes  = GroupBytesW'(words) * GroupBytesW'(WordBytes)  // by a constant
                        + (parameters ? GroupBytesW'(Tm * RecordBytes) : '0);

  // Addresses
  logic        burst_valid, burst_last, burst_taken;
  logic [39:0] burst_address;
  logic [8:0]  burst_beats;

  tsr_burst_walk #(
    .AxiDataBits  (AxiDataBits),
    .MaxBurstBeats(MaxBurstBeats),
    .RowBytesW    (GroupBytesW)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .load_i        (start_i),
    .address_i     (address),
    .row_bytes_i   (group_bytes),
    .row_stride_i  ('0),
    .rows_i        (16'd1),
    .plane_stride_i(group_stride),
    .planes_i      (groups),
    .valid_o       (burst_valid),
    .address_o     (burst_address),
    .beats_o       (burst_beats),
    .last_o        (burst_last),
    .next_i        (burst_taken)
  );

  logic                   beat, beat_last, only_one;
  logic [AxiDataBits-1:0] beat_data;

  tsr_axi_read #(
    .AxiDataBits   (AxiDataBits),
    .MaxOutstanding(MaxOutstanding),
    .Id            (`TSR_UARCH_PORT_LOAD_WEIGHT)
  ) u_axi (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .burst_valid_i  (burst_valid),
    .burst_address_i(burst_address),
    .burst_beats_i  (burst_beats),
    .burst_taken_o  (burst_taken),
    .take_i         (1'b1),
    .beat_o         (beat),
    .beat_last_o    (beat_last),
    .beat_data_o    (beat_data),
    .only_one_o     (only_one),
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

  // All asked for and the last beat taken: done two cycles later.
  logic asked_d, asked_q, tail_d, tail_q, done_q;

  assign tail_d = beat && beat_last && only_one && asked_q;
  assign done_o = done_q;

  always_comb begin
    asked_d = asked_q;
    if (burst_taken && burst_last) begin
      asked_d = 1'b1;
    end
    if (done_q) begin
      asked_d = 1'b0;
    end
  end

  tsr_weight_pack #(
    .Tm               (Tm),
    .Tn               (Tn),
    .Aw               (Aw),
    .WeightWords      (WeightWords),
    .ParameterChannels(ParameterChannels),
    .AxiDataBits      (AxiDataBits)
  ) u_pack (
    .clk_i,
    .rst_ni,
    .start_i,
    .offset_i        (address[BeatLog-1:0]),
    .group_stride_i  (group_stride[BeatLog-1:0]),
    .parameters_i    (parameters),
    .words_i         (words),
    .weight_base_i   (AddressW'(desc_i[`TSR_LOAD_WEIGHT_WEIGHT_BASE_BITS])),
    .parameter_base_i(desc_i[`TSR_LOAD_WEIGHT_PARAMETER_BASE_BITS]),
    .beat_i          (beat),
    .beat_data_i     (beat_data),
    .lw_en_o,
    .lw_addr_o,
    .lw_data_o,
    .lp_en_o,
    .lp_channel_o,
    .lp_data_o
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      asked_q <= 1'b0;
      tail_q  <= 1'b0;
      done_q  <= 1'b0;
    end else begin
      asked_q <= asked_d;
      tail_q  <= tail_d;
      done_q  <= tail_q;
    end
  end

endmodule
