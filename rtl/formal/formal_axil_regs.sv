// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_axil_regs as an AXI4-Lite slave and against an account of its registers: answers stay until taken, come
// for whole writes and for reads only, one each and promptly; no ready waits for its valid; a write acts once, on its
// strobed bytes; commands last the cycle of their write; a read gives the account's value and changes nothing.
// Counters are drawn as 32-bit halves of which 16 bits are any, the others the half's number.
//
// files: tsr_axil_regs
// prove: induction 2
// prove: bmc 5
// prove: cover 9
// mutation: bmc 7 | | test_rtl_axil_regs Tm=4 Tn=4 Wp=1 MaxOutstanding=8
// mutants: 5

`include "formal_env.svh"

module formal_axil_regs #(
  localparam int unsigned Counters = 15
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [11:0] awaddr_i,
  input logic        awvalid_i,
  input logic [31:0] wdata_i,
  input logic [3:0]  wstrb_i,
  input logic        wvalid_i,
  input logic        bready_i,
  input logic [11:0] araddr_i,
  input logic        arvalid_i,
  input logic        rready_i,
  input logic        go_i,
  input logic        forget_i,
  input logic        running_i,
  input logic        draining_i,
  input logic        done_i,
  input logic        set_error_i,
  input logic        set_aborted_i,
  input logic [31:0] error_code_i,
  input logic [39:0] error_address_i,
  input logic [15:0] seed_i
);

  `FORMAL_RESET

  logic         awready, wready, bvalid, arready, rvalid, start, abort, soft_reset, interrupt;
  logic [1:0]   bresp, rresp;
  logic [31:0]  rdata, units;
  logic [39:0]  base;
  logic [2:0]   prot;
  logic [Counters*64-1:0] counters;
  for (genvar i = 0; i < 2 * Counters; i++) begin : g_half
    assign counters[32*i +: 32] = {16'(i), seed_i};
  end

  tsr_axil_regs u_dut (
    .clk_i, .rst_ni, .awaddr_i, .awvalid_i, .awready_o(awready), .wdata_i, .wstrb_i, .wvalid_i, .wready_o(wready),
    .bresp_o(bresp), .bvalid_o(bvalid), .bready_i, .araddr_i, .arvalid_i, .arready_o(arready), .rdata_o(rdata),
    .rresp_o(rresp), .rvalid_o(rvalid), .rready_i, .start_o(start), .abort_o(abort), .soft_reset_o(soft_reset),
    .base_o(base), .units_o(units), .prot_o(prot), .interrupt_o(interrupt), .go_i, .forget_i, .running_i, .draining_i,
    .done_i, .set_error_i, .set_aborted_i, .error_code_i, .error_address_i, .counters_i(counters)
  );

  // Addresses and data that were taken and have not acted; the answer that waits; the read that waits.
  logic        address_q, data_q, answer_q, read_q, act;
  logic [11:0] at_q, at;
  logic [31:0] value_q;
  logic [3:0]  strobe_q;
  assign act = address_q && data_q && !answer_q;
  assign at  = {at_q[11:2], 2'b00};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {address_q, data_q, answer_q, read_q} <= '0;
    end else begin
      address_q <= (address_q && !act) || (awvalid_i && awready);
      data_q    <= (data_q && !act) || (wvalid_i && wready);
      answer_q  <= act || (answer_q && !bready_i);
      read_q    <= (arvalid_i && arready) || (read_q && !rready_i);
    end
    if (awvalid_i && awready) at_q <= awaddr_i;
    if (wvalid_i && wready) {value_q, strobe_q} <= {wdata_i, wstrb_i};
  end

  // The registers: name, bits that can be written.
  logic [31:0] base_lo_q, base_hi_q, units_q, enable_q, prot_q, pending_q, code_q;
  logic [39:0] where_q;
  logic        done_q, error_q, aborted_q, interrupt_q;
  logic [31:0] pending, cleared;
  function [31:0] written;
    input [31:0] old;
    input [31:0] bits;
    begin
      for (int unsigned b = 0; b < 32; b++) begin
        written[b] = bits[b] && strobe_q[b/8] ? value_q[b] : old[b];
      end
    end
  endfunction
  assign cleared = act && at == `TSR_REG_INTERRUPT_STATUS && strobe_q[0] ? {24'd0, value_q[7:0]} : '0;
  assign pending = (pending_q & ~cleared) | {29'd0, set_aborted_i, set_error_i, done_i};
  always_ff @(posedge clk_i) begin
    if (!rst_ni || forget_i) begin
      {base_lo_q, base_hi_q, units_q, enable_q, prot_q, pending_q, code_q, where_q} <= '0;
      {done_q, error_q, aborted_q, interrupt_q} <= '0;
    end else begin
      if (act && at == `TSR_REG_DESCRIPTOR_BASE_LO) base_lo_q <= written(base_lo_q, 32'hFFFF_FFFF);
      if (act && at == `TSR_REG_DESCRIPTOR_BASE_HI) base_hi_q <= written(base_hi_q, 32'h0000_00FF);
      if (act && at == `TSR_REG_DESCRIPTOR_COUNT)   units_q   <= written(units_q, 32'hFFFF_FFFF);
      if (act && at == `TSR_REG_INTERRUPT_ENABLE)   enable_q  <= written(enable_q, 32'd7);
      if (act && at == `TSR_REG_AXI_ATTRIBUTES)     prot_q    <= written(prot_q, 32'd7);
      pending_q   <= pending;
      interrupt_q <= (pending & (act && at == `TSR_REG_INTERRUPT_ENABLE ? written(enable_q, 32'd7) : enable_q)) != '0;
      done_q      <= done_i || (done_q && !go_i);
      error_q     <= set_error_i || (error_q && !go_i);
      aborted_q   <= set_aborted_i || (aborted_q && !go_i);
      if (set_error_i) {code_q, where_q} <= {error_code_i, error_address_i};
      else if (go_i) {code_q, where_q} <= '0;
    end
  end

  // What a read of this cycle gives.
  logic [31:0] value, value_read_q;
  logic [11:0] place;
  assign place = {araddr_i[11:2], 2'b00};
  always_comb begin
    value = '0;
    if (place >= `TSR_REG_COUNT_CYCLES_LO && place <= `TSR_REG_COUNT_BURSTS_STORE_HI) begin
      value = {16'((place - `TSR_REG_COUNT_CYCLES_LO) / 4), seed_i};
    end
    if (place == `TSR_REG_ID)                            value = "TSR1";
    if (place == `TSR_REG_VERSION)                       value = `TSR_UARCH_VERSION;
    if (place == `TSR_REG_STATUS)                        value = {27'd0, draining_i, aborted_q, error_q, done_q, running_i};
    if (place == `TSR_REG_INTERRUPT_ENABLE)              value = enable_q;
    if (place == `TSR_REG_INTERRUPT_STATUS)              value = pending_q;
    if (place == `TSR_REG_DESCRIPTOR_BASE_LO)            value = base_lo_q;
    if (place == `TSR_REG_DESCRIPTOR_BASE_HI)            value = base_hi_q;
    if (place == `TSR_REG_DESCRIPTOR_COUNT)              value = units_q;
    if (place == `TSR_REG_ERROR_CODE)                    value = code_q;
    if (place == `TSR_REG_ERROR_ADDRESS_LO)              value = where_q[31:0];
    if (place == `TSR_REG_ERROR_ADDRESS_HI)              value = {24'd0, where_q[39:32]};
    if (place == `TSR_REG_AXI_ATTRIBUTES)                value = prot_q;
    if (place == `TSR_REG_CAPABILITY_TM)                 value = 4;
    if (place == `TSR_REG_CAPABILITY_TN)                 value = 4;
    if (place == `TSR_REG_CAPABILITY_TP)                 value = 2;
    if (place == `TSR_REG_CAPABILITY_WP)                 value = 1;
    if (place == `TSR_REG_CAPABILITY_ACTIVATION_BITS)    value = 8;
    if (place == `TSR_REG_CAPABILITY_FEATURE_LINES)      value = 1024;
    if (place == `TSR_REG_CAPABILITY_FEATURE_SECTORS)    value = 8;
    if (place == `TSR_REG_CAPABILITY_WEIGHT_WORDS)       value = 1024;
    if (place == `TSR_REG_CAPABILITY_PARAMETER_CHANNELS) value = 64;
    if (place == `TSR_REG_CAPABILITY_AXI_DATA_BITS)      value = 64;
    if (place == `TSR_REG_CAPABILITY_MAX_BURST_BEATS)    value = 16;
    if (place == `TSR_REG_CAPABILITY_MAX_OUTSTANDING)    value = 8;
  end
  always_ff @(posedge clk_i) begin
    if (arvalid_i && arready) value_read_q <= value;
  end

  `TSR_ASSERT(Answer_A, bvalid == answer_q)
  `TSR_ASSERT(Readies_A, awready == !address_q && wready == !data_q && arready == !read_q)
  `TSR_ASSERT(ReadAnswer_A, rvalid == read_q)
  `TSR_ASSERT(Okay_A, bresp == 2'b00 && rresp == 2'b00)
  `TSR_ASSERT(ReadData_A, !read_q || rdata == value_read_q)
  `TSR_ASSERT(Start_A, start == (act && at == `TSR_REG_CONTROL && strobe_q[0] && value_q[0]))
  `TSR_ASSERT(Abort_A, abort == (act && at == `TSR_REG_CONTROL && strobe_q[0] && value_q[1]))
  `TSR_ASSERT(SoftReset_A, soft_reset == (act && at == `TSR_REG_CONTROL && strobe_q[0] && value_q[2]))
  `TSR_ASSERT(Settings_A, base == {base_hi_q[7:0], base_lo_q[31:6], 6'd0} && units == units_q && prot == prot_q[2:0])
  `TSR_ASSERT(Interrupt_A, interrupt == interrupt_q)

  // The module's registers and the account hold the same: what makes the proof inductive.
  (* hierconn *) logic [11:0] \u_dut.aw_addr_q ;
  (* hierconn *) logic [31:0] \u_dut.w_data_q ;
  (* hierconn *) logic [3:0]  \u_dut.w_strobe_q ;
  (* hierconn *) logic [31:0] \u_dut.base_lo_q ;
  (* hierconn *) logic [2:0]  \u_dut.enable_q ;
  (* hierconn *) logic [2:0]  \u_dut.pending_q ;
  (* hierconn *) logic        \u_dut.done_q ;
  (* hierconn *) logic        \u_dut.error_q ;
  (* hierconn *) logic        \u_dut.aborted_q ;
  (* hierconn *) logic [31:0] \u_dut.error_code_q ;
  (* hierconn *) logic [39:0] \u_dut.error_address_q ;
  `TSR_ASSERT(SameWrite_A, (!address_q || \u_dut.aw_addr_q == at_q)
              && (!data_q || (\u_dut.w_data_q == value_q && \u_dut.w_strobe_q == strobe_q)))
  `TSR_ASSERT(SameSettings_A, \u_dut.base_lo_q == base_lo_q && 32'(\u_dut.enable_q ) == enable_q
              && base_hi_q[31:8] == '0 && prot_q[31:3] == '0)
  `TSR_ASSERT(SameState_A, 32'(\u_dut.pending_q ) == pending_q && \u_dut.done_q == done_q && \u_dut.error_q == error_q
              && \u_dut.aborted_q == aborted_q && \u_dut.error_code_q == code_q && \u_dut.error_address_q == where_q)

  `FORMAL_COVER(BothWait_C, address_q && data_q && answer_q && read_q)
  `FORMAL_COVER(Interrupts_C, interrupt && done_q && error_q && pending_q == 32'd2 && rvalid && rdata == 32'd2)

endmodule
