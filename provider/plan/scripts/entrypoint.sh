#!/bin/sh
# Supervisor of the broker process: the container's entry process. It gives the process its identity, starts it, passes
# on signals and ends with its exit code. While the file $RUN_DIR/hold exists the broker is kept stopped without the pod
# being restarted, which is how a consistent copy of its data is taken; the probes know that state.
set -u
dir=$(dirname "$0")

NODE_ID=$((FIRST_ID + ${POD_NAME##*-}))
# Values are put into the configuration as TOML, so a string carries its quotes.
export ROBUST_MQ_SERVER_BROKER_ID="$NODE_ID"
export ROBUST_MQ_SERVER_BROKER_IP="\"$POD_NAME.$SERVICE_NAME.$POD_NAMESPACE.svc\""

child=""
ending=""
say() { echo "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ) supervisor: node $NODE_ID: $1"; }

# The wait below ends whenever a signal arrives, so ask until the process is really gone.
await() {
  while :; do
    wait "$1"
    code=$?
    kill -0 "$1" 2>/dev/null || return "$code"
  done
}

# shellcheck disable=SC2317  # called by the trap below
terminate() {
  ending=1
  [ -n "$child" ] && kill -TERM "$child" 2>/dev/null
}
trap terminate TERM INT

# Remembers that this node is a voter, so that it may start at once after any later outage.
remember_joining() {
  . "$dir/cluster-status.sh"
  until [ "$(groups_with_voter "$(cluster_status "127.0.0.1:$GRPC_PORT")" "$NODE_ID")" -eq "$RAFT_GROUPS" ]; do
    kill -0 "$1" 2>/dev/null || return
    sleep 1
  done
  : >"$DATA_DIR/.joined"
}

# Stops the broker gracefully when it is to be held. The file "held" says that this is why it stopped, even if the hold
# ends before the broker has.
watch_hold() {
  while kill -0 "$1" 2>/dev/null; do
    if [ -e "$RUN_DIR/hold" ]; then
      : >"$RUN_DIR/held"
      kill -TERM "$1" 2>/dev/null
      return
    fi
    sleep 1
  done
}

# Lets the start guard decide. One that failed or was killed decided nothing, so the broker must not start then.
guarded() {
  [ -n "${RAFT_GROUPS:-}" ] || return 0
  : >"$RUN_DIR/waiting"
  sh "$dir/start-guard.sh" &
  child=$!
  await "$child"
  verdict=$?
  child=""
  rm -f "$RUN_DIR/waiting"
  return "$verdict"
}

run_broker() {
  ./libs/broker-server --conf="$CONFIG_DIR/server.toml" &
  child=$!
  say "broker started as process $child"
  watch_hold "$child" &
  [ -n "${RAFT_GROUPS:-}" ] && [ ! -e "$DATA_DIR/.joined" ] && remember_joining "$child" &
  [ -n "$ending" ] && kill -TERM "$child"
  await "$child"
}

mkdir -p "$DATA_DIR/db" "$DATA_DIR/engine" "$DATA_DIR/logs" || exit 101
# Left over when the container was killed.
rm -f "$RUN_DIR/held" "$RUN_DIR/waiting"
while [ -z "$ending" ]; do
  while [ -e "$RUN_DIR/hold" ] && [ -z "$ending" ]; do sleep 0.2; done
  [ -n "$ending" ] && exit 0
  guarded
  verdict=$?
  [ -n "$ending" ] && exit 0
  if [ "$verdict" -ne 0 ]; then
    say "the start guard ended with exit code $verdict, so the broker is not started"
    exit "$verdict"
  fi
  run_broker
  code=$?
  say "broker ended with exit code $code"
  [ -e "$RUN_DIR/held" ] || exit "$code"
  rm -f "$RUN_DIR/held"
done
exit "${code:-0}"
