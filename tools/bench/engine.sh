#!/usr/bin/env bash
# The engine against onnxruntime-web. Usage: tools/bench/engine.sh [node|chromium|memory …]
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/conformance/files.sh
tools/wasm.sh onnx
node tools/alone.mjs
exec node tools/bench/engine.mjs "$@"
