#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Line coverage of rtl/: the gate campaign of the functional coverage on libraries built with --coverage-line, and the
# unit benches of what no legal program comes to.
#
#   line_coverage.sh <tessera> <folder of tsr_uarch.vh> <work folder> [least percent]
#
# Prints covered/lines of every module; exit 1 when the total, waived lines taken out, is below the least percentage
# (95), when a waiver names a line that is not there, or when it waives a line that is covered.
# -fno-split: Verilator 5.006 otherwise moves counters of a block behind the block, where the variables that its
# conditions read have their final values, and counts branches that were not taken.
# How: tessera builds its plain libraries into a cache of its own (so their folders have the right names), each is then
# replaced by one with coverage, and the campaign runs on those.
set -euo pipefail
tessera=$(realpath "${1:?program tessera}")
generated=$(realpath "${2:?folder of tsr_uarch.vh}")
work=$(realpath -m "${3:?work folder}")
least=${4:-95}
here=$(cd "$(dirname "$0")" && pwd)
rtl=$(dirname "$here")
root=$(dirname "$rtl")
shim=$root/sim/rtl/shim
build=$(dirname "$generated")
verilated=${VERILATOR_ROOT:-/usr/share/verilator}/include
shapes=m8n4p2,m4n4p3w2h,m6n2p4w4,m2n1p1h,m8n8p4w3
unset MAKEFLAGS MAKELEVEL

rm -rf "$work/data" "$work/cache"
mkdir -p "$work/data" "$work/cache"

# One machine of sim/validate/case_shapes.c: name of its cached library as in sim/rtl/rtl_build.c, and parameters.
machine_of() { # shape
  sed -nE "s/^ *\\{\"$1\", (.*)\\},?$/\\1/p" "$root/sim/validate/case_shapes.c" | tr -d ',' | {
    read -r tm tn tp wp bits bytes sectors words channels axi burst outstanding
    echo "tm${tm}tn${tn}tp${tp}wp${wp}aw${bits}-axi${axi} $axi -GTm=$tm -GTn=$tn -GTp=$tp -GWp=$wp -GAw=$bits" \
      "-GFeatureLines=$((bytes * 8 / (tn * bits * tp))) -GFeatureSectors=$sectors -GWeightWords=$words" \
      "-GParameterChannels=$channels -GAxiDataBits=$axi -GMaxBurstBeats=$burst -GMaxOutstanding=$outstanding"
  }
}
compiler=()
! command -v clang++ >/dev/null || compiler=(CXX=clang++ LINK=clang++)
! command -v ccache >/dev/null || compiler+=(OBJCACHE=ccache)

"$tessera" validate --build-only --shapes $shapes --rtl-cache "$work/cache"
for shape in ${shapes//,/ }; do
  read -r name axi generics <<<"$(machine_of "$shape")"
  echo "building $shape with --coverage-line"
  verilator --cc --exe --build -j 2 -O3 -fno-split --x-assign fast --x-initial unique --no-timing --assert --vpi -Wno-fatal \
    --coverage-line --top-module tsr_top --prefix Vtsr \
    -CFLAGS "-fPIC -std=c++17 -fvisibility=hidden -fvisibility-inlines-hidden -DTSR_AXI_DATA_BITS=$axi" \
    -CFLAGS "-I$shim -include $shim/shim_print.h -DTSR_COVERAGE_FILE='\"$work/data/$name\"'" \
    -LDFLAGS "-shared -Wl,-Bsymbolic" -MAKEFLAGS "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1 ${compiler[*]}" \
    -o libtsr.so --Mdir "$work/$name" $generics -I"$rtl" -I"$generated" "$rtl"/tsr_*.sv \
    "$here/coverage_shim.cpp" >"$work/$name.log" 2>&1 || { tail -20 "$work/$name.log"; exit 1; }
  cp "$work/$name/libtsr.so" "$work/cache/$name"-*/libtsr.so
done

"$tessera" validate --seed 11 --cases 150 --directed --coverage "$work/functional.json" --shapes $shapes \
  --rtl-cache "$work/cache" --quiet

# Unit benches for what no program of the planner comes to: registers, refused descriptors, wide bank strides; and for
# what the campaign's networks do not ask for: weight forms, output steps, rings, packed pixels.
bench() { # bench, module, parameters
  local name=$1 module=$2 generics=() macros=() p
  for p in "${@:3}"; do generics+=("-G$p"); macros+=("-DRTL_$p"); done
  echo "building and running $name with --coverage-line"
  {
    verilator --cc --build -j 2 --assert -Wno-fatal -O3 -fno-split --x-assign fast --coverage-line --prefix Vdut \
      --Mdir "$work/$name" --top-module "$module" "${generics[@]}" -I"$rtl" -I"$generated" \
      -MAKEFLAGS "OPT_FAST=-O1 OPT_SLOW=-O0 ${compiler[*]}" "$rtl/$module.sv" &&
    g++ -std=c++17 -O1 -w "${macros[@]}" -DTSR_SOURCE_DIR="\"$root\"" -DTSR_COVERAGE_FILE="\"$work/data/$name\"" \
      -D_POSIX_C_SOURCE=200809L -I"$work/$name" -I"$verilated" -I"$verilated/vltstd" -I"$generated" -I"$root/models" \
      -I"$root/sim" -I"$root/tests" -I"$root/models/include" -I"$root/sim/include" -include "$here/coverage_bench.hpp" \
      -o "$work/$name/bench" "$root/tests/rtl/$name.cpp" "$work/$name/Vdut__ALL.a" "$verilated/verilated.cpp" \
      "$verilated/verilated_cov.cpp" "$verilated/verilated_threads.cpp" -Wl,--start-group "$build"/sim/libtsr_program.a \
      "$build"/sim/libtsr_interpreter.a "$build"/sim/libtsr_counters.a "$build"/sim/libtsr_arch.a \
      "$build"/sim/libtsr_dram.a "$build"/models/libtsr_*.a -Wl,--end-group -lcmocka -lcjson -lpng -lz -lm -pthread &&
    "$work/$name/bench"
  } >"$work/$name.log" 2>&1 || { tail -20 "$work/$name.log"; exit 1; }
}
bench test_rtl_control tsr_control
bench test_rtl_axil_regs tsr_axil_regs Tm=16 Wp=2 MaxOutstanding=5
bench test_rtl_map_walk tsr_map_walk Tp=3 LineW=20
bench test_rtl_column tsr_column Tp=2
bench test_rtl_compute tsr_compute Tm=8 Tn=4 Tp=3 Wp=2 Aw=8 FeatureLines=2048 WeightWords=512 ParameterChannels=72
bench test_rtl_load_feature tsr_load_feature Tn=4 Tp=2 Aw=8 FeatureLines=512 AxiDataBits=64 MaxBurstBeats=16 \
  MaxOutstanding=4

verilator_coverage --write "$work/merged.dat" "$work"/data/*.dat >/dev/null
verilator_coverage --write-info "$work/rtl.info" "$work/merged.dat" >/dev/null  # for lcov and editors
"$here/line_report.sh" "$work/merged.dat" "$here/waivers.txt" "$rtl" "$least"
