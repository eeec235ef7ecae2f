#!/usr/bin/env bash
# The files of cases, unless they are newer than what makes them: target/conformance/{node,zoo}.cases, target/bench/engine.cases.
set -euo pipefail
cd "$(dirname "$0")/../.."
made=target/conformance/zoo.cases
newer() { find tools/conformance tools/requirements.txt \( -name '*.py' -o -name 'requirements.txt' \) -newer "$1" -print -quit; }
[ -f "$made" ] && [ -f target/bench/engine.cases ] && [ -z "$(newer "$made")" ] && exit
tools/venv.sh tools/conformance/requirements.txt
.venv/bin/python tools/conformance/cases.py target/conformance/node.cases
.venv/bin/python tools/conformance/zoo.py "$made" --bench target/bench/engine.cases
