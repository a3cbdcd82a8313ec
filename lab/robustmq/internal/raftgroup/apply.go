package raftgroup

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

func (g *Group) apply(e *pb.Entry) {
	leader := g.leaders[e.GetTerm()]
	switch e.GetType() {
	case pb.EntryNormal:
		leader = g.applyNormal(e, leader)
	case pb.EntryConfChange:
		cc := &pb.ConfChange{}
		g.must(proto.Unmarshal(e.GetData(), cc))
		leader = g.applyMembers(cc, cc.GetContext(), e, leader)
	case pb.EntryConfChangeV2:
		cc := &pb.ConfChangeV2{}
		g.must(proto.Unmarshal(e.GetData(), cc))
		leader = g.applyMembers(cc, cc.GetContext(), e, leader)
	}
	if leader != 0 {
		g.leaders[e.GetTerm()] = leader
	}
	g.applied = &logID{e.GetTerm(), leader, e.GetIndex()}
}

func (g *Group) applyNormal(e *pb.Entry, leader uint64) uint64 {
	if len(e.GetData()) == 0 {
		return leader // the blank entry of a new term
	}
	var in entry
	g.must(json.Unmarshal(e.GetData(), &in))
	if in.Members != nil {
		g.applyFirstMembership(in.Members, e)
		return 0
	}
	value, err := g.node.opts.Apply(g.name, in.Command, e.GetIndex(), g.leading())
	if ch, ok := g.waiting[in.ID]; ok {
		ch <- result{value, err}
		delete(g.waiting, in.ID)
	}
	return in.Leader
}

func (g *Group) applyFirstMembership(members map[uint64]string, e *pb.Entry) {
	ids := make([]uint64, 0, len(members))
	for id := range members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		g.members[id] = members[id]
		g.conf = g.raw.ApplyConfChange(&pb.ConfChange{Type: pb.ConfChangeAddNode.Enum(), NodeId: new(id)})
	}
	g.membership = &logID{e.GetTerm(), 0, e.GetIndex()}
}

// applyMembers applies one configuration change. An address, once known, stays.
func (g *Group) applyMembers(cc pb.ConfChangeI, context []byte, e *pb.Entry, leader uint64) uint64 {
	var in memberContext
	if len(context) > 0 {
		g.must(json.Unmarshal(context, &in))
		leader = in.Leader
	}
	g.conf = g.raw.ApplyConfChange(cc)
	if in.Node != 0 && in.Addr != "" {
		if _, known := g.members[in.Node]; !known {
			g.members[in.Node] = in.Addr
		}
	}
	for id := range g.members {
		if !slices.Contains(g.conf.GetVoters(), id) && !slices.Contains(g.conf.GetVotersOutgoing(), id) &&
			!slices.Contains(g.conf.GetLearners(), id) && !slices.Contains(g.conf.GetLearnersNext(), id) {
			delete(g.members, id)
		}
	}
	g.membership = &logID{e.GetTerm(), leader, e.GetIndex()}
	if ch, ok := g.waiting[in.ID]; ok {
		ch <- result{}
		delete(g.waiting, in.ID)
	}
	return leader
}

func (g *Group) must(err error) {
	if err != nil {
		g.node.opts.Fatal(fmt.Errorf("[%s] raft log is damaged: %w", g.name, err))
	}
}

// NotLeader is the refusal of openraft, with the text its clients parse.
type NotLeader struct{ text string }

func (n NotLeader) Error() string { return n.text }

func (g *Group) forward() error {
	id := g.leader()
	addr, known := g.members[id]
	if id == 0 || !known {
		return NotLeader{"has to forward request to: None, None"}
	}
	return NotLeader{fmt.Sprintf("has to forward request to: Some(%d), Some(Node { node_id: %d, rpc_addr: %q })", id, id, addr)}
}

// Propose appends a command and waits until it is applied here.
func (n *Node) Propose(group string, command []byte, timeout time.Duration) (any, error) {
	n.count("raft_write_requests", group)
	value, err := n.proposeCommand(group, command, timeout)
	if err != nil {
		n.count("raft_write_failures", group)
	} else {
		n.count("raft_write_success", group)
	}
	return value, err
}

func (n *Node) proposeCommand(group string, command []byte, timeout time.Duration) (any, error) {
	return n.submit(group, timeout, func(g *Group, id uint64) error {
		data, err := json.Marshal(entry{Leader: n.opts.ID, ID: id, Command: command})
		if err != nil {
			return err
		}
		return g.raw.Propose(data)
	})
}

func (n *Node) submit(group string, timeout time.Duration, propose func(*Group, uint64) error) (any, error) {
	n.mu.Lock()
	g := n.groups[group]
	if g == nil {
		n.mu.Unlock()
		return nil, fmt.Errorf("Unknown raft shard: %s", group)
	}
	if !g.leading() && !g.resuming {
		defer n.mu.Unlock()
		return nil, g.forward()
	}
	if err := n.awaitResumed(g, timeout); err != nil {
		n.mu.Unlock()
		return nil, err
	}
	n.nextID++
	id, done := n.nextID, make(chan result, 1)
	g.waiting[id] = done
	if err := propose(g, id); err != nil {
		delete(g.waiting, id)
		n.mu.Unlock()
		return nil, fmt.Errorf("[%s] %w", group, err)
	}
	g.process()
	n.mu.Unlock()
	n.wake()

	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		n.mu.Lock()
		delete(g.waiting, id)
		n.mu.Unlock()
		return nil, fmt.Errorf("[%s] raft write timed out", group)
	}
}

// awaitResumed lets a write wait while the restarted leader has no quorum yet. Called and
// returns with n.mu held.
func (n *Node) awaitResumed(g *Group, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for g.resuming {
		if time.Now().After(deadline) {
			return fmt.Errorf("[%s] raft write timed out", g.name)
		}
		n.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		n.mu.Lock()
	}
	if !g.leading() {
		return g.forward()
	}
	return nil
}
