#!/usr/bin/env bash
# Clippy for the code that only wasm compiles, in the lite tier and with the flags of what ships.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/flags.sh

(
  wasm_tier lite
  cargo clippy -p nearhand --lib "${WASM_FLAGS[@]}" -- -D warnings
)
# What only nearhand/onnx, nearhand/suggest, nearhand/complete, nearhand/assess and nearhand/monitor have: compiled as lite is, without its features.
wasm_tier suggest
cargo clippy -p nearhand-onnx-wasm -p nearhand-suggest-wasm -p nearhand-complete-wasm -p nearhand-assess-wasm -p nearhand-monitor-wasm --lib "${WASM_FLAGS[@]}" -- -D warnings
