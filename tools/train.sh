#!/usr/bin/env bash
# Trains and packs shipped models by their recipes, models/NAME/recipe.sh. Usage: tools/train.sh [NAME…]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- $(cd models && for recipe in */recipe.sh; do dirname "$recipe"; done)
for name in "$@"; do
  echo "train $name"
  bash "models/$name/recipe.sh"
done
