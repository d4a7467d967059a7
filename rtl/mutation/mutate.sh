#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mutate.sh GENERATED_DIR WORK_DIR COUNT SEED [WRAPPER]...
#
# COUNT mutants (yosys mutate: one wire inverted, stuck or swapped) of each module that rtl/formal proves; which share do
# its properties kill? A mutant is killed when pdr or bounded model checking refutes it, survives when pdr proves it or
# nothing refutes it in time. Prints a table and the survivors by source line. Exit status 1 if a module's share is below
# the floor in its wrapper ("// mutation: METHOD ARGUMENT FLOOR | parameters"), 77 without tools.
set -uo pipefail
generated=$1 top_work=$2 count=$3 seed=$4
shift 4
here_mutation=$(cd "$(dirname "$0")" && pwd)
wrapper=""
source "$here_mutation/../formal/common.sh"
for tool in yosys yosys-smtbmc yosys-abc z3; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: no $tool"; exit 77; }
done
bad=0
survivors=""
printf '%-24s %8s %8s %8s   %s\n' module mutants killed share method

# Lines of assertions: changing a property is not a mutant of the design.
property_lines() {
  awk '/`TSR_ASS/ {on = 1} on {print FNR; open += gsub(/\(/, "("); open -= gsub(/\)/, ")")} on && open <= 0 {on = 0; open = 0}' "$1"
}

judge() { # method, argument, script prefix: killed, survived
  case "$1" in
    pdr)
      { cat "$3.ys"; printf 'flatten\n'; to_aiger "$3.aig"; } >"$3.run.ys"
      yosys -q "$3.run.ys" >"$3.log" 2>&1 || { echo broken; return; }
      [ "$(pdr "$3.aig" "$2")" = refuted ] && echo killed || echo survived
      ;;
    bmc)
      { cat "$3.ys"; printf 'flatten\ndelete t:$cover\n'; to_smt "$3.smt2"; } >"$3.run.ys"
      yosys -q "$3.run.ys" >"$3.log" 2>&1 || { echo broken; return; }
      timeout 30 yosys-smtbmc -s z3 --unroll --noprogress -t "$2" "$3.smt2" >"$3.log" 2>&1
      grep -q 'Assert failed' "$3.log" && echo killed || echo survived
      ;;
  esac
}

mutate_module() {
  local line method argument floor set module work lines mutant number=0 killed=0 all=0 file at verdict share
  line=$(directive mutation | head -1)
  [ -n "$line" ] || return
  read -r method argument floor <<<"${line%%|*}"
  set=""
  [[ "$line" == *"|"* ]] && set=${line#*|}
  set=$(echo $set)
  module=$(directive files | head -1 | cut -d' ' -f1)
  work=$top_work/$wrapper
  rm -rf "$work"
  stage "$work/source"
  {
    read_design "$work/source" "$set"
    printf 'proc\nopt_clean\nrename -src\nwrite_rtlil %s/base.il\n' "$work"
    printf 'cd %s\n' '*tsr_'"${module#tsr_}"'*'
  } >"$work/base.ys"
  sed -i '/^cd /d; /^rename/d' "$work/base.ys"
  yosys -q "$work/base.ys" >"$work/base.log" 2>&1 || { tail -3 "$work/base.log"; bad=1; return; }
  # More than asked for, since some lie in assertions or in other modules.
  printf 'read_rtlil %s/base.il\nselect A:src=*%s.sv:*\nmutate -list %s -seed %s -o %s/list.txt\n' \
    "$work" "$module" "$((count * 4))" "$seed" "$work" >"$work/list.ys"
  yosys -q "$work/list.ys" >"$work/list.log" 2>&1 || { tail -3 "$work/list.log"; bad=1; return; }
  lines=" $(property_lines "$work/source/$module.sv" | tr '\n' ' ')"
  while read -r mutant; do
    [ "$all" -lt "$count" ] || break
    at=$(grep -oE "$module\.sv:[0-9]+" <<<"$mutant" | head -1)
    [ -n "$at" ] || continue
    [[ "$lines" == *" ${at#*:} "* ]] && continue
    number=$((number + 1))
    file=$work/m$number
    printf 'read_rtlil %s/base.il\n%s\n' "$work" "$mutant" >"$file.ys"
    verdict=$(judge "$method" "$argument" "$file")
    [ "$verdict" = broken ] && continue
    all=$((all + 1))
    if [ "$verdict" = killed ]; then
      killed=$((killed + 1))
      rm -f "$file".*
    else
      survivors+="$at  $(grep -oE -- '-mode [a-z0-9]+|-cell [^ ]+|-port [^ ]+' <<<"$mutant" | tr '\n' ' ')"$'\n'
    fi
  done < <(sort -R --random-source=<(yes "$seed") "$work/list.txt")
  share=$((all > 0 ? 100 * killed / all : 0))
  printf '%-24s %8d %8d %7d%%   %s\n' "$module" "$all" "$killed" "$share" "$method $argument${set:+ | $set}"
  [ "$share" -ge "${floor:-0}" ] || { echo "  below the floor of $floor %"; bad=1; }
}

[ $# -gt 0 ] || set -- $(cd "$here" && grep -l '^// mutation:' formal_*.sv)
for wrapper in "$@"; do
  wrapper=${wrapper%.sv}
  mutate_module
done
[ -z "$survivors" ] || { echo "survivors:"; sort -u <<<"$survivors" | sed '/^$/d; s/^/  /'; }
exit $bad
