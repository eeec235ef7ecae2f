#!/usr/bin/env bash
# A basket from the held-out weeks and its slate, then the demo shop on localhost. Usage: tools/demo.sh [--once]
set -euo pipefail
cd "$(dirname "$0")/.."

# A basket of the held-out weeks (models/online-retail/sample_pairs.tsv) through the engine: its events, its slate, what came next.
print_slate() {
  cargo build --locked --quiet --release --workspace --bins
  target/release/nearhand replay models/online-retail/online-retail.safetensors \
    --pairs models/online-retail/sample_pairs.tsv --print 7
}

print_slate
[ "${1:-}" != --once ] || exit 0
node www/demo/build.mjs
exec node tools/serve.mjs www/dist/demo --port "${PORT:-8080}"
