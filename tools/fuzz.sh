#!/usr/bin/env bash
# libFuzzer with address sanitizer: on a reader of foreign bytes (onnx, bundle), or on valid graphs made of them (graph), which must be
# answered the same in two ways. Usage: tools/fuzz.sh onnx|bundle|graph [SECONDS]; TRACT=1 has tract asked about graphs as well, ten
# minutes of compiling.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PATH"

target=${1:?onnx, bundle or graph}
seconds=${2:-3600}
command -v cargo-fuzz >/dev/null || cargo install --root .tools cargo-fuzz
mkdir -p "fuzz/corpus/$target" "fuzz/seeds/$target"
# The stable compiler takes the sanitizer's flags when told so. An execution that takes 10 s or 1 GB is a find.
RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir fuzz ${TRACT:+--features tract} "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
  -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 -print_final_stats=1
