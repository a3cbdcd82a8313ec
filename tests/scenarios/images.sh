#!/usr/bin/env bash
# Builds the images that the scenarios need and loads them into an embedded Kubernetes.
#   tests/scenarios/images.sh [--name NAME]
# They are the broker's stand-in, and three that are made from it: with shorter and with longer waits, and one whose broker crashes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

load() { lab/kubernetes/load-image.sh "${ARGUMENTS[@]}" "$1" >/dev/null 2>&1 || { echo "could not load $1" >&2 && return 1; }; }

# variant ARCHIVE TAG [KEY=VALUE …] makes WORK/TAG.tar: the same image with another tag, environment and, if the folder
# WORK/TAG exists, a layer with what is in it.
variant() {
  local archive=$1 tag=$2 into=$WORK/unpacked-$2
  shift 2
  mkdir -p "$into"
  tar -C "$into" -xf "$archive"
  if [[ -d $WORK/$tag ]]; then
    tar --sort=name --mtime=@0 --numeric-owner --owner=999 --group=999 -C "$WORK/$tag" -cf "$into/variant.tar" robustmq
  fi
  node - "$into" "$tag" "$@" <<'JS'
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const [folder, tag, ...env] = process.argv.slice(2);
const [manifest] = JSON.parse(fs.readFileSync(`${folder}/manifest.json`, "utf8"));
const config = JSON.parse(fs.readFileSync(`${folder}/${manifest.Config}`, "utf8"));
config.config.Env.push(...env);
if (fs.existsSync(`${folder}/variant.tar`)) {
  manifest.Layers.push("variant.tar");
  config.rootfs.diff_ids.push(`sha256:${createHash("sha256").update(fs.readFileSync(`${folder}/variant.tar`)).digest("hex")}`);
}
manifest.RepoTags = manifest.RepoTags.map((name) => name.replace(/:[^:]*$/, `:${tag}`));
fs.writeFileSync(`${folder}/${manifest.Config}`, JSON.stringify(config));
fs.writeFileSync(`${folder}/manifest.json`, JSON.stringify([manifest]));
JS
  tar -C "$into" -cf "$WORK/$tag.tar" .
}

ARGUMENTS=("$@")
NEW=$(lab/robustmq/build-image.sh 0.4.11 | tail -n 1)
OLD=$(lab/robustmq/build-image.sh 0.3.0 | tail -n 1)

mkdir -p "$WORK/0.4.11-crash/robustmq/libs"
cat >"$WORK/0.4.11-crash/robustmq/libs/broker-server" <<'SH'
#!/bin/sh
# For tests: a broker that refuses its configuration, and says more in its last words than it should.
echo "thread 'main' panicked: the configuration is refused: admin.password = $ROBUST_MQ_SERVER_ADMIN_PASSWORD"
exit 101
SH
chmod 755 "$WORK/0.4.11-crash/robustmq/libs/broker-server"

variant "$NEW" 0.4.11-quick ROBUSTMQ_STANDIN_TIME_SCALE=0.2
variant "$NEW" 0.4.11-slow ROBUSTMQ_STANDIN_TIME_SCALE=2
variant "$NEW" 0.4.11-crash
for archive in "$NEW" "$OLD" "$WORK"/*.tar; do load "$archive"; done
