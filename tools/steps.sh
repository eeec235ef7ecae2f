# Sourced by build.sh. `step NAME COMMAND…` runs a command with its output in a log, prints its name and seconds,
# and on failure what failed and the end of the log. `tests NAME COMMAND…` also counts the tests it ran; none is a failure.
LOGS=target/log
PASSED=0
FAILED=0
mkdir -p "$LOGS"

step() {
  local name=$1 from=$SECONDS
  shift
  printf '%-24s' "$name"
  local rc=0
  "$@" >"$LOGS/$name.log" 2>&1 </dev/null || rc=$?
  told "$name" "$rc" "$((SECONDS - from))"
}

# `begin NAME COMMAND…` starts a step beside those that follow, one at a time; `finish NAME` is where it counts as one, `finish_tests NAME`
# with its tests. What links alone on one core, or waits for pages, leaves the other to them.
BESIDE=
begin() {
  local name=$1 end="$LOGS/$1.end"
  shift
  rm -f "$end"
  # A group of its own, so that all of it can be stopped.
  set -m
  { SECONDS=0; rc=0; "$@" >"$LOGS/$name.log" 2>&1 </dev/null || rc=$?; echo "$rc $SECONDS" >"$end"; } &
  BESIDE=$!
  set +m
}
trap '[ -z "$BESIDE" ] || kill -- "-$BESIDE" 2>/dev/null || true' EXIT

finish() {
  local name=$1 rc seconds
  printf '%-24s' "$name"
  wait "$BESIDE" || true
  BESIDE=
  read -r rc seconds <"$LOGS/$name.end"
  rm "$LOGS/$name.end"
  told "$name" "$rc" "$seconds"
}
finish_tests() {
  finish "$1"
  counted "$1"
}

# Prints how a step ended, and ends all when it failed.
told() {
  local name=$1 rc=$2 seconds=$3 log="$LOGS/$1.log"
  if [ "$rc" -eq 0 ]; then
    printf 'ok   %4d s\n' "$seconds"
  else
    printf 'FAIL %4d s  (%s)\n' "$seconds" "$log"
    failures "$log"
    tail -n 40 "$log"
    count_tests "$log"
    [ $((PASSED + FAILED)) -eq 0 ] || printf '%d passed, %d failed\n' "$PASSED" "$((FAILED > 0 ? FAILED : 1))"
    exit "$rc"
  fi
}

# What failed, wherever in the log it stands: node's runner goes on behind a test that fails, and so do cargo's and tools/world's.
failures() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^ *not ok / { left = 40 }
    /panicked at|^---- .* stdout ----|^test .*FAILED|^error|^FAIL / { if (left < 8) left = 8 }
    left > 0 && shown < 200 { print; left--; shown++ }
    /^ *\.\.\.$/ { left = 0 }'
  echo '… and the end of it:'
}

tests() {
  step "$@"
  counted "$1"
}

counted() {
  local before=$((PASSED + FAILED))
  count_tests "$LOGS/$1.log"
  if [ $((PASSED + FAILED)) -eq "$before" ]; then
    printf '%s ran no test: that is a failure (%s)\n' "$1" "$LOGS/$1.log"
    exit 1
  fi
  printf '%-24s%d tests\n' '' "$((PASSED + FAILED - before))"
  # What passed the second time only.
  grep '^again ' "$LOGS/$1.log" || true
}

# Adds up what cargo's, wasm-bindgen's, node's, pytest's and tools/world's runners say at their end.
count_tests() {
  local sums
  sums=$(sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^test result: / { for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^failed/) f += $i } }
    /^(#|ℹ) pass [0-9]+$/ { p += $3 }
    /^(#|ℹ) fail [0-9]+$/ { f += $3 }
    /^[0-9]+ (passed|failed|errors?|skipped).* in [0-9.]+s/ {
      for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^(failed|error)/) f += $i } }
    /^world [a-z]+ passed=[0-9]+ failed=[0-9]+$/ { split($3, passed, "="); split($4, failed, "="); p += passed[2]; f += failed[2] }
    END { print p + 0, f + 0 }')
  PASSED=$((PASSED + ${sums% *}))
  FAILED=$((FAILED + ${sums#* }))
}

# The wasm tools of the checkout come first.
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"
