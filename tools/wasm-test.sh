#!/usr/bin/env bash
# The Rust suite in wasm, through wasm-pack. Usage: tools/wasm-test.sh lite|full --node | --headless --chrome …
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PATH"

tier=$1
shift
# Tests that ask for no place run in Node unless told otherwise.
case " $* " in *" --headless "*) export WASM_BINDGEN_USE_BROWSER=1 ;; esac
# As in wasm.sh, and in the profile that ships: the kernels under test are the ones that run, and tract compiles once.
case $tier in
  lite) options=(--no-default-features --target-dir target/lite) ;;
  full) options=(--target-dir target) ;;
esac
wasm-pack test "$@" --mode no-install . --locked --profile wasm --test suite "${options[@]}"
