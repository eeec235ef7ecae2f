#!/usr/bin/env bash
# Makes sample.safetensors, the bundle behind `nearhand/sample`, from the prepared data. The same input gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${NEARHAND_DATA:-../shared/data}/recommend/online-retail
here=models/sample
[ -f "$data/train_sessions.txt" ] || { echo "skipped: $data is absent (set NEARHAND_DATA)"; exit 0; }

work=target/sample
mkdir -p "$work"
# The 500 items with the most lines; ties by id, so that the choice is one.
{ head -1 "$data/items.tsv"; tail -n +2 "$data/items.tsv" | LC_ALL=C sort -t$'\t' -k5,5nr -k1,1n | awk "NR <= 500"; } >"$work/items.tsv"
kept='NR == FNR { if (FNR > 1) known[$1]; next }'
awk -F'\t' "$kept"' { n = split($0, item, " "); line = ""; count = 0
  for (i = 1; i <= n; i++) if (item[i] in known) { line = line (count++ ? " " : "") item[i] }
  if (count > 1) print line }' "$work/items.tsv" "$data/train_sessions.txt" | tail -n 8000 >"$work/sessions.txt"
tail -n 800 "$work/sessions.txt" >"$work/recent.txt"

[ -n "${NEARHAND:-}" ] || cargo build --locked --quiet --release --workspace --bins
"${NEARHAND:-target/release/nearhand}" train \
  --sessions "$work/sessions.txt" \
  --items "$work/items.tsv" --item-col stock_code --key-col id --title-col description --price-col median_price \
  --departments models/online-retail/departments.tsv --other Curiosities --currency GBP \
  --orders "$work/sessions.txt" --recent "$work/recent.txt" \
  --dim 32 --bits 4 --blocks 1 --half-life 0.5 --epochs 12 --max-bytes 108000 \
  --name sample --version 1 --created-at 2026-11-29 \
  --data "Online Retail (UCI), 500 items, 8,000 baskets before 2011-11-25" \
  --licence CC-BY-4.0 \
  --attribution "Online Retail, D. Chen (2015), UCI Machine Learning Repository, https://doi.org/10.24432/C5BW33, CC BY 4.0" \
  --card "$here/card.md" \
  --out "$here/sample.safetensors"
(cd "$here" && sha256sum sample.safetensors >sample.safetensors.sha256)
