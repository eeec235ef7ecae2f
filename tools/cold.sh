#!/usr/bin/env bash
# Usage: tools/cold.sh [REST…]. What new items are worth before anybody has seen them: the gift shop's bundle is trained without
# the items whose number leaves REST (0) divided by ten, these come back by catalog delta in several ways, and the held-out
# pairs are asked; docs/training.md. Bundles are kept in target/cold.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 0
data=${NEARHAND_DATA:-../shared/data}/recommend/online-retail
[ -f "$data/train_sessions.txt" ] || { echo "skipped: $data is absent (set NEARHAND_DATA)"; exit 0; }
cargo build --locked --quiet --release --workspace --bins
nearhand=target/release/nearhand
columns=(--item-col stock_code --key-col id --title-col description --price-col median_price
  --departments models/online-retail/departments.tsv --other Curiosities)
mkdir -p target/cold
for rest in "$@"; do
  name=target/cold/without-$rest
  if [ ! -f "$name.safetensors" ]; then
    awk -F'\t' -v rest="$rest" 'NR == 1 || $1 % 10 != rest' "$data/items.tsv" >"$name.tsv"
    awk -v rest="$rest" '{
      left = ""
      for (i = 1; i <= NF; i++) if ($i % 10 != rest) left = left (left == "" ? "" : " ") $i
      if (left != "") print left
    }' "$data/train_sessions.txt" >"$name.txt"
    # As the shipped bundle, but for the evidence that it has for placements.
    "$nearhand" train --sessions "$name.txt" --items "$name.tsv" "${columns[@]}" --dim 48 --bits 8 --blocks 1 --half-life 0.5 \
      --max-bytes 600000 --threads 1 --name "without-$rest" --created-at 2026-11-23 --out "$name.safetensors" >"$name.log" 2>&1 ||
      { tail -n 20 "$name.log" >&2; exit 1; }
  fi
  "$nearhand" cold "$name.safetensors" --pairs "$data/test_pairs.tsv" --items "$data/items.tsv" "${columns[@]}"
done
