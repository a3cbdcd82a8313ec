#!/usr/bin/env bash
# The first process inside an instance's fresh namespaces: arranges mounts and the network, then becomes
# the init that reaps orphans. Nothing done here is visible on the host, and all of it is gone when the
# last process of the instance is, so there is nothing to clean up after a crash.
set -euo pipefail
cluster_dir=$1 kubernetes_bin=$2 dns_bin=$3 debian_bin=$4
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

# The programs keep their usual paths (/var/lib/etcd, /var/lib/kubelet, ...) and find the instance's
# own folders there. What should survive a restart lies in the cluster's folder, the rest in memory.
arrange_mounts() {
  mount --make-rshared / # volumes may ask for mount propagation
  mount -t tmpfs -o mode=755 lab-run /run
  mkdir -p "$INSIDE"/{bin/kubernetes,bin/dns,bin/debian,bin/choice,cluster,sysctl} /run/lock
  mount --bind "$cluster_dir" "$INSIDE/cluster"
  mount --bind "$kubernetes_bin" "$INSIDE/bin/kubernetes"
  mount --bind "$dns_bin" "$INSIDE/bin/dns"
  mount --bind "$debian_bin" "$INSIDE/bin/debian"
  mount -t tmpfs -o mode=755 lab-var-lib /var/lib
  mount -t tmpfs -o mode=755 lab-var-log /var/log
  mkdir -p /var/lib/{etcd,containerd,kubelet,cni} /var/log/pods
  local name
  for name in etcd containerd kubelet; do mount --bind "$INSIDE/cluster/$name" "/var/lib/$name"; done
  mount --bind "$INSIDE/cluster/pod-logs" /var/log/pods
}

# No name outside the cluster can be resolved, and a try should fail at once: the only server is the cluster's own.
arrange_resolver() {
  echo "nameserver $NODE_IP" >"$INSIDE/resolv.conf"
  [[ -e /etc/resolv.conf ]] || return 0
  mount --bind "$INSIDE/resolv.conf" "$(readlink -f /etc/resolv.conf)"
}

# The kubelet insists on these kernel-wide values and would set them for the whole machine. It is shown
# files that already say what it wants; the machine's own values stay as they are.
arrange_sysctls() {
  local setting file
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=$INSIDE/sysctl/$(basename "${setting%=*}")
    echo "${setting#*=}" >"$file"
    mount --bind "$file" "/proc/sys/${setting%=*}"
  done
}

# Pods get veth pairs with routes (CNI's ptp plugin); the node's address sits on an interface without a cable.
# The default route sends Service addresses somewhere, so that kube-proxy's rules get to see them.
arrange_network() {
  ip link set lo up
  ip link add lab0 type bridge 2>/dev/null || ip link add lab0 type dummy
  ip address add "$NODE_IP/32" dev lab0
  ip link set lab0 up
  ip route add default dev lab0
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

# Debian's iptables speaks to nf_tables; a kernel may only have the older interface.
choose_iptables() {
  if iptables -w -t nat -S >/dev/null 2>&1; then return; fi
  iptables-legacy -w -t nat -S >/dev/null || {
    echo "the kernel has no usable iptables (neither nf_tables nor the older one): Services cannot work"
    exit 1
  }
  local name
  for name in iptables iptables-save iptables-restore; do
    ln -s "$(command -v "iptables-legacy${name#iptables}")" "$INSIDE/bin/choice/$name"
  done
}

arrange_mounts
arrange_resolver
arrange_sysctls
arrange_network
choose_iptables
cd /
exec "$INSIDE/bin/kubernetes/pause"
