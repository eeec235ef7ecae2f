#!/usr/bin/env bash
# Usage: tools/eval.sh [SET…]. Quality on held-out pairs: natively, then the same pairs in wasm under Node, slate by slate; then the ONNX graph in Python.
set -euo pipefail
cd "$(dirname "$0")/.."

# A set is a shipped bundle with its held-out pairs.
for set in "$@"; do
  [ "$set" = online-retail ] || { echo "eval: no set $set; there are: online-retail" >&2; exit 2; }
done
bundle=models/online-retail/online-retail.safetensors
data=${NEARHAND_DATA:-../shared/data}/recommend/online-retail
[ -f "$bundle" ] || { echo "$bundle is missing: ./build.sh train makes it" >&2; exit 1; }
mkdir -p target/eval

if [ -f "$data/test_pairs.tsv" ]; then
  slates=target/eval/slates.txt
  cargo build --locked --quiet --release --workspace --bins
  target/release/nearhand eval "$bundle" --pairs "$data/test_pairs.tsv" \
    --items "$data/items.tsv" --item-col stock_code --key-col id --slates "$slates"
  node tools/eval-wasm.mjs "$bundle" "$data/test_pairs.tsv" "$data/items.tsv" id stock_code "$slates"
else
  echo "skipped: $data is absent, so held-out quality is not measured (set NEARHAND_DATA)"
fi

# onnx and onnxruntime live in a venv of the checkout; nothing else needs Python.
tools/venv.sh tools/requirements.txt
.venv/bin/python tools/check_onnx.py "$bundle"
