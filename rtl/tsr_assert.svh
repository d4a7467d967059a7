// SPDX-License-Identifier: Apache-2.0
//
// TSR_ASSERT(Name, boolean): true at every clock edge outside reset. An immediate assertion in simulation and proof,
// nothing in synthesis. TSR_ASSUME is the same for what the outside owes: an assumption in proofs.

`ifndef TSR_ASSERT_SVH
`define TSR_ASSERT_SVH

`ifdef VERILATOR
  `define TSR_ASSERT(name, prop) \
    always_ff @(posedge clk_i) begin if (rst_ni) begin name : assert (prop) else $error("%m: %s", `"name`"); end end
  `define TSR_ASSUME(name, prop) `TSR_ASSERT(name, prop)
`elsif FORMAL
  // An instance, because Yosys takes a label only once in a module, also in a generate loop: rtl/formal/formal_holds.sv.
  `define TSR_ASSERT(name, prop) formal_holds name (.ok_i(!rst_ni || (prop)));
  `define TSR_ASSUME(name, prop) formal_given name (.ok_i(!rst_ni || (prop)));
`else
  `define TSR_ASSERT(name, prop)
  `define TSR_ASSUME(name, prop)
`endif

`endif
