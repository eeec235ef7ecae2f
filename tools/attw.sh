#!/usr/bin/env bash
# Are the types of the packed package found by every resolver, old ones too? The raw files are no modules to check.
set -euo pipefail
cd "$(dirname "$0")/.."
node_modules/.bin/attw --profile esm-only --exclude-entrypoints nearhand.wasm nearhand-lite.wasm sample.safetensors -- target/js/nearhand.tgz
