// SPDX-License-Identifier: Apache-2.0
//
// tsr_core: fetch unit, the three DMA engines, the compute engine and their memories; tsr_control starts them.
//
// Every engine: start_i in cycle s with its descriptor, held from then until done_o. Per port, in the order of
// uarch.json (load_feature, load_weight, descriptor, store): address handshake, quiet, error.

`include "tsr_uarch.vh"

module tsr_core #(
  parameter int unsigned Tm                = 4,     // output channels of the array, a multiple of Tn
  parameter int unsigned Tn                = 4,     // input channels, channels of a feature word: a power of two
  parameter int unsigned Tp                = 2,     // adjacent pixels, column banks
  parameter int unsigned Wp                = 1,     // pixel columns the post-processor takes a cycle, 1 to Tp
  parameter int unsigned Aw                = 8,     // bits of an activation, 8 or 16
  parameter int unsigned FeatureLines      = 4096,  // lines of the feature pool, a multiple of FeatureSectors
  parameter int unsigned FeatureSectors    = 8,
  parameter int unsigned WeightWords       = 512,
  parameter int unsigned ParameterChannels = 64,    // a multiple of Tm
  parameter int unsigned AxiDataBits       = 64,    // 32 to 512; a beat is no longer than a weight word
  parameter int unsigned MaxBurstBeats     = 16,    // 1 to 256
  parameter int unsigned MaxOutstanding    = 8,     // bursts, per port
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned Ports   = `TSR_UARCH_PORT_COUNT
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 halt_i,
  input  logic [2:0]                           prot_i,

  // descriptor stream
  input  logic                                 go_i,
  input  logic [39:0]                          base_i,
  input  logic [31:0]                          units_i,
  input  logic [Engines-1:0]                   room_i,
  output logic [Engines-1:0]                   dispatch_o,
  output logic [1023:0]                        dispatch_desc_o,
  output logic                                 end_o,
  output logic                                 bad_o,

  // engines
  input  logic [Engines-1:0]                   start_i,
  input  logic [511:0]                         load_feature_desc_i,
  input  logic [511:0]                         load_weight_desc_i,
  input  logic [1023:0]                        compute_desc_i,
  input  logic [511:0]                         store_desc_i,
  output logic [Engines-1:0]                   done_o,
  output logic                                 issue_o,

  // ports
  output logic [Ports-1:0]                     address_o,
  output logic [Ports-1:0]                     quiet_o,
  output logic [Ports-1:0]                     error_o,
  output logic [Ports*40-1:0]                  error_address_o,
  output logic [Ports*2-1:0]                   error_response_o,

  // AXI4 read: load_feature
  output logic [39:0]                          m_lf_araddr_o,
  output logic [7:0]                           m_lf_arlen_o,
  output logic [2:0]                           m_lf_arsize_o,
  output logic [1:0]                           m_lf_arburst_o,
  output logic [3:0]                           m_lf_arid_o,
  output logic [3:0]                           m_lf_arcache_o,
  output logic [2:0]                           m_lf_arprot_o,
  output logic                                 m_lf_arvalid_o,
  input  logic                                 m_lf_arready_i,
  input  logic [AxiDataBits-1:0]               m_lf_rdata_i,
  input  logic [1:0]                           m_lf_rresp_i,
  input  logic                                 m_lf_rlast_i,
  input  logic [3:0]                           m_lf_rid_i,
  input  logic                                 m_lf_rvalid_i,
  output logic                                 m_lf_rready_o,

  // AXI4 read: load_weight
  output logic [39:0]                          m_lw_araddr_o,
  output logic [7:0]                           m_lw_arlen_o,
  output logic [2:0]                           m_lw_arsize_o,
  output logic [1:0]                           m_lw_arburst_o,
  output logic [3:0]                           m_lw_arid_o,
  output logic [3:0]                           m_lw_arcache_o,
  output logic [2:0]                           m_lw_arprot_o,
  output logic                                 m_lw_arvalid_o,
  input  logic                                 m_lw_arready_i,
  input  logic [AxiDataBits-1:0]               m_lw_rdata_i,
  input  logic [1:0]                           m_lw_rresp_i,
  input  logic                                 m_lw_rlast_i,
  input  logic [3:0]                           m_lw_rid_i,
  input  logic                                 m_lw_rvalid_i,
  output logic                                 m_lw_rready_o,

  // AXI4 read: descriptors
  output logic [39:0]                          m_ds_araddr_o,
  output logic [7:0]                           m_ds_arlen_o,
  output logic [2:0]                           m_ds_arsize_o,
  output logic [1:0]                           m_ds_arburst_o,
  output logic [3:0]                           m_ds_arid_o,
  output logic [3:0]                           m_ds_arcache_o,
  output logic [2:0]                           m_ds_arprot_o,
  output logic                                 m_ds_arvalid_o,
  input  logic                                 m_ds_arready_i,
  input  logic [AxiDataBits-1:0]               m_ds_rdata_i,
  input  logic [1:0]                           m_ds_rresp_i,
  input  logic                                 m_ds_rlast_i,
  input  logic [3:0]                           m_ds_rid_i,
  input  logic                                 m_ds_rvalid_i,
  output logic                                 m_ds_rready_o,

  // AXI4 write: store
  output logic [39:0]                          m_st_awaddr_o,
  output logic [7:0]                           m_st_awlen_o,
  output logic [2:0]                           m_st_awsize_o,
  output logic [1:0]                           m_st_awburst_o,
  output logic [3:0]                           m_st_awid_o,
  output logic [3:0]                           m_st_awcache_o,
  output logic [2:0]                           m_st_awprot_o,
  output logic                                 m_st_awvalid_o,
  input  logic                                 m_st_awready_i,
  output logic [AxiDataBits-1:0]               m_st_wdata_o,
  output logic [AxiDataBits/8-1:0]             m_st_wstrb_o,
  output logic                                 m_st_wlast_o,
  output logic                                 m_st_wvalid_o,
  input  logic                                 m_st_wready_i,
  input  logic [1:0]                           m_st_bresp_i,
  input  logic [3:0]                           m_st_bid_i,
  input  logic                                 m_st_bvalid_i,
  output logic                                 m_st_bready_o
);

  localparam int unsigned AccW       = Aw == 8 ? 32 : 48;
  localparam int unsigned WordW      = Tn * Aw;
  localparam int unsigned LineW      = FeatureLines > 1 ? $clog2(FeatureLines) : 1;
  localparam int unsigned BankW      = Tp > 1 ? $clog2(Tp) : 1;
  localparam int unsigned WeightW    = WeightWords > 1 ? $clog2(WeightWords) : 1;
  localparam int unsigned ParameterW = ParameterChannels / Tn > 1 ? $clog2(ParameterChannels / Tn) : 1;
  localparam int unsigned ChannelW   = ParameterChannels > 1 ? $clog2(ParameterChannels) : 1;
  localparam int unsigned Records    = AxiDataBits > 128 ? AxiDataBits / 128 : 1;  // written at once

  localparam int unsigned LoadFeature = `TSR_UARCH_ENGINE_LOAD_FEATURE;
  localparam int unsigned LoadWeight  = `TSR_UARCH_ENGINE_LOAD_WEIGHT;
  localparam int unsigned Compute     = `TSR_UARCH_ENGINE_COMPUTE;
  localparam int unsigned Store       = `TSR_UARCH_ENGINE_STORE;
  localparam int unsigned PortLf      = `TSR_UARCH_PORT_LOAD_FEATURE;
  localparam int unsigned PortLw      = `TSR_UARCH_PORT_LOAD_WEIGHT;
  localparam int unsigned PortDs      = `TSR_UARCH_PORT_DESCRIPTOR;
  localparam int unsigned PortSt      = `TSR_UARCH_PORT_STORE;

  assign address_o[PortLf] = m_lf_arvalid_o && m_lf_arready_i;
  assign address_o[PortLw] = m_lw_arvalid_o && m_lw_arready_i;
  assign address_o[PortDs] = m_ds_arvalid_o && m_ds_arready_i;
  assign address_o[PortSt] = m_st_awvalid_o && m_st_awready_i;

  tsr_fetch #(
    .AxiDataBits   (AxiDataBits),
    .MaxBurstBeats (MaxBurstBeats),
    .MaxOutstanding(MaxOutstanding)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .start_i         (go_i),
    .base_i,
    .units_i,
    .room_i,
    .dispatch_o,
    .desc_o          (dispatch_desc_o),
    .end_o,
    .bad_o,
    .quiet_o         (quiet_o[PortDs]),
    .error_o         (error_o[PortDs]),
    .error_address_o (error_address_o[PortDs*40 +: 40]),
    .error_response_o(error_response_o[PortDs*2 +: 2]),
    .araddr_o        (m_ds_araddr_o),
    .arlen_o         (m_ds_arlen_o),
    .arsize_o        (m_ds_arsize_o),
    .arburst_o       (m_ds_arburst_o),
    .arid_o          (m_ds_arid_o),
    .arcache_o       (m_ds_arcache_o),
    .arprot_o        (m_ds_arprot_o),
    .arvalid_o       (m_ds_arvalid_o),
    .arready_i       (m_ds_arready_i),
    .rdata_i         (m_ds_rdata_i),
    .rresp_i         (m_ds_rresp_i),
    .rlast_i         (m_ds_rlast_i),
    .rid_i           (m_ds_rid_i),
    .rvalid_i        (m_ds_rvalid_i),
    .rready_o        (m_ds_rready_o)
  );

  // Loads
  logic                lf_en, lw_en, lp_en;
  logic [LineW-1:0]    lf_line;
  logic [BankW-1:0]    lf_bank;
  logic [WordW-1:0]    lf_data;
  logic [WeightW-1:0]  lw_addr;
  logic [Tm*WordW-1:0] lw_data;
  logic [ChannelW-1:0] lp_channel;
  logic [128*Records-1:0] lp_data;

  tsr_load_feature #(
    .Tn            (Tn),
    .Tp            (Tp),
    .Aw            (Aw),
    .FeatureLines  (FeatureLines),
    .AxiDataBits   (AxiDataBits),
    .MaxBurstBeats (MaxBurstBeats),
    .MaxOutstanding(MaxOutstanding)
  ) u_load_feature (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .start_i         (start_i[LoadFeature]),
    .desc_i          (load_feature_desc_i),
    .done_o          (done_o[LoadFeature]),
    .lf_en_o         (lf_en),
    .lf_line_o       (lf_line),
    .lf_bank_o       (lf_bank),
    .lf_data_o       (lf_data),
    .quiet_o         (quiet_o[PortLf]),
    .error_o         (error_o[PortLf]),
    .error_address_o (error_address_o[PortLf*40 +: 40]),
    .error_response_o(error_response_o[PortLf*2 +: 2]),
    .araddr_o        (m_lf_araddr_o),
    .arlen_o         (m_lf_arlen_o),
    .arsize_o        (m_lf_arsize_o),
    .arburst_o       (m_lf_arburst_o),
    .arid_o          (m_lf_arid_o),
    .arcache_o       (m_lf_arcache_o),
    .arprot_o        (m_lf_arprot_o),
    .arvalid_o       (m_lf_arvalid_o),
    .arready_i       (m_lf_arready_i),
    .rdata_i         (m_lf_rdata_i),
    .rresp_i         (m_lf_rresp_i),
    .rlast_i         (m_lf_rlast_i),
    .rid_i           (m_lf_rid_i),
    .rvalid_i        (m_lf_rvalid_i),
    .rready_o        (m_lf_rready_o)
  );

  tsr_load_weight #(
    .Tm               (Tm),
    .Tn               (Tn),
    .Aw               (Aw),
    .WeightWords      (WeightWords),
    .ParameterChannels(ParameterChannels),
    .AxiDataBits      (AxiDataBits),
    .MaxBurstBeats    (MaxBurstBeats),
    .MaxOutstanding   (MaxOutstanding)
  ) u_load_weight (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .start_i         (start_i[LoadWeight]),
    .desc_i          (load_weight_desc_i),
    .done_o          (done_o[LoadWeight]),
    .lw_en_o         (lw_en),
    .lw_addr_o       (lw_addr),
    .lw_data_o       (lw_data),
    .lp_en_o         (lp_en),
    .lp_channel_o    (lp_channel),
    .lp_data_o       (lp_data),
    .quiet_o         (quiet_o[PortLw]),
    .error_o         (error_o[PortLw]),
    .error_address_o (error_address_o[PortLw*40 +: 40]),
    .error_response_o(error_response_o[PortLw*2 +: 2]),
    .araddr_o        (m_lw_araddr_o),
    .arlen_o         (m_lw_arlen_o),
    .arsize_o        (m_lw_arsize_o),
    .arburst_o       (m_lw_arburst_o),
    .arid_o          (m_lw_arid_o),
    .arcache_o       (m_lw_arcache_o),
    .arprot_o        (m_lw_arprot_o),
    .arvalid_o       (m_lw_arvalid_o),
    .arready_i       (m_lw_arready_i),
    .rdata_i         (m_lw_rdata_i),
    .rresp_i         (m_lw_rresp_i),
    .rlast_i         (m_lw_rlast_i),
    .rid_i           (m_lw_rid_i),
    .rvalid_i        (m_lw_rvalid_i),
    .rready_o        (m_lw_rready_o)
  );

  // Store
  logic             st_en;
  logic [LineW-1:0] st_line;
  logic [BankW-1:0] st_bank;
  logic [WordW-1:0] st_data;

  tsr_store #(
    .Tn            (Tn),
    .Tp            (Tp),
    .Aw            (Aw),
    .FeatureLines  (FeatureLines),
    .AxiDataBits   (AxiDataBits),
    .MaxBurstBeats (MaxBurstBeats),
    .MaxOutstanding(MaxOutstanding)
  ) u_store (
    .clk_i,
    .rst_ni,
    .halt_i,
    .prot_i,
    .start_i         (start_i[Store]),
    .desc_i          (store_desc_i),
    .done_o          (done_o[Store]),
    .st_en_o         (st_en),
    .st_line_o       (st_line),
    .st_bank_o       (st_bank),
    .st_data_i       (st_data),
    .quiet_o         (quiet_o[PortSt]),
    .error_o         (error_o[PortSt]),
    .error_address_o (error_address_o[PortSt*40 +: 40]),
    .error_response_o(error_response_o[PortSt*2 +: 2]),
    .awaddr_o        (m_st_awaddr_o),
    .awlen_o         (m_st_awlen_o),
    .awsize_o        (m_st_awsize_o),
    .awburst_o       (m_st_awburst_o),
    .awid_o          (m_st_awid_o),
    .awcache_o       (m_st_awcache_o),
    .awprot_o        (m_st_awprot_o),
    .awvalid_o       (m_st_awvalid_o),
    .awready_i       (m_st_awready_i),
    .wdata_o         (m_st_wdata_o),
    .wstrb_o         (m_st_wstrb_o),
    .wlast_o         (m_st_wlast_o),
    .wvalid_o        (m_st_wvalid_o),
    .wready_i        (m_st_wready_i),
    .bresp_i         (m_st_bresp_i),
    .bid_i           (m_st_bid_i),
    .bvalid_i        (m_st_bvalid_i),
    .bready_o        (m_st_bready_o)
  );

  // Compute
  logic [Tp-1:0]         ci_en, cr_en, cw_en;
  logic [Tp*LineW-1:0]   ci_line, cr_line, cw_line;
  logic [Tp*WordW-1:0]   ci_data, cr_data, cw_data;
  logic                  wb_en, pb_en;
  logic [WeightW-1:0]    wb_addr;
  logic [Tm*WordW-1:0]   wb_data;
  logic [ParameterW-1:0] pb_addr;
  logic [Tn*AccW-1:0]    pb_bias;
  logic [Tn*32-1:0]      pb_multiplier;
  logic [Tn*6-1:0]       pb_shift;

  tsr_compute #(
    .Tm               (Tm),
    .Tn               (Tn),
    .Tp               (Tp),
    .Wp               (Wp),
    .Aw               (Aw),
    .FeatureLines     (FeatureLines),
    .WeightWords      (WeightWords),
    .ParameterChannels(ParameterChannels)
  ) u_compute (
    .clk_i,
    .rst_ni,
    .start_i        (start_i[Compute]),
    .desc_i         (compute_desc_i),
    .done_o         (done_o[Compute]),
    .issue_o,
    .ci_en_o        (ci_en),
    .ci_line_o      (ci_line),
    .ci_data_i      (ci_data),
    .cr_en_o        (cr_en),
    .cr_line_o      (cr_line),
    .cr_data_i      (cr_data),
    .cw_en_o        (cw_en),
    .cw_line_o      (cw_line),
    .cw_data_o      (cw_data),
    .wb_en_o        (wb_en),
    .wb_addr_o      (wb_addr),
    .wb_data_i      (wb_data),
    .pb_en_o        (pb_en),
    .pb_addr_o      (pb_addr),
    .pb_bias_i      (pb_bias),
    .pb_multiplier_i(pb_multiplier),
    .pb_shift_i     (pb_shift)
  );

  // Memories
  tsr_feature_pool #(
    .Tn            (Tn),
    .Tp            (Tp),
    .Aw            (Aw),
    .FeatureLines  (FeatureLines),
    .FeatureSectors(FeatureSectors)
  ) u_feature_pool (
    .clk_i,
    .rst_ni,
    .ci_en_i  (ci_en),
    .ci_line_i(ci_line),
    .ci_data_o(ci_data),
    .cr_en_i  (cr_en),
    .cr_line_i(cr_line),
    .cr_data_o(cr_data),
    .st_en_i  (st_en),
    .st_line_i(st_line),
    .st_bank_i(st_bank),
    .st_data_o(st_data),
    .cw_en_i  (cw_en),
    .cw_line_i(cw_line),
    .cw_data_i(cw_data),
    .lf_en_i  (lf_en),
    .lf_line_i(lf_line),
    .lf_bank_i(lf_bank),
    .lf_data_i(lf_data)
  );

  tsr_weight_buffer #(
    .Tm         (Tm),
    .Tn         (Tn),
    .Aw         (Aw),
    .WeightWords(WeightWords)
  ) u_weight_buffer (
    .clk_i,
    .wr_en_i  (lw_en),
    .wr_addr_i(lw_addr),
    .wr_data_i(lw_data),
    .rd_en_i  (wb_en),
    .rd_addr_i(wb_addr),
    .rd_data_o(wb_data)
  );

  tsr_parameter_buffer #(
    .Tn               (Tn),
    .ParameterChannels(ParameterChannels),
    .AccW             (AccW),
    .Records          (Records)
  ) u_parameter_buffer (
    .clk_i,
    .lp_en_i        (lp_en),
    .lp_channel_i   (lp_channel),
    .lp_data_i      (lp_data),
    .rd_en_i        (pb_en),
    .rd_addr_i      (pb_addr),
    .rd_bias_o      (pb_bias),
    .rd_multiplier_o(pb_multiplier),
    .rd_shift_o     (pb_shift)
  );

endmodule
