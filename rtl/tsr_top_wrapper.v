// SPDX-License-Identifier: Apache-2.0
//
// tsr_top_wrapper: tsr_top for IP packagers: Verilog-2005, flat ports, the usual names, 64-bit addresses, interface
// attributes, no event tap.

module tsr_top_wrapper #(
  parameter TM                 = 4,
  parameter TN                 = 4,
  parameter TP                 = 2,
  parameter WP                 = 1,
  parameter ACTIVATION_BITS    = 8,
  parameter FEATURE_LINES      = 4096,
  parameter FEATURE_SECTORS    = 8,
  parameter WEIGHT_WORDS       = 512,
  parameter PARAMETER_CHANNELS = 64,
  parameter AXI_DATA_BITS      = 64,
  parameter MAX_BURST_BEATS    = 16,
  parameter MAX_OUTSTANDING    = 8
) (
  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 clk CLK" *)
  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axi_control:m_axi_lf:m_axi_lw:m_axi_ds:m_axi_st, ASSOCIATED_RESET rst_n" *)
  input  wire                              clk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 rst_n RST" *)
  (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input  wire                              rst_n,
  (* X_INTERFACE_INFO = "xilinx.com:signal:interrupt:1.0 interrupt INTERRUPT" *)
  (* X_INTERFACE_PARAMETER = "SENSITIVITY LEVEL_HIGH" *)
  output wire                              interrupt,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control AWADDR" *)
  (* X_INTERFACE_PARAMETER = "PROTOCOL AXI4LITE" *)
  input  wire [11:0]                       s_axi_control_awaddr,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control AWVALID" *)
  input  wire                              s_axi_control_awvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control AWREADY" *)
  output wire                              s_axi_control_awready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control WDATA" *)
  input  wire [31:0]                       s_axi_control_wdata,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control WSTRB" *)
  input  wire [3:0]                        s_axi_control_wstrb,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control WVALID" *)
  input  wire                              s_axi_control_wvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control WREADY" *)
  output wire                              s_axi_control_wready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control BRESP" *)
  output wire [1:0]                        s_axi_control_bresp,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control BVALID" *)
  output wire                              s_axi_control_bvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control BREADY" *)
  input  wire                              s_axi_control_bready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control ARADDR" *)
  input  wire [11:0]                       s_axi_control_araddr,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control ARVALID" *)
  input  wire                              s_axi_control_arvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control ARREADY" *)
  output wire                              s_axi_control_arready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control RDATA" *)
  output wire [31:0]                       s_axi_control_rdata,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control RRESP" *)
  output wire [1:0]                        s_axi_control_rresp,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control RVALID" *)
  output wire                              s_axi_control_rvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axi_control RREADY" *)
  input  wire                              s_axi_control_rready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARADDR" *)
  (* X_INTERFACE_PARAMETER = "PROTOCOL AXI4" *)
  output wire [63:0]                       m_axi_lf_araddr,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARLEN" *)
  output wire [7:0]                        m_axi_lf_arlen,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARSIZE" *)
  output wire [2:0]                        m_axi_lf_arsize,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARBURST" *)
  output wire [1:0]                        m_axi_lf_arburst,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARID" *)
  output wire [3:0]                        m_axi_lf_arid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARCACHE" *)
  output wire [3:0]                        m_axi_lf_arcache,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARPROT" *)
  output wire [2:0]                        m_axi_lf_arprot,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARVALID" *)
  output wire                              m_axi_lf_arvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf ARREADY" *)
  input  wire                              m_axi_lf_arready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf RDATA" *)
  input  wire [AXI_DATA_BITS-1:0]          m_axi_lf_rdata,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf RRESP" *)
  input  wire [1:0]                        m_axi_lf_rresp,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf RLAST" *)
  input  wire                              m_axi_lf_rlast,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf RID" *)
  input  wire [3:0]                        m_axi_lf_rid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf RVALID" *)
  input  wire                              m_axi_lf_rvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lf RREADY" *)
  output wire                              m_axi_lf_rready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARADDR" *)
  (* X_INTERFACE_PARAMETER = "PROTOCOL AXI4" *)
  output wire [63:0]                       m_axi_lw_araddr,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARLEN" *)
  output wire [7:0]                        m_axi_lw_arlen,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARSIZE" *)
  output wire [2:0]                        m_axi_lw_arsize,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARBURST" *)
  output wire [1:0]                        m_axi_lw_arburst,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARID" *)
  output wire [3:0]                        m_axi_lw_arid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARCACHE" *)
  output wire [3:0]                        m_axi_lw_arcache,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARPROT" *)
  output wire [2:0]                        m_axi_lw_arprot,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARVALID" *)
  output wire                              m_axi_lw_arvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw ARREADY" *)
  input  wire                              m_axi_lw_arready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw RDATA" *)
  input  wire [AXI_DATA_BITS-1:0]          m_axi_lw_rdata,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw RRESP" *)
  input  wire [1:0]                        m_axi_lw_rresp,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw RLAST" *)
  input  wire                              m_axi_lw_rlast,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw RID" *)
  input  wire [3:0]                        m_axi_lw_rid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw RVALID" *)
  input  wire                              m_axi_lw_rvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_lw RREADY" *)
  output wire                              m_axi_lw_rready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARADDR" *)
  (* X_INTERFACE_PARAMETER = "PROTOCOL AXI4" *)
  output wire [63:0]                       m_axi_ds_araddr,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARLEN" *)
  output wire [7:0]                        m_axi_ds_arlen,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARSIZE" *)
  output wire [2:0]                        m_axi_ds_arsize,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARBURST" *)
  output wire [1:0]                        m_axi_ds_arburst,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARID" *)
  output wire [3:0]                        m_axi_ds_arid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARCACHE" *)
  output wire [3:0]                        m_axi_ds_arcache,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARPROT" *)
  output wire [2:0]                        m_axi_ds_arprot,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARVALID" *)
  output wire                              m_axi_ds_arvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds ARREADY" *)
  input  wire                              m_axi_ds_arready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds RDATA" *)
  input  wire [AXI_DATA_BITS-1:0]          m_axi_ds_rdata,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds RRESP" *)
  input  wire [1:0]                        m_axi_ds_rresp,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds RLAST" *)
  input  wire                              m_axi_ds_rlast,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds RID" *)
  input  wire [3:0]                        m_axi_ds_rid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds RVALID" *)
  input  wire                              m_axi_ds_rvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_ds RREADY" *)
  output wire                              m_axi_ds_rready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWADDR" *)
  (* X_INTERFACE_PARAMETER = "PROTOCOL AXI4" *)
  output wire [63:0]                       m_axi_st_awaddr,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWLEN" *)
  output wire [7:0]                        m_axi_st_awlen,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWSIZE" *)
  output wire [2:0]                        m_axi_st_awsize,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWBURST" *)
  output wire [1:0]                        m_axi_st_awburst,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWID" *)
  output wire [3:0]                        m_axi_st_awid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWCACHE" *)
  output wire [3:0]                        m_axi_st_awcache,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWPROT" *)
  output wire [2:0]                        m_axi_st_awprot,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWVALID" *)
  output wire                              m_axi_st_awvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st AWREADY" *)
  input  wire                              m_axi_st_awready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st WDATA" *)
  output wire [AXI_DATA_BITS-1:0]          m_axi_st_wdata,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st WSTRB" *)
  output wire [AXI_DATA_BITS/8-1:0]        m_axi_st_wstrb,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st WLAST" *)
  output wire                              m_axi_st_wlast,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st WVALID" *)
  output wire                              m_axi_st_wvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st WREADY" *)
  input  wire                              m_axi_st_wready,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st BRESP" *)
  input  wire [1:0]                        m_axi_st_bresp,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st BID" *)
  input  wire [3:0]                        m_axi_st_bid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st BVALID" *)
  input  wire                              m_axi_st_bvalid,
  (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 m_axi_st BREADY" *)
  output wire                              m_axi_st_bready
);

  assign m_axi_lf_araddr[63:40] = 24'd0;
  assign m_axi_lw_araddr[63:40] = 24'd0;
  assign m_axi_ds_araddr[63:40] = 24'd0;
  assign m_axi_st_awaddr[63:40] = 24'd0;

  tsr_top #(
    .Tm                (TM),
    .Tn                (TN),
    .Tp                (TP),
    .Wp                (WP),
    .Aw                (ACTIVATION_BITS),
    .FeatureLines      (FEATURE_LINES),
    .FeatureSectors    (FEATURE_SECTORS),
    .WeightWords       (WEIGHT_WORDS),
    .ParameterChannels (PARAMETER_CHANNELS),
    .AxiDataBits       (AXI_DATA_BITS),
    .MaxBurstBeats     (MAX_BURST_BEATS),
    .MaxOutstanding    (MAX_OUTSTANDING),
    .EventTap          (1'b0)
  ) u_top (
    .clk_i             (clk),
    .rst_ni            (rst_n),
    .interrupt_o       (interrupt),
    .s_axil_awaddr_i   (s_axi_control_awaddr),
    .s_axil_awvalid_i  (s_axi_control_awvalid),
    .s_axil_awready_o  (s_axi_control_awready),
    .s_axil_wdata_i    (s_axi_control_wdata),
    .s_axil_wstrb_i    (s_axi_control_wstrb),
    .s_axil_wvalid_i   (s_axi_control_wvalid),
    .s_axil_wready_o   (s_axi_control_wready),
    .s_axil_bresp_o    (s_axi_control_bresp),
    .s_axil_bvalid_o   (s_axi_control_bvalid),
    .s_axil_bready_i   (s_axi_control_bready),
    .s_axil_araddr_i   (s_axi_control_araddr),
    .s_axil_arvalid_i  (s_axi_control_arvalid),
    .s_axil_arready_o  (s_axi_control_arready),
    .s_axil_rdata_o    (s_axi_control_rdata),
    .s_axil_rresp_o    (s_axi_control_rresp),
    .s_axil_rvalid_o   (s_axi_control_rvalid),
    .s_axil_rready_i   (s_axi_control_rready),
    .m_lf_araddr_o     (m_axi_lf_araddr[39:0]),
    .m_lf_arlen_o      (m_axi_lf_arlen),
    .m_lf_arsize_o     (m_axi_lf_arsize),
    .m_lf_arburst_o    (m_axi_lf_arburst),
    .m_lf_arid_o       (m_axi_lf_arid),
    .m_lf_arcache_o    (m_axi_lf_arcache),
    .m_lf_arprot_o     (m_axi_lf_arprot),
    .m_lf_arvalid_o    (m_axi_lf_arvalid),
    .m_lf_arready_i    (m_axi_lf_arready),
    .m_lf_rdata_i      (m_axi_lf_rdata),
    .m_lf_rresp_i      (m_axi_lf_rresp),
    .m_lf_rlast_i      (m_axi_lf_rlast),
    .m_lf_rid_i        (m_axi_lf_rid),
    .m_lf_rvalid_i     (m_axi_lf_rvalid),
    .m_lf_rready_o     (m_axi_lf_rready),
    .m_lw_araddr_o     (m_axi_lw_araddr[39:0]),
    .m_lw_arlen_o      (m_axi_lw_arlen),
    .m_lw_arsize_o     (m_axi_lw_arsize),
    .m_lw_arburst_o    (m_axi_lw_arburst),
    .m_lw_arid_o       (m_axi_lw_arid),
    .m_lw_arcache_o    (m_axi_lw_arcache),
    .m_lw_arprot_o     (m_axi_lw_arprot),
    .m_lw_arvalid_o    (m_axi_lw_arvalid),
    .m_lw_arready_i    (m_axi_lw_arready),
    .m_lw_rdata_i      (m_axi_lw_rdata),
    .m_lw_rresp_i      (m_axi_lw_rresp),
    .m_lw_rlast_i      (m_axi_lw_rlast),
    .m_lw_rid_i        (m_axi_lw_rid),
    .m_lw_rvalid_i     (m_axi_lw_rvalid),
    .m_lw_rready_o     (m_axi_lw_rready),
    .m_ds_araddr_o     (m_axi_ds_araddr[39:0]),
    .m_ds_arlen_o      (m_axi_ds_arlen),
    .m_ds_arsize_o     (m_axi_ds_arsize),
    .m_ds_arburst_o    (m_axi_ds_arburst),
    .m_ds_arid_o       (m_axi_ds_arid),
    .m_ds_arcache_o    (m_axi_ds_arcache),
    .m_ds_arprot_o     (m_axi_ds_arprot),
    .m_ds_arvalid_o    (m_axi_ds_arvalid),
    .m_ds_arready_i    (m_axi_ds_arready),
    .m_ds_rdata_i      (m_axi_ds_rdata),
    .m_ds_rresp_i      (m_axi_ds_rresp),
    .m_ds_rlast_i      (m_axi_ds_rlast),
    .m_ds_rid_i        (m_axi_ds_rid),
    .m_ds_rvalid_i     (m_axi_ds_rvalid),
    .m_ds_rready_o     (m_axi_ds_rready),
    .m_st_awaddr_o     (m_axi_st_awaddr[39:0]),
    .m_st_awlen_o      (m_axi_st_awlen),
    .m_st_awsize_o     (m_axi_st_awsize),
    .m_st_awburst_o    (m_axi_st_awburst),
    .m_st_awid_o       (m_axi_st_awid),
    .m_st_awcache_o    (m_axi_st_awcache),
    .m_st_awprot_o     (m_axi_st_awprot),
    .m_st_awvalid_o    (m_axi_st_awvalid),
    .m_st_awready_i    (m_axi_st_awready),
    .m_st_wdata_o      (m_axi_st_wdata),
    .m_st_wstrb_o      (m_axi_st_wstrb),
    .m_st_wlast_o      (m_axi_st_wlast),
    .m_st_wvalid_o     (m_axi_st_wvalid),
    .m_st_wready_i     (m_axi_st_wready),
    .m_st_bresp_i      (m_axi_st_bresp),
    .m_st_bid_i        (m_axi_st_bid),
    .m_st_bvalid_i     (m_axi_st_bvalid),
    .m_st_bready_o     (m_axi_st_bready),
    .ev_cycle_o        (),
    .ev_dispatch_o     (),
    .ev_dispatch_tag_o (),
    .ev_start_o        (),
    .ev_start_tag_o    (),
    .ev_complete_o     (),
    .ev_complete_tag_o (),
    .ev_done_o         ()
  );

endmodule
