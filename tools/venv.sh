#!/usr/bin/env bash
# Python packages, in a venv of the checkout. Usage: tools/venv.sh REQUIREMENTS
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=.venv/$(echo "$1" | tr / -)
[ "$stamp" -nt "$1" ] && exit
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r "$1"
touch "$stamp"
