#!/usr/bin/env bash
# Usage: tools/fraud.sh. The card fraud recipe, judged: on the Fraud Detection Handbook's transactions, trained and tested week by week
# (they carry no licence: measured, never shipped), and on made-up card testing. What is absent is said and skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
here=models/card-fraud
data=${NEARHAND_DATA:-../shared/data}/fraud/transactions.csv.gz
work=target/eval/fraud
command -v python3 >/dev/null || { echo "skipped: eval fraud trains in Python, and there is no python3"; exit 0; }
tools/venv.sh "$here/requirements.txt"
[ -n "${NEARHAND:-}" ] || cargo build --locked --quiet --release --workspace --bins
nearhand=${NEARHAND:-target/release/nearhand}
mkdir -p "$work"

if [ -f "$data" ]; then
  # Names and times as the windows want them: its seconds begin on 2018-04-01, and it tells no declines.
  gzip -dc "$data" | awk -F, -v OFS=, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "id,time,card,terminal,amount,declined,fraud,scenario"; next }
    { print $at["TRANSACTION_ID"], (1522540800 + $at["TX_TIME_SECONDS"]) "000", $at["CUSTOMER_ID"], $at["TERMINAL_ID"],
        $at["TX_AMOUNT"], 0, $at["TX_FRAUD"], $at["TX_FRAUD_SCENARIO"] }' >"$work/handbook.csv"
  "$nearhand" features --spec "$here/windows.json" --log "$work/handbook.csv" --out "$work/handbook.parquet"
  .venv/bin/python tools/fraud/evaluate.py "$work/handbook.parquet" "$work/handbook.csv"
else
  echo "skipped: $data is absent, so fraud is not measured on it (set NEARHAND_DATA)"
fi

# Three worlds: the model is of the first, thresholds are chosen in the second, the third is judged.
for seed in 1 2 3; do
  "$nearhand" simulate-transactions --days 90 --seed "$seed" --start 2026-01-01 --out "$work/log$seed.parquet"
  "$nearhand" features --spec "$here/windows.json" --log "$work/log$seed.parquet" --out "$work/features$seed.parquet"
done
.venv/bin/python "$here/train.py" "$work/features1.parquet" "$work/log1.parquet" --windows "$here/windows.json" \
  --from 2026-02-15 --until 2026-03-17 --out "$work/model.onnx"
.venv/bin/python tools/fraud/testing.py "$work/model.onnx" \
  "$work/features2.parquet" "$work/log2.parquet" "$work/features3.parquet" "$work/log3.parquet"
