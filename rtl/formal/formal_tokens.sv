// SPDX-License-Identifier: Apache-2.0
//
// Proof of tsr_tokens for all twelve pairs of engines: tokens in less tokens out is what a counter holds, none is lost or
// made up below the width of the counter, and passing that width is told, no other thing is. Counters of 3 bits (their
// width is a constant of the generated header, and nothing in the module looks at single bits).
//
// files: tsr_tokens
// uarch: TOKEN_COUNTER_BITS=3
// prove: pdr 30
// deep: bmc 8
// prove: cover 20
// mutation: pdr 10
// mutants: pdr

`include "formal_env.svh"

module formal_tokens #(
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT,
  localparam int unsigned CountW = `TSR_UARCH_TOKEN_COUNTER_BITS
) (
  input logic                       clk_i,
  input logic                       rst_ni,
  input logic [Engines*Engines-1:0] push_i,
  input logic [Engines*Engines-1:0] pop_i
);

  `FORMAL_RESET

  logic [Engines*Engines-1:0] has, push, pop, self, passes;
  logic                       overflow;

  // What users owe: no token to oneself, none taken that is not there.
  always_comb begin
    self = '0;
    for (int unsigned e = 0; e < Engines; e++) self[e*Engines + e] = 1'b1;
  end
  assign push = push_i & ~self;
  assign pop  = pop_i & has;

  tsr_tokens u_dut (.clk_i, .rst_ni, .push_i(push), .pop_i(pop), .has_o(has), .overflow_o(overflow));

  for (genvar from = 0; from < Engines; from++) begin : g_from
    for (genvar to = 0; to < Engines; to++) begin : g_to
      // The pair's account; a token beyond the width is lost, and told.
      logic [CountW-1:0] account_q;
      logic              in, out, full;
      assign in   = push[from*Engines + to];
      assign out  = pop[to*Engines + from];
      assign full = account_q == '1;
      assign passes[from*Engines + to] = in && !out && full;
      always_ff @(posedge clk_i) begin
        if (!rst_ni) account_q <= '0;
        else account_q <= account_q + CountW'(in && !(full && !out)) - CountW'(out);
      end
      `TSR_ASSERT(Has_A, has[to*Engines + from] == (account_q != '0))
    end
  end

  `TSR_ASSERT(Overflow_A, overflow == (passes != '0))

  logic lost_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) lost_q <= 1'b0;
    else lost_q <= lost_q || passes[6];
  end
  `FORMAL_COVER(Empties_C, lost_q && g_from[1].g_to[2].account_q == '0)

endmodule
