#!/usr/bin/env bash
# Usage: tools/complete/assistant.sh [MODEL]. How well the assistant (models/assistant, or the folder of another model) knows the held-out
# dialogues of SGD test: as it stands, with adaptation, and what counting the words of the training text would do. Skipped without the data.
set -euo pipefail
cd "$(dirname "$0")/../.."

model=${1:-models/assistant}
data=${NEARHAND_DATA:-../shared/data}/complete
if [ ! -f "$model/completer.json" ]; then
  echo "skipped: $model has no completer.json, so the assistant is not measured (./build.sh train assistant makes it)"
  exit 0
fi
if [ ! -f "$data/sgd_test.txt" ]; then
  echo "skipped: $data/sgd_test.txt is absent, so the assistant is not measured (set NEARHAND_DATA)"
  exit 0
fi
# So many borders are right to half a point. The adaptation's defaults were fitted on SGD dev.
cargo build --locked --quiet --release -p nearhand-cli
target/release/nearhand eval-text "$model" "$data/sgd_test.txt" --bytes 3000000 --borders 10000 --adapt \
  --baseline "$data/sgd_train.txt" | sed 's/^eval text/eval complete assistant/'
