#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# line_report.sh <coverage data> <waivers> <rtl folder> <least percent>: covered lines of every module, the lines that
# are not, and the gate. A line of waivers.txt is: module, line text without outer blanks, reason, separated by |.
#
# A line counts when every coverage point on it (block, if, else, case item) was passed, in any instance of any machine.
# Lines of TSR_ASSERT and TSR_ASSUME are not counted: what is left open there is the message of a failure.
set -euo pipefail
data=${1:?} waivers=${2:?} rtl=${3:?} least=${4:?}
LC_ALL=C awk -v rtl="$rtl" -v waivers="$waivers" -v least="$least" '
  function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
  function read_module(module,   line, file, number) {
    file = rtl "/" module ".sv"
    seen[module] = 1; order[++modules] = module
    while ((getline line < file) > 0) text[module, ++number] = trim(line)
    close(file)
  }
  # value of a key of a point: \\001 key \\002 value \\001 key ...
  function value(key,   start, rest) {
    start = index($0, "\001" key "\002")
    if (start == 0) return ""
    rest = substr($0, start + length(key) + 2)
    match(rest, /^[^\001\047]*/)
    return substr(rest, 1, RLENGTH)
  }
  function add_line(module, line, point) {
    if (text[module, line] ~ /^`TSR_(ASSERT|ASSUME)/) return
    if (!((module, line) in known)) { known[module, line] = 1; lines[module]++; at[module, lines[module]] = line + 0 }
    points[module, line] = points[module, line] SUBSEP point
  }
  BEGIN {
    while ((getline line < waivers) > 0) {
      if (line ~ /^#/ || trim(line) == "") continue
      n = split(line, part, "|")
      key = trim(part[1]) "|" trim(part[2])
      if (n < 3 || trim(part[3]) == "") { print "waiver without a reason: " line; bad = 1 }
      waiver[key] = 1
    }
  }
  /^C / {
    module = value("f"); sub(/.*\//, "", module); sub(/\.sv$/, "", module)
    if (!(module in seen)) read_module(module)
    page = value("page"); sub(/\/.*/, "", page)
    point = module ":" value("l") ":" value("n") ":" page ":" value("o")
    if (!(point in count)) {
      count[point] = 0
      add_line(module, value("l"), point)
      ranges = split(value("S"), range, ",")
      for (i = 1; i <= ranges; i++) {
        n = split(range[i], ends, "-")
        for (l = ends[1] + 0; l <= ends[n] + 0; l++) if (l != value("l") + 0) add_line(module, l, point)
      }
    }
    count[point] += $NF
  }
  END {
    for (m = 1; m <= modules; m++) {
      module = order[m]; covered = waived = 0
      for (i = 1; i <= lines[module]; i++) {
        l = at[module, i]; key = module "|" text[module, l]; open = 0
        n = split(points[module, l], all_points, SUBSEP)
        for (p = 2; p <= n; p++) if (count[all_points[p]] == 0) open = 1
        if (!open) { covered++; hit[key] = 1 }
        else if (key in waiver) { waived++; used[key] = 1 }
        else left[++holes] = sprintf("not covered: %s.sv:%d: %s", module, l, text[module, l])
      }
      total += lines[module]; good += covered; excused += waived
      if (lines[module] > 0) {
        note = waived > 0 ? "  waived " waived : ""
        printf "%-24s %4d/%-4d %5.1f %%%s\n", module, covered, lines[module], 100 * covered / lines[module], note
      }
    }
    for (i = 1; i <= holes; i++) print left[i]
    for (key in waiver) if (!(key in used)) {
      state = (key in hit) ? "waived, but covered: " : "waived, but not there: "
      print state key; bad = 1
    }
    percent = (total - excused) != 0 ? 100 * good / (total - excused) : 0
    printf "total: %d of %d lines, %d waived: %.2f %% (at least %s %%)\n", good, total, excused, percent, least
    exit (bad || percent + 0 < least + 0)
  }' "$data"
