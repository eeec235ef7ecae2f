#!/usr/bin/env bash
# One script for people and CI. Run ./build.sh without a verb for the list.
set -euo pipefail
cd "$(dirname "$0")"
. tools/steps.sh

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB
  setup            install what the other verbs need (into the checkout, where possible)
  demo [--once]    a held-out basket and its slate, then the demo shop on localhost
  test             everything CI runs
  lighthouse [PATH…]  the demo shop as a phone on a slow line gets it, scores a page, held against bars (in no other verb)
  size             bytes a page fetches, held against budgets.toml
  bench [GROUP…]   nearhand against onnxruntime-web in one Chromium
  bench slate [KIND-ITEMS…]  event to slate over catalogs of 4 000 to 1 000 000 items, in one Chromium
  bench edge [CLIENTS…]  the edge worker in workerd under load: pages a second with 1, 2, 20 and 100 clients
  bench checkout   the edge worker that judges in workerd under load, its state on disk: requests a second with 1 and 20 clients
  bench collector  the edge worker that sums reports in workerd under load: reports a second with 1 and 20 clients, its state in memory and on disk
  bench tasks [CASE…]  the longest task on the page's thread while a shop opens and takes feeds, at full speed and at a quarter of it
  bench shadow     what a monitor adds to a slate, and a challenger in the shadow to the champion's slowest, in Node (docs/shadow.md)
  bench suggest    what a key costs the search box over 200 000 texts, with and without a typing mistake, in Node and Chromium
  bench complete [PART…] [--assistant FOLDER]  completions against onnxruntime-web's and transformers.js's: tokens a second, first token,
                   memory, what goldens cost, keys to ghost text (docs/complete.md)
  bench fraud [PART…]  transactions judged in wasm, a call, beside onnxruntime-web's model alone; windows over a log, natively, beside pandas
  bench engine     the engine alone, model by model, in Node and Chromium: time, load, memory
  fuzz TARGET [S]  libFuzzer for S seconds (3600) on a reader of foreign bytes, onnx or bundle, or on valid graphs: graph
  conformance      ONNX node tests and exported models through the engine in wasm (docs/conformance.md)
  eval [SET…]      quality on held-out data: native, then the same pairs in wasm; ONNX checks in Python
  eval complete    what a search box suggests, letter by letter, beside the crate completr (docs/suggest.md)
  eval fraud       card fraud week by week, beside rules and nightly scores, and card testing (docs/fraud.md)
  eval bandit      what each of two policies would earn by the log of the other, beside what it earned (docs/feedback.md)
  faults [--part] [TASK]  what goes wrong put into the real engines, who sees it and after how many predictions; false alarms (docs/faults.md)
  compare          the live session against rules and nightly lists on held-out days (docs/when-to-use.md)
  cold             new items by title and category, by the most alike title, or nothing: held-out pairs (docs/training.md)
  world logs|models [--only PATTERN]  event logs and item lists as shops have them, and models as exporters write them, and what
                   is right for each (docs/data.md, docs/exports.md)
  world pages [--only PATTERN] [--part]  the packed package in three browser engines, runtimes and builds (tools/world/pages/README.md)
  figures [PART…]  measures, and puts it into README's tables: size, quality, page, tasks, slate, engine, complete
  train [MODEL]    train and pack the models under models/
  score            the ML Test Score of this repository, its evidence looked up (docs/ml-test-score.md)
  ready            all that a release must pass
parts: wasm [lite|full|tract|onnx|suggest|complete|assess|monitor]   package   unit   e2e
TEXT
}

# Builds the package unless it is newer than everything it is made of. What the demo built in haste is not what ships.
built() {
  [ -f www/lib/dist/nearhand.wasm ] && [ -f www/lib/dist/nearhand-lite.wasm ] &&
    [ -z "$(find src crates/{kernels,onnx,onnx-wasm,suggest-wasm,complete-wasm,assess-wasm,monitor,monitor-wasm,features,thrown,tokenizer} Cargo.toml Cargo.lock www/lib/src www/lib/{signals,server,head-start,react,sample} www/lib/package.json www/lib/README.md models/sample \
      tools/flags.sh tools/wasm.sh tools/package.mjs tools/packed.mjs tools/declarations.mjs tools/notices.mjs tools/glue.mjs \
      -newer www/lib/dist/nearhand.wasm -type f -print -quit)" ]
}
hasty() { compgen -G 'www/lib/wasm/*/quick' >/dev/null; }
package_fresh() { built && ! hasty && [ -f www/lib/dist/nearhand-tract.wasm ] && [ -f www/lib/dist/nearhand-onnx.wasm ] && [ -f www/lib/dist/nearhand-suggest.wasm ] && [ -f www/lib/dist/nearhand-complete.wasm ] && [ -f www/lib/dist/nearhand-assess.wasm ] && [ -f www/lib/dist/nearhand-monitor.wasm ]; }
need_package() {
  package_fresh || {
    for tier in lite full tract onnx suggest complete assess monitor; do step "wasm-$tier" tools/wasm.sh "$tier"; done
    step package node tools/package.mjs
  }
}

verb=${1:-}
[ $# -gt 0 ] && shift
case $verb in
  setup) tools/setup.sh ;;
  wasm)
    tools/setup.sh
    [ $# -gt 0 ] || set -- lite full tract onnx suggest complete assess monitor
    for tier in "$@"; do tools/wasm.sh "$tier"; done
    ;;
  package)
    tools/setup.sh
    ! hasty || for tier in lite full tract onnx suggest complete assess monitor; do tools/wasm.sh "$tier"; done
    node tools/package.mjs
    ;;
  unit) tools/setup.sh && node tools/unit.mjs ;;
  e2e) tools/setup.sh && need_package && node tools/e2e.mjs ;;
  size) tools/setup.sh && need_package && node tools/size.mjs ;;
  test) . tools/test.sh ;;
  demo)
    # Any build will do for it, also its own.
    ! built || export BUILT=1
    exec tools/demo.sh "$@"
    ;;
  lighthouse) tools/setup.sh && need_package && exec tools/lighthouse.sh "$@" ;;
  bench)
    tools/setup.sh
    [ "${1:-}" != engine ] || { shift && exec tools/bench/engine.sh "$@"; }
    need_package
    [ "${1:-}" != slate ] || { shift && exec tools/bench/slate.sh "$@"; }
    [ "${1:-}" != fraud ] || { shift && exec tools/bench/fraud.sh "$@"; }
    [ "${1:-}" != suggest ] || { shift && exec tools/bench/suggest.sh "$@"; }
    [ "${1:-}" != tasks ] || { shift && exec node tools/bench/tasks.mjs "$@"; }
    [ "${1:-}" != checkout ] || { shift && exec node tools/bench/checkout.mjs "$@"; }
    [ "${1:-}" != collector ] || { shift && exec node tools/bench/collector.mjs "$@"; }
    [ "${1:-}" != shadow ] || exec node tools/bench/shadow.mjs
    [ "${1:-}" != edge ] || { shift && exec node tools/bench/edge.mjs "$@"; }
    [ "${1:-}" != complete ] || { shift && exec node tools/bench/complete.mjs "$@"; }
    exec node tools/bench/bench.mjs "$@"
    ;;
  fuzz) tools/setup.sh && exec tools/fuzz.sh "$@" ;;
  conformance) tools/setup.sh && exec tools/conformance.sh "$@" ;;
  eval)
    [ "${1:-}" != complete ] || exec tools/complete.sh
    [ "${1:-}" != fraud ] || exec tools/fraud.sh
    [ "${1:-}" != bandit ] || exec tools/bandit.sh
    tools/setup.sh && need_package && exec tools/eval.sh "$@"
    ;;
  world)
    tools/setup.sh
    [ "${1:-}" = pages ] || cargo build --locked --release -p nearhand-cli
    # Models run in wasm as well, pages in nothing else.
    [ "${1:-}" = logs ] || need_package
    exec node tools/world/run.mjs "$@"
    ;;
  faults)
    tools/setup.sh && need_package
    [ -x target/release/nearhand ] || [ -x target/ci/nearhand ] || cargo build --locked --release -p nearhand-cli
    exec node tools/faults/run.mjs "$@"
    ;;
  figures) tools/setup.sh && need_package && exec tools/figures.sh "$@" ;;
  compare) tools/setup.sh && exec tools/compare.sh ;;
  cold) tools/setup.sh && exec tools/cold.sh "$@" ;;
  train) tools/setup.sh && exec tools/train.sh "$@" ;;
  score) node tools/ml-test-score.mjs ;;
  ready) . tools/ready.sh ;;
  *)
    usage
    [ -z "$verb" ] || exit 2
    ;;
esac
