#!/usr/bin/env bash
# Measures, and puts what was measured into README's tables. Usage: tools/figures.sh [size|quality|page|tasks|slate|engine|complete …]
set -euo pipefail
cd "$(dirname "$0")/.."
out=target/figures
mkdir -p "$out"
[ $# -gt 0 ] || set -- size quality page tasks slate engine complete
for part in "$@"; do
  case $part in
    size) command=(node tools/size.mjs) ;;
    quality) command=(tools/eval.sh) ;;
    page) command=(node tools/bench/bench.mjs) ;;
    tasks) command=(node tools/bench/tasks.mjs) ;;
    slate) command=(tools/bench/slate.sh) ;;
    engine) command=(tools/bench/engine.sh node chromium) ;;
    complete) command=(node tools/bench/complete.mjs) ;;
    *) echo "figures: no part $part; there are size, quality, page, tasks, slate, engine and complete" >&2; exit 2 ;;
  esac
  "${command[@]}" | tee "$out/$part.log"
done
node tools/figures.mjs "$out"/*.log
