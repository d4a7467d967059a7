// SPDX-License-Identifier: Apache-2.0
//
// tsr_parameter_buffer: bias, multiplier and shift of every output channel, Tn channels a read.
//
// Write     Records records of 16 bytes in the cycle of lp_en_i: int64 bias, int32 multiplier, uint8 shift, 3 bytes of
//           padding, little endian; lp_channel_i, a multiple of Records, counts channels from the start of the buffer.
// Read      word rd_addr_i holds channels rd_addr_i*Tn ... + Tn - 1; rd_en_i in cycle c: data in c + 2.
// Kept are the bits the post-processor needs: AccW of the bias, 32 of the multiplier, 6 of the shift.

module tsr_parameter_buffer #(
  parameter int unsigned Tn                = 4,   // a power of two
  parameter int unsigned ParameterChannels = 64,  // a multiple of Tn
  parameter int unsigned AccW              = 32,  // bits of a sum
  parameter int unsigned Records           = 1,   // a power of two, at most Tn
  localparam int unsigned Words    = ParameterChannels / Tn,
  localparam int unsigned AddrW    = Words > 1 ? $clog2(Words) : 1,
  localparam int unsigned ChannelW = ParameterChannels > 1 ? $clog2(ParameterChannels) : 1
) (
  input  logic                clk_i,

  // load_weight engine
  input  logic                   lp_en_i,
  input  logic [ChannelW-1:0]    lp_channel_i,
  input  logic [128*Records-1:0] lp_data_i,

  // post-processor
  input  logic                rd_en_i,
  input  logic [AddrW-1:0]    rd_addr_i,
  output logic [Tn*AccW-1:0]  rd_bias_o,
  output logic [Tn*32-1:0]    rd_multiplier_o,
  output logic [Tn*6-1:0]     rd_shift_o
);

  localparam int unsigned LaneW  = $clog2(Tn);
  localparam int unsigned MultiplierLsb = 64;
  localparam int unsigned ShiftLsb      = 96;
  localparam int unsigned RecordW       = AccW + 32 + 6;

  if (Tn != (1 << LaneW) || ParameterChannels % Tn != 0 || Tn % Records != 0) begin : g_bad_parameters
    $error("tsr_parameter_buffer: Tn is a power of two that divides ParameterChannels, Records divides Tn");
  end

  logic [AddrW-1:0] write_word;
  logic             unused_data;

  assign write_word  = AddrW'(lp_channel_i >> LaneW);
  assign unused_data = ^lp_data_i;

  for (genvar n = 0; n < Tn; n++) begin : g_lane
    localparam int unsigned Which = n % Records;  // of the records written at once
    logic [RecordW-1:0] record, entry;

    assign record = {lp_data_i[128*Which + ShiftLsb +: 6], lp_data_i[128*Which + MultiplierLsb +: 32],
                     lp_data_i[128*Which +: AccW]};

    tsr_ram #(
      .Width(RecordW),
      .Depth(Words)
    ) u_ram (
      .clk_i,
      .we_i   (lp_en_i && (32'(lp_channel_i) & (Tn - 1)) == n - Which),
      .waddr_i(write_word),
      .wdata_i(record),
      .re_i   (rd_en_i),
      .raddr_i(rd_addr_i),
      .rdata_o(entry)
    );

    assign rd_bias_o[n*AccW +: AccW]    = entry[0 +: AccW];
    assign rd_multiplier_o[n*32 +: 32]  = entry[AccW +: 32];
    assign rd_shift_o[n*6 +: 6]         = entry[AccW+32 +: 6];
  end

endmodule
