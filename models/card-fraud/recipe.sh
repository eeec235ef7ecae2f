#!/usr/bin/env bash
# Makes card-fraud.safetensors of made-up transactions: nobody's data are in it. The same input gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=models/card-fraud
work=target/card-fraud
command -v python3 >/dev/null || { echo "skipped: the model is trained in Python, and there is no python3"; exit 0; }
tools/venv.sh "$here/requirements.txt"
[ -n "${NEARHAND:-}" ] || cargo build --locked --quiet --release --workspace --bins
nearhand=${NEARHAND:-target/release/nearhand}
mkdir -p "$work"

"$nearhand" simulate-transactions --days 90 --seed 1 --start 2026-01-01 --out "$work/log.parquet"
"$nearhand" features --spec "$here/windows.json" --log "$work/log.parquet" --out "$work/features.parquet"
# 30 days to learn from, a week until their labels are known, and what is left to fit calibration and expectations to.
.venv/bin/python "$here/train.py" "$work/features.parquet" "$work/log.parquet" --windows "$here/windows.json" \
  --from 2026-02-15 --until 2026-03-17 --out "$work/model.onnx" --held 2026-03-24 --scored "$work/scored.parquet"
"$nearhand" pack-assess --onnx "$work/model.onnx" --spec "$here/assess.json" --windows "$here/windows.json" \
  --scored "$work/scored.parquet" --label-col fraud --score-col score --time-col time \
  --name card-fraud --created-at 2026-11-29 --licence "MIT OR Apache-2.0" --card "$here/card.md" --out "$here/card-fraud.safetensors"
bytes=$(wc -c <"$here/card-fraud.safetensors")
[ "$bytes" -le 100000 ] || { echo "card-fraud.safetensors has $bytes bytes, more than 100,000" >&2; exit 1; }
(cd "$here" && sha256sum card-fraud.safetensors >card-fraud.safetensors.sha256)
