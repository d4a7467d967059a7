#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# prove.sh WRAPPER GENERATED_DIR WORK_DIR [prove|mutants|deep]...
#
# Runs the proofs that the head of rtl/formal/WRAPPER.sv lists, then lets every assertion fail once: a one-line mutant
# of rtl/formal/mutants/WRAPPER.txt each. deep: the proofs and mutants so marked, instead of the others.
# Exit status 0: all as it must be; 1: not; 77: no tools.
set -uo pipefail
wrapper=${1%.sv} generated=$2 work=$3/$1
shift 3
source "$(dirname "$0")/common.sh"
for tool in yosys yosys-smtbmc yosys-abc z3 bc; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: no $tool"; exit 77; }
done
[ -f "$here/$wrapper.sv" ] || { echo "no $here/$wrapper.sv"; exit 1; }
rm -rf "$work"
stage "$work/source"
bad=0
solver_seconds=${TSR_SOLVER_SECONDS:-300}

report() { # verdict, what, start
  printf '%-8s %-34s %s  %5.1f s\n' "$1" "$wrapper" "$2" "$(echo "$EPOCHREALTIME - $3" | bc)"
}

solve() { timeout "$solver_seconds" yosys-smtbmc -s z3 --unroll --noprogress "$@"; }

# One proof: method, depth or seconds, parameters.
prove() {
  local method=$1 depth=$2 set=$3 name start ok=0
  name=$(echo "$method $set" | tr -c 'A-Za-z0-9\n' '_')
  start=$EPOCHREALTIME
  local base=$work/$name
  {
    read_design "$work/source" "$set"
    printf 'prep -flatten -top %s\n' "$wrapper"
    case "$method" in cover) echo 'delete t:$assert' ;; *) echo 'delete t:$cover' ;; esac
    [ "$method" = pdr ] && to_aiger "$base.aig" || to_smt "$base.smt2"
  } >"$base.ys"
  if ! yosys -q -l "$base.yosys" "$base.ys" >"$base.log" 2>&1; then
    tail -5 "$base.log"
    ok=1
  else
    case "$method" in
      bmc) solve -t "$depth" --dump-vcd "$base.vcd" "$base.smt2" >"$base.log" 2>&1 || ok=1 ;;
      induction) # the base, then the step
        solve -t $((depth + 1)) "$base.smt2" >"$base.log" 2>&1 &&
          solve -i -t "$depth" --dump-vcd "$base.vcd" "$base.smt2" >"$base.log" 2>&1 || ok=1
        ;;
      cover) solve -c -t "$depth" "$base.smt2" >"$base.log" 2>&1 || ok=1 ;;
      pdr) [ "$(pdr "$base.aig" $((depth * 5)))" = proved ] || ok=1 ;;
      *) echo "unknown method $method"; ok=1 ;;
    esac
  fi
  report "$([ $ok = 0 ] && echo ok || echo FAILED)" "$method $depth${set:+ | $set}" "$start"
  if [ $ok != 0 ]; then
    bad=1
    grep -hE 'failed|Unreached|Error|ERROR' "$base.log"
  fi
}

# One mutant: label, file, text to replace, replacement, depth or pdr, parameters. The label alone is kept and must fail.
mutant() {
  local label=$1 file=$2 old=$3 new=$4 depth=$5 set=$6 dir=$work/mutant text
  rm -rf "$dir"
  mkdir -p "$dir"
  cp "$work"/source/* "$dir/"
  text=$(<"$dir/$file")
  if [[ "$text" != *"$old"* ]]; then
    echo "FAILED   $wrapper: $label: $file has no '$old'"
    bad=1
    return
  fi
  printf '%s\n' "${text/"$old"/"$new"}" >"$dir/$file"
  {
    read_design "$dir" "$set"
    printf 'prep -flatten -top %s\n' "$wrapper"
    printf 'delete t:$assert n:%s.Holds n:*.%s.Holds %%u %%d\nselect -assert-min 1 t:$assert\n' "$label" "$label"
    [[ "$depth" == pdr* ]] && to_aiger "$dir/m.aig" || to_smt "$dir/m.smt2"
  } >"$dir/m.ys"
  if ! yosys -q "$dir/m.ys" >"$dir/log" 2>&1; then
    echo "FAILED   $wrapper: $label: the mutant does not elaborate: $(tail -1 "$dir/log")"
    bad=1
    return
  fi
  if [[ "$depth" == pdr* ]]; then
    [ "$(pdr "$dir/m.aig" "$solver_seconds")" = refuted ] && echo "Assert failed" >"$dir/log"
  else
    solve -t "$depth" "$dir/m.smt2" >"$dir/log" 2>&1
  fi
  if grep -q "Assert failed" "$dir/log"; then
    seen+=" $label"
  else
    echo "FAILED   $wrapper: $label does not fail with '$old' => '$new' in $file"
    bad=1
  fi
}

run_proofs() {
  local line
  while read -r line; do
    local job=${line%%|*} set=""
    [[ "$line" == *"|"* ]] && set=${line#*|}
    set=$(echo $set)
    # shellcheck disable=SC2086
    prove $job "$set"
  done < <(directive "$1")
}

# Mutants of the list: all but those marked "deep: ", or only those.
run_mutants() { # mutants or deep
  local list=$here/mutants/$wrapper.txt line label file change depth set start=$EPOCHREALTIME count=0 names="" before=$bad
  bad=0
  seen=""
  [ -f "$list" ] || { echo "FAILED   $wrapper: no $list"; bad=1; return; }
  line=$(directive mutants)
  depth=${line%%|*}
  set=""
  [[ "$line" == *"|"* ]] && set=${line#*|}
  set=$(echo $set)
  while IFS= read -r line; do
    [[ -z "$line" || "$line" == \#* ]] && continue
    if [[ "$line" == "deep: "* ]]; then
      line=${line#deep: }
      [ "$1" = deep ] || { seen+=" ${line%% :: *}"; continue; }
    elif [ "$1" = deep ]; then
      continue
    fi
    label=${line%% :: *}
    line=${line#* :: }
    file=${line%% :: *}
    change=${line#* :: }
    if [ "$file" = waived ]; then
      seen+=" $label"
      continue
    fi
    count=$((count + 1))
    mutant "$label" "$file" "${change%% => *}" "${change#* => }" "$(echo $depth)" "$set"
  done <"$list"
  # Every assertion of the wrapper and of the module itself, not those of its parts, has its mutant here or there.
  if [ "$1" != deep ]; then
    names=$(cd "$work/source" && sed -n 's/.*`TSR_ASSERT(\([A-Za-z0-9_]*\),.*/\1/p' "$wrapper.sv" \
      "$(directive files | cut -d' ' -f1).sv" | sort -u)
  fi
  for label in $names; do
    [[ " $seen " == *" $label "* ]] || { echo "FAILED   $wrapper: no mutant lets $label fail"; bad=1; }
  done
  report "$([ $bad = 0 ] && echo ok || echo FAILED)" "$count mutants${names:+, $(echo $names | wc -w) assertions}" "$start"
  bad=$((bad | before))
}

[ $# -gt 0 ] || set -- prove mutants
for part in "$@"; do
  case "$part" in
    prove) run_proofs prove ;;
    mutants) run_mutants mutants ;;
    deep)
      run_proofs deep
      ! grep -q '^deep: ' "$here/mutants/$wrapper.txt" || run_mutants deep
      ;;
    *) echo "unknown part $part"; exit 1 ;;
  esac
done
exit $bad
