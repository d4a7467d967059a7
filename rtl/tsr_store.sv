// SPDX-License-Identifier: Apache-2.0
//
// tsr_store: rows of pixels from the feature pool to DRAM, one word a cycle, lanes above the pixel dropped.
//
// start_i in cycle s, desc_i from then to done_o. Words are read from s + 3 on, while there is room for them behind the
// two cycles of the pool. First address in s + dma_command_cycles + dma_store_read_cycles + interval - 1: then the
// first beat is packed, and every further one is in time. done_o in the cycle of the last response.
// Rows need no alignment: strobes leave out the bytes of the first and last beat that are not of the row.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_store #(
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
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     halt_i,
  input  logic [2:0]               prot_i,

  input  logic                     start_i,
  input  logic [511:0]             desc_i,
  output logic                     done_o,

  // feature pool
  output logic                     st_en_o,
  output logic [LineW-1:0]         st_line_o,
  output logic [BankW-1:0]         st_bank_o,
  input  logic [WordW-1:0]         st_data_i,

  output logic                     quiet_o,
  output logic                     error_o,
  output logic [39:0]              error_address_o,
  output logic [1:0]               error_response_o,

  // AXI4 write
  output logic [39:0]              awaddr_o,
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

  localparam int unsigned BeatBytes = AxiDataBits / 8;
  localparam int unsigned StartUp   = `TSR_UARCH_DMA_COMMAND_CYCLES + `TSR_UARCH_DMA_STORE_READ_CYCLES;

  if (`TSR_UARCH_DMA_COMMAND_CYCLES != 2 || `TSR_UARCH_DMA_STORE_READ_CYCLES != 3) begin : g_bad_constant
    $error("tsr_store: dma_command_cycles is 2 and dma_store_read_cycles 3 here");
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

  assign address      = desc_i[`TSR_STORE_DRAM_ADDRESS_BITS];
  assign row_bytes    = desc_i[`TSR_STORE_ROW_BYTES_BITS];
  assign row_stride   = desc_i[`TSR_STORE_ROW_STRIDE_BYTES_BITS];
  assign rows         = desc_i[`TSR_STORE_ROWS_BITS];
  assign planes       = desc_i[`TSR_STORE_PLANES_BITS];
  assign plane_stride = desc_i[`TSR_STORE_PLANE_STRIDE_BYTES_BITS];
  assign pixel_bytes  = desc_i[`TSR_STORE_PIXEL_BYTES_BITS];

  tsr_beat_interval #(.AxiDataBits(AxiDataBits)) u_interval (.pixel_bytes_i(pixel_bytes), .interval_o(interval));

  // Since the start: when the first address may go, and when reading may begin.
  logic [7:0] age_d, age_q;  // saturating
  logic       run_d, run_q, reads_q, opens_d, opens_q;

  always_comb begin
    age_d   = age_q == '1 ? age_q : age_q + 8'd1;
    run_d   = run_q;
    opens_d = opens_q || (run_q && age_q == 8'(StartUp - 2) + interval);
    if (start_i) begin
      age_d = 8'd1;
      run_d = 1'b1;
    end
    if (done_o) begin
      run_d   = 1'b0;
      opens_d = 1'b0;
    end
  end

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

  logic                   beat_valid, beat_taken, pack_valid, response, only_one;
  logic [AxiDataBits-1:0] beat_data;
  logic [BeatBytes-1:0]   beat_strobe;

  tsr_axi_write #(
    .AxiDataBits   (AxiDataBits),
    .MaxOutstanding(MaxOutstanding),
    .Id            (`TSR_UARCH_PORT_STORE)
  ) u_axi (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .burst_valid_i  (burst_valid && opens_q),
    .burst_address_i(burst_address),
    .burst_beats_i  (burst_beats),
    .burst_taken_o  (burst_taken),
    .interval_i     (interval),
    .beat_valid_i   (beat_valid),
    .beat_data_i    (beat_data),
    .beat_strobe_i  (beat_strobe),
    .beat_taken_o   (beat_taken),
    .response_o     (response),
    .only_one_o     (only_one),
    .quiet_o,
    .error_o,
    .error_address_o,
    .error_response_o,
    .awaddr_o,
    .awlen_o,
    .awsize_o,
    .awburst_o,
    .awid_o,
    .awcache_o,
    .awprot_o,
    .awvalid_o,
    .awready_i,
    .wdata_o,
    .wstrb_o,
    .wlast_o,
    .wvalid_o,
    .wready_i,
    .bresp_i,
    .bid_i,
    .bvalid_i,
    .bready_o
  );

  logic asked_d, asked_q;
  assign done_o = response && only_one && asked_q;

  always_comb begin
    asked_d = asked_q;
    if (burst_taken && burst_last) begin
      asked_d = 1'b1;
    end
    if (done_o) begin
      asked_d = 1'b0;
    end
  end

  // Words out of the pool, and beats out of words
  logic             word_valid, word_taken, read_over, pack_over;
  logic [WordW-1:0] word;

  tsr_store_words #(
    .Tn          (Tn),
    .Tp          (Tp),
    .Aw          (Aw),
    .FeatureLines(FeatureLines)
  ) u_words (
    .clk_i,
    .rst_ni,
    .start_i,
    .go_i     (reads_q),
    .desc_i,
    .st_en_o,
    .st_line_o,
    .st_bank_o,
    .st_data_i,
    .valid_o  (word_valid),
    .word_o   (word),
    .taken_i  (word_taken),
    .over_o   (read_over)
  );

  tsr_store_pack #(
    .WordW      (WordW),
    .AxiDataBits(AxiDataBits)
  ) u_pack (
    .clk_i,
    .rst_ni,
    .start_i,
    .desc_i,
    .word_valid_i(word_valid),
    .word_i      (word),
    .word_taken_o(word_taken),
    .valid_o     (pack_valid),
    .data_o      (beat_data),
    .strobe_o    (beat_strobe),
    .taken_i     (beat_taken),
    .over_o      (pack_over)
  );

  assign beat_valid = run_q && pack_valid;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q   <= 1'b0;
      opens_q <= 1'b0;
      reads_q <= 1'b0;
      asked_q <= 1'b0;
    end else begin
      run_q   <= run_d;
      opens_q <= opens_d;
      reads_q <= run_q && age_q != 8'd1;
      asked_q <= asked_d;
    end
  end

  always_ff @(posedge clk_i) begin
    age_q <= age_d;
  end

  `TSR_ASSERT(AllPacked_A, !done_o || (pack_over && read_over && !beat_valid))

  logic unused_over;
  assign unused_over = read_over ^ pack_over;

endmodule
