#!/usr/bin/env bash
# Builds one wasm and its glue into www/lib/wasm/NAME: a tier, or a face of its own. Usage: tools/wasm.sh lite|full|tract|onnx|suggest|complete|assess|monitor [quick]
# quick: for the demo alone, built in a fraction of the time, larger and slower than what ships. A file named quick beside
# the binary says so; whoever needs what ships builds anew.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"
export WASM_PROFILE=wasm
[ "${2:-}" != quick ] || WASM_PROFILE=quick
. tools/flags.sh

tier=${1:-}
wasm_tier "$tier"
out=www/lib/wasm/$tier
built=$WASM_TARGET/wasm32-unknown-unknown/$WASM_PROFILE/${WASM_PACKAGE//-/_}.wasm

# Not crate-type in Cargo.toml: with cdylib beside rlib there, cargo drops fat LTO.
cargo rustc -p "$WASM_PACKAGE" --lib --crate-type cdylib "${WASM_FLAGS[@]}" "${LINK_FLAGS[@]}"
rm -rf "$out"
if wasm-bindgen --version 2>/dev/null | grep -qwF "$(awk '/^name = "wasm-bindgen"$/ { hit = 1 } hit && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock)"; then
  wasm-bindgen --target web --omit-default-module-path --no-typescript --remove-name-section --remove-producers-section --out-name nearhand --out-dir "$out" "$built"
else
  target/bindgen/debug/nearhand-bindgen "$built" "$out"
fi
node tools/glue.mjs "$out"
[ "$WASM_PROFILE" = wasm ] || touch "$out/quick"
