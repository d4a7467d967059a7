#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# One small machine, outside the grid of the fit, through Yosys as the RTL is now, against the model.
# live.sh <folder of tsr_uarch.vh> <program fit_check> <work folder>; 77 where Yosys is not installed.
set -euo pipefail
generated=${1:?folder of tsr_uarch.vh} check=${2:?program fit_check} work=${3:?work folder}
synth=$(dirname "$0")/../../rtl/synth/synth.sh
mkdir -p "$work"
echo "live held 6 2 1 1 8 1536 2 192 48 32 8 4" >"$work/live.txt"
"$synth" machines "$generated" "$work/live.txt" >"$work/live.csv"
"$check" "$work/live.txt" "$work/live.csv"
