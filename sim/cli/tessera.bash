# SPDX-License-Identifier: Apache-2.0
# bash completion of tessera: verbs, the options that a verb's --help lists, shipped names, files.
_tessera() {
    local word="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}" verb="${COMP_WORDS[1]}"
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "run compare table plan accuracy sweep validate fit --help --version" -- "$word")
        return
    fi
    case "$previous" in
        --schedule) mapfile -t COMPREPLY < <(compgen -W "layerwise recompute cached auto blocked F28 F14 H2x2 H4x4 H8x8" -- "$word"); return ;;
        --blocking) mapfile -t COMPREPLY < <(compgen -W "none F28 F14 H2x2 H4x4 H8x8" -- "$word"); return ;;
        --block-padding) mapfile -t COMPREPLY < <(compgen -W "zero replicate reflect" -- "$word"); return ;;
        --border-padding) mapfile -t COMPREPLY < <(compgen -W "same zero replicate reflect" -- "$word"); return ;;
        --engine) mapfile -t COMPREPLY < <(compgen -W "estimate systemc rtl" -- "$word"); return ;;
        --join) mapfile -t COMPREPLY < <(compgen -W "auto on_chip dram" -- "$word"); return ;;
        --weight-residency) mapfile -t COMPREPLY < <(compgen -W "auto resident per_group per_block block_batch" -- "$word"); return ;;
        --shapes) mapfile -t COMPREPLY < <(compgen -W "m8n4p2 m4n4p3w2h m6n2p4w4 m16n16p2 m2n1p1h m8n8p4w3" -- "$word"); return ;;
        --values | --ragged | --true-stride | --pixel-packing | --stress | --program) mapfile -t COMPREPLY < <(compgen -W "on off" -f -- "$word"); return ;;
        --device) mapfile -t COMPREPLY < <(compgen -W "xc7z020 xc7z045 xczu3eg xczu9eg xcu50 xcvu9p" -- "$word"); return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W "markdown csv latex" -- "$word"); return ;;
        --only) mapfile -t COMPREPLY < <(compgen -W "traffic working_set on_chip layers weights baselines" -- "$word"); return ;;
    esac
    if [[ "$word" == -* ]]; then
        local options
        options="$("${COMP_WORDS[0]}" "$verb" --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,')"
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -o filenames -F _tessera tessera
