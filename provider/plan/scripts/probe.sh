#!/bin/sh
# Probes: `probe.sh live` and `probe.sh ready`. Liveness never depends on raft: a node may wait for a leader for ever
# (facts/robustmq §2.1). A broker that is held stopped or waits for its turn is alive, and not ready.
set -u
dir=$(dirname "$0")

case $1 in
live)
  [ -e "$RUN_DIR/hold" ] || [ -e "$RUN_DIR/waiting" ] || curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$HTTP_PORT/"
  ;;
ready)
  [ -e "$RUN_DIR/hold" ] && exit 1
  . "$dir/cluster-status.sh"
  status=$(cluster_status "127.0.0.1:$GRPC_PORT")
  [ "$(count '"current_leader":[0-9]' "$status")" -gt 0 ] &&
    [ "$(count '"current_leader":null' "$status")" -eq 0 ] &&
    [ "$(count '"state":"Learner"' "$status")" -eq 0 ]
  ;;
esac
