#!/usr/bin/env bash
# Builds the container image of the broker stand-in without Docker.
#   lab/robustmq/build-image.sh VERSION        (0.3.0, 0.4.11 … see internal/release)
# Progress goes to stderr; the last line of stdout is the path of a docker-archive tar with the
# image localhost/robustmq-standin:VERSION. It is kept outside the work tree, keyed by the sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

VERSION=${1:?usage: build-image.sh VERSION}
CACHE=${ROBUSTMQ_LAB_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/robustmq-lab}/standin
NAME=localhost/robustmq-standin:$VERSION
USER_ID=999
PACKAGES=(dash coreutils grep sed curl openssl)

say() { printf 'standin image: %s\n' "$*" >&2; }

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok'; }

install_packages() {
  local missing=() p
  for p in "${PACKAGES[@]}"; do installed "$p" || missing+=("$p"); done
  ((${#missing[@]} == 0)) && return
  say "installing ${missing[*]}"
  apt-get install -y -qq "${missing[@]}" >/dev/null 2>&1 || { apt-get update -qq >&2 && apt-get install -y -qq "${missing[@]}" >/dev/null; }
}

# All files that decide what the image holds.
source_hash() {
  { find cmd internal image go.mod go.sum build-image.sh -type f ! -name '*_test.go' -print0 | sort -z | xargs -0 sha256sum
    dpkg-query -W -f '${Package} ${Version}\n' "${PACKAGES[@]}" libc6
    echo "$VERSION"; } | sha256sum | cut -c 1-20
}

build_binary() { # OUTPUT
  say "compiling broker-server"
  CGO_ENABLED=0 nice go build -trimpath -ldflags '-s -w' -o "$1" ./cmd/broker-server
}

# The programs of a package that live in a bin folder.
programs() { dpkg -L "$1" | sed -nE 's#^(/usr)?(/s?bin/[^/]+)$#/usr\2#p'; }

# The shared libraries of a program, the loader among them.
libraries() { ldd "$1" 2>/dev/null | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }'; }

copy_into() { # ROOT FILE  (same path, merged /usr, link targets followed)
  local target=$1/$2
  [[ $2 == /usr/* ]] || target=$1/usr$2
  [ -e "$target" ] || install -D "$(readlink -f "$2")" "$target"
}

build_rootfs() { # ROOT
  local root=$1 p program library
  mkdir -p "$root"/{etc,tmp,proc,sys,dev,run,var/tmp,usr/bin,usr/sbin,usr/lib,usr/lib64}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  for p in bin sbin lib lib64; do ln -s "usr/$p" "$root/$p"; done
  for p in dash coreutils grep sed curl; do
    while read -r program; do
      if [ ! -x "$program" ] || [ -d "$program" ]; then continue; fi
      copy_into "$root" "$program"
      while read -r library; do copy_into "$root" "$library"; done < <(libraries "$program")
    done < <(programs "$p")
  done
  ln -sf dash "$root/usr/bin/sh"
  # Name lookups load these by name, so ldd does not see them.
  for library in /lib/x86_64-linux-gnu/libnss_{files,dns}.so.2 /lib/x86_64-linux-gnu/libresolv.so.2; do
    [ ! -e "$library" ] || copy_into "$root" "$library"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nrobustmq:x:%s:%s::/home/robustmq:/bin/sh\n' $USER_ID $USER_ID >"$root/etc/passwd"
  printf 'root:x:0:\nrobustmq:x:%s:\n' $USER_ID >"$root/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
}

build_home() { # ROOT BINARY
  local home=$1/robustmq config=image/config-0.4.10 reported=0.4.3
  case $VERSION in 0.3.*) config=image/config-0.3.0 reported=0.2.14 ;; esac
  mkdir -p "$home"/{bin,libs,config/certs,data,logs}
  install -m 755 "$2" "$home/libs/broker-server"
  install -m 644 "$config/server.toml" image/logger.toml "$home/config/"
  echo "$reported" >"$home/config/version.ini"
  echo "$VERSION" >"$home/STANDIN_RELEASE"
  # Like the official image's pair, this one is no secret: everybody who has the image has it.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=robustmq-standin \
    -keyout "$home/config/certs/key.pem" -out "$home/config/certs/cert.pem" 2>/dev/null
  chmod 644 "$home"/config/certs/*
}

layer() { # ROOT OUTPUT OWNER: prints the digest
  local root=$1 output=$2 names
  mapfile -t names < <(ls -A "$root")
  tar --sort=name --mtime=@0 --numeric-owner --owner="$3" --group="$3" -C "$root" -cf "$output" "${names[@]}"
  sha256sum "$output" | cut -d ' ' -f 1
}

write_image() { # DIR BASE_DIGEST HOME_DIGEST
  local config
  cat >"$1/config.json" <<JSON
{"architecture":"$(dpkg --print-architecture)","os":"linux","created":"1970-01-01T00:00:00Z",
"config":{"User":"robustmq","WorkingDir":"/robustmq","Entrypoint":["./libs/broker-server"],"Cmd":["--conf=/robustmq/config/server.toml"],
"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Labels":{"org.opencontainers.image.title":"RobustMQ stand-in (test tool, not RobustMQ)"}},
"rootfs":{"type":"layers","diff_ids":["sha256:$2","sha256:$3"]}}
JSON
  config=$(sha256sum "$1/config.json" | cut -d ' ' -f 1)
  mv "$1/config.json" "$1/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["base.tar","home.tar"]}]\n' "$config" "$NAME" >"$1/manifest.json"
  tar -C "$1" -cf "$1/image.tar" manifest.json "$config.json" base.tar home.tar
}

main() {
  install_packages
  local result
  result=$CACHE/robustmq-standin-$VERSION-$(source_hash).tar
  if [ ! -e "$result" ]; then
    mkdir -p "$CACHE"
    local work base home
    work=$(mktemp -d "$CACHE/build.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    build_binary "$work/broker-server"
    say "collecting the root file system"
    build_rootfs "$work/base"
    build_home "$work/home" "$work/broker-server"
    mkdir "$work/image"
    base=$(layer "$work/base" "$work/image/base.tar" 0)
    home=$(layer "$work/home" "$work/image/home.tar" $USER_ID)
    write_image "$work/image" "$base" "$home"
    find "$CACHE" -maxdepth 1 -name "robustmq-standin-$VERSION-*.tar" -delete
    mv "$work/image/image.tar" "$result"
    say "$NAME: $(du -h "$result" | cut -f 1)"
  fi
  echo "$result"
}

main
