#!/usr/bin/env bash
# Lighthouse on the demo shop, one line a page. Installed into target/lighthouse by its own lock: it is large, and nothing
# else needs it. It asks for a newer Node than the rest; Node 20 runs it. Usage: tools/lighthouse.sh [PATH …]
set -euo pipefail
cd "$(dirname "$0")/.."

to=target/lighthouse
mkdir -p "$to" target/log
if ! cmp -s tools/lighthouse/package-lock.json "$to/installed.json"; then
  echo 'lighthouse: npm ci (usually half a minute)'
  cp tools/lighthouse/package.json tools/lighthouse/package-lock.json .npmrc "$to/"
  npm ci --prefix "$to" >target/log/lighthouse.log 2>&1 || { tail -n 30 target/log/lighthouse.log; exit 1; }
  cp tools/lighthouse/package-lock.json "$to/installed.json"
fi
node www/demo/build.mjs
exec node tools/lighthouse/run.mjs "$@"
