#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mutate.sh GENERATED_DIR WORK_DIR COUNT SEED [WRAPPER]...
#
# COUNT mutants (yosys mutate: one wire inverted, stuck or tied to another) of each module that rtl/formal proves. A mutant
# is killed by the wrapper's properties (pdr or bounded model checking refute it) or else by the module's unit bench,
# which may drive wider inputs; it is equivalent when ABC proves that no output of the module ever differs from the
# original's in the wrapper; what is left survives. Share = killed / (mutants - equivalent). In the wrapper's head, as
# often as wanted, the mutants shared out:
#
#   // mutation: METHOD ARGUMENT | parameters | BENCH parameters     the bench may be left out
#   // mutated: MODULE...                                            which modules are mutated, else the first of "files"
#   // mutation floor: PERCENT                                       else 95
#
# Prints a table, survivors and equivalents by source line. Exit status 1 if a share is below its floor, 77 without tools.
set -uo pipefail
generated=$(realpath "$1") top_work=$(realpath -m "$2") count=$3 seed=$4
shift 4
here_mutation=$(cd "$(dirname "$0")" && pwd)
wrapper=""
source "$here_mutation/../formal/common.sh"
source "$here_mutation/bench.sh"
for tool in yosys yosys-smtbmc yosys-abc z3; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: no $tool"; exit 77; }
done
mkdir -p "$top_work"
bad=0
printf '%-22s %7s %10s %8s %10s %9s %6s\n' module mutants properties bench equivalent survivors share

# Lines of assertions: changing a property is not a mutant of the design.
property_lines() {
  awk '/`TSR_ASS/ {on = 1} on {print FNR; open += gsub(/\(/, "("); open -= gsub(/\)/, ")")} on && open <= 0 {on = 0; open = 0}' "$1"
}

# Do the properties refute the mutant that the Yosys commands of $3.ys read?
properties_kill() { # method, argument, script prefix
  case "$1" in
    pdr)
      { cat "$3.ys"; printf 'flatten\n'; to_aiger "$3.aig"; } >"$3.run.ys"
      yosys -q "$3.run.ys" >"$3.log" 2>&1 || return 2
      [ "$(pdr "$3.aig" "$2")" = refuted ]
      ;;
    bmc)
      { cat "$3.ys"; printf 'flatten\ndelete t:$cover\n'; to_smt "$3.smt2"; } >"$3.run.ys"
      yosys -q "$3.run.ys" >"$3.log" 2>&1 || return 2
      timeout "$solver_seconds" yosys-smtbmc -s z3 --unroll --noprogress -t "$2" "$3.smt2" >"$3.log" 2>&1
      grep -q 'Assert failed' "$3.log"
      ;;
    induction) # also when the step fails from a state that the original's invariants exclude: its proof is gone
      { cat "$3.ys"; printf 'flatten\ndelete t:$cover\n'; to_smt "$3.smt2"; } >"$3.run.ys"
      yosys -q "$3.run.ys" >"$3.log" 2>&1 || return 2
      timeout "$solver_seconds" yosys-smtbmc -s z3 --unroll --noprogress -t $(($2 + 1)) "$3.smt2" >"$3.log" 2>&1
      ! grep -q 'Assert failed' "$3.log" || return 0
      timeout "$solver_seconds" yosys-smtbmc -s z3 --unroll --noprogress -i -t "$2" "$3.smt2" >"$3.log" 2>&1
      grep -q 'Temporal induction failed' "$3.log"
      ;;
  esac
}

# The module beside its mutant in the wrapper, under the wrapper's assumptions, both from registers at zero: can an output
# ever differ? proved (equivalent), refuted or open.
compare() { # base, mutate command, file prefix
  {
    printf 'read_rtlil %s\ncopy dut gate\n%s\n' "$1" "${2/-module dut/-module gate}"
    printf 'delete t:$assert t:$cover gate/t:$assume\nflatten dut\nflatten gate\n'
    printf 'miter -equiv -make_assert -make_outputs -flatten dut gate pair\nselect -write /dev/null pair\n'
    printf 'write_rtlil -selected %s.all.il\n' "$3"
    printf 'delete dut gate\nselect pair\nwrite_rtlil -selected %s.pair.il\nselect -clear\ndelete pair\nwrite_rtlil %s.rest.il\n' "$3" "$3"
  } | sed '/select -write/d; /all.il/d' >"$3.miter.ys"
  yosys -q "$3.miter.ys" >"$3.log" 2>&1 || { echo broken; return; }
  sed -i 's/\\in_/\\/g; s/\\gold_/\\/g; s/^module \\pair$/module \\dut/' "$3.pair.il"
  { printf 'read_rtlil %s.rest.il\nread_rtlil %s.pair.il\nhierarchy -check -top %s\nflatten\n' "$3" "$3" "$wrapper"
    printf 'delete t:$cover\nasync2sync\nmemory_map\nopt -fast\nsetundef -zero -init\n'
    to_aiger "$3.eq.aig"; } >"$3.eq.ys"
  yosys -q "$3.eq.ys" >"$3.log" 2>&1 || { echo broken; return; }
  pdr "$3.eq.aig" "$equivalence_seconds"
}

# Mutants of one line "// mutation:"; adds to the module's counts.
mutate_line() { # line, number of mutants, number of the line
  local method argument set="" bench="" rest line=$1 work=$top_work/$wrapper.$3 name list lines="" module select="" mutant at file verdict
  local here_count=0 bench_works="" status
  read -r method argument <<<"${line%%|*}"
  if [[ "$line" == *"|"* ]]; then
    rest=${line#*|}
    set=$(echo ${rest%%|*})
    [[ "$rest" == *"|"* ]] && bench=$(echo ${rest#*|})
  fi
  rm -rf "$work"
  stage "$work/source"
  { read_design "$work/source" "$set"; printf 'proc\nopt_clean\nwrite_rtlil %s/base.il\n' "$work"; } >"$work/base.ys"
  yosys -q "$work/base.ys" >"$work/base.log" 2>&1 || { tail -3 "$work/base.log"; bad=1; return; }
  module=$(directive files | head -1 | cut -d' ' -f1)
  name=$(sed -n 's/^module //p' "$work/base.il" | grep -E "^(\\\\|.*\\\\)$module(\\\\.*)?$" | head -1)
  dut_name=$name awk 'BEGIN {name = ENVIRON["dut_name"]}
    $1 == "module" && $2 == name {print "module \\dut"; next}
    $1 == "cell" && $2 == name {print "  cell \\dut " $3; next} {print}' "$work/base.il" >"$work/named.il"
  list=$(directive mutated)
  for name in ${list:-$module}; do
    select+=" dut/a:src=*$name.sv:*"
    lines+=" $(property_lines "$work/source/$name.sv" | sed "s/^/$name.sv:/" | tr '\n' ' ')"
  done
  {
    printf 'read_rtlil %s/named.il\nselect dut\nflatten\nselect -clear\nwrite_rtlil %s/base.il\n' "$work" "$work"
    # More than asked for, since some lie in assertions.
    printf 'select%s\nmutate -list %s -seed %s -o %s/list.txt\n' "$select" "$(($2 * 4))" "$seed" "$work"
  } >"$work/list.ys"
  yosys -q "$work/list.ys" >"$work/list.log" 2>&1 || { tail -3 "$work/list.log"; bad=1; return; }
  # The unchanged module must pass the same way, or everything counts as killed.
  printf 'read_rtlil %s/base.il\ndelete dut/t:$assume\n' "$work" >"$work/same.ys"
  properties_kill "$method" "$argument" "$work/same"
  [ $? = 1 ] || { echo "  $wrapper: the properties fail without a mutant: $work/same.log"; bad=1; return; }
  while read -r mutant; do
    [ "$here_count" -lt "$2" ] || break
    at=$(grep -oE "tsr_[a-z0-9_]+\.sv:[0-9]+" <<<"$mutant" | head -1)
    [ -n "$at" ] || continue
    [[ "$lines " == *" $at "* ]] && continue
    file=$work/m$here_count
    printf 'read_rtlil %s/base.il\n%s\ndelete dut/t:$assume\n' "$work" "$mutant" >"$file.ys"
    properties_kill "$method" "$argument" "$file"
    status=$?
    [ $status != 2 ] || { echo "  does not elaborate: $mutant: $(tail -1 "$file.log")"; bad=1; continue; }
    here_count=$((here_count + 1))
    all=$((all + 1))
    if [ $status = 0 ]; then
      by_properties=$((by_properties + 1))
      rm -f "$file".*
      continue
    fi
    what="$at  $(grep -oE -- '-mode [a-z0-9]+|-cell [^ ]+|-port [^ ]+|-portbit [0-9]+' <<<"$mutant" | tr '\n' ' ')${set:+| $set}"
    if [ -n "$bench" ]; then
      if [ -z "$bench_works" ]; then # the unchanged module must pass the same way
        printf 'read_rtlil %s/base.il\n' "$work" >"$work/good.ys"
        bench_kills "$work/good" "$module" "$bench" && { echo "  $wrapper: $bench fails without a mutant"; bad=1; bench=""; }
        bench_works=1
      fi
      if [ -n "$bench" ] && bench_kills "$file" "$module" "$bench"; then
        by_bench=$((by_bench + 1))
        rm -rf "$file".*
        continue
      fi
    fi
    verdict=$(compare "$work/base.il" "$mutant" "$file")
    if [ "$verdict" = proved ]; then
      equivalent=$((equivalent + 1))
      notes+="  equivalent: $what"$'\n'
      rm -f "$file".*
      continue
    fi
    notes+="  survivor ($verdict): $what"$'\n'
  done < <(sort -R --random-source=<(yes "$seed") "$work/list.txt")
}

mutate_module() {
  local number=0 total share floor line all=0 by_properties=0 by_bench=0 equivalent=0 notes="" what module
  total=$(directive mutation | wc -l)
  [ "$total" -gt 0 ] || return
  module=$(directive files | head -1 | cut -d' ' -f1)
  floor=$(directive 'mutation floor')
  while IFS= read -r line; do
    mutate_line "$line" $(((count + number) / total)) "$number"
    number=$((number + 1))
  done < <(directive mutation)
  share=$((all > equivalent ? 100 * (by_properties + by_bench) / (all - equivalent) : 100))
  printf '%-22s %7d %10d %8d %10d %9d %4d %%\n' "$module" "$all" "$by_properties" "$by_bench" "$equivalent" \
    $((all - equivalent - by_properties - by_bench)) "$share"
  printf '%s' "$notes"
  [ "$share" -ge "${floor:-95}" ] || { echo "  below the floor of ${floor:-95} %"; bad=1; }
}

solver_seconds=${TSR_SOLVER_SECONDS:-300}
equivalence_seconds=${TSR_EQUIVALENCE_SECONDS:-60}
[ $# -gt 0 ] || set -- $(cd "$here" && grep -l '^// mutation:' formal_*.sv)
for wrapper in "$@"; do
  wrapper=${wrapper%.sv}
  mutate_module
done
exit $bad
