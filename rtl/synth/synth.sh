#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Cells of our RTL by Yosys, as CSV. All architectures are instances of one top, so that a module that is the same in
# many is synthesised once; the hierarchy stays, so that counts add up.
#
# synth.sh machines <folder of tsr_uarch.vh> <lines of grid.txt>     -> config,module,instances,lut,ff,dsp,ramb36,ramb18
# synth.sh memories <folder of tsr_uarch.vh> <lines of memories.txt> -> width,depth,lut,ff,dsp,ramb36,ramb18
# CSV on stdout, rows sorted; 77 where Yosys is not installed.
set -euo pipefail
kind=${1:?machines or memories}
generated=$(realpath "${2:?folder of tsr_uarch.vh}")
lines=$(realpath "${3:?file of architectures or memories}")
here=$(realpath "$(dirname "$0")")
command -v yosys >/dev/null || { echo "SKIPPED: yosys is not installed" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$here/.."
{
  echo 'module counted;'
  if [ "$kind" = machines ]; then
    by=module
    names=(Tm Tn Tp Wp Aw FeatureLines FeatureSectors WeightWords ParameterChannels AxiDataBits MaxBurstBeats MaxOutstanding)
    while read -r name _ values; do
      read -ra value <<<"$values"
      generics=
      for i in "${!names[@]}"; do generics+=".${names[i]}(${value[i]}),"; done
      echo "(* keep *) tsr_top #(${generics}.EventTap(1'b0)) $name ();"
    done < <(grep -v '^#' "$lines")
  else
    by=instance
    while read -r width depths; do
      for depth in $depths; do
        echo "(* keep *) tsr_ram #(.Width($width),.Depth($depth)) w_${width}_$depth ();"
      done
    done < <(grep -v '^#' "$lines")
  fi
  echo endmodule
} >"$work/counted.sv"

nice -n 10 yosys -ql "$work/log" -p "read_verilog -sv -I$generated -I. $(echo tsr_*.sv) $work/counted.sv;
  hierarchy -check -top counted; tee -q -o $work/dump dump counted;
  synth_xilinx -family xc7 -noiopad -noclkbuf -top counted; tee -q -o $work/stat stat" >/dev/null 2>"$work/errors" ||
  { grep -v '^Warning' "$work/errors" >&2; exit 1; }
if [ "$kind" = machines ]; then
  echo 'config,module,instances,lut,ff,dsp,ramb36,ramb18'
else
  echo 'width,depth,lut,ff,dsp,ramb36,ramb18'
fi
awk -v by="$by" -f "$here/stat_counts.awk" "$work/dump" "$work/stat" | sed 's/^w_\([0-9]*\)_/\1,/' |
  LC_ALL=C sort -t, -k1,1V -k2,2V
