// SPDX-License-Identifier: Apache-2.0
//
// tsr_tokens: the counters between the engines, one per ordered pair of different engines.
//
// push_i[from*Engines + to] gives a token (completion), pop_i[to*Engines + from] takes one (start), both in the same
// cycle if need be. has_o[to*Engines + from] tells whether there is one; a token pushed in cycle c counts from c + 1
// on. Bits of an engine with itself are not used. overflow_o: a counter would pass its width; the token is lost.

`include "tsr_uarch.vh"
`include "tsr_assert.svh"

module tsr_tokens #(
  localparam int unsigned Engines = `TSR_UARCH_ENGINE_COUNT
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic [Engines*Engines-1:0] push_i,
  input  logic [Engines*Engines-1:0] pop_i,
  output logic [Engines*Engines-1:0] has_o,
  output logic                       overflow_o
);

  localparam int unsigned CountW = `TSR_UARCH_TOKEN_COUNTER_BITS;

  if (`TSR_UARCH_TOKEN_VISIBLE_CYCLES != 1) begin : g_bad_constant
    $error("tsr_tokens: token_visible_cycles is 1 here");
  end

  logic [Engines*Engines-1:0] overflow;
  assign overflow_o = overflow != '0;

  for (genvar from = 0; from < Engines; from++) begin : g_from
    for (genvar to = 0; to < Engines; to++) begin : g_to
      if (from == to) begin : g_none
        assign has_o[to*Engines + from]    = 1'b0;
        assign overflow[from*Engines + to] = 1'b0;
        `TSR_ASSERT(NoSelfToken_A, !push_i[from*Engines + to] && !pop_i[to*Engines + from])
      end else begin : g_counter
        logic [CountW-1:0] count_d, count_q;
        logic              push, pop;

        assign push = push_i[from*Engines + to];
        assign pop  = pop_i[to*Engines + from];
        assign has_o[to*Engines + from]    = count_q != '0;
        assign overflow[from*Engines + to] = push && !pop && count_q == '1;

        always_comb begin
          count_d = count_q;
          if (push && !pop && count_q != '1) begin
            count_d = count_q + CountW'(1);
          end
          if (pop && !push) begin
            count_d = count_q - CountW'(1);
          end
        end

        always_ff @(posedge clk_i) begin
          if (!rst_ni) begin
            count_q <= '0;
          end else begin
            count_q <= count_d;
          end
        end

        `TSR_ASSERT(NoUnderflow_A, !pop || count_q != '0)
      end
    end
  end

endmodule
