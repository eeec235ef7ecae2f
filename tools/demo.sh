#!/usr/bin/env bash
# A basket from the held-out weeks and its slate, then the demo shop on localhost. Usage: tools/demo.sh [--once]
# build.sh says in BUILT=1 that there is a package, newer than its sources.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/log

once=
[ "${1:-}" != --once ] || once=1

# `doing WHAT USUALLY NAME COMMAND…`: a line when it begins, what it took when it is done.
doing() {
  local what=$1 usual=$2 name=$3 from=$SECONDS
  shift 3
  printf 'demo: %-58s usually %-6s ' "$what" "$usual"
  if "$@" >"target/log/$name.log" 2>&1 </dev/null; then
    printf 'took %s s\n' "$((SECONDS - from))"
  else
    printf 'failed (target/log/%s.log)\n' "$name"
    tail -n 40 "target/log/$name.log"
    exit 1
  fi
}

if [ -n "${BUILT:-}" ]; then
  echo 'demo: the package is built already; a slate follows in seconds'
  tools/setup.sh demo
else
  cat <<'TEXT'
demo: builds nearhand from its sources, prints a slate, and opens the demo shop on localhost. The first time this takes about
      four to five minutes on two cores, then seconds. What is built here is built in haste, larger and slower than what
      ships (./build.sh package); what only tests need is not installed.
TEXT
  tools/setup.sh demo
  doing 'the lite tier in wasm, with the standard library' '60 s' demo-lite tools/wasm.sh lite quick
  doing 'the full tier in wasm, with the ONNX engine' '100 s' demo-full tools/wasm.sh full quick
  doing 'the search box in wasm' '15 s' demo-suggest tools/wasm.sh suggest quick
  doing 'the completer in wasm, on the same engine' '40 s' demo-complete tools/wasm.sh complete quick
  doing 'the monitor in wasm' '15 s' demo-monitor tools/wasm.sh monitor quick
  doing 'the npm package around them' '5 s' demo-package node tools/package.mjs
fi

echo
node tools/slate.mjs 7
echo
[ -z "$once" ] || exit 0
doing 'the shop: pages, pictures, compressed files' '10 s' demo-shop node www/demo/build.mjs
echo "demo: the shop is open; Ctrl-C closes it"
exec node tools/serve.mjs www/dist/demo --port "${PORT:-8080}"
