# SPDX-License-Identifier: Apache-2.0
# Shared by prove.sh and ../mutation/mutate.sh: from a wrapper with its directives to solver inputs.
# Expects: wrapper, work, generated.
shopt -u patsub_replacement
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rtl=$(dirname "$here")

# All values of a directive of the wrapper: "// <key>: <value>".
directive() { sed -n "s|^// $1: *||p" "$here/$wrapper.sv"; }

# "A=1 B=2" as arguments of hierarchy
parameters() {
  local p
  for p in $1; do printf ' -chparam %s %s' "${p%%=*}" "${p#*=}"; done
}

# Sources of the wrapper into $1, with the constants it asks for.
stage() {
  local dir=$1 module change
  mkdir -p "$dir"
  cp "$here/$wrapper.sv" "$here/formal_env.svh" "$rtl/tsr_assert.svh" "$generated/tsr_uarch.vh" "$here"/formal_{holds,given,seen}.sv "$dir/"
  for module in $(directive files); do
    cp "$([ -f "$here/$module.sv" ] && echo "$here" || echo "$rtl")/$module.sv" "$dir/"
  done
  for change in $(directive uarch); do
    sed -i "s/^\(\`define TSR_UARCH_${change%%=*}\) .*/\1 ${change#*=}/" "$dir/tsr_uarch.vh"
  done
}

# Yosys commands that read the sources of $1 with the parameters $2.
read_design() {
  local module
  printf 'read_verilog -sv -formal -I%s %s/%s.sv' "$1" "$1" "$wrapper"
  for module in formal_holds formal_given formal_seen $(directive files); do printf ' %s/%s.sv' "$1" "$module"; done
  printf '\nhierarchy -check -top %s%s\n' "$wrapper" "$(parameters "$2")"
}

# From the flat word-level design to SMT-LIB, and to AIGER for ABC.
to_smt() { printf 'async2sync\ndffunmap\nopt_clean\nwrite_smt2 -wires %s\n' "$1"; }
to_aiger() {
  printf 'delete t:$cover\nasync2sync\nmemory_map\nopt -fast\nsetundef -undriven -anyseq\ndffunmap\ntechmap\nopt -fast\ndffunmap\n'
  printf 'setundef -anyseq\nopt_clean\naigmap\nopt_clean\nwrite_aiger -zinit -map %s.map %s\n' "$1" "$1"
}

# pdr <aiger> <seconds>: proved, refuted or open
pdr() {
  local out header constraints
  # aig M I L O A B C: ABC has to be told how many of the last outputs are constraints
  read -r -a header < <(head -1 "$1")
  constraints="constr -N ${header[7]:-0};"
  out=$(timeout $(($2 + 10)) yosys-abc -c "read_aiger $1; $constraints fold; strash; scorr -c; dc2; pdr -T $2; print_status" 2>&1)
  case "$out" in
    *"was asserted in frame"*) echo refuted ;;
    *"Property proved"*|*"Networks are equivalent"*|*"Status = 1"*) echo proved ;;
    *) echo open ;;
  esac
}
