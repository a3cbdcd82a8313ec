package raftgroup

import (
	"slices"
	"strconv"
	"time"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/tracker"
)

// The JSON of openraft's RaftMetrics. openraft counts the first membership as term 0,
// index 0; etcd's raft as 1, 1. Everything reported is shifted by one.

type LeaderID struct {
	Term   uint64 `json:"term"`
	NodeID uint64 `json:"node_id"`
}

type LogID struct {
	LeaderID LeaderID `json:"leader_id"`
	Index    uint64   `json:"index"`
}

type Vote struct {
	LeaderID  LeaderID `json:"leader_id"`
	Committed bool     `json:"committed"`
}

type Member struct {
	NodeID  uint64 `json:"node_id"`
	RPCAddr string `json:"rpc_addr"`
}

type Membership struct {
	Configs [][]uint64        `json:"configs"`
	Nodes   map[string]Member `json:"nodes"`
}

type MembershipConfig struct {
	LogID      *LogID     `json:"log_id"`
	Membership Membership `json:"membership"`
}

// Metrics of one group as this node sees it.
type Metrics struct {
	RunningState         map[string]any    `json:"running_state"`
	ID                   uint64            `json:"id"`
	CurrentTerm          uint64            `json:"current_term"`
	Vote                 Vote              `json:"vote"`
	LastLogIndex         *uint64           `json:"last_log_index"`
	LastApplied          *LogID            `json:"last_applied"`
	Snapshot             *LogID            `json:"snapshot"`
	Purged               *LogID            `json:"purged"`
	State                string            `json:"state"`
	CurrentLeader        *uint64           `json:"current_leader"`
	MillisSinceQuorumAck *uint64           `json:"millis_since_quorum_ack"`
	MembershipConfig     MembershipConfig  `json:"membership_config"`
	Replication          map[string]*LogID `json:"replication"`
}

// Status of all groups, by name.
func (n *Node) Status() map[string]Metrics {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := map[string]Metrics{}
	for name, g := range n.groups {
		out[name] = g.metrics()
	}
	return out
}

// Leader of a group as this node names it, and whether this node leads it with a quorum.
func (n *Node) Leader(group string) (id uint64, leading bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.groups[group]
	return g.leader(), g.leading()
}

func (g *Group) metrics() Metrics {
	s := g.status()
	m := Metrics{
		RunningState: map[string]any{"Ok": nil}, ID: g.node.opts.ID, CurrentTerm: down(s.GetTerm()),
		State: g.stateName(), LastApplied: g.logID(g.applied),
		MembershipConfig: MembershipConfig{LogID: g.logID(g.membership), Membership: g.memberList()},
	}
	if lead := g.leader(); lead != 0 {
		m.CurrentLeader = &lead
		m.Vote = Vote{LeaderID{m.CurrentTerm, lead}, true}
	} else {
		m.Vote = Vote{LeaderID{m.CurrentTerm, s.GetVote()}, false}
	}
	if last := g.lastIndex(); last > 0 {
		m.LastLogIndex = new(down(last))
	}
	if g.leading() {
		m.MillisSinceQuorumAck = g.quorumAge()
		m.Replication = g.replication()
	}
	return m
}

func down(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return n - 1
}

func (g *Group) logID(id *logID) *LogID {
	if id == nil {
		return nil
	}
	return &LogID{LeaderID{down(id.term), id.leader}, down(id.index)}
}

// stateName: a restarted leader calls itself leader before it has a quorum.
func (g *Group) stateName() string {
	if g.resuming {
		return "Leader"
	}
	switch g.status().RaftState {
	case raft.StateLeader:
		return "Leader"
	case raft.StateCandidate, raft.StatePreCandidate:
		return "Candidate"
	}
	if !slices.Contains(g.conf.GetVoters(), g.node.opts.ID) {
		return "Learner"
	}
	return "Follower"
}

func (g *Group) memberList() Membership {
	list := Membership{Configs: [][]uint64{}, Nodes: map[string]Member{}}
	for _, voters := range [][]uint64{g.conf.GetVotersOutgoing(), g.conf.GetVoters()} {
		if len(voters) > 0 {
			sorted := slices.Clone(voters)
			slices.Sort(sorted)
			list.Configs = append(list.Configs, sorted)
		}
	}
	for id, addr := range g.members {
		list.Nodes[strconv.FormatUint(id, 10)] = Member{id, addr}
	}
	return list
}

// quorumAge is how long ago a quorum was last heard: the age of the newest answer of the
// member that completes the quorum. A leader that lost its quorum goes on, and this grows.
func (g *Group) quorumAge() *uint64 {
	now := time.Now()
	var ages []time.Duration
	for _, id := range g.conf.GetVoters() {
		switch at, heard := g.acked[id]; {
		case id == g.node.opts.ID:
			ages = append(ages, 0)
		case heard:
			ages = append(ages, now.Sub(at))
		default:
			ages = append(ages, now.Sub(g.lastContact)) // since it was elected
		}
	}
	if len(ages) == 0 {
		return nil
	}
	slices.Sort(ages)
	return new(uint64(ages[len(ages)/2].Milliseconds()))
}

func (g *Group) replication() map[string]*LogID {
	out := map[string]*LogID{}
	g.raw.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
		key := strconv.FormatUint(id, 10)
		if p.Match == 0 {
			out[key] = nil
			return
		}
		term, err := g.storage.Term(p.Match)
		if err != nil {
			out[key] = nil
			return
		}
		out[key] = g.logID(&logID{term, g.leaders[term], p.Match})
	})
	return out
}

func (g *Group) noteAnswer(id uint64) { g.acked[id] = time.Now() }
