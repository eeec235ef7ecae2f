#!/usr/bin/env bash
# Builds one tier's wasm and glue into www/lib/wasm/TIER. Usage: tools/wasm.sh lite|full
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"

tier=$1
# cargo names a wasm cdylib without its hash: two feature sets in one folder would overwrite each other unseen.
case $tier in
  lite) target=target/lite features=(--no-default-features) ;;
  full) target=target features=() ;;
  *) echo "usage: tools/wasm.sh lite|full" >&2; exit 2 ;;
esac
out=www/lib/wasm/$tier

# Not crate-type in Cargo.toml: with cdylib beside rlib there, cargo drops fat LTO.
cargo rustc --locked --lib --crate-type cdylib --profile wasm --target wasm32-unknown-unknown --target-dir "$target" ${features[@]+"${features[@]}"}
rm -rf "$out"
wasm-bindgen --target web --omit-default-module-path --no-typescript --remove-producers-section --out-name nearhand --out-dir "$out" \
  "$target/wasm32-unknown-unknown/wasm/nearhand.wasm"
node tools/glue.mjs "$out"
