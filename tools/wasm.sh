#!/usr/bin/env bash
# Builds one tier's wasm and glue into www/lib/wasm/TIER. Usage: tools/wasm.sh lite|full|all (all takes full's place)
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"
. tools/flags.sh

tier=${1:-}
wasm_tier "$tier"
out=www/lib/wasm/${tier/all/full}

# Not crate-type in Cargo.toml: with cdylib beside rlib there, cargo drops fat LTO.
cargo rustc --lib --crate-type cdylib "${WASM_FLAGS[@]}" "${LINK_FLAGS[@]}"
rm -rf "$out"
wasm-bindgen --target web --omit-default-module-path --no-typescript --remove-name-section --remove-producers-section --out-name nearhand --out-dir "$out" \
  "$WASM_TARGET/wasm32-unknown-unknown/wasm/nearhand.wasm"
node tools/glue.mjs "$out"
