// SPDX-License-Identifier: Apache-2.0
//
// formal_seen: a situation that must be possible, else a proof is about nothing.

module formal_seen (
  input logic yes_i
);

  always_comb begin
    Seen: cover (yes_i);
  end

endmodule
