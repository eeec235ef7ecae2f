#!/usr/bin/env bash
# Installs what is missing; quick when nothing is. Into the checkout (.tools, node_modules), but for system packages.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools target/log

say() { printf 'setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

chromium_missing() { ! have chromium && ! have chromium-browser && ! have google-chrome; }
if chromium_missing || ! have chromedriver; then
  if have apt-get && [ "$(id -u)" = 0 ]; then
    say "chromium and chromedriver (apt-get)"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium chromium-driver; } >target/log/apt.log 2>&1 ||
      { tail -n 20 target/log/apt.log; exit 1; }
  else
    say "chromium or chromedriver is missing: install both with your package manager; browser tests need them"
  fi
fi
for tool in cargo rustup node npm; do
  have "$tool" || { say "$tool is missing: install Rust (with rustup) and Node 20 or later first"; exit 1; }
done

rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
# The standard library is compiled along for wasm (tools/flags.sh).
rustup component list --installed | grep -qx rust-src || rustup component add rust-src

# Beside the tools: one waits for the network, the others for the processor.
packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  say "node packages (npm ci)"
  npm ci >target/log/npm.log 2>&1 || { tail -n 30 target/log/npm.log; return 1; }
  touch node_modules/.package-lock.json
}
packages &
npm=$!

# A tool is taken from PATH when its version is right, else built into .tools.
# Without --locked: the lockfiles inside these crates name versions that not every registry still serves.
tool() {
  local name=$1 crate=$2 version=$3
  PATH="$PWD/.tools/bin:$PATH" "$name" --version 2>/dev/null | grep -qwF "$version" && return
  say "$crate $version (cargo install, minutes)"
  cargo install --root .tools --force "$crate" --version "$version" >"target/log/$crate.log" 2>&1 ||
    { tail -n 30 "target/log/$crate.log"; exit 1; }
}
locked() { awk -v name="\"$1\"" '$1 == "name" { hit = $3 == name } hit && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock; }
# The command line tool and the library speak a private format: they must be of one version.
tool wasm-bindgen wasm-bindgen-cli "$(locked wasm-bindgen)"
tool wasm-pack wasm-pack 0.15.1

wait "$npm"
[ "${1:-test}" = demo ] || tools/world/pages/setup.sh
