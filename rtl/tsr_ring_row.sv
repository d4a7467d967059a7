// SPDX-License-Identifier: Apache-2.0
//
// tsr_ring_row: the physical row of a map whose rows may be a ring: origin + offset, less wrap_i from wrap_i on.
// wrap_i = 0: no ring. Combinational. Right for origin < wrap and offset < wrap, so that one subtraction is enough.

module tsr_ring_row (
  input  logic [13:0] origin_i,
  input  logic [13:0] offset_i,
  input  logic [13:0] wrap_i,
  output logic [14:0] row_o
);

  logic [14:0] straight;
  logic [15:0] around;    // signed; the origin less the ring first: it is there early

  assign straight = {1'b0, origin_i} + {1'b0, offset_i};
  assign around   = {2'b00, origin_i} - {2'b00, wrap_i} + {2'b00, offset_i};
  assign row_o    = wrap_i == '0 || around[15] ? straight : around[14:0];

endmodule
