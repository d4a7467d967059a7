#!/usr/bin/env bash
# Every C and C++ file is as .clang-format says (version 14, Debian 12's). Skips, in words, where there is no clang-format.
set -uo pipefail
cd "$(dirname "$0")/../.."
if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
  echo "SKIPPED: clang-format 14 is not installed (apt-get install clang-format)"
  exit 77
fi
find models sim tests -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \) -print0 |
  xargs -0 -P 2 -n 32 clang-format --dry-run -Werror
