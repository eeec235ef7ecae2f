#!/usr/bin/env bash
# Trains the assistant from the openly licensed texts and puts its files here: models/assistant/recipe.sh [RUN]. RUN is the folder of the
# run (target/assistant): with a checkpoint in it the run goes on, and one that has ended is only written out. Some hours of one core.
set -euo pipefail
cd "$(dirname "$0")/../.."
run=${1:-target/assistant}
here=models/assistant
data=${NEARHAND_DATA:-../shared/data}/complete
[ -f "$data/sgd_train.txt" ] || { echo "skipped: $data is absent (set NEARHAND_DATA)"; exit 0; }

cargo build --locked --quiet --release -p nearhand-cli
mkdir -p "$run"
resume=()
[ ! -f "$run/checkpoint.safetensors" ] || resume=(--resume)
about="Goes on with what a visitor writes to a shop's or a service's assistant, in English; its likely texts are no answers and no facts. \
4.5 million weights in 4 bits, 256 tokens. Made by nearhand; its card, card.md, stands beside it, its notices in LICENSE."
target/release/nearhand train-text --name assistant --license 'CC BY-SA 4.0' --about "$about" --out "$run" "${resume[@]}" \
  --text "$data/sgd_train.txt" --text "$data/taskmaster4.txt" \
  --lines "$data/banking77.txt" --lines "$data/clinc150.txt" --lines "$data/nltk_product_reviews.txt" \
  --lines "$data/wordnet30_glosses.txt@0.3" \
  --catalog "$data/bestbuy_products_3291.jsonl" --catalog "$data/dummyjson_products.jsonl" \
  --queries "$data/mimics_manual_queries.txt" --queries "$data/uci_online_retail_descriptions.tsv@0.25" \
  --held "$data/sgd_dev.txt" \
  --steps 2600 --warm-up 200 --rate 3e-3 --dropout 0.1 --rounded 0.2 --threads 1 --measure-every 200 --save-every 50
cp "$run/model.onnx" "$run/tokenizer.json" "$run/completer.json" "$run/curve.jsonl" "$here/"
(cd "$here" && sha256sum model.onnx tokenizer.json completer.json >assistant.sha256)
