#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Lint of rtl/: every module alone and as part of tsr_top, by Verilator with all warnings and by Yosys, in corners of the
# parameters. lint.sh <folder of tsr_uarch.vh>; exit 0 = clean.
# Yosys is left out, with a word, where it is not installed.
set -uo pipefail
generated=$(realpath "${1:?folder of tsr_uarch.vh}") || exit 2
cd "$(dirname "$0")/.."
bad=0

# Corners of the machine: usual, smallest, odd pixel counts and wide activations, beats that do not divide a weight word,
# beats as long as one.
corners=(
  "Tm=4 Tn=4 Tp=2 Wp=1 Aw=8 FeatureLines=4096 FeatureSectors=8 WeightWords=512 ParameterChannels=64 AxiDataBits=64 MaxBurstBeats=16 MaxOutstanding=8"
  "Tm=2 Tn=2 Tp=1 Wp=1 Aw=8 FeatureLines=64 FeatureSectors=1 WeightWords=16 ParameterChannels=2 AxiDataBits=32 MaxBurstBeats=1 MaxOutstanding=1"
  "Tm=8 Tn=4 Tp=3 Wp=2 Aw=16 FeatureLines=96 FeatureSectors=3 WeightWords=17 ParameterChannels=24 AxiDataBits=128 MaxBurstBeats=256 MaxOutstanding=3"
  "Tm=6 Tn=2 Tp=4 Wp=4 Aw=8 FeatureLines=64 FeatureSectors=2 WeightWords=32 ParameterChannels=12 AxiDataBits=64 MaxBurstBeats=16 MaxOutstanding=2"
  "Tm=8 Tn=8 Tp=2 Wp=2 Aw=8 FeatureLines=64 FeatureSectors=2 WeightWords=32 ParameterChannels=32 AxiDataBits=512 MaxBurstBeats=16 MaxOutstanding=16"
)

verilate() { # top file, parameters
  local generics=()
  for p in $2; do generics+=("-G$p"); done
  verilator --lint-only -Wall -Wpedantic --assert -I. -I"$generated" "${generics[@]}" lint/tsr.vlt "$1" || bad=1
}

for corner in "${corners[@]}"; do
  verilate tsr_top.sv "$corner"
done
verilate tsr_top_wrapper.v ""
for file in tsr_*.sv; do
  verilate "$file" ""
done

if ! command -v yosys >/dev/null; then
  echo "yosys is not installed: its half of the lint is left out"
  exit $bad
fi
for corner in "${corners[@]}"; do
  sets=""
  for p in $corner; do sets+=" -set ${p%%=*} ${p##*=}"; done
  out=$(yosys -q -p "read_verilog -sv -I$generated -I. $(echo tsr_*.sv); read_verilog tsr_top_wrapper.v; chparam$sets tsr_top;
    hierarchy -check -top tsr_top; proc; check -assert" 2>&1) || bad=1
  [ -z "$out" ] || { echo "yosys, $corner:"; echo "$out"; bad=1; }
done
exit $bad
