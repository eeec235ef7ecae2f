#!/usr/bin/env bash
# Builds the Python wheel into target/wheels, installs it into a venv with nothing but what it needs, and runs its tests there.
# Usage: tools/wheel.sh [pytest's arguments]
#   WHEEL_PROFILE   profile of the build; tools/test.sh names that of its tests, so that crates are compiled once [release]
#   NEARHAND        the command line that the wheel is held against [built here]
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${WHEEL_PROFILE:-release}

tools/wheel-env.sh
venv=.venv/wheel

if [ -z "${NEARHAND:-}" ]; then
  # The command line that `cargo test --workspace` has made, of the same crates; else it is made here.
  cargo build --locked --quiet --profile "$profile" --workspace --bins
  export NEARHAND=$PWD/target/$profile/nearhand
fi

rm -rf target/wheels
"$venv/bin/maturin" build --locked --quiet --profile "$profile" -m python/Cargo.toml --out target/wheels --auditwheel skip
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall target/wheels/nearhand-*.whl
"$venv/bin/pip" check --disable-pip-version-check
ls -l target/wheels/*.whl

# The package's own types, and with them the stubs of what is Rust.
(cd python && "../$venv/bin/mypy" --no-incremental --cache-dir=/dev/null nearhand)

# From elsewhere, so that it is the installed package and not the sources that are imported.
tests=$PWD/python/tests
cd "$venv"
exec bin/python -m pytest -q -p no:cacheprovider "$tests" "$@"
