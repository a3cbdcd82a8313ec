# shellcheck shell=bash
# Cluster DNS: CoreDNS as a plain process on the node's address.

# ttl 0 and no cache: a gate or a broker that looks a new pod up must see it as soon as the API server knows it.
# Names outside the cluster do not exist here, and a client should learn that at once.
write_corefile() {
  cat >"$CLUSTER_DIR/config/Corefile" <<END
cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
  errors
  ready 127.0.0.1:8181
  kubernetes {
    kubeconfig $INSIDE_KUBECONFIG
    ttl 0
  }
}
.:53 {
  errors
  template ANY ANY . {
    rcode NXDOMAIN
  }
}
END
}

start_dns() {
  write_corefile
  start coredns coredns -conf "$INSIDE/cluster/config/Corefile"
}

await_dns() { await 60 coredns enter curl --silent --fail --max-time 5 http://127.0.0.1:8181/ready; }
