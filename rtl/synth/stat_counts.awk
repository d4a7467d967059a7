# SPDX-License-Identifier: Apache-2.0
# Two files of Yosys, `dump <top>` and `stat`, to CSV: per instance of the top and per module below it the cells of all its
# instances. LUT: logic, shift registers (one each) and distributed memory (four a RAM32M or RAM64M); an inverter that
# Yosys left alone counts as one.
# awk -v by=module (rows: instance, module, instances, ...) or -v by=instance (rows: instance, ...)

function luts(cell) {
  if (cell ~ /^LUT[1-6]$/ || cell ~ /^SRL/ || cell == "INV") return 1
  if (cell ~ /^RAM(32M|64M|128X1D|256X1S)$/) return 4
  if (cell ~ /^RAM(32X1D|64X1D|128X1S)$/) return 2
  if (cell ~ /^RAM[0-9]+X1S$/) return 1
  return 0
}

function walk(module, times,   cells, n, i) {
  instances[module] += times
  n = split(list[module], cells, " ")
  for (i = 1; i <= n; i++) if (cells[i] in list) walk(cells[i], times * count[module, cells[i]])
}

function base(module) {
  if (module !~ /^\$paramod/) return module
  sub(/^\$paramod(\$[0-9a-f]+)?\\/, "", module)
  sub(/\\.*/, "", module)
  return module
}

function add(key, module, times,   cells, n, i, c, v) {
  if (!(key in seen)) { seen[key] = 1; order[++keys] = key }
  many[key] += times
  n = split(list[module], cells, " ")
  for (i = 1; i <= n; i++) {
    c = cells[i]; v = times * count[module, c]
    lut[key] += v * luts(c)
    if (c ~ /^FD[RSCP]E/) ff[key] += v
    else if (c ~ /^DSP48/) dsp[key] += v
    else if (c ~ /^RAMB36/) b36[key] += v
    else if (c ~ /^RAMB18/) b18[key] += v
    else if (c ~ /^LD[CP]E/) { print "a latch in " module > "/dev/stderr"; failed = 1 }
  }
}

FNR == NR {  # dump: "cell <module> \<instance>"
  if ($1 == "cell") { name = $3; sub(/^\\/, "", name); where[name] = $2; names[++tops] = name }
  next
}
/^=== / { module = $2; sub(/^\\/, "", module); inside = 0; next }
/Number of cells:/ { if (module != "design") { inside = 1; list[module] = "" } next }
inside && NF == 2 && $2 ~ /^[0-9]+$/ { list[module] = list[module] " " $1; count[module, $1] = $2; next }

END {
  for (t = 1; t <= tops; t++) {
    split("", instances); split("", seen); split("", many)
    split("", lut); split("", ff); split("", dsp); split("", b36); split("", b18)
    keys = 0
    sub(/^\\/, "", where[names[t]])
    if (!(where[names[t]] in list)) { print "no counts of " names[t] > "/dev/stderr"; exit 1 }
    walk(where[names[t]], 1)
    for (m in instances) add(by == "module" ? base(m) : "", m, instances[m])
    for (k = 1; k <= keys; k++) {
      key = order[k]
      printf "%s", names[t]
      if (by == "module") printf ",%s,%d", key, many[key]
      printf ",%d,%d,%d,%d,%d\n", lut[key], ff[key], dsp[key], b36[key], b18[key]
    }
  }
  exit failed
}
