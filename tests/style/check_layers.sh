#!/usr/bin/env bash
# Fails on an include against the direction of the flow. Each line of the table: component, what it may include.
set -euo pipefail
cd "$(dirname "$0")/../.."
table='
base:
tensor: base
blocking: base
network: base tensor blocking
reference: base tensor blocking
fast: base tensor blocking reference
forward: base tensor blocking network reference fast
dram: base
arch: base dram network reference
program: base arch dram reference network
plan: base program arch dram forward network blocking reference tensor
interpreter: base program arch reference fast tensor blocking
expected: base tensor blocking network forward plan program arch interpreter
counters: base program arch dram
estimate: base program arch dram counters
machine: base program arch dram counters interpreter
rtl: base program arch dram counters
table: base network blocking arch
fit: base arch table
accuracy: base forward network blocking reference tensor table arch program plan interpreter
report: base plan program arch dram counters estimate machine rtl expected interpreter table fit forward network blocking reference tensor accuracy
sweep: base report fit plan program arch dram counters network blocking reference forward table
draw: base network plan forward
validate: draw base plan program arch dram counters machine rtl expected interpreter table forward network blocking reference tensor
cli: report fit validate rtl sweep table accuracy plan program arch dram counters expected interpreter network blocking reference tensor forward base
'
# The rooms of sim/plan, from the ground up: each may include those before it; what lies beside them, all.
plan_rooms='model stages weights ops tiled fused halo cuts explain'
# Public headers and the component that owns each.
owners='status:base tensor:tensor blocking:blocking network:network kernels:reference forward:forward dram:dram
arch:arch program:program counters:counters interpreter:interpreter expected:expected plan:plan table:table fit:fit accuracy:accuracy
report:report sweep:sweep rtl:rtl validate:validate
coverage:validate'
bad=0
allowed() { # component other
  [ "$1" = "$2" ] && return 0
  line="$(grep -E "^$1:" <<<"$table" || true)"
  [ -n "$line" ] || { echo "component '$1' is missing from tests/style/check_layers.sh"; return 1; }
  [[ " ${line#*:} " == *" $2 "* ]]
}
for dir in models/*/ sim/*/; do
  component="$(basename "$dir")"
  [ "$component" = include ] && continue
  while IFS=: read -r file line text; do
    target="$(sed -nE 's/^#include [<"]([a-z_0-9\/]+\.h(pp)?)[>"].*/\1/p' <<<"$text")"
    case "$target" in
      tessera/*) name="${target#tessera/}"; name="${name%.h}"
        other="$(tr ' ' '\n' <<<"$owners" | sed -nE "s/^$name:(.*)/\1/p")"
        [ -n "$other" ] || { echo "$file:$line: public header $target has no owner in the table"; bad=1; continue; } ;;
      */*) other="${target%%/*}"; [ -d "models/$other" ] || [ -d "sim/$other" ] || continue ;;
      *) continue ;;
    esac
    allowed "$component" "$other" || { echo "$file:$line: $component must not include $target ($other)"; bad=1; }
  done < <(grep -rnE '^#include' "$dir" --include='*.c' --include='*.h' --include='*.cpp' --include='*.hpp' || true)
done
below=''
for room in $plan_rooms; do
  below="$below $room"
  while IFS=: read -r file line text; do
    other="$(sed -nE 's/^#include "plan\/([a-z_]+)\/.*/\1/p' <<<"$text")"
    [ -z "$other" ] || [[ "$below " == *" $other "* ]] || { echo "$file:$line: room '$room' must not include $text"; bad=1; }
  done < <(grep -rnE '^#include "plan/' "sim/plan/$room" || true)
done
for room in sim/plan/*/; do
  [[ " $plan_rooms " == *" $(basename "$room") "* ]] || { echo "$room: not among the rooms of sim/plan"; bad=1; }
done
exit $bad
