#!/usr/bin/env bash
# The generated headers are those of uarch.json as it is now, and Verilog says what C says.
# check_uarch.sh <uarch_gen> <uarch.json> <folder of the generated headers>
set -euo pipefail
generator=$1 json=$2 folder=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$generator" c "$json" "$work/tsr_uarch.h"
"$generator" verilog "$json" "$work/tsr_uarch.vh"
cmp "$work/tsr_uarch.h" "$folder/tsr_uarch.h"
cmp "$work/tsr_uarch.vh" "$folder/tsr_uarch.vh"

# Names and numbers of both, one a line. In C a field is X(name, word, lsb, width, is_signed) in the list of its kind.
awk '
  function number(text) { sub(/^12.h/, "x", text); sub(/^0x/, "x", text); return text }
  /^#define TSR_FIELDS_/ { kind = $2; sub(/^TSR_FIELDS_/, "", kind); sub(/\(X\)/, "", kind); next }
  /^    X\(/ && kind != "" {
    gsub(/[X(),\\]/, " "); n = toupper($1)
    print "TSR_" kind "_" n "_LSB", $2 * 64 + $3; print "TSR_" kind "_" n "_WIDTH", $4; next
  }
  /^#define TSR_UARCH_UNITS/ { kind = ""; next }
  /^#define TSR_/ && NF == 3 { kind = ""; print $2, number($3) }
' "$work/tsr_uarch.h" | sort >"$work/c"
awk '
  function number(text) { sub(/^12.h/, "x", text); sub(/^0x/, "x", text); return text }
  /^`define TSR_/ && NF == 3 && $2 !~ /_UNITS$/ || /^`define TSR_UARCH_FETCH_.*_UNITS/ { print $2, number($3) }
' "$work/tsr_uarch.vh" | sort >"$work/verilog"
[ "$(wc -l <"$work/c")" -gt 300 ] || { echo "only $(wc -l <"$work/c") numbers found in tsr_uarch.h"; exit 1; }
diff "$work/c" "$work/verilog"
echo "$(wc -l <"$work/c") numbers are the same in C and Verilog"
