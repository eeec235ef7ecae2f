#!/usr/bin/env bash
# Usage: tools/complete.sh. How well the assistant knows held-out dialogues (tools/complete/assistant.sh). Then what a search box suggests,
# letter by letter: Online Retail's product names bought from 2011-11-25 on, by the counts until then. A line each way: the most frequent
# completion, ours, and the crate completr, by three scales of popularity. Without the data it is skipped; without the registry the peer is.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/complete/assistant.sh

log=${NEARHAND_DATA:-../shared/data}/recommend/online-retail/online_retail.parquet
if [ ! -f "$log" ]; then
  echo "skipped: $log is absent, so suggestions are not measured (set NEARHAND_DATA)"
  exit 0
fi
out=target/eval/suggest
mkdir -p "$out"
cargo build --locked --quiet --release --workspace --bins
evaluate() {
  target/release/nearhand eval-suggest --queries "$log" --query-col Description --query-visitor-col InvoiceNo \
    --query-time-col InvoiceDate --query-quantity-col Quantity --from 2011-11-25 "$@"
}
peer=tools/peers/completr
ranks=()
if cargo build --locked --quiet --release --manifest-path "$peer/Cargo.toml" --target-dir target/peers; then
  evaluate --texts-out "$out/texts.tsv" --typed-out "$out/typed.tsv" >"$out/lines.txt"
  for by in plain faded log; do
    target/peers/release/nearhand-peer-completr "$out/texts.tsv" "$out/typed.tsv" "$by" >"$out/$by.txt"
    ranks+=(--ranks "completr-$by=$out/$by.txt")
  done
else
  echo "skipped: completr could not be built, so it is not measured"
fi
evaluate "${ranks[@]}"
