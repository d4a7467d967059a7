// SPDX-License-Identifier: Apache-2.0
//
// tsr_load_feature: rows of pixels from DRAM into the feature pool, one word a cycle, lanes above the pixel zero, or g
// neighbouring pixels a word (tsr_pixel_pack).
//
// start_i in cycle s, desc_i from then to done_o. First address in s + dma_command_cycles. A beat is taken every
// interval = max(1, beat bytes / pixel bytes) cycles; the words that end in the beat of cycle r are written in
// r + 2 ... r + 1 + interval. done_o in r + dma_read_write_cycles + interval - 1 of the last beat. Packing puts g - 1
// words more after every row's last pixel: g - 1 cycles more to the next beat of the descriptor, or to done_o. Rows
// need no alignment.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_load_feature #(
  parameter int unsigned Tn             = 4,
  parameter int unsigned Tp             = 2,
  parameter int unsigned Aw             = 8,
  parameter int unsigned FeatureLines   = 1024,
  parameter int unsigned AxiDataBits    = 64,
  parameter int unsigned MaxBurstBeats  = 16,
  parameter int unsigned MaxOutstanding = 8,
  localparam int unsigned WordW = Tn * Aw,
  localparam int unsigned LineW = FeatureLines > 1 ? $clog2(FeatureLines) : 1,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   halt_i,
  input  logic [2:0]             prot_i,

  input  logic                   start_i,
  input  logic [511:0]           desc_i,
  output logic                   done_o,

  // feature pool
  output logic                   lf_en_o,
  output logic [LineW-1:0]       lf_line_o,
  output logic [BankW-1:0]       lf_bank_o,
  output logic [WordW-1:0]       lf_data_o,

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

  if (`TSR_UARCH_DMA_COMMAND_CYCLES != 2 || `TSR_UARCH_DMA_READ_WRITE_CYCLES != 2) begin : g_bad_constant
    $error("tsr_load_feature: dma_command_cycles and dma_read_write_cycles are 2 here");
  end

  logic unused_desc;
  assign unused_desc = ^desc_i;

  // Fields
  logic [39:0] address;
  logic [23:0] row_bytes;
  logic [27:0] row_stride;
  logic [15:0] rows;
  logic [13:0] planes;
  logic [33:0] plane_stride;
  logic [7:0]  pixel_bytes;
  logic [7:0]  interval;

  assign address      = desc_i[`TSR_LOAD_FEATURE_DRAM_ADDRESS_BITS];
  assign row_bytes    = desc_i[`TSR_LOAD_FEATURE_ROW_BYTES_BITS];
  assign row_stride   = desc_i[`TSR_LOAD_FEATURE_ROW_STRIDE_BYTES_BITS];
  assign rows         = desc_i[`TSR_LOAD_FEATURE_ROWS_BITS];
  assign planes       = desc_i[`TSR_LOAD_FEATURE_PLANES_BITS];
  assign plane_stride = desc_i[`TSR_LOAD_FEATURE_PLANE_STRIDE_BYTES_BITS];
  assign pixel_bytes  = desc_i[`TSR_LOAD_FEATURE_PIXEL_BYTES_BITS];

  tsr_beat_interval #(.AxiDataBits(AxiDataBits)) u_interval (.pixel_bytes_i(pixel_bytes), .interval_o(interval));

  // Addresses
  logic        burst_valid, burst_last, burst_taken;
  logic [39:0] burst_address;
  logic [8:0]  burst_beats;

  tsr_burst_walk #(
    .AxiDataBits  (AxiDataBits),
    .MaxBurstBeats(MaxBurstBeats),
    .RowBytesW    (24)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .load_i        (start_i),
    .address_i     (address),
    .row_bytes_i   (row_bytes),
    .row_stride_i  (row_stride),
    .rows_i        (rows),
    .plane_stride_i(plane_stride),
    .planes_i      (planes),
    .valid_o       (burst_valid),
    .address_o     (burst_address),
    .beats_o       (burst_beats),
    .last_o        (burst_last),
    .next_i        (burst_taken)
  );

  logic                   beat, beat_last, only_one, take;
  logic [AxiDataBits-1:0] beat_data;

  tsr_axi_read #(
    .AxiDataBits   (AxiDataBits),
    .MaxOutstanding(MaxOutstanding),
    .Id            (`TSR_UARCH_PORT_LOAD_FEATURE)
  ) u_axi (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .burst_valid_i  (burst_valid),
    .burst_address_i(burst_address),
    .burst_beats_i  (burst_beats),
    .burst_taken_o  (burst_taken),
    .take_i         (take),
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

  // When it is over: all asked for, the last beat taken, its words written.
  logic [7:0] since_d, since_q;   // cycles since the last beat, saturating
  logic       asked_d, asked_q, tail_d, tail_q;
  logic       row_over;
  logic       ended_d, ended_q;   // the last beat was the last one of its row
  logic [4:0] tail_words;
  logic [7:0] row_interval;       // from such a beat on

  assign row_interval = interval + 8'(tail_words);
  assign take         = since_q >= (ended_q || row_over ? row_interval : interval);

  always_comb begin
    since_d = since_q == '1 ? since_q : since_q + 8'd1;
    asked_d = asked_q;
    tail_d  = tail_q;
    ended_d = ended_q || row_over;
    if (beat) begin
      since_d = 8'd1;
      ended_d = 1'b0;
    end
    if (burst_taken && burst_last) begin
      asked_d = 1'b1;
    end
    if (beat && beat_last && only_one && asked_q) begin
      tail_d = 1'b1;
    end
    if (done_o) begin
      asked_d = 1'b0;
      tail_d  = 1'b0;
      ended_d = 1'b0;
    end
  end

  assign done_o = tail_q && since_q == row_interval + 8'd1;

  // Words out of the beats, and where they go
  logic             word, row_end, plane_end, over;
  logic [WordW-1:0] word_data;

  tsr_word_cut #(
    .WordW      (WordW),
    .Aw         (Aw),
    .AxiDataBits(AxiDataBits)
  ) u_cut (
    .clk_i,
    .rst_ni,
    .start_i,
    .desc_i,
    .beat_i      (beat),
    .beat_data_i (beat_data),
    .word_o      (word),
    .data_o      (word_data),
    .row_end_o   (row_end),
    .plane_end_o (plane_end),
    .over_o      (over),
    .row_over_o  (row_over),
    .tail_words_o(tail_words)
  );

  logic [LineW-1:0] line;
  logic [BankW-1:0] bank;

  tsr_map_walk #(
    .Tp   (Tp),
    .LineW(LineW)
  ) u_map (
    .clk_i,
    .load_i       (start_i),
    .base_i       (desc_i[`TSR_LOAD_FEATURE_BASE_BITS]),
    .row_pitch_i  (desc_i[`TSR_LOAD_FEATURE_ROW_PITCH_BITS]),
    .plane_pitch_i(desc_i[`TSR_LOAD_FEATURE_PLANE_PITCH_BITS]),
    .bank_stride_i(desc_i[`TSR_LOAD_FEATURE_BANK_STRIDE_BITS]),
    .y0_i         (desc_i[`TSR_LOAD_FEATURE_Y0_BITS]),
    .x0_i         (desc_i[`TSR_LOAD_FEATURE_X0_BITS]),
    .step_i       (word),
    .row_end_i    (row_end),
    .plane_end_i  (plane_end),
    .line_o       (line),
    .bank_o       (bank)
  );

  logic             lf_en_q;
  logic [LineW-1:0] lf_line_q;
  logic [BankW-1:0] lf_bank_q;
  logic [WordW-1:0] lf_data_q;

  assign lf_en_o   = lf_en_q;
  assign lf_line_o = lf_line_q;
  assign lf_bank_o = lf_bank_q;
  assign lf_data_o = lf_data_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      since_q <= '1;
      asked_q <= 1'b0;
      tail_q  <= 1'b0;
      ended_q <= 1'b0;
      lf_en_q <= 1'b0;
    end else begin
      since_q <= since_d;
      asked_q <= asked_d;
      tail_q  <= tail_d;
      ended_q <= ended_d;
      lf_en_q <= word;
    end
  end

  always_ff @(posedge clk_i) begin
    lf_line_q <= line;
    lf_bank_q <= bank;
    lf_data_q <= word_data;
  end

  `TSR_ASSERT(AllWritten_A, !done_o || over)

  logic unused_over;
  assign unused_over = over;

endmodule
