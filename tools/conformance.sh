#!/usr/bin/env bash
# The conformance run; docs/conformance.md. Usage: tools/conformance.sh [pack | [--peer] [--only PATTERN] [node|zoo]]
#   pack   renews the part in tests/conformance from the report of the last run
set -euo pipefail
cd "$(dirname "$0")/.."

tools/conformance/files.sh
if [ "${1:-}" = pack ]; then
  report=target/conformance/report.json
  [ -f "$report" ] || { echo "no report: run ./build.sh conformance first" >&2; exit 1; }
  exec .venv/bin/python tools/conformance/pack.py tests/conformance/part.cases --report "$report"
fi
case " $* " in *" --peer "*) ;; *) tools/wasm.sh onnx && node tools/alone.mjs ;; esac
exec node tools/conformance/run.mjs "$@"
