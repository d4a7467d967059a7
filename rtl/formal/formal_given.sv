// SPDX-License-Identifier: Apache-2.0
//
// formal_given: an assumption with a name of its own.

module formal_given (
  input logic ok_i
);

  always_comb begin
    Given: assume (ok_i);
  end

endmodule
