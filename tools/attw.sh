#!/usr/bin/env bash
# Are the types of the packed package found by every resolver? ESM only, and the raw binaries are no modules to check.
set -euo pipefail
cd "$(dirname "$0")/.."
node_modules/.bin/attw --profile esm-only --exclude-entrypoints nearhand.wasm nearhand-lite.wasm -- target/js/nearhand.tgz
