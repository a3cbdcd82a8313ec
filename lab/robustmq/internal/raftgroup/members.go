package raftgroup

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
)

// Join makes a node a voter of every group: learner first, then the two steps of a joint
// change, group after group (facts §2.2). It fails half-way when the groups have different
// leaders, exactly like the real one.
func (n *Node) Join(id uint64, addr string, timeout time.Duration) error {
	for _, name := range Names {
		if err := n.addLearner(name, id, addr, timeout); err != nil {
			return fmt.Errorf("[%s] add_learner failed for node %d: %w", name, id, err)
		}
		if err := n.changeVoters(name, pb.ConfChangeAddNode, id, timeout); err != nil {
			return fmt.Errorf("[%s] change_membership failed for node %d: %w", name, id, err)
		}
	}
	return nil
}

func (n *Node) voters(group string) []uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.groups[group].conf.GetVoters())
}

func (n *Node) changeConf(group string, cc *pb.ConfChangeV2, in memberContext, timeout time.Duration) error {
	_, err := n.submit(group, timeout, func(g *Group, proposal uint64) error {
		in.Leader, in.ID = n.opts.ID, proposal
		context, err := json.Marshal(in)
		if err != nil {
			return err
		}
		cc.Context = context
		return g.raw.ProposeConfChange(cc)
	})
	return err
}

func (n *Node) addLearner(group string, id uint64, addr string, timeout time.Duration) error {
	if !slices.Contains(n.voters(group), id) {
		cc := &pb.ConfChangeV2{Changes: []*pb.ConfChangeSingle{{Type: pb.ConfChangeAddLearnerNode.Enum(), NodeId: new(id)}}}
		if err := n.changeConf(group, cc, memberContext{Node: id, Addr: addr}, timeout); err != nil {
			return err
		}
	} else if err := n.checkLeader(group); err != nil {
		return err
	}
	return n.awaitCaughtUp(group, id, timeout)
}

func (n *Node) checkLeader(group string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if g := n.groups[group]; !g.leading() {
		return g.forward()
	}
	return nil
}

// awaitCaughtUp blocks until the node has what the leader has committed.
func (n *Node) awaitCaughtUp(group string, id uint64, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for time.Now().Before(deadline) {
		n.mu.Lock()
		g := n.groups[group]
		match, known := g.match(id)
		commit := g.status().GetCommit()
		leading := g.leading()
		forward := g.forward()
		n.mu.Unlock()
		switch {
		case !leading:
			return forward
		case known && match >= commit:
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("timeout waiting for node %d to catch up", id)
}

// changeVoters goes through the joint configuration; it can be seen for an instant.
func (n *Node) changeVoters(group string, change pb.ConfChangeType, id uint64, timeout time.Duration) error {
	if slices.Contains(n.voters(group), id) == (change == pb.ConfChangeAddNode) {
		return n.checkLeader(group)
	}
	enter := &pb.ConfChangeV2{
		Transition: pb.ConfChangeTransition_ConfChangeTransitionJointExplicit.Enum(),
		Changes:    []*pb.ConfChangeSingle{{Type: change.Enum(), NodeId: new(id)}},
	}
	if err := n.changeConf(group, enter, memberContext{}, timeout); err != nil {
		return err
	}
	return n.changeConf(group, &pb.ConfChangeV2{}, memberContext{}, timeout)
}

// Leave removes a node from every group. All groups are checked before any is touched.
func (n *Node) Leave(id uint64, timeout time.Duration) error {
	present := false
	for _, name := range Names {
		voters := n.voters(name)
		if !slices.Contains(voters, id) {
			continue
		}
		present = true
		if len(voters) <= 2 {
			return fmt.Errorf("[%s] refuse to remove node %d: only %d voters, removing one would break quorum (need >= 3 voters to safely remove one)",
				name, id, len(voters))
		}
	}
	if !present {
		return nil
	}
	for _, name := range Names {
		if err := n.changeVoters(name, pb.ConfChangeRemoveNode, id, timeout); err != nil {
			return fmt.Errorf("[%s] change_membership failed while removing node %d: %w", name, id, err)
		}
	}
	return nil
}
