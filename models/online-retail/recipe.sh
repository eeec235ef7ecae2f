#!/usr/bin/env bash
# Makes online-retail.safetensors from the prepared data. The same input gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${NEARHAND_DATA:-../shared/data}/recommend/online-retail
here=models/online-retail
[ -f "$data/train_sessions.txt" ] || { echo "skipped: $data is absent (set NEARHAND_DATA)"; exit 0; }

# Length, bits and encoder are said, not left to the trials: after all epochs this one did best on the validation pairs.
# What is usual comes last, so that it takes no byte of the table; of all baskets, the newest 5,000 that it is made of (docs/monitor.md).
# A basket is an order: all of them say what is bought together, the newest tenth what is on the rise.
recent=target/online-retail-recent.txt
mkdir -p target
tail -n 1704 "$data/train_sessions.txt" >"$recent"

cargo build --locked --quiet --release --workspace --bins
target/release/nearhand train \
  --sessions "$data/train_sessions.txt" \
  --items "$data/items.tsv" --item-col stock_code --key-col id --title-col description --price-col median_price \
  --departments "$here/departments.tsv" --other Curiosities --currency GBP \
  --orders "$data/train_sessions.txt" --recent "$recent" \
  --dim 48 --bits 8 --blocks 1 --half-life 0.5 \
  --test-pairs "$data/test_pairs.tsv" --max-bytes 600000 --no-reference \
  --name online-retail --version 1 --created-at 2026-11-23 \
  --data "Online Retail (UCI), baskets before 2011-11-25" \
  --licence CC-BY-4.0 \
  --attribution "Online Retail, D. Chen (2015), UCI Machine Learning Repository, https://doi.org/10.24432/C5BW33, CC BY 4.0" \
  --card "$here/card.md" \
  --out target/online-retail.safetensors
# In the bundle's ids, which are stock codes.
awk -F'\t' 'NR == FNR { code[$1] = $2; next } { n = split($0, item, " "); line = ""
  for (i = 1; i <= n; i++) line = line (i > 1 ? " " : "") code[item[i]]
  print line }' "$data/items.tsv" "$data/train_sessions.txt" >target/online-retail-codes.txt
target/release/nearhand monitor-reference --bundle target/online-retail.safetensors --sessions target/online-retail-codes.txt \
  --out "$here/online-retail.safetensors"
(cd "$here" && sha256sum online-retail.safetensors >online-retail.safetensors.sha256)
