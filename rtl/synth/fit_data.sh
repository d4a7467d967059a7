#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts, then the fit: memories.csv and counts.csv here are replaced when Yosys has counted everything, residuals.csv and
# sim/fit/fit_table.h when a model could be fitted on them.
# fit_data.sh <folder of tsr_uarch.vh> <program fit_solve> [counted]   (counted: keep the counts, only fit again)
set -euo pipefail
generated=$(realpath "${1:?folder of tsr_uarch.vh}")
solve=$(realpath "${2:?program fit_solve}")
cd "$(dirname "$0")"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
if [ "${3:-}" != counted ]; then
  echo "counting memories"
  ./synth.sh memories "$generated" memories.txt >"$new/memories.csv"
  # In parts: Yosys keeps a fifth of a GB a machine, and one sees how far it is.
  grep -v '^#' grid.txt | split -l 4 - "$new/part."
  for part in "$new"/part.*; do
    echo "counting machines: $(cut -d' ' -f1 "$part" | tr '\n' ' ')"
    ./synth.sh machines "$generated" "$part" >"$part.csv"
    [ -f "$new/counts.csv" ] || head -1 "$part.csv" >"$new/counts.csv"
    tail -n +2 "$part.csv" >>"$new/rows"
  done
  LC_ALL=C sort -t, -k1,1V -k2,2V "$new/rows" >>"$new/counts.csv"
  cp "$new/memories.csv" "$new/counts.csv" .
fi
"$solve" grid.txt counts.csv "$new/residuals.csv" >"$new/fit_table.h"
cp "$new/residuals.csv" .
cp "$new/fit_table.h" ../../sim/fit/fit_table.h
echo "sim/fit/fit_table.h is new: rebuild, then ctest -R '^fit/' prints the errors"
