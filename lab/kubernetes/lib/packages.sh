# shellcheck shell=bash
# What comes from Debian's packages. Small tools are installed; the daemons are only unpacked into the cache,
# because installing them would start an etcd and a containerd on the machine itself.

# tool:package
readonly HOST_TOOLS=(iptables:iptables socat:socat ip:iproute2 ss:iproute2 openssl:openssl curl:curl
  nsenter:util-linux unshare:util-linux setsid:util-linux flock:util-linux)

missing_packages() {
  local entry
  for entry in "${HOST_TOOLS[@]}"; do
    command -v "${entry%:*}" >/dev/null || echo "${entry#*:}"
  done
  [[ $(ldconfig -p) == *libseccomp.so.2* ]] || echo libseccomp2 # runc is linked against it
  [[ -d /etc/ssl/certs ]] || echo ca-certificates
}

install_tools() {
  local packages
  mapfile -t packages < <(missing_packages | sort -u)
  ((${#packages[@]})) || return 0
  require_apt "${packages[*]}"
  step "installing ${packages[*]}"
  update_package_lists
  DEBIAN_FRONTEND=noninteractive run_logged packages apt-get install --yes --no-install-recommends "${packages[@]}"
}

require_apt() {
  command -v apt-get >/dev/null && return
  die "missing on this machine: $1; this is not a Debian or Ubuntu system, so please install what provides it"
}

update_package_lists() { run_logged packages apt-get update; }

unpack_daemons() {
  [[ -f $DEBIAN_BIN/complete ]] && return
  require_apt "${DEBIAN_PACKAGES[*]}"
  step "fetching ${DEBIAN_PACKAGES[*]}"
  local scratch=$DEBIAN_BIN.new
  rm -rf "$scratch" "$DEBIAN_BIN"
  mkdir -p "$scratch/packages" "$scratch/root"
  (cd "$scratch/packages" && { apt-get download "${DEBIAN_PACKAGES[@]}" >/dev/null 2>&1 ||
    { update_package_lists && run_logged packages apt-get download "${DEBIAN_PACKAGES[@]}"; }; })
  local package
  for package in "$scratch"/packages/*.deb; do dpkg-deb --extract "$package" "$scratch/root"; done
  find "$scratch"/root/usr/{bin,sbin} -type f -exec mv --target-directory "$scratch" {} +
  mv "$scratch/root/usr/lib/cni" "$scratch/cni"
  rm -rf "$scratch/root" "$scratch/packages"
  touch "$scratch/complete"
  mv "$scratch" "$DEBIAN_BIN"
}
