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

# Debian's packages, in one go: what pages are tested in, and Python.
chromium_missing() { ! have chromium && ! have chromium-browser && ! have google-chrome; }
system() {
  local packages=()
  if chromium_missing || ! have chromedriver; then packages+=(chromium chromium-driver); fi
  # The wheel is tested in an environment of its own.
  python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)
  # The engines beside Chromium. xvfb-run asks for xauth, and xvfb only recommends it.
  have firefox-esr || have firefox || packages+=(firefox-esr)
  have WebKitWebDriver || packages+=(webkit2gtk-driver)
  have xvfb-run || packages+=(xvfb)
  have xauth || packages+=(xauth)
  [ ${#packages[@]} -eq 0 ] && return
  if have apt-get && [ "$(id -u)" = 0 ]; then
    say "${packages[*]} (apt-get, usually 2 minutes)"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >target/log/apt.log 2>&1 ||
      { tail -n 20 target/log/apt.log; return 1; }
  else
    say "${packages[*]} missing: install with your package manager; the tests in browsers (the WebKit is Linux's alone) and of the wheel need them"
  fi
}
# Where there is no venv to make it in, the wheel's tests say so.
wheel() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || return 0
  cmp -s python/requirements.txt .venv/wheel/requirements || say "what the wheel is built with (pip, usually 1 minute)"
  tools/wheel-env.sh >target/log/wheel-env.log 2>&1 || { tail -n 20 target/log/wheel-env.log; return 1; }
}
for tool in cargo rustup node npm; do
  have "$tool" || { say "$tool is missing: install Rust (with rustup) and Node 20 or later first"; exit 1; }
done

rustup target list --installed | grep -qx wasm32-unknown-unknown || { say "wasm32-unknown-unknown (rustup, usually 10 s)"; rustup target add wasm32-unknown-unknown; }
# The standard library is compiled along for wasm (tools/flags.sh).
rustup component list --installed | grep -qx rust-src || { say "rust-src (rustup, usually 10 s)"; rustup component add rust-src; }

# Beside the tools: these wait for the network, those for the processor.
packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  say "node packages (npm ci, usually 15 s)"
  npm ci >target/log/npm.log 2>&1 || { tail -n 30 target/log/npm.log; return 1; }
  touch node_modules/.package-lock.json
}
packages &
npm=$!
apt=
[ "$for_" = demo ] || { { system && wheel; } & apt=$!; }

# A tool is taken from PATH when its version is right, else built into .tools.
# Without --locked: the lockfiles inside these crates name versions that not every registry still serves.
installed() { PATH="$PWD/.tools/bin:$PATH" "$1" --version 2>/dev/null | grep -qwF "$2"; }
tool() {
  local name=$1 crate=$2 version=$3
  installed "$name" "$version" && return
  say "$crate $version (cargo install, usually 1 minute)"
  # Not optimised but for what reads wasm: with that they are as quick for files of this size, and made in half the time.
  CARGO_TARGET_DIR=target/tools CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --root .tools --force "$crate" --version "$version" \
    --config 'profile.dev.package.walrus.opt-level=1' --config 'profile.dev.package.wasmparser.opt-level=1' \
    --config 'profile.dev.package.wasm-bindgen-cli-support.opt-level=1' >"target/log/$crate.log" 2>&1 ||
    { tail -n 30 "target/log/$crate.log"; exit 1; }
}
locked() { awk -v name="\"$1\"" '$1 == "name" { hit = $3 == name } hit && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock; }
# The tool and the library speak a private format: they must be of one version.
bindgen=$(locked wasm-bindgen)
if [ "$for_" = test ]; then
  tool wasm-bindgen wasm-bindgen-cli "$bindgen"
  tool wasm-pack wasm-pack 0.15.1
  rm -rf target/tools
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
[ -z "$apt" ] || wait "$apt"
