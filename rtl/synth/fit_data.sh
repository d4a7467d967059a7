#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts, then the fit: memories.csv, counts.csv, residuals.csv here and sim/fit/fit_table.h are replaced only when all went well.
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
  echo "counting machines"
  ./synth.sh machines "$generated" grid.txt >"$new/counts.csv"
  cp "$new/memories.csv" "$new/counts.csv" .
fi
"$solve" grid.txt counts.csv "$new/residuals.csv" >"$new/fit_table.h"
cp "$new/residuals.csv" .
cp "$new/fit_table.h" ../../sim/fit/fit_table.h
echo "sim/fit/fit_table.h is new: rebuild, then ctest -R fit/ prints the errors"
