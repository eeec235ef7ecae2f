#!/usr/bin/env bash
# Every TypeScript project of the workspace, strictly.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in www/lib tests/js www/demo www/worker; do
  [ ! -f "$project/tsconfig.json" ] || node_modules/.bin/tsc -p "$project" --noEmit
done
