# shellcheck shell=bash
# The way in from the host: 127.0.0.1:PORT -> a unix socket, which both sides of the network namespace can
# see -> the API server. No interface, address or route of the host is involved.

start_entrance() {
  start gate socat "UNIX-LISTEN:$INSIDE/api.sock,fork,unlink-early,mode=600,backlog=256" TCP:127.0.0.1:6443,nodelay
  local port
  if is_running entrance socat; then return; fi
  port=$(choose_port)
  echo "$port" >"$CLUSTER_DIR/port"
  start --host-network entrance socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,nodelay,backlog=256" "UNIX-CONNECT:$INSIDE/api.sock"
  await 10 entrance port_answers "$port"
  write_kubeconfig "$KUBECONFIG_FILE" "127.0.0.1:$port"
}

port_is_free() { [[ -z $(ss -Htln "sport = :$1") ]]; }
port_answers() { ! port_is_free "$1"; }

# The last port again if it is free, so that open shells keep working; below the range the kernel hands out by itself.
choose_port() {
  local port
  if [[ -s $CLUSTER_DIR/port ]] && port_is_free "$(<"$CLUSTER_DIR/port")"; then
    cat "$CLUSTER_DIR/port"
    return
  fi
  for ((tries = 0; tries < 100; tries++)); do
    port=$((20000 + RANDOM % 10000))
    if port_is_free "$port"; then
      echo "$port"
      return
    fi
  done
  die "no free port between 20000 and 29999 on 127.0.0.1"
}

api_answers_host() {
  curl --silent --fail --max-time 5 --cacert "$CLUSTER_DIR/credentials/ca.crt" \
    --header "Authorization: Bearer $(<"$CLUSTER_DIR/credentials/token")" "https://127.0.0.1:$(<"$CLUSTER_DIR/port")/readyz"
}
