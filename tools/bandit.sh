#!/usr/bin/env bash
# What each of two policies would earn by the log of the other (docs/feedback.md). Usage: tools/bandit.sh
set -euo pipefail
cd "$(dirname "$0")/.."
data=${NEARHAND_DATA:-../shared/data}/bandit
[ -f "$data/random_all.csv.gz" ] || { echo "eval bandit: $data is not there: skipped"; exit 0; }
out=target/eval/bandit
mkdir -p "$out"
for log in random bts; do gzip -dc "$data/${log}_all.csv.gz" >"$out/$log.csv"; done
exec cargo run --locked --quiet --release -p nearhand-monitor --example off_policy -- "$out/random.csv" "$out/bts.csv"
