#!/usr/bin/env bash
# fuzz.sh SECONDS: runs every fuzz target for so long, from its corpus in build/fuzz/corpus. A crash
# leaves its input beside it and is a line `not ok`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-600}
status=0
for source in fuzz/*.cpp; do
  name=$(basename "$source" .cpp)
  target=build/fuzz/fuzz/fuzz_$name
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=()
  [ -d "fuzz/seeds/$name" ] && seeds=("fuzz/seeds/$name")
  if "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$corpus-" "$corpus" "${seeds[@]}" >"$corpus.log" 2>&1; then
    printf 'ok %s: %s inputs\n' "$name" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus.log")"
  else
    printf 'not ok %s: see %s.log\n' "$name" "$corpus"
    grep -E 'ERROR|runtime error|Test unit written' "$corpus.log" | head -n 5 || true
    status=1
  fi
done
exit $status
