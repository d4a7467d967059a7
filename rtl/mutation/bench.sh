# SPDX-License-Identifier: Apache-2.0
# Part of mutate.sh: does a unit bench of tests/rtl fail on a mutant? Expects: rtl, generated; the libraries of
# sim/ and models/ are built beside <generated>.

# $1.ys reads a design whose module dut takes the place of module $2; $3: bench and its parameters.
bench_kills() {
  local file=$1 module=$2 bench verilated root build macros=() p
  root=$(dirname "$rtl")
  build=$(dirname "$generated")
  verilated=$(verilator --getenv VERILATOR_ROOT)/include
  bench=${3%% *}
  for p in ${3#"$bench"}; do macros+=("-DRTL_$p"); done
  {
    cat "$file.ys"
    printf 'delete t:$assert t:$cover t:$assume\nhierarchy -top dut\nproc\nflatten\nrename dut %s\n' "$module"
    printf 'write_verilog -noattr %s.v\n' "$file"
  } >"$file.bench.ys"
  rm -rf "$file.model"
  {
    yosys -q "$file.bench.ys" &&
    verilator --cc -Wno-fatal -Wno-lint -Wno-style -O3 --x-assign fast --prefix Vdut --Mdir "$file.model" --top-module "$module" "$file.v" &&
    env -u MAKEFLAGS -u MAKELEVEL make -s -C "$file.model" -f Vdut.mk Vdut__ALL.a OPT_FAST=-O1 OPT_SLOW=-O0 &&
    g++ -std=c++17 -O1 -w "${macros[@]}" -DTSR_SOURCE_DIR="\"$root\"" -D_POSIX_C_SOURCE=200809L -I"$file.model" \
      -I"$verilated" -I"$verilated/vltstd" -I"$generated" -I"$root/models" -I"$root/sim" -I"$root/tests" \
      -I"$root/models/include" -I"$root/sim/include" -o "$file.model/bench" "$root/tests/rtl/$bench.cpp" \
      "$file.model/Vdut__ALL.a" "$verilated/verilated.cpp" "$verilated/verilated_threads.cpp" -Wl,--start-group \
      "$build"/sim/libtsr_program.a "$build"/sim/libtsr_interpreter.a "$build"/sim/libtsr_counters.a \
      "$build"/sim/libtsr_arch.a "$build"/sim/libtsr_dram.a "$build"/models/libtsr_*.a -Wl,--end-group -lcmocka -lcjson \
      -lpng -lz -lm -pthread
  } >"$file.bench.log" 2>&1 || { echo "  $bench does not build: $file.bench.log"; bad=1; return 1; }
  timeout 120 "$file.model/bench" >"$file.bench.log" 2>&1
  [ $? -ne 0 ]
}
