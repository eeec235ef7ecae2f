#!/usr/bin/env bash
# Usage: tools/eval.sh [SET…]. Quality on held-out pairs, a line a set and way (blend, vectors, table, popularity; baselines
# from the training sessions), each with all items and with unseen items alone (explore), and the differences with tests. The shipped bundle is also replayed in wasm under Node, slate by
# slate, and its ONNX graph in Python; the other sets' bundles are trained into target/eval where they are missing, all by
# the same command. A set whose data is absent is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

sets=(online-retail online-retail-baskets serenade-toy diginetica yoochoose-1-64)
[ $# -gt 0 ] || set -- "${sets[@]}"
for set in "$@"; do
  [[ " ${sets[*]} " = *" $set "* ]] || { echo "eval: no set $set; there are: ${sets[*]}" >&2; exit 2; }
done
data=${NEARHAND_DATA:-../shared/data}/recommend
mkdir -p target/eval
cargo build --locked --quiet --release --workspace --bins
nearhand=target/release/nearhand

# The shipped bundle: natively, in wasm, in Python.
shipped() {
  local bundle=models/online-retail/online-retail.safetensors folder=$data/online-retail slates=target/eval/slates.txt
  [ -f "$bundle" ] || { echo "$bundle is missing: ./build.sh train makes it" >&2; exit 1; }
  if [ -f "$folder/test_pairs.tsv" ]; then
    "$nearhand" eval "$bundle" --pairs "$folder/test_pairs.tsv" \
      --items "$folder/items.tsv" --item-col stock_code --key-col id --train "$folder/train_sessions.txt" --slates "$slates"
    node tools/eval-wasm.mjs "$bundle" "$folder/test_pairs.tsv" "$folder/items.tsv" id stock_code "$slates"
    if [ -d .venv/wheel ] && .venv/wheel/bin/python -c 'import nearhand' 2>/dev/null; then
      .venv/wheel/bin/python tools/eval_wheel.py "$bundle" "$folder/test_pairs.tsv" "$folder/items.tsv" id stock_code "$slates"
    else
      echo "skipped: the wheel is not installed, so its slates are not compared (tools/wheel.sh)"
    fi
  else
    echo "skipped: $folder is absent, so held-out quality is not measured (set NEARHAND_DATA)"
  fi
  # onnx and onnxruntime live in a venv of the checkout; nothing else needs Python.
  tools/venv.sh tools/requirements.txt
  .venv/bin/python tools/check_onnx.py "$bundle"
}

# NAME FOLDER SESSIONS PAIRS BYTES RULE…: trains what is missing, then measures. Without pairs the training's own
# validation figures are all there is.
trained() {
  local name=$1 folder=$data/$2 sessions=$data/$2/$3 pairs=$data/$2/$4 bytes=$5
  shift 5
  local bundle=target/eval/$name.safetensors log=target/eval/$name.log
  if [ ! -f "$sessions" ]; then
    echo "skipped: $sessions is absent, so $name is not measured (set NEARHAND_DATA)"
    return
  fi
  if [ ! -f "$bundle" ]; then
    echo "training $name: $log"
    "$nearhand" train --sessions "$sessions" --max-bytes "$bytes" "$@" --name "$name" --data "$name" \
      --created-at 2026-11-23 --report "target/eval/$name.html" --out "$bundle" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
  fi
  [ ! -f "$log" ] || sed -n "s|^validation |validation $name |p" "$log"
  if [ -f "$pairs" ]; then
    "$nearhand" eval "$bundle" --pairs "$pairs" --train "$sessions" "$@"
  else
    echo "skipped: $pairs is absent, so $name has validation figures alone"
  fi
}

for set in "$@"; do
  case $set in
    online-retail) shipped ;;
    online-retail-baskets) trained "$set" online-retail basket_train_sessions.txt basket_test_pairs.tsv 600000 ;;
    # As published with the set: the newest item is taken out of the answer.
    serenade-toy) trained "$set" serenade-toy train_sessions.txt test_pairs.tsv 1000000 --without-newest ;;
    *) trained "$set" "$set" train_sessions.txt test_pairs.tsv 4000000 ;;
  esac
done
