#!/usr/bin/env bash
# Installs what is missing; quick when nothing is. Into the checkout (.tools, node_modules), but for system packages.
# Usage: tools/setup.sh [demo|test]   demo: what the package and the shop are built with. test, as without a word: all.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools target/log
for_=${1:-test}
case $for_ in demo | test) ;; *) echo "setup: no $for_; there are demo and test" >&2; exit 2 ;; esac

say() { printf 'setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

chromium_missing() { ! have chromium && ! have chromium-browser && ! have google-chrome; }
if [ "$for_" = test ] && { chromium_missing || ! have chromedriver; }; then
  if have apt-get && [ "$(id -u)" = 0 ]; then
    say "chromium and chromedriver (apt-get, usually 1 minute)"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium chromium-driver; } >target/log/apt.log 2>&1 ||
      { tail -n 20 target/log/apt.log; exit 1; }
  else
    say "chromium or chromedriver is missing: install both with your package manager; browser tests need them"
  fi
fi
# The wheel is tested in an environment of its own.
if [ "$for_" = test ] && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  if have apt-get && [ "$(id -u)" = 0 ]; then
    say "python3-venv (apt-get, usually 20 s)"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv; } >target/log/apt-python.log 2>&1 ||
      { tail -n 20 target/log/apt-python.log; exit 1; }
  else
    say "Python 3.9 or later with venv is missing: install it with your package manager; the wheel's tests need it"
  fi
fi
for tool in cargo rustup node npm; do
  have "$tool" || { say "$tool is missing: install Rust (with rustup) and Node 20 or later first"; exit 1; }
done

rustup target list --installed | grep -qx wasm32-unknown-unknown || { say "wasm32-unknown-unknown (rustup, usually 10 s)"; rustup target add wasm32-unknown-unknown; }
# The standard library is compiled along for wasm (tools/flags.sh).
rustup component list --installed | grep -qx rust-src || { say "rust-src (rustup, usually 10 s)"; rustup component add rust-src; }

# Beside the tools: one waits for the network, the others for the processor.
packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  say "node packages (npm ci, usually 15 s)"
  npm ci >target/log/npm.log 2>&1 || { tail -n 30 target/log/npm.log; return 1; }
  touch node_modules/.package-lock.json
}
packages &
npm=$!

# A tool is taken from PATH when its version is right, else built into .tools.
# Without --locked: the lockfiles inside these crates name versions that not every registry still serves.
installed() { PATH="$PWD/.tools/bin:$PATH" "$1" --version 2>/dev/null | grep -qwF "$2"; }
tool() {
  local name=$1 crate=$2 version=$3
  installed "$name" "$version" && return
  say "$crate $version (cargo install, usually 2 minutes)"
  cargo install --root .tools --force "$crate" --version "$version" >"target/log/$crate.log" 2>&1 ||
    { tail -n 30 "target/log/$crate.log"; exit 1; }
}
locked() { awk -v name="\"$1\"" '$1 == "name" { hit = $3 == name } hit && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock; }
# The tool and the library speak a private format: they must be of one version.
bindgen=$(locked wasm-bindgen)
if [ "$for_" = test ]; then
  tool wasm-bindgen wasm-bindgen-cli "$bindgen"
  tool wasm-pack wasm-pack 0.15.1
elif ! installed wasm-bindgen "$bindgen"; then
  # The library alone: the command line tool brings a test runner along and takes several times as long.
  grep -q "\"=$bindgen\"" tools/bindgen/Cargo.toml || { say "tools/bindgen/Cargo.toml names another wasm-bindgen than Cargo.lock ($bindgen)"; exit 1; }
  if [ ! -x target/bindgen/debug/nearhand-bindgen ] || [ tools/bindgen/Cargo.toml -nt target/bindgen/debug/nearhand-bindgen ]; then
    say "wasm-bindgen's library $bindgen (cargo build, usually 30 s)"
    cargo build --locked --manifest-path tools/bindgen/Cargo.toml --target-dir target/bindgen >target/log/bindgen.log 2>&1 ||
      { tail -n 30 target/log/bindgen.log; exit 1; }
  fi
fi

wait "$npm"
[ "${1:-test}" = demo ] || tools/world/pages/setup.sh
