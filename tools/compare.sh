#!/usr/bin/env bash
# The live session against hand-written rules and nightly lists on the held-out days of the gift shop; docs/when-to-use.md.
set -euo pipefail
cd "$(dirname "$0")/.."
bundle=models/online-retail/online-retail.safetensors
log=${NEARHAND_DATA:-../shared/data}/recommend/online-retail/online_retail.parquet
[ -f "$log" ] || { echo "skipped: $log is absent (set NEARHAND_DATA)"; exit 0; }
cargo build --locked --quiet --release --workspace --bins
# The bundle is trained on baskets before this day.
exec target/release/nearhand compare "$bundle" --events "$log" --session-col CustomerID --from 2011-11-25
