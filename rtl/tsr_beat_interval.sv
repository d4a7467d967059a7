// SPDX-License-Identifier: Apache-2.0
//
// tsr_beat_interval: cycles between the beats of a map, max(1, beat bytes / pixel bytes): the feature pool takes and
// gives one word a cycle. pixel_bytes_i is a power of two. Combinational.

module tsr_beat_interval #(
  parameter int unsigned AxiDataBits = 64
) (
  input  logic [7:0] pixel_bytes_i,
  output logic [7:0] interval_o
);

  localparam int unsigned BeatBytes = AxiDataBits / 8;

  always_comb begin
    interval_o = 8'd1;
    for (int unsigned i = 0; i < 6; i++) begin
      if (pixel_bytes_i[i] && BeatBytes > (1 << i)) begin
        interval_o = 8'(BeatBytes >> i);
      end
    end
  end

endmodule
