// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_beat_interval: max(1, beat bytes / pixel bytes) for every power of two a pixel can have.
//
// files: tsr_beat_interval
// prove: induction 1 | AxiDataBits=32
// prove: induction 1 | AxiDataBits=64
// prove: induction 1 | AxiDataBits=128
// prove: pdr 10 | AxiDataBits=512
// mutants: 2 | AxiDataBits=64

`include "formal_env.svh"

module formal_beat_interval #(
  parameter int unsigned AxiDataBits = 64
) (
  input logic       clk_i,
  input logic       rst_ni,
  input logic [2:0] log_i
);

  logic [7:0] interval, pixel_bytes;
  logic [7:0] beats;

  assign pixel_bytes = 8'd1 << log_i;
  assign beats       = 8'((AxiDataBits / 8) >> log_i);

  tsr_beat_interval #(.AxiDataBits(AxiDataBits)) u_dut (.pixel_bytes_i(pixel_bytes), .interval_o(interval));

  `TSR_ASSERT(Interval_A, interval == (beats == '0 ? 8'd1 : beats))

endmodule
