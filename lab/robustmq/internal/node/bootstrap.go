package node

import (
	"net"
	"time"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/release"
)

// startMeta is phase 2 on a meta node. It runs beside the wait for a working leader, as the
// real service is spawned.
func (n *Node) startMeta() {
	if n.meta == nil {
		return
	}
	go func() {
		n.sleep(beforeMeta)
		n.bootstrap()
		n.meta.Start()
		n.log.Info("meta_service::raft::manager", "Multi-Raft started")
	}()
}

func (n *Node) bootstrap() {
	const target = "meta_service::raft::manager"
	self, peers := n.metaPeers()
	if self == "" {
		n.fail("broker_server", "Failed to start meta service: broker_id %d not found in meta_addrs", n.cfg.ID)
	}
	initialized := n.meta.Raft().Initialized()
	n.meta.Raft().Start()
	if initialized {
		n.log.Info(target, "Node %d has persisted state, recovering existing cluster", n.cfg.ID)
		return
	}
	if n.rel.Bootstrap == release.InitializeAll {
		members := map[uint64]string{n.cfg.ID: self}
		for _, p := range peers {
			members[p.ID] = p.Addr
		}
		n.found(members)
		return
	}
	peer, reachable := n.reachable(peers)
	if !reachable {
		n.log.Info(target, "No reachable peers, bootstrapping single-node cluster (node %d)", n.cfg.ID)
		n.found(map[uint64]string{n.cfg.ID: self})
		return
	}
	n.log.Info(target, "Joining cluster via peer %d at %s", peer.ID, peer.Addr)
	if err := meta.Join(peer.Addr, n.cfg.ID, self, n.warn("grpc_clients::utils")); err != nil {
		n.fail("broker_server", "Failed to start meta service: Failed to join cluster via peer %s: %v", peer.Addr, err)
	}
	n.log.Info(target, "Successfully joined cluster via peer %s", peer.Addr)
}

func (n *Node) found(members map[uint64]string) {
	if err := n.meta.Raft().Found(members); err != nil {
		n.fail("broker_server", "Failed to start meta service: %v", err)
	}
}

func (n *Node) metaPeers() (self string, peers []config.Peer) {
	for _, p := range n.cfg.MetaAddrs {
		switch p.ID {
		case n.cfg.ID:
			self = p.Addr
		case 0: // a key that is no number names nobody
		default:
			peers = append(peers, p)
		}
	}
	return
}

// reachable is the first peer that accepts a connection within 500 ms. Everything else hangs
// on this answer: with none reachable the node founds a cluster of its own.
func (n *Node) reachable(peers []config.Peer) (config.Peer, bool) {
	for _, p := range peers {
		conn, err := net.DialTimeout("tcp", p.Addr, 500*time.Millisecond)
		if err == nil {
			conn.Close()
			return p, true
		}
		n.log.Warn("meta_service::raft::manager", "Peer %d at %s not reachable: %v", p.ID, p.Addr, err)
	}
	return config.Peer{}, false
}

// awaitMeta blocks until a write to the metadata group succeeds, for ever if need be.
func (n *Node) awaitMeta() {
	for {
		err := n.client.Ping()
		if err == nil {
			n.log.Info("broker_core::heartbeat", "Meta Service cluster is ready")
			return
		}
		n.log.Info("broker_core::heartbeat", "Waiting for Meta Service cluster to be ready (%v), retrying in 1s...", err)
		n.sleep(retryPing)
	}
}
