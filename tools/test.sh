#!/usr/bin/env bash
# `./dev test` once everything is installed: builds, then runs every kind of test and adds them up.
# Ends with the line `N passed, M failed`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
suites=${PASSERELLE_SUITES:-../shared/suites}
jobs=$(nproc)
out=build/log
mkdir -p "$out"
passed=0
failed=0
# Nothing of ours goes on after us: neither the build beside nor what it has started.
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
declare -a failures=()

# count TITLE PASSED FAILED
count() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  if [ "$3" -gt 0 ]; then failures+=("$1: $3 failed"); fi
  printf '  %-42s %6d passed %4d failed\n' "$1" "$2" "$3"
}

# alive LOG command...: runs it with output in LOG, and says every 30 s that it is alive.
alive() {
  local log=$1 pid started=$SECONDS beat=0
  shift
  "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.5
    if ((SECONDS - started >= beat + 30)); then
      beat=$((SECONDS - started))
      printf '    … %d s  %s\n' "$beat" "$(tail -n 1 "$log" | tr -d '\r' | cut -c1-70)"
    fi
  done
  wait "$pid"
}

# built PRESET TARGET...
built() {
  local preset=$1
  shift
  [ -e "build/$preset/build.ninja" ] || alive "$out/configure-$preset.log" cmake --preset "$preset" ||
    { tail -n 40 "$out/configure-$preset.log"; exit 1; }
  printf 'Building (%s)\n' "$preset"
  alive "$out/build-$preset.log" ninja -C "build/$preset" -j "$jobs" "$@" ||
    { grep -m 20 -A 12 -E 'error|FAILED' "$out/build-$preset.log" || tail -n 60 "$out/build-$preset.log"; exit 1; }
}

rooms=(base fhir pathway store gateway run review rehearse server)

# test_programs FOLDER: the rooms' test programs that this build has.
test_programs() {
  local room
  for room in "${rooms[@]}"; do
    if ninja -C "$1" -t query "${room}_test" >/dev/null 2>&1; then printf '%s_test\n' "$room"; fi
  done
}

# sharded PROGRAM LOG: a test program, its tests dealt out to as many processes as there are cores.
# Each leaves LOG.0, LOG.1, ... with its exit code as the last line; LOG is all of them.
sharded() {
  local shard
  for ((shard = 0; shard < jobs; shard++)); do
    {
      GTEST_TOTAL_SHARDS=$jobs GTEST_SHARD_INDEX=$shard "$1" --gtest_brief=1 && code=0 || code=$?
      printf 'ended with %d\n' "$code"
    } >"$2.$shard" 2>&1 &
  done
  wait
}

# unit PRESET: the rooms' own test programs.
unit() {
  local preset=$1 room log shard p f passed_here failed_here
  for room in "${rooms[@]}"; do
    if [ ! -x "build/$preset/src/$room/${room}_test" ]; then
      # The sanitized build need not have them all; ours has.
      if [ "$preset" = ci ]; then count "$room ($preset): no test program" 0 1; fi
      continue
    fi
    log=$out/$preset-$room.log
    # Statistics go the same ways thousands of times: sanitizers have seen them in the other tests.
    if [ "$preset/$room" = fuzz/rehearse ]; then
      export GTEST_FILTER='-Search.FindsWhat*:PathologyLab.*:Coverage.*:SixStep.*:CovidHome.CasesThat*'
    fi
    alive "$log" sharded "build/$preset/src/$room/${room}_test" "$log"
    passed_here=0
    failed_here=0
    for ((shard = 0; shard < jobs; shard++)); do
      p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\{0,1\}.*/\1/p' "$log.$shard" | tail -n 1)
      f=$(sed -n 's/^ *\([0-9]*\) FAILED TESTS\{0,1\}$/\1/p' "$log.$shard" | tail -n 1)
      # A crash prints neither line; what a sanitizer finds at the end comes behind both.
      if [ -z "$p" ]; then p=0; f=${f:-1}; fi
      if [ "${f:-0}" -eq 0 ] && [ "$(tail -n 1 "$log.$shard")" != 'ended with 0' ]; then f=1; fi
      passed_here=$((passed_here + p))
      failed_here=$((failed_here + ${f:-0}))
    done
    cat "$log".[0-9]* >"$log"
    unset GTEST_FILTER
    count "$room ($preset)" "$passed_here" "$failed_here"
    if [ "$failed_here" -gt 0 ]; then
      grep -E -A 14 'Failure|FAILED|ERROR: |runtime error|ended with [^0]' "$log" | head -n 80
    fi
    grep -h 'skipped:' "$log" | sort -u | sed 's/^/    /' || true
  done
}

# suite NAME FOLDER: a conformance suite that others wrote.
suite() {
  local log=$out/suite-$1.log last
  if [ ! -d "$2" ]; then
    printf '  suite %-36s skipped: %s is not present\n' "$1" "$2"
    return
  fi
  alive "$log" "$binary" suite "$1" "$2" || true
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  if [ -z "$last" ]; then
    tail -n 20 "$log"
    count "suite $1" 0 1
    return
  fi
  count "suite $1" "$(cut -d' ' -f1 <<<"$last")" "$(cut -d' ' -f3 <<<"$last")"
}

# scripts FILE...: tests over HTTP, in the browser, of the tree itself; by Node's own runner.
scripts() {
  local file log p f
  for file in "$@"; do
    log=$out/$(basename "$file").log
    PASSERELLE_BINARY=$PWD/$binary alive "$log" node --test "$file" || true
    p=$(sed -n 's/^\(#\|ℹ\) pass \([0-9]*\)$/\2/p' "$log" | tail -n 1)
    f=$(sed -n 's/^\(#\|ℹ\) fail \([0-9]*\)$/\2/p' "$log" | tail -n 1)
    count "$(basename "$file")" "${p:-0}" "${f:-1}"
    if [ "${f:-1}" -gt 0 ]; then grep -E -A 30 '^ *not ok|Error' "$log" | head -n 90; fi
    grep -h 'skipped:' "$log" | sort -u | sed 's/^/    /' || true
  done
}

built ci all
binary=build/ci/passerelle
# The sanitized build takes as long again. Tests over HTTP mostly wait, so it is made beside them.
sanitized=$out/build-fuzz.log
(
  cmake --preset fuzz
  mapfile -t programs < <(test_programs build/fuzz)
  exec nice -n 15 ninja -C build/fuzz -j "$jobs" fuzz_all "${programs[@]}"
) >"$sanitized" 2>&1 &
sanitizer=$!
printf 'Unit tests\n'
unit ci
printf 'Packages\n'
for package in pathways/*/; do
  [ -e "$package/pathway.bpmn" ] || continue
  if alive "$out/check.log" "$binary" check "$package"; then count "check $package" 1 0; else
    tail -n 40 "$out/check.log"
    count "check $package" 0 1
  fi
done
printf 'Suites\n'
suite dmn-tck "$suites/dmn-tck"
suite fhirpath "$suites/fhirpath"
suite fhir-examples "$suites/fhir-examples"
suite bpmn "$suites/bpmn-miwg"
printf 'Over HTTP and in the browser\n'
scripts tests/*.test.mjs
printf 'The demo, without a browser\n'
if PASSERELLE_BINARY=$PWD/$binary alive "$out/demo.log" node tools/demo.mjs --once; then
  count "demo --once" 1 0
else
  tail -n 60 "$out/demo.log"
  count "demo --once" 0 1
fi
printf 'Sanitizers and fuzzing\n'
if alive "$out/wait-fuzz.log" tail --pid="$sanitizer" -n +1 -f "$sanitized" && wait "$sanitizer"; then
  unit fuzz
else
  grep -m 20 -A 12 -E 'error|FAILED' "$sanitized" || tail -n 60 "$sanitized"
  count "the sanitized build" 0 1
fi
alive "$out/fuzz.log" tools/fuzz.sh 10 && code=0 || code=$?
ok=$(grep -c '^ok ' "$out/fuzz.log" || true)
not_ok=$(grep -c '^not ok ' "$out/fuzz.log" || true)
# A script that dies tells of no target.
if [ "$not_ok" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
  not_ok=1
  tail -n 20 "$out/fuzz.log"
fi
count "fuzz, 10 s a target" "$ok" "$not_ok"
grep '^not ok ' "$out/fuzz.log" || true

printf '\n'
for line in "${failures[@]:-}"; do [ -z "$line" ] || printf 'FAILED  %s\n' "$line"; done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
