#!/usr/bin/env bash
# Transactions judged, and windows over a log. Usage: tools/bench/fraud.sh [node|chromium|features …]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BUILT:-}" ] || {
  cargo build --locked --quiet --release -p nearhand-cli
  cargo build --locked --quiet --release -p nearhand-features --example throughput
}
! command -v python3 >/dev/null || tools/venv.sh models/card-fraud/requirements.txt || echo "bench fraud: no venv, so pandas is left out"
exec node tools/bench/fraud.mjs "$@"
