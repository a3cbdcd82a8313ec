# shellcheck shell=sh
# Sourced by the other scripts: what a placement-center node says of its raft groups.
# The port has neither TLS nor authentication, and answers gRPC-Web over HTTP/1.1 (facts/robustmq §3.5).

# Calls a method without arguments on host:port; an empty frame is five zero bytes.
call() {
  printf '\000\000\000\000\000' |
    curl -s --connect-timeout 1 --max-time 3 -H 'content-type: application/grpc-web+proto' --data-binary @- "http://$1/$2" |
    tr -d '\000 \n'
}

# The node's own view of every raft group, as JSON without white space; nothing when it does not answer.
cluster_status() {
  call "$1" meta.service.common.MetaServiceService/ClusterStatus
}

# How often a pattern occurs in a text: count PATTERN TEXT
count() {
  printf '%s' "$2" | grep -a -o -e "$1" | grep -c ''
}

# In how many groups the node leads and has heard from a quorum within the last ten seconds. A node that was cut off
# goes on calling itself the leader, so the state alone proves nothing.
led_groups() {
  states=$(count '"state":"Leader"' "$1")
  fresh=$(count '"millis_since_quorum_ack":[0-9]\{1,4\}[,}]' "$1")
  [ "$fresh" -lt "$states" ] && states=$fresh
  echo "$states"
}

# In how many groups node $2 is a voter of a settled (not joint) membership.
groups_with_voter() {
  printf '%s' "$1" | grep -a -o '"configs":\[\[[0-9,]*\]\]' | grep -c "[[,]$2[],]"
}
