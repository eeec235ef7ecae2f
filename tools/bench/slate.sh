#!/usr/bin/env bash
# Slates over large catalogs against onnxruntime-web. Usage: tools/bench/slate.sh [KIND-ITEMS …]
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --locked --quiet --release --workspace --bins
tools/venv.sh tools/requirements.txt
exec node tools/bench/slate.mjs "$@"
