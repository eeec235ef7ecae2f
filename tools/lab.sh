#!/usr/bin/env bash
# Builds the lab, the engine alone in wasm, with the flags of what ships, into target/lab. Usage: tools/lab.sh
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"
. tools/flags.sh

wasm_tier full
out=target/lab

cargo rustc -p nearhand-lab --lib --crate-type cdylib "${WASM_FLAGS[@]}" "${LINK_FLAGS[@]}"
rm -rf "$out"
wasm-bindgen --target web --omit-default-module-path --no-typescript --remove-producers-section --out-name nearhand --out-dir "$out" \
  "$WASM_TARGET/wasm32-unknown-unknown/wasm/nearhand_lab.wasm"
node tools/glue.mjs "$out"
