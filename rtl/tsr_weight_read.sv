// SPDX-License-Identifier: Apache-2.0
//
// tsr_weight_read: the weights of an operand, for the array in the cycle of its lane words.
//
// Operand in cycle k (valid_i), weights in k + 6. A dense word is asked for in k + 4 and goes through. A word of which
// one row is spread over the array (tsr_weight_spread) is asked for one cycle sooner, since the row has a register.
// With the weight form "ones" no word is read.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_weight_read #(
  parameter int unsigned Tm       = 4,
  parameter int unsigned Tn       = 4,
  parameter int unsigned Aw       = 8,
  parameter int unsigned AddressW = 9,
  localparam int unsigned Slots = Tm / Tn,
  localparam int unsigned RowW  = Tm > 1 ? $clog2(Tm) : 1,
  localparam int unsigned SlotW = Slots > 1 ? $clog2(Slots) : 1,
  localparam int unsigned WordW = Tm * Tn * Aw
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [1023:0]       pass_i,

  // the operand, of tsr_tile_sequencer
  input  logic                valid_i,
  input  logic [19:0]         word_i,     // from weight_base
  input  logic [RowW-1:0]     row_i,
  input  logic [SlotW-1:0]    slot_i,

  output logic                wb_en_o,
  output logic [AddressW-1:0] wb_addr_o,
  input  logic [WordW-1:0]    wb_data_i,
  output logic [WordW-1:0]    weight_o
);

  localparam logic [1:0] Dense = 2'd0;
  localparam logic [1:0] Ones  = 2'd2;

  logic                spread, ones, en3, en4_q;
  logic [1:0]          form;
  logic [19:0]         address;
  logic [AddressW-1:0] address3, address4_q;
  logic [RowW-1:0]     row5;
  logic [SlotW-1:0]    slot5, slot6_q;
  logic                unused_bits;

  assign form        = pass_i[`TSR_CONV_WEIGHT_FORM_BITS];
  assign spread      = form != Dense;
  assign ones        = form == Ones;
  assign address     = pass_i[`TSR_CONV_WEIGHT_BASE_BITS] + word_i;
  assign unused_bits = ^pass_i ^ (^address);

  tsr_delay_reset #(.Stages(3)) u_en (
    .clk_i,
    .rst_ni,
    .data_i(valid_i && !ones),
    .data_o(en3)
  );

  tsr_delay #(
    .Width (AddressW),
    .Stages(3)
  ) u_address (
    .clk_i,
    .data_i(AddressW'(address)),
    .data_o(address3)
  );

  assign wb_en_o   = spread ? en3 : en4_q;
  assign wb_addr_o = spread ? address3 : address4_q;

  tsr_delay #(
    .Width (RowW + SlotW),
    .Stages(5)
  ) u_place (
    .clk_i,
    .data_i({row_i, slot_i}),
    .data_o({row5, slot5})
  );

  always_ff @(posedge clk_i) begin
    en4_q      <= rst_ni && en3;
    address4_q <= address3;
    slot6_q    <= slot5;
  end

  tsr_weight_spread #(
    .Tm(Tm),
    .Tn(Tn),
    .Aw(Aw)
  ) u_spread (
    .clk_i,
    .spread_i     (spread),
    .ones_i       (ones),
    .ones_weight_i(pass_i[`TSR_CONV_ONES_WEIGHT_BITS]),
    .row_i        (row5),
    .slot_i       (slot6_q),
    .word_i       (wb_data_i),
    .weight_o
  );

  `TSR_ASSERT(FormKnown_A, !(valid_i && form == 2'd3))
  `TSR_ASSERT(OnesReadNothing_A, !(wb_en_o && ones))

endmodule
