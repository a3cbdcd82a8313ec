#!/usr/bin/env bash
# Sets up what the make targets need from a fresh clone: packages of npm and of Debian, and the compiled package.
# The second time it only looks. Options name what else is needed: shellcheck.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$major" -lt 20 ]; then
  say "Node.js 20 or newer is needed; found ${major/#0/none}"
  exit 1
fi

wanted=$(sha256sum package.json package-lock.json | sha256sum | cut -d ' ' -f 1)
if [ "$(cat node_modules/.robustmq-setup 2>/dev/null || true)" != "$wanted" ]; then
  say "installing npm packages"
  npm ci --ignore-scripts --no-audit --no-fund >&2
  echo "$wanted" >node_modules/.robustmq-setup
fi

if [ ! -e dist/index.js ] || [ -n "$(find provider -newer dist/index.js -type f -print -quit)" ]; then
  say "compiling provider/"
  npm run --silent build
fi
npm run --silent link-self

for package in "$@"; do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok'; then
    say "installing $package"
    apt-get install -y -qq "$package" >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq "$package" >/dev/null; }
  fi
done
