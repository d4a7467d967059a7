// SPDX-License-Identifier: Apache-2.0
//
// tsr_adder_tree: sum of Count signed values, one register a level: log2(Count) cycles.

module tsr_adder_tree #(
  parameter int unsigned Count = 4,   // a power of two
  parameter int unsigned Width = 16,
  localparam int unsigned Levels = $clog2(Count),
  localparam int unsigned SumW   = Width + Levels
) (
  input  logic                   clk_i,
  input  logic [Count*Width-1:0] value_i,
  output logic [SumW-1:0]        sum_o
);

  if (Count != (1 << Levels)) begin : g_bad_parameters
    $error("tsr_adder_tree: Count is a power of two");
  end

  // A heap: node 1 is the root, nodes 2i and 2i+1 feed node i, the values are nodes Count ... 2*Count-1.
  // Every node has the width of the root here, but computes and stores only what its level needs.
  logic [2*Count*SumW-1:0] node;
  logic                    unused_node;

  assign node[SumW-1:0] = '0;
  assign unused_node    = ^node;

  for (genvar i = 0; i < Count; i++) begin : g_leaf
    localparam int unsigned Extra = SumW - Width;
    if (Extra == 0) begin : g_same
      assign node[(Count+i)*SumW +: SumW] = value_i[i*Width +: Width];
    end else begin : g_extended
      assign node[(Count+i)*SumW +: SumW] = {{Extra{value_i[i*Width + Width - 1]}}, value_i[i*Width +: Width]};
    end
  end

  for (genvar l = 1; l <= Levels; l++) begin : g_level
    localparam int unsigned NodeW = Width + l;
    localparam int unsigned Extra = SumW - NodeW;

    for (genvar i = 0; i < (Count >> l); i++) begin : g_node
      localparam int unsigned Me = (Count >> l) + i;
      logic [NodeW-1:0] sum_q;

      always_ff @(posedge clk_i) begin
        sum_q <= node[2*Me*SumW +: NodeW] + node[(2*Me+1)*SumW +: NodeW];
      end

      if (Extra == 0) begin : g_same
        assign node[Me*SumW +: SumW] = sum_q;
      end else begin : g_extended
        assign node[Me*SumW +: SumW] = {{Extra{sum_q[NodeW-1]}}, sum_q};
      end
    end
  end

  assign sum_o = node[SumW +: SumW];

  if (Levels == 0) begin : g_wire
    logic unused_clk;
    assign unused_clk = clk_i;
  end

endmodule
