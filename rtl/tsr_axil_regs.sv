// SPDX-License-Identifier: Apache-2.0
//
// tsr_axil_regs: the registers of sim/arch/uarch.json behind an AXI4-Lite slave of 32 bits.
//
// A write acts when address and data are both there, in any order; one answer is held at a time. Unknown addresses read
// as zero and take writes without effect, with OKAY. Strobes hold for every writable register. Commands (start_o,
// abort_o, soft_reset_o) last one cycle. interrupt_o is a register.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_axil_regs #(
  parameter int unsigned Tm                = 4,
  parameter int unsigned Tn                = 4,
  parameter int unsigned Tp                = 2,
  parameter int unsigned Wp                = 1,
  parameter int unsigned Aw                = 8,
  parameter int unsigned FeatureLines      = 1024,
  parameter int unsigned FeatureSectors    = 8,
  parameter int unsigned WeightWords       = 1024,
  parameter int unsigned ParameterChannels = 64,
  parameter int unsigned AxiDataBits       = 64,
  parameter int unsigned MaxBurstBeats     = 16,
  parameter int unsigned MaxOutstanding    = 8,
  parameter int unsigned Counters          = 15,
  localparam int unsigned OffsetW = 12
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  // AXI4-Lite slave
  input  logic [OffsetW-1:0]     awaddr_i,
  input  logic                   awvalid_i,
  output logic                   awready_o,
  input  logic [31:0]            wdata_i,
  input  logic [3:0]             wstrb_i,
  input  logic                   wvalid_i,
  output logic                   wready_o,
  output logic [1:0]             bresp_o,
  output logic                   bvalid_o,
  input  logic                   bready_i,
  input  logic [OffsetW-1:0]     araddr_i,
  input  logic                   arvalid_i,
  output logic                   arready_o,
  output logic [31:0]            rdata_o,
  output logic [1:0]             rresp_o,
  output logic                   rvalid_o,
  input  logic                   rready_i,

  // commands and settings
  output logic                   start_o,
  output logic                   abort_o,
  output logic                   soft_reset_o,
  output logic [39:0]            base_o,
  output logic [31:0]            units_o,
  output logic [2:0]             prot_o,
  output logic                   interrupt_o,

  // state of the run
  input  logic                   go_i,         // a run starts
  input  logic                   forget_i,     // as after reset
  input  logic                   running_i,
  input  logic                   draining_i,
  input  logic                   done_i,
  input  logic                   set_error_i,
  input  logic                   set_aborted_i,
  input  logic [31:0]            error_code_i,
  input  logic [39:0]            error_address_i,
  input  logic [Counters*64-1:0] counters_i
);

  if (`TSR_REG_COUNT_BURSTS_STORE_HI - `TSR_REG_COUNT_CYCLES_LO != OffsetW'(8*Counters - 4)) begin : g_bad_map
    $error("tsr_axil_regs: the counters of uarch.json are not those of tsr_perf");
  end

  // Write channel: address and data wait for each other.
  logic               aw_full_d, aw_full_q, w_full_d, w_full_q, b_valid_d, b_valid_q, write;
  logic [OffsetW-1:0] aw_addr_q;
  logic [31:0]        w_data_q;
  logic [3:0]         w_strobe_q;
  logic [31:0]        mask, bits;
  logic [OffsetW-1:0] offset;

  assign awready_o = !aw_full_q;
  assign wready_o  = !w_full_q;
  assign bvalid_o  = b_valid_q;
  assign bresp_o   = 2'b00;
  assign write     = aw_full_q && w_full_q && !b_valid_q;
  assign offset    = {aw_addr_q[OffsetW-1:2], 2'b00};
  assign mask      = {{8{w_strobe_q[3]}}, {8{w_strobe_q[2]}}, {8{w_strobe_q[1]}}, {8{w_strobe_q[0]}}};
  assign bits      = write ? w_data_q & mask : '0;

  always_comb begin
    aw_full_d = aw_full_q || awvalid_i;
    w_full_d  = w_full_q || wvalid_i;
    b_valid_d = b_valid_q && !bready_i;
    if (write) begin
      aw_full_d = 1'b0;
      w_full_d  = 1'b0;
      b_valid_d = 1'b1;
    end
  end

  // Registers
  logic [31:0] base_lo_d, base_lo_q, units_d, units_q;
  logic [7:0]  base_hi_d, base_hi_q;
  logic [2:0]  prot_d, prot_q, enable_d, enable_q, pending_d, pending_q, events;
  logic        done_d, done_q, error_d, error_q, aborted_d, aborted_q;
  logic [31:0] error_code_q;
  logic [39:0] error_address_q;
  logic        unused_bits;

  assign unused_bits = ^{bits, aw_addr_q[1:0], araddr_i[1:0]};

  assign start_o      = offset == `TSR_REG_CONTROL && bits[`TSR_REG_CONTROL_START_BIT];
  assign abort_o      = offset == `TSR_REG_CONTROL && bits[`TSR_REG_CONTROL_ABORT_BIT];
  assign soft_reset_o = offset == `TSR_REG_CONTROL && bits[`TSR_REG_CONTROL_SOFT_RESET_BIT];

  always_comb begin
    base_lo_d = base_lo_q;
    base_hi_d = base_hi_q;
    units_d   = units_q;
    prot_d    = prot_q;
    enable_d  = enable_q;
    if (write) begin
      case (offset)
        `TSR_REG_DESCRIPTOR_BASE_LO: base_lo_d = (base_lo_q & ~mask) | bits;
        `TSR_REG_DESCRIPTOR_BASE_HI: base_hi_d = (base_hi_q & ~mask[7:0]) | bits[7:0];
        `TSR_REG_DESCRIPTOR_COUNT:   units_d = (units_q & ~mask) | bits;
        `TSR_REG_INTERRUPT_ENABLE:   enable_d = (enable_q & ~mask[2:0]) | bits[2:0];
        `TSR_REG_AXI_ATTRIBUTES:     prot_d = (prot_q & ~mask[2:0]) | bits[2:0];
        default: ;
      endcase
    end
  end

  always_comb begin
    events                                    = '0;
    events[`TSR_REG_INTERRUPT_STATUS_DONE_BIT]    = done_i;
    events[`TSR_REG_INTERRUPT_STATUS_ERROR_BIT]   = set_error_i;
    events[`TSR_REG_INTERRUPT_STATUS_ABORTED_BIT] = set_aborted_i;
    pending_d = pending_q;
    if (offset == `TSR_REG_INTERRUPT_STATUS) begin
      pending_d = pending_q & ~bits[2:0];
    end
    pending_d = pending_d | events;
    done_d    = (done_q && !go_i) || done_i;
    error_d   = (error_q && !go_i) || set_error_i;
    aborted_d = (aborted_q && !go_i) || set_aborted_i;
  end

  assign base_o  = {base_hi_q, base_lo_q[31:6], 6'd0};
  assign units_o = units_q;
  assign prot_o  = prot_q;

  // Read channel
  logic               r_valid_d, r_valid_q, read;
  logic [31:0]        r_data_d, r_data_q;
  logic [OffsetW-1:0] place;
  logic [OffsetW-1:0] number;     // of the 32-bit half of a counter
  logic [31:0]        half;

  assign arready_o = !r_valid_q;
  assign rvalid_o  = r_valid_q;
  assign rdata_o   = r_data_q;
  assign rresp_o   = 2'b00;
  assign read      = arvalid_i && !r_valid_q;
  assign r_valid_d = read || (r_valid_q && !rready_i);
  assign place     = {araddr_i[OffsetW-1:2], 2'b00};
  assign number    = (place - `TSR_REG_COUNT_CYCLES_LO) >> 2;

  always_comb begin
    half = '0;
    for (int unsigned i = 0; i < 2*Counters; i++) begin
      if (number == OffsetW'(i)) begin
        half = counters_i[32*i +: 32];
      end
    end
  end

  always_comb begin
    r_data_d = half;
    case (place)
      `TSR_REG_ID:                            r_data_d = 32'h54535231;
      `TSR_REG_VERSION:                       r_data_d = 32'd`TSR_UARCH_VERSION;
      `TSR_REG_STATUS: begin
        r_data_d                                = '0;
        r_data_d[`TSR_REG_STATUS_RUNNING_BIT]   = running_i;
        r_data_d[`TSR_REG_STATUS_DONE_BIT]      = done_q;
        r_data_d[`TSR_REG_STATUS_ERROR_BIT]     = error_q;
        r_data_d[`TSR_REG_STATUS_ABORTED_BIT]   = aborted_q;
        r_data_d[`TSR_REG_STATUS_DRAINING_BIT]  = draining_i;
      end
      `TSR_REG_INTERRUPT_ENABLE:              r_data_d = 32'(enable_q);
      `TSR_REG_INTERRUPT_STATUS:              r_data_d = 32'(pending_q);
      `TSR_REG_DESCRIPTOR_BASE_LO:            r_data_d = base_lo_q;
      `TSR_REG_DESCRIPTOR_BASE_HI:            r_data_d = 32'(base_hi_q);
      `TSR_REG_DESCRIPTOR_COUNT:              r_data_d = units_q;
      `TSR_REG_ERROR_CODE:                    r_data_d = error_code_q;
      `TSR_REG_ERROR_ADDRESS_LO:              r_data_d = error_address_q[31:0];
      `TSR_REG_ERROR_ADDRESS_HI:              r_data_d = 32'(error_address_q[39:32]);
      `TSR_REG_AXI_ATTRIBUTES:                r_data_d = 32'(prot_q);
      `TSR_REG_CAPABILITY_TM:                 r_data_d = 32'(Tm);
      `TSR_REG_CAPABILITY_TN:                 r_data_d = 32'(Tn);
      `TSR_REG_CAPABILITY_TP:                 r_data_d = 32'(Tp);
      `TSR_REG_CAPABILITY_WP:                 r_data_d = 32'(Wp);
      `TSR_REG_CAPABILITY_ACTIVATION_BITS:    r_data_d = 32'(Aw);
      `TSR_REG_CAPABILITY_FEATURE_LINES:      r_data_d = 32'(FeatureLines);
      `TSR_REG_CAPABILITY_FEATURE_SECTORS:    r_data_d = 32'(FeatureSectors);
      `TSR_REG_CAPABILITY_WEIGHT_WORDS:       r_data_d = 32'(WeightWords);
      `TSR_REG_CAPABILITY_PARAMETER_CHANNELS: r_data_d = 32'(ParameterChannels);
      `TSR_REG_CAPABILITY_AXI_DATA_BITS:      r_data_d = 32'(AxiDataBits);
      `TSR_REG_CAPABILITY_MAX_BURST_BEATS:    r_data_d = 32'(MaxBurstBeats);
      `TSR_REG_CAPABILITY_MAX_OUTSTANDING:    r_data_d = 32'(MaxOutstanding);
      default:                                r_data_d = place < `TSR_REG_COUNT_CYCLES_LO ? '0 : half;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_full_q <= 1'b0;
      w_full_q  <= 1'b0;
      b_valid_q <= 1'b0;
      r_valid_q <= 1'b0;
    end else begin
      aw_full_q <= aw_full_d;
      w_full_q  <= w_full_d;
      b_valid_q <= b_valid_d;
      r_valid_q <= r_valid_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || forget_i) begin
      base_lo_q       <= '0;
      base_hi_q       <= '0;
      units_q         <= '0;
      prot_q          <= '0;
      enable_q        <= '0;
      pending_q       <= '0;
      done_q          <= 1'b0;
      error_q         <= 1'b0;
      aborted_q       <= 1'b0;
      error_code_q    <= '0;
      error_address_q <= '0;
      interrupt_o     <= 1'b0;
    end else begin
      base_lo_q   <= base_lo_d;
      base_hi_q   <= base_hi_d;
      units_q     <= units_d;
      prot_q      <= prot_d;
      enable_q    <= enable_d;
      pending_q   <= pending_d;
      done_q      <= done_d;
      error_q     <= error_d;
      aborted_q   <= aborted_d;
      interrupt_o <= (pending_d & enable_d) != '0;
      if (set_error_i) begin
        error_code_q    <= error_code_i;
        error_address_q <= error_address_i;
      end else if (go_i) begin
        error_code_q    <= '0;
        error_address_q <= '0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (awvalid_i && awready_o) begin
      aw_addr_q <= awaddr_i;
    end
    if (wvalid_i && wready_o) begin
      w_data_q   <= wdata_i;
      w_strobe_q <= wstrb_i;
    end
    if (read) begin
      r_data_q <= r_data_d;
    end
  end

  `TSR_ASSERT(OneWriteAtATime_A, !write || (aw_full_q && w_full_q))

endmodule
