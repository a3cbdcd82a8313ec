#!/bin/sh
# Start guard: lets a placement-center node start only when that cannot found a second cluster.
# A node that joined before starts at once: one of three voters cannot lead alone. A fresh one founds the cluster if it
# is the first of a new cluster, else it waits until one live node leads every raft group, the ordinal before it is a
# voter there, and the inner topics exist (a node that starts while they are being made fails: facts/robustmq §11.14).
# A node whose disk was emptied waits for live leaders that know it, and never founds anything.
#
# It runs as an init container, so that the order is to be seen on the pods, and again before every start of the process:
# an init container does not run again when only the container restarts.
#
# POD_NAME, FIRST_ID   this node                PEERS   "id=host:port …", all listed placement-centers
# RAFT_GROUPS          how many there are       DATA_DIR, MARKER_DIR
set -u
dir=$(dirname "$0")
. "$dir/cluster-status.sh"

ORDINAL=${POD_NAME##*-}
NODE_ID=$((FIRST_ID + ORDINAL))

last=""
say() {
  [ "$1" = "$last" ] && return
  last=$1
  echo "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ) start-guard: node $NODE_ID: $1"
}

go() {
  say "starts: $1"
  exit 0
}

# The shards of the inner topics are made one after another; this is the last of them.
inner_topics_exist() {
  call "$1" meta.service.journal.EngineService/ListShard | grep -a -q 'qos2-inner-topic'
}

# Asks every peer and sums up: seen (peers that belong to a cluster), known (they have this node as a voter),
# led (groups with a live leader), seed and seed_status (the node that leads all groups).
look_around() {
  seen=0 known=0 led=0 seed="" seed_status=""
  for peer in $PEERS; do
    [ "${peer%%=*}" = "$NODE_ID" ] && continue
    address=${peer#*=}
    status=$(cluster_status "$address")
    [ "$(count '"configs":\[\[[0-9]' "$status")" -gt 0 ] || continue
    seen=$((seen + 1))
    [ "$(groups_with_voter "$status" "$NODE_ID")" -gt 0 ] && known=1
    leads=$(led_groups "$status")
    led=$((led + leads))
    [ "$leads" -eq "$RAFT_GROUPS" ] && seed=$address seed_status=$status
  done
}

# A node that nobody knows yet: the reason why it must wait, or nothing.
why_not_join() {
  previous=$((NODE_ID - 1))
  if [ -z "$seed" ]; then
    echo "waits until one node leads all $RAFT_GROUPS raft groups ($led have a live leader, $seen peers answer)"
  elif [ "$ORDINAL" -gt 0 ] && [ "$(groups_with_voter "$seed_status" "$previous")" -ne "$RAFT_GROUPS" ]; then
    echo "waits until node $previous is a voter of all $RAFT_GROUPS raft groups"
  elif ! inner_topics_exist "$seed"; then
    echo "waits until $seed has made the inner topics"
  fi
}

[ -e "$DATA_DIR/.joined" ] && go "it has been a member of this cluster before"

while :; do
  look_around
  if [ "$seen" -eq 0 ]; then
    if [ -e "$MARKER_DIR/cluster-id" ]; then
      say "waits: this cluster was bootstrapped before, this node's disk is empty, and no peer that is a member answers"
    elif [ "$ORDINAL" -eq 0 ]; then
      go "it is the first node of a new cluster"
    else
      say "waits until node 1 leads"
    fi
  elif [ "$known" -eq 1 ]; then
    [ "$led" -ge "$RAFT_GROUPS" ] && go "its peers know it and lead all $RAFT_GROUPS raft groups; it rejoins"
    say "waits: its peers know it, but only $led of $RAFT_GROUPS raft groups have a live leader"
  else
    reason=$(why_not_join)
    [ -z "$reason" ] && go "$seed leads all $RAFT_GROUPS raft groups; it joins"
    say "$reason"
  fi
  sleep 0.3
done
