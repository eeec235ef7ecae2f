#!/usr/bin/env bash
# Usage: tools/complete.sh. What a search box suggests, letter by letter: Online Retail's product names bought from 2011-11-25
# on, by the counts until then. A line each way: the most frequent completion, ours, and the crate completr, by three scales of
# popularity. Without the data it is skipped; without the registry the peer is. Then the assistant, where it is there, and the script for
# GGUF files, in Python.
set -euo pipefail
cd "$(dirname "$0")/.."

log=${NEARHAND_DATA:-../shared/data}/recommend/online-retail/online_retail.parquet
out=target/eval/suggest
peer=tools/peers/completr

evaluate() {
  target/release/nearhand eval-suggest --queries "$log" --query-col Description --query-visitor-col InvoiceNo \
    --query-time-col InvoiceDate --query-quantity-col Quantity --from 2011-11-25 "$@"
}

suggest() {
  mkdir -p "$out"
  cargo build --locked --quiet --release -p nearhand-cli
  local ranks=()
  if cargo build --locked --quiet --release --manifest-path "$peer/Cargo.toml" --target-dir target/peers; then
    # What is typed, for the peer; the lines come with its ranks below.
    evaluate --texts-out "$out/texts.tsv" --typed-out "$out/typed.tsv" >"$out/lines.txt"
    for by in plain faded log; do
      target/peers/release/nearhand-peer-completr "$out/texts.tsv" "$out/typed.tsv" "$by" >"$out/$by.txt"
      ranks+=(--ranks "completr-$by=$out/$by.txt")
    done
  else
    echo "skipped: completr could not be built, so it is not measured"
  fi
  evaluate "${ranks[@]}"
}

if [ -f "$log" ]; then
  suggest
else
  echo "skipped: $log is absent, so suggestions are not measured (set NEARHAND_DATA)"
fi
[ ! -f tools/complete/assistant.sh ] || bash tools/complete/assistant.sh
# What brings GGUF files: a small one of each type, made, converted and run.
if command -v python3 >/dev/null; then
  tools/venv.sh tools/requirements.txt
  .venv/bin/python tools/gguf_check.py
else
  echo "skipped: the script for GGUF files is in Python, and there is no python3"
fi
