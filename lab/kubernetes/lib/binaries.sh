# shellcheck shell=bash
# Where the programs lie in the cache. Each folder's name holds a digest of what it is made from, so a change
# of version or source makes a new folder and a running instance keeps the programs it started with.
# shellcheck disable=SC2034  # used by the scripts that source this file

readonly DEBIAN_PACKAGES=(containerd runc etcd-server containernetworking-plugins)
readonly KUBERNETES_COMMANDS=(kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl)

source_digest() { (cd "$SOURCE_DIR" && cat "$@") | sha256sum | cut -c1-12; }

KUBERNETES_BIN=$LAB_HOME/bin/kubernetes-$KUBERNETES_VERSION-$(source_digest go.mod go.sum provisioner/main.go pause/main.go)
DNS_BIN=$LAB_HOME/bin/dns-$(source_digest dns/go.mod dns/go.sum dns/main.go)
DEBIAN_BIN=$LAB_HOME/bin/debian-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)-$(echo "${DEBIAN_PACKAGES[@]}" | sha256sum | cut -c1-12)
