#!/usr/bin/env bash
# Prints the packages of the README's one install line, so that CI and README cannot drift apart.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
line="$(grep -m1 -oE 'apt-get install -y --no-install-recommends [a-z0-9 .+-]+' "$root/README.md")"
[ -n "$line" ] || { echo "README.md has no install line" >&2; exit 1; }
echo "${line#apt-get install -y --no-install-recommends }"
