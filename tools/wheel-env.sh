#!/usr/bin/env bash
# The environment in which the wheel is built and tested, .venv/wheel: made anew when python/requirements.txt changes.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v python3 >/dev/null || { echo "wheel: python3 is missing"; exit 1; }

venv=.venv/wheel
stamp=$venv/requirements
cmp -s python/requirements.txt "$stamp" && exit
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r python/requirements.txt
cp python/requirements.txt "$stamp"
