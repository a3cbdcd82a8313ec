package raftgroup

import (
	"math/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// Names of the groups, in the order in which openraft's caller walks them.
var Names = []string{"metadata_0", "offset_0", "data_0"}

// Options of a raft node. All durations are already scaled.
type Options struct {
	ID                              uint64
	Dir                             string
	Heartbeat                       time.Duration
	Lease, ElectionMin, ElectionMax time.Duration

	// Apply runs a committed command; leading tells whether this node led at that moment.
	Apply func(group string, command []byte, index uint64, leading bool) (any, error)
	Log   func(format string, args ...any)
	Fatal func(error)
}

// Node is this process's share in all groups.
type Node struct {
	opts   Options
	mu     sync.Mutex
	groups map[string]*Group
	nextID uint64

	countLock sync.Mutex
	counters  map[string]map[string]uint64

	asking uint64   // the peer whose request is being handled
	answer []queued // what goes back to it

	client  *http.Client
	peers   map[string]*peer // by address
	wakeups chan struct{}
	stop    chan struct{}
	stopped sync.WaitGroup
}

// Open reads the groups from disk; nothing runs yet.
func Open(opts Options) (*Node, error) {
	n := &Node{
		opts: opts, groups: map[string]*Group{}, peers: map[string]*peer{}, counters: map[string]map[string]uint64{},
		wakeups: make(chan struct{}, 1), stop: make(chan struct{}), nextID: uint64(rand.Int63()),
		client: &http.Client{Timeout: 2*opts.Heartbeat + time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2}},
	}
	for _, name := range Names {
		g, err := newGroup(name, n)
		if err != nil {
			return nil, err
		}
		n.groups[name] = g
	}
	return n, nil
}

// Initialized: this node has taken part in a cluster before.
func (n *Node) Initialized() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.groups["metadata_0"].initialized()
}

// Start lets the groups tick. A node that led when it stopped resumes.
func (n *Node) Start() {
	n.mu.Lock()
	for _, g := range n.each() {
		g.process()
		g.lastContact = time.Now()
		g.resuming = g.vote.Committed && g.vote.Leader == n.opts.ID && slices.Contains(g.conf.GetVoters(), n.opts.ID)
	}
	n.mu.Unlock()
	n.stopped.Add(1)
	go n.run()
	n.wake()
}

// Found writes the first membership into every group that has none and stands for election.
func (n *Node) Found(members map[uint64]string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, g := range n.each() {
		if g.initialized() {
			continue
		}
		if err := g.found(members); err != nil {
			return err
		}
		g.process()
		g.campaign()
	}
	n.wake()
	return nil
}

// Close stops the groups.
func (n *Node) Close() {
	close(n.stop)
	n.stopped.Wait()
}

func (n *Node) each() []*Group {
	out := make([]*Group, 0, len(Names))
	for _, name := range Names {
		out = append(out, n.groups[name])
	}
	return out
}

func (n *Node) wake() {
	select {
	case n.wakeups <- struct{}{}:
	default:
	}
}

func (n *Node) run() {
	defer n.stopped.Done()
	ticker := time.NewTicker(n.opts.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-n.stop:
			return
		case <-ticker.C:
			n.mu.Lock()
			for _, g := range n.each() {
				g.tick()
			}
			n.mu.Unlock()
		case <-n.wakeups:
		}
		n.flush()
	}
}

// tick sends heartbeats and watches the election clock.
func (g *Group) tick() {
	g.raw.Tick()
	switch {
	case g.leading():
	case g.resuming:
		g.tryResume()
	case time.Since(g.lastContact) > g.patience && slices.Contains(g.conf.GetVoters(), g.node.opts.ID):
		g.campaign()
	}
	g.process()
}

// campaign stands for election; a loser waits an election timeout without the lease.
func (g *Group) campaign() {
	g.lastContact = time.Now()
	g.raw.Campaign()
	g.vote = vote{g.status().GetTerm(), 0, false}
	g.patience = g.drawPatience()
	g.process()
}

// tryResume probes the peers and takes up leadership as soon as a quorum has answered and
// nobody else leads a later term.
func (g *Group) tryResume() {
	voters, answered := g.conf.GetVoters(), 1
	for _, id := range voters {
		if id == g.node.opts.ID {
			continue
		}
		if time.Since(g.acked[id]) < 3*g.node.opts.Heartbeat {
			answered++
		}
		g.node.probe(g.members[id])
	}
	if answered > len(voters)/2 {
		g.campaign()
	}
}

// watchReverted notices a follower whose disk was emptied: it reports less than it once
// acknowledged. A new term makes raft start replication to it from the beginning.
func (g *Group) watchReverted(peer, last uint64) {
	match, known := g.match(peer)
	if !g.leading() || !known || last >= match {
		g.reverted[peer] = 0
		return
	}
	if g.reverted[peer]++; g.reverted[peer] < 4 {
		return
	}
	g.reverted[peer] = 0
	term := g.status().GetTerm() + 1
	g.raw.Step(&pb.Message{Type: pb.MsgHeartbeatResp.Enum(), From: new(peer), To: new(g.node.opts.ID), Term: new(term)})
	g.campaign()
}

// receive steps one message from a peer.
func (g *Group) receive(m *pb.Message) {
	switch m.GetType() {
	case pb.MsgHeartbeat:
		// The leader may think this node has more than it has (emptied disk): etcd's raft would panic.
		if last := g.lastIndex(); m.GetCommit() > last {
			m.Commit = new(last)
		}
		g.contact(m)
	case pb.MsgApp, pb.MsgSnap:
		g.contact(m)
	case pb.MsgAppResp, pb.MsgHeartbeatResp:
		if g.leading() && !m.GetReject() {
			g.acked[m.GetFrom()] = time.Now()
		}
	}
	if err := g.raw.Step(m); err != nil && err != raft.ErrStepPeerNotFound {
		g.node.opts.Log("[%s] raft message refused: %v", g.name, err)
	}
	g.process()
}

func (g *Group) contact(m *pb.Message) {
	if m.GetTerm() >= g.status().GetTerm() {
		g.lastContact, g.resuming = time.Now(), false
	}
}
