#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# rtl/vivado against the tree, without Vivado: files, parameters, interfaces, values of the shipped architecture.
set -uo pipefail
cd "$(dirname "$0")/../../rtl" || exit 2
bad=0
fail() { echo "$*"; bad=1; }
package=vivado/package_ip.tcl
design=vivado/block_design_zc706.tcl
wrapper=tsr_top_wrapper.v
arch=../configs/arch/zc706.json

list=$(sed -n '/^set modules {/,/^}/p' $package | grep -oE 'tsr_[a-z0-9_]+\.sv' | sort)
there=$(ls tsr_*.sv | sort)
[ "$list" = "$there" ] || { diff <(echo "$list") <(echo "$there"); fail "$package: its list is not rtl/tsr_*.sv"; }

parameters=$(grep -oE '^  parameter +[A-Z_]+' $wrapper | awk '{print $2}' | sort)
named=$(grep -oE '^  CONFIG\.[A-Z][A-Z_]+ ' $design | sed 's/  CONFIG\.//; s/ //' | grep -vE '^(PCW|NUM)_' | sort)
[ "$parameters" = "$named" ] || { diff <(echo "$parameters") <(echo "$named"); fail "$design: not the parameters of $wrapper"; }
for name in $(sed -nE 's/^  ([A-Z_]+) +(\{|[0-9]).*/\1/p' $package); do
  grep -qx "$name" <<<"$parameters" || fail "$package: $wrapper has no parameter $name"
done

for name in $(grep -oE '^foreach name \{[a-z_ ]+\}' $package | sed 's/.*{//; s/}//') \
            $(grep -oE 'machine/[a-z_]+' $design | sed 's/machine.//' | grep -v '^m_axi_$'); do
  grep -qE "X_INTERFACE_INFO = \"[^ ]+ $name [A-Z]+\"" $wrapper || fail "vivado: $wrapper has no interface $name"
done

json() { grep -oE "\"$1\": *[0-9]+" $arch | grep -oE '[0-9]+$' | sed -n "${2:-1}p"; }
value() { # parameter, what the architecture says
  grep -qE "^  CONFIG\.$1 $2\$" $design || fail "$design: $1 is not $2 as in $arch"
}
tm=$(json tm) tn=$(json tn) tp=$(json tp) bits=$(json activation_bits)
value TM "$tm"
value TN "$tn"
value TP "$tp"
value WP "$(json wp)"
value ACTIVATION_BITS "$bits"
value FEATURE_LINES $(($(json bytes 1) * 8 / (tn * bits * tp)))
value FEATURE_SECTORS "$(json sectors)"
value WEIGHT_WORDS $(($(json bytes 2) * 8 / (tm * tn * bits)))
value PARAMETER_CHANNELS "$(json channels)"
value AXI_DATA_BITS "$(json axi_data_bits)"
value MAX_BURST_BEATS "$(json max_burst_beats)"
value MAX_OUTSTANDING "$(json max_outstanding_bursts)"

# A dry run: every command of Vivado is answered with a word. What is left is Tcl itself: braces, variables, files.
if command -v tclsh >/dev/null; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  touch "$work/tsr_uarch.vh"
  for script in $package $design; do
    tclsh >/dev/null <<<"proc unknown args {return word}; set argv {$work $work/out}; source $script" 2>"$work/log" ||
      { cat "$work/log"; fail "$script: not Tcl that runs to its end"; }
    ! grep -q . "$work/log" || { cat "$work/log"; fail "$script: complains"; }
  done
  [ "$(ls "$work/out/src" | wc -l)" = $(($(wc -l <<<"$there") + 3)) ] || fail "$package: not all sources are copied"
fi
exit $bad
