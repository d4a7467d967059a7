// SPDX-License-Identifier: Apache-2.0
//
// tsr_top: the machine: AXI4-Lite registers, control and core, four AXI4 masters, one interrupt, one clock.
//
// The cycle behaviour is that of sim/machine/README.md; cycle 0 is the one after the start bit acts. With EventTap = 0
// the ev_* outputs are zero and cost nothing.

`include "tsr_uarch.vh"

module tsr_top #(
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
  parameter bit          EventTap          = 1'b1,
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned TagW    = `TSR_HEADER_TAG_WIDTH
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,

  // AXI4-Lite slave: registers of uarch.json
  input  logic [11:0]                          s_axil_awaddr_i,
  input  logic                                 s_axil_awvalid_i,
  output logic                                 s_axil_awready_o,
  input  logic [31:0]                          s_axil_wdata_i,
  input  logic [3:0]                           s_axil_wstrb_i,
  input  logic                                 s_axil_wvalid_i,
  output logic                                 s_axil_wready_o,
  output logic [1:0]                           s_axil_bresp_o,
  output logic                                 s_axil_bvalid_o,
  input  logic                                 s_axil_bready_i,
  input  logic [11:0]                          s_axil_araddr_i,
  input  logic                                 s_axil_arvalid_i,
  output logic                                 s_axil_arready_o,
  output logic [31:0]                          s_axil_rdata_o,
  output logic [1:0]                           s_axil_rresp_o,
  output logic                                 s_axil_rvalid_o,
  input  logic                                 s_axil_rready_i,

  output logic                                 interrupt_o,

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
  output logic                                 m_st_bready_o,

  // event tap: what happens in cycle ev_cycle_o
  output logic [63:0]                          ev_cycle_o,
  output logic [Engines-1:0]                   ev_dispatch_o,
  output logic [TagW-1:0]                      ev_dispatch_tag_o,
  output logic [Engines-1:0]                   ev_start_o,
  output logic [Engines*TagW-1:0]              ev_start_tag_o,
  output logic [Engines-1:0]                   ev_complete_o,
  output logic [Engines*TagW-1:0]              ev_complete_tag_o,
  output logic                                 ev_done_o
);

  localparam int unsigned Ports    = `TSR_UARCH_PORT_COUNT;
  localparam int unsigned Counters = 7 + Engines + Ports;

  if (ParameterChannels % Tm != 0) begin : g_bad_parameters
    $error("tsr_top: ParameterChannels is a multiple of Tm");
  end

  // Registers and control
  logic                   start, abort, soft_reset, go, forget, running, draining, done, set_error, set_aborted;
  logic [39:0]            base, error_address;
  logic [31:0]            units, error_code;
  logic [2:0]             prot;
  logic [Counters*64-1:0] counters;

  // Control and core
  logic                unit_rst_n, halt, end_seen, bad, issue;
  logic [Engines-1:0]  room, dispatch, unit_start, unit_done;
  logic [1023:0]       dispatch_desc, compute_desc;
  logic [511:0]        load_feature_desc, load_weight_desc, store_desc;
  logic [Ports-1:0]    address, quiet, port_error;
  logic [Ports*40-1:0] port_error_address;
  logic [Ports*2-1:0]  port_error_response;

  tsr_axil_regs #(
    .Tm               (Tm),
    .Tn               (Tn),
    .Tp               (Tp),
    .Wp               (Wp),
    .Aw               (Aw),
    .FeatureLines     (FeatureLines),
    .FeatureSectors   (FeatureSectors),
    .WeightWords      (WeightWords),
    .ParameterChannels(ParameterChannels),
    .AxiDataBits      (AxiDataBits),
    .MaxBurstBeats    (MaxBurstBeats),
    .MaxOutstanding   (MaxOutstanding),
    .Counters         (Counters)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .awaddr_i        (s_axil_awaddr_i),
    .awvalid_i       (s_axil_awvalid_i),
    .awready_o       (s_axil_awready_o),
    .wdata_i         (s_axil_wdata_i),
    .wstrb_i         (s_axil_wstrb_i),
    .wvalid_i        (s_axil_wvalid_i),
    .wready_o        (s_axil_wready_o),
    .bresp_o         (s_axil_bresp_o),
    .bvalid_o        (s_axil_bvalid_o),
    .bready_i        (s_axil_bready_i),
    .araddr_i        (s_axil_araddr_i),
    .arvalid_i       (s_axil_arvalid_i),
    .arready_o       (s_axil_arready_o),
    .rdata_o         (s_axil_rdata_o),
    .rresp_o         (s_axil_rresp_o),
    .rvalid_o        (s_axil_rvalid_o),
    .rready_i        (s_axil_rready_i),
    .start_o         (start),
    .abort_o         (abort),
    .soft_reset_o    (soft_reset),
    .base_o          (base),
    .units_o         (units),
    .prot_o          (prot),
    .interrupt_o,
    .go_i            (go),
    .forget_i        (forget),
    .running_i       (running),
    .draining_i      (draining),
    .done_i          (done),
    .set_error_i     (set_error),
    .set_aborted_i   (set_aborted),
    .error_code_i    (error_code),
    .error_address_i (error_address),
    .counters_i      (counters)
  );

  tsr_control #(.EventTap(EventTap)) u_control (
    .clk_i,
    .rst_ni,
    .start_i            (start),
    .abort_i            (abort),
    .soft_reset_i       (soft_reset),
    .go_o               (go),
    .forget_o           (forget),
    .running_o          (running),
    .draining_o         (draining),
    .done_o             (done),
    .set_error_o        (set_error),
    .set_aborted_o      (set_aborted),
    .error_code_o       (error_code),
    .error_address_o    (error_address),
    .counters_o         (counters),
    .unit_rst_no        (unit_rst_n),
    .halt_o             (halt),
    .dispatch_i         (dispatch),
    .dispatch_desc_i    (dispatch_desc),
    .room_o             (room),
    .end_i              (end_seen),
    .bad_i              (bad),
    .start_o            (unit_start),
    .load_feature_desc_o(load_feature_desc),
    .load_weight_desc_o (load_weight_desc),
    .compute_desc_o     (compute_desc),
    .store_desc_o       (store_desc),
    .done_i             (unit_done),
    .issue_i            (issue),
    .address_i          (address),
    .quiet_i            (quiet),
    .error_i            (port_error),
    .error_address_i    (port_error_address),
    .error_response_i   (port_error_response),
    .ev_cycle_o,
    .ev_dispatch_o,
    .ev_dispatch_tag_o,
    .ev_start_o,
    .ev_start_tag_o,
    .ev_complete_o,
    .ev_complete_tag_o,
    .ev_done_o
  );

  tsr_core #(
    .Tm               (Tm),
    .Tn               (Tn),
    .Tp               (Tp),
    .Wp               (Wp),
    .Aw               (Aw),
    .FeatureLines     (FeatureLines),
    .FeatureSectors   (FeatureSectors),
    .WeightWords      (WeightWords),
    .ParameterChannels(ParameterChannels),
    .AxiDataBits      (AxiDataBits),
    .MaxBurstBeats    (MaxBurstBeats),
    .MaxOutstanding   (MaxOutstanding)
  ) u_core (
    .clk_i,
    .rst_ni             (unit_rst_n),
    .halt_i             (halt),
    .prot_i             (prot),
    .go_i               (go),
    .base_i             (base),
    .units_i            (units),
    .room_i             (room),
    .dispatch_o         (dispatch),
    .dispatch_desc_o    (dispatch_desc),
    .end_o              (end_seen),
    .bad_o              (bad),
    .start_i            (unit_start),
    .load_feature_desc_i(load_feature_desc),
    .load_weight_desc_i (load_weight_desc),
    .compute_desc_i     (compute_desc),
    .store_desc_i       (store_desc),
    .done_o             (unit_done),
    .issue_o            (issue),
    .address_o          (address),
    .quiet_o            (quiet),
    .error_o            (port_error),
    .error_address_o    (port_error_address),
    .error_response_o   (port_error_response),
    .m_lf_araddr_o,
    .m_lf_arlen_o,
    .m_lf_arsize_o,
    .m_lf_arburst_o,
    .m_lf_arid_o,
    .m_lf_arcache_o,
    .m_lf_arprot_o,
    .m_lf_arvalid_o,
    .m_lf_arready_i,
    .m_lf_rdata_i,
    .m_lf_rresp_i,
    .m_lf_rlast_i,
    .m_lf_rid_i,
    .m_lf_rvalid_i,
    .m_lf_rready_o,
    .m_lw_araddr_o,
    .m_lw_arlen_o,
    .m_lw_arsize_o,
    .m_lw_arburst_o,
    .m_lw_arid_o,
    .m_lw_arcache_o,
    .m_lw_arprot_o,
    .m_lw_arvalid_o,
    .m_lw_arready_i,
    .m_lw_rdata_i,
    .m_lw_rresp_i,
    .m_lw_rlast_i,
    .m_lw_rid_i,
    .m_lw_rvalid_i,
    .m_lw_rready_o,
    .m_ds_araddr_o,
    .m_ds_arlen_o,
    .m_ds_arsize_o,
    .m_ds_arburst_o,
    .m_ds_arid_o,
    .m_ds_arcache_o,
    .m_ds_arprot_o,
    .m_ds_arvalid_o,
    .m_ds_arready_i,
    .m_ds_rdata_i,
    .m_ds_rresp_i,
    .m_ds_rlast_i,
    .m_ds_rid_i,
    .m_ds_rvalid_i,
    .m_ds_rready_o,
    .m_st_awaddr_o,
    .m_st_awlen_o,
    .m_st_awsize_o,
    .m_st_awburst_o,
    .m_st_awid_o,
    .m_st_awcache_o,
    .m_st_awprot_o,
    .m_st_awvalid_o,
    .m_st_awready_i,
    .m_st_wdata_o,
    .m_st_wstrb_o,
    .m_st_wlast_o,
    .m_st_wvalid_o,
    .m_st_wready_i,
    .m_st_bresp_i,
    .m_st_bid_i,
    .m_st_bvalid_i,
    .m_st_bready_o
  );

endmodule
