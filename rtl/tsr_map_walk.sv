// SPDX-License-Identifier: Apache-2.0
//
// tsr_map_walk: line and bank of the pixels of a map in the feature pool, row by row:
//   line = base + plane*plane_pitch + (y0 + row)*row_pitch + floor(x/(S*Tp))*S + x mod S,  bank = floor(x/S) mod Tp,
//   x = x0 + column, S = bank_stride (1 to 7).
//
// load_i in cycle s: the first pixel is at the output in s + 3. step_i: next pixel; with row_end_i the first one of the
// next row, with plane_end_i of the next plane. The fields are held until the last step.

module tsr_map_walk #(
  parameter int unsigned Tp    = 2,
  parameter int unsigned LineW = 11,
  localparam int unsigned BankW = Tp > 1 ? $clog2(Tp) : 1
) (
  input  logic             clk_i,

  input  logic             load_i,
  input  logic [19:0]      base_i,
  input  logic [13:0]      row_pitch_i,
  input  logic [19:0]      plane_pitch_i,
  input  logic [2:0]       bank_stride_i,
  input  logic [13:0]      y0_i,
  input  logic [13:0]      x0_i,

  input  logic             step_i,
  input  logic             row_end_i,
  input  logic             plane_end_i,
  output logic [LineW-1:0] line_o,
  output logic [BankW-1:0] bank_o
);

  localparam int unsigned AddressW = 20;
  localparam int unsigned XW       = 14;

  // Origin, in three stages: x0 / S, that / Tp, and y0*row_pitch five bits a stage.
  logic [XW-1:0]       third, fifth, sixth, seventh, unit;
  logic [1:0]          third_rest;
  logic [2:0]          fifth_rest, sixth_rest, seventh_rest, phase;
  logic                stage1_q, stage2_q;
  logic [XW-1:0]       unit_q, span, span_q;
  logic [BankW-1:0]    bank, first_bank_q;
  logic [2:0]          first_phase_q;
  logic [AddressW-1:0] sum1_q, sum2_q, pitch;

  tsr_divide_constant #(.Width(XW), .Divisor(3)) u_third   (.value_i(x0_i), .quotient_o(third), .rest_o(third_rest));
  tsr_divide_constant #(.Width(XW), .Divisor(5)) u_fifth   (.value_i(x0_i), .quotient_o(fifth), .rest_o(fifth_rest));
  tsr_divide_constant #(.Width(XW), .Divisor(6)) u_sixth   (.value_i(x0_i), .quotient_o(sixth), .rest_o(sixth_rest));
  tsr_divide_constant #(.Width(XW), .Divisor(7)) u_seventh (.value_i(x0_i), .quotient_o(seventh),
                                                            .rest_o(seventh_rest));
  tsr_divide_constant #(.Width(XW), .Divisor(Tp)) u_bank   (.value_i(unit_q), .quotient_o(span), .rest_o(bank));

  always_comb begin
    unit  = x0_i;
    phase = '0;
    case (bank_stride_i)
      3'd2: begin
        unit  = x0_i >> 1;
        phase = {2'b00, x0_i[0]};
      end
      3'd3: begin
        unit  = third;
        phase = {1'b0, third_rest};
      end
      3'd4: begin
        unit  = x0_i >> 2;
        phase = {1'b0, x0_i[1:0]};
      end
      3'd5: begin
        unit  = fifth;
        phase = fifth_rest;
      end
      3'd6: begin
        unit  = sixth;
        phase = sixth_rest;
      end
      3'd7: begin
        unit  = seventh;
        phase = seventh_rest;
      end
      default: begin
        unit  = x0_i;
        phase = '0;
      end
    endcase
  end

  assign pitch = AddressW'(row_pitch_i);

  // y0 bits [5*stage +: 5] times the row pitch
  function [AddressW-1:0] part;
    input [AddressW-1:0] step;
    input [4:0] bits;
    begin
      part = (bits[0] ? step : '0) + (bits[1] ? step << 1 : '0) + (bits[2] ? step << 2 : '0)
             + (bits[3] ? step << 3 : '0) + (bits[4] ? step << 4 : '0);
    end
  endfunction

  // The walk: row and plane in line_q, column in phase (x mod S), bank, column line.
  logic [AddressW-1:0] plane_d, plane_q, row_d, row_q, column_d, column_q, first_column_d, first_column_q;
  logic [2:0]          phase_d, phase_q;
  logic [BankW-1:0]    bank_d, bank_q;

  always_comb begin
    plane_d        = plane_q;
    row_d          = row_q;
    column_d       = column_q;
    first_column_d = first_column_q;
    phase_d        = phase_q;
    bank_d         = bank_q;
    if (step_i) begin
      if (row_end_i) begin
        column_d = first_column_q;
        phase_d  = first_phase_q;
        bank_d   = first_bank_q;
        row_d    = row_q + pitch;
        if (plane_end_i) begin
          plane_d = plane_q + plane_pitch_i;
          row_d   = plane_q + plane_pitch_i;
        end
      end else if (phase_q + 3'd1 != bank_stride_i) begin
        phase_d = phase_q + 3'd1;
      end else begin
        phase_d = '0;
        if (bank_q != BankW'(Tp - 1)) begin
          bank_d = bank_q + BankW'(1);
        end else begin
          bank_d   = '0;
          column_d = column_q + AddressW'(bank_stride_i);
        end
      end
    end
    if (stage2_q) begin
      plane_d        = sum2_q + part(pitch << 10, {1'b0, y0_i[13:10]});
      row_d          = plane_d;
      first_column_d = part(AddressW'(span_q), {2'b00, bank_stride_i});
      column_d       = first_column_d;
      phase_d        = first_phase_q;
      bank_d         = first_bank_q;
    end
  end

  assign line_o = LineW'(row_q + column_q + AddressW'(phase_q));
  assign bank_o = bank_q;

  always_ff @(posedge clk_i) begin
    stage1_q <= load_i;
    stage2_q <= stage1_q;
    if (load_i) begin
      unit_q        <= unit;
      first_phase_q <= phase;
      sum1_q        <= base_i + part(pitch, y0_i[4:0]);
    end
    if (stage1_q) begin
      span_q       <= span;
      first_bank_q <= bank;
      sum2_q       <= sum1_q + part(pitch << 5, y0_i[9:5]);
    end
    plane_q        <= plane_d;
    row_q          <= row_d;
    column_q       <= column_d;
    first_column_q <= first_column_d;
    phase_q        <= phase_d;
    bank_q         <= bank_d;
  end

endmodule
