#!/usr/bin/env bash
# The Rust suite in wasm, through wasm-pack, compiled as what ships. Usage: tools/wasm-test.sh lite|full --node | --headless --chrome …
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PATH"
. tools/flags.sh

wasm_tier "${1:-}"
shift
# Tests that ask for no place run in Node unless told otherwise.
case " $* " in *" --headless "*) export WASM_BINDGEN_USE_BROWSER=1 ;; esac
wasm-pack test "$@" --mode no-install . --test suite "${WASM_FLAGS[@]}"
