#!/usr/bin/env bash
# Makes tests/world/models/files.br anew; by hand, when a fixture changes. Takes some fifteen minutes and 8 GB of Python packages.
set -euo pipefail
cd "$(dirname "$0")"
env=../../../.venv-models
[ -x $env/torch/bin/python ] || python3 -m venv $env/torch
[ -x $env/others/bin/python ] || python3 -m venv $env/others
$env/torch/bin/pip install --quiet -r requirements.txt
$env/torch/bin/pip install --quiet --no-deps recbole==1.2.1
$env/others/bin/pip install --quiet -r requirements-others.txt
$env/torch/bin/python trained.py
$env/others/bin/python export_jax.py
$env/others/bin/python export_vectors.py
rm -rf ../../../target/world-models/files
$env/torch/bin/python make.py
$env/torch/bin/python page.py torch
$env/others/bin/python page.py others
node archive.mjs pack ../../../target/world-models/files
