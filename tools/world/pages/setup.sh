#!/usr/bin/env bash
# The browser engines beside Chromium that `test` and `world pages` run in: Debian's packages, where they can be installed.
set -euo pipefail
cd "$(dirname "$0")/../../.."
mkdir -p target/log

say() { printf 'setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

missing=()
have firefox-esr || have firefox || missing+=(firefox-esr)
have WebKitWebDriver || missing+=(webkit2gtk-driver)
have xvfb-run || missing+=(xvfb)
# xvfb-run asks for it, and xvfb only recommends it.
have xauth || missing+=(xauth)
[ ${#missing[@]} -eq 0 ] && exit 0

if have apt-get && [ "$(id -u)" = 0 ]; then
  say "${missing[*]} (apt-get, usually 1 minute)"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >target/log/apt-engines.log 2>&1 ||
    { tail -n 20 target/log/apt-engines.log; exit 1; }
else
  say "${missing[*]} missing: install with your package manager; the tests in Firefox and WebKit fail without (Linux alone has this WebKit)"
fi
