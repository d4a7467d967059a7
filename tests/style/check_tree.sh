#!/usr/bin/env bash
# House rules over the tracked tree: SPDX lines, unique names, sizes, banned calls, one file pair per library, no tabs.
set -uo pipefail
cd "$(dirname "$0")/../.."
bad=0
fail() { echo "$*"; bad=1; }
mapfile -t sources < <(find models sim tests rtl -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \))
for f in "${sources[@]}"; do
  head -1 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || fail "$f: no SPDX line first"
  lines=$(wc -l <"$f")
  [ "$lines" -le 500 ] || fail "$f: $lines lines, at most 500"
  long=$(awk 'length($0) > 120 {print FNR; exit}' "$f")
  [ -z "$long" ] || fail "$f:$long: line longer than 120 columns"
  ! grep -qP '\t' "$f" || fail "$f: tab character"
done
printf '%s\n' "${sources[@]}" | sed 's|.*/||' | sort | uniq -d | while read -r twin; do echo "file name not unique: $twin"; done | grep . && bad=1
library=$(find models sim -name '*.c' -o -name '*.h' -path '*/*' | grep -E '^(models|sim)/' | grep -v '^sim/cli/' | grep -v '/generator/')
grep -nE '\b(strcpy|strcat|sprintf|gets|atoi|strtok|sscanf|rand|alloca)\(' $library && fail "banned call above"
grep -nE '\b(malloc|calloc|realloc|free)\(' $(grep -v 'base/alloc.c' <<<"$library") && fail "heap used outside base/alloc.c"
grep -nE '\b(printf|puts|exit|abort|getenv)\(' $library && fail "the library prints, exits or reads the environment"
only() { # pattern, allowed regex
  for f in $(grep -lE "$1" "${sources[@]}" | grep -vE "$2"); do fail "$f: only $2 may use $1"; done
}
only '#include <cjson' '^models/base/json[a-z_]*\.[ch]$|^sim/arch/generator/'
only '#include <sqlite3' '^sim/sweep/database\.c$'
only '#include <png' '^models/tensor/png[a-z_]*\.c$'
only '#include <(systemc|tlm)' '^sim/machine/|^tests/hw/'
for d in models sim configs rtl traces tests models/*/ sim/*/ sim/plan/*/; do
  case "$d" in models/include/|sim/include/) continue ;; esac
  [ -f "$d/README.md" ] || fail "$d: no README.md"
done
exit $bad
