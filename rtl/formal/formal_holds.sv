// SPDX-License-Identifier: Apache-2.0
//
// formal_holds: an assertion with a name of its own in every instance and generate block.

module formal_holds (
  input logic ok_i
);

  always_comb begin
    Holds: assert (ok_i);
  end

endmodule
