#!/usr/bin/env bash
# The README tells the truth: every path it names exists, every tessera flag it shows is in that verb's --help, every
# preset is a preset, and the demo output it shows is what the program prints.
# usage: check_readme.sh <tessera binary>
set -uo pipefail
tessera="$1"
cd "$(dirname "$0")/../.."
bad=0
fail() { echo "$*"; bad=1; }
tick='`'
# 1. paths in backticks or after cd/sh words
while read -r path; do
  case "$path" in build/*|out/*|/*|*'*'*|*'<'*|../shared/*) continue ;; esac
  [ -e "$path" ] || fail "README.md names $path, which does not exist"
done < <(grep -oE "${tick}[A-Za-z0-9_./-]+/[A-Za-z0-9_./-]*${tick}" README.md | tr -d "$tick" | sort -u)
while read -r path; do
  [ -e "$path" ] || fail "README.md names $path, which does not exist"
done < <(grep -oE '\]\([A-Za-z0-9_./-]+\)' README.md | sed -E 's/^\]\(//; s/\)$//' | sort -u)
while read -r path; do
  [ -e "$path" ] || fail "README.md uses $path, which does not exist"
done < <(grep -oE 'configs/[a-z0-9_./]+\.json' README.md | sort -u)
# 2. flags of each tessera command line
while read -r command; do
  verb=$(sed -E 's/.*tessera +([a-z]+).*/\1/' <<<"$command")
  help=$("$tessera" "$verb" --help 2>&1) || fail "tessera $verb --help fails"
  for flag in $(grep -oE ' --?[a-z][a-z-]*' <<<"$command"); do
    grep -qE -- "(^|[ ,])$flag([ ,=[]|$)" <<<"$help" || fail "README.md shows 'tessera $verb $flag', not in its --help"
  done
done < <(grep -oE '(build/release/)?tessera (run|compare|table|plan|accuracy|sweep|validate) [^`]*' README.md | sort -u)
# 3. presets
while read -r preset; do
  grep -q "\"name\": \"$preset\"" CMakePresets.json || fail "README.md names preset $preset, not in CMakePresets.json"
done < <(grep -oE -- '--preset [a-z]+' README.md | awk '{print $2}' | sort -u)
# 4. the demo output
shown=$(sed -n '/^<!-- demo output/,/^<!-- end of demo output/p' README.md | sed '1d;$d')
printed=$("$tessera" compare configs/run/vgg16_zc706.json) || fail "the demo comparison fails"
diff <(echo "$shown") <(echo "$printed") || fail "README.md's demo output is not what tessera compare prints"
exit $bad
