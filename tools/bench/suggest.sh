#!/usr/bin/env bash
# The search box over 200,000 texts, key by key. Usage: tools/bench/suggest.sh [node|chromium …]
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --locked --quiet --release -p nearhand-cli
exec node tools/bench/suggest.mjs "$@"
