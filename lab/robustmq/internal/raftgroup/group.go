// Package raftgroup runs the raft groups of one node on go.etcd.io/raft, with the timing
// and the outward look of openraft (facts §2.3, §11.5, §11.17).
//
// Differences from openraft that can be seen: a leader that resumes after a restart gets a
// new term; there are no snapshots (the log is never purged).
package raftgroup

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// entry is what the data of a normal log entry holds.
type entry struct {
	Leader  uint64            `json:"l"`           // who proposed it, for log ids
	ID      uint64            `json:"i"`           // who waits for it
	Members map[uint64]string `json:"m,omitempty"` // the first membership
	Command json.RawMessage   `json:"c,omitempty"`
}

// memberContext travels with a configuration change.
type memberContext struct {
	Leader uint64 `json:"l"`
	ID     uint64 `json:"i"`
	Node   uint64 `json:"n"`
	Addr   string `json:"a"`
}

type logID struct{ term, leader, index uint64 }

type result struct {
	value any
	err   error
}

// Group is one raft group. All its methods are called with Node.mu held.
type Group struct {
	name    string
	node    *Node
	raw     *raft.RawNode
	storage *raft.MemoryStorage
	wal     *wal

	members    map[uint64]string // rpc_addr of every member: frozen once known
	conf       *pb.ConfState
	membership *logID
	applied    *logID
	leaders    map[uint64]uint64 // term -> leader, for log ids
	vote       vote
	waiting    map[uint64]chan result

	lastContact time.Time
	patience    time.Duration        // how long after lastContact this node stands for election
	resuming    bool                 // led when it stopped; takes up again once a quorum answers
	acked       map[uint64]time.Time // last answer of each peer while leading
	reverted    map[uint64]int       // how often in a row a peer reported less than it acknowledged
}

func newGroup(name string, n *Node) (*Group, error) {
	storage := raft.NewMemoryStorage()
	w, lastVote, err := openWAL(n.opts.Dir, name, storage)
	if err != nil {
		return nil, err
	}
	raw, err := raft.NewRawNode(&raft.Config{
		ID: n.opts.ID, Storage: storage, Logger: quiet{},
		// Elections are called by this package (openraft's lease cannot be expressed in ticks).
		ElectionTick: 1 << 30, HeartbeatTick: 1,
		MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256, StepDownOnRemoval: true,
	})
	if err != nil {
		return nil, err
	}
	g := &Group{
		name: name, node: n, raw: raw, storage: storage, wal: w, members: map[uint64]string{},
		conf: &pb.ConfState{}, leaders: map[uint64]uint64{}, vote: lastVote, waiting: map[uint64]chan result{},
		lastContact: time.Now(), acked: map[uint64]time.Time{}, reverted: map[uint64]int{},
	}
	if lastVote.Committed {
		g.leaders[lastVote.Term] = lastVote.Leader
	}
	g.patience = g.drawPatience()
	return g, nil
}

// initialized: openraft's rule, a log or a vote.
func (g *Group) initialized() bool {
	state, _, _ := g.storage.InitialState()
	return g.lastIndex() > 0 || state.GetTerm() > 0
}

func (g *Group) lastIndex() uint64 {
	last, _ := g.storage.LastIndex()
	return last
}

func (g *Group) status() raft.BasicStatus { return g.raw.BasicStatus() }

func (g *Group) leading() bool { return g.status().RaftState == raft.StateLeader }

// leader as this node names it: also a dead one, until somebody else is elected.
func (g *Group) leader() uint64 {
	if g.resuming {
		return g.node.opts.ID
	}
	if lead := g.status().Lead; lead != 0 {
		return lead
	}
	if g.vote.Committed && g.vote.Term == g.status().GetTerm() {
		return g.vote.Leader
	}
	return 0
}

// drawPatience: a follower first sits out the leader's lease.
func (g *Group) drawPatience() time.Duration {
	o := g.node.opts
	d := o.ElectionMin + time.Duration(rand.Int63n(int64(o.ElectionMax-o.ElectionMin)+1))
	if g.vote.Committed {
		d += o.Lease
	}
	return d
}

// founded writes the first membership as the first log entry.
func (g *Group) found(members map[uint64]string) error {
	data, err := json.Marshal(entry{Members: members})
	if err != nil {
		return err
	}
	e := &pb.Entry{Term: new(uint64(1)), Index: new(uint64(1)), Type: pb.EntryNormal.Enum(), Data: data}
	state := &pb.HardState{Term: new(uint64(1)), Vote: new(uint64(0)), Commit: new(uint64(1))}
	if err := g.wal.save(state, []*pb.Entry{e}); err != nil {
		return err
	}
	return g.reopen()
}

// reopen builds the raft state anew from the file.
func (g *Group) reopen() error {
	if err := g.wal.file.Close(); err != nil {
		return err
	}
	fresh, err := newGroup(g.name, g.node)
	if err != nil {
		return err
	}
	*g = *fresh
	return nil
}

// process handles everything raft has to say; it is called after every event.
func (g *Group) process() {
	for g.raw.HasReady() {
		rd := g.raw.Ready()
		if err := g.wal.save(rd.HardState, rd.Entries); err != nil {
			g.node.opts.Fatal(fmt.Errorf("[%s] raft log write failed: %w", g.name, err))
		}
		if rd.HardState != nil && !raft.IsEmptyHardState(rd.HardState) {
			g.storage.SetHardState(rd.HardState)
		}
		g.storage.Append(rd.Entries)
		g.noteLeader()
		for _, m := range rd.Messages {
			g.node.queue(g, m)
		}
		for _, e := range rd.CommittedEntries {
			g.apply(e)
		}
		g.raw.Advance(rd)
	}
}

// noteLeader persists a change of leadership and tells the ones who wait.
func (g *Group) noteLeader() {
	s := g.status()
	if s.Lead == 0 || (g.vote == vote{s.GetTerm(), s.Lead, true}) {
		if s.GetTerm() > g.vote.Term {
			g.vote = vote{s.GetTerm(), 0, false}
		}
		return
	}
	previous := g.vote
	g.vote, g.resuming = vote{s.GetTerm(), s.Lead, true}, false
	g.leaders[s.GetTerm()] = s.Lead
	g.patience, g.lastContact = g.drawPatience(), time.Now()
	g.acked, g.reverted = map[uint64]time.Time{}, map[uint64]int{}
	if err := g.wal.saveVote(g.vote); err != nil {
		g.node.opts.Fatal(err)
	}
	g.node.opts.Log("[%s] Leader transition has occurred. current leader is %d. previous leader was %s. local node id=%d",
		g.name, s.Lead, optional(previous.Leader), g.node.opts.ID)
	if s.Lead != g.node.opts.ID {
		g.failWaiting()
	}
}

func optional(id uint64) string {
	if id == 0 {
		return "None"
	}
	return fmt.Sprint(id)
}

func (g *Group) failWaiting() {
	for id, ch := range g.waiting {
		ch <- result{err: g.forward()}
		delete(g.waiting, id)
	}
}

// Match of a peer in the leader's view.
func (g *Group) match(peer uint64) (match uint64, known bool) {
	g.raw.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
		if id == peer {
			match, known = p.Match, true
		}
	})
	return
}

// quiet drops etcd raft's own log lines; they are not openraft's.
type quiet struct{}

func (quiet) Debug(...any)            {}
func (quiet) Debugf(string, ...any)   {}
func (quiet) Error(...any)            {}
func (quiet) Errorf(string, ...any)   {}
func (quiet) Info(...any)             {}
func (quiet) Infof(string, ...any)    {}
func (quiet) Warning(...any)          {}
func (quiet) Warningf(string, ...any) {}
func (quiet) Fatal(v ...any)          { panic(fmt.Sprint(v...)) }
func (quiet) Fatalf(f string, v ...any) {
	panic(fmt.Sprintf(f, v...))
}
func (quiet) Panic(v ...any)            { panic(fmt.Sprint(v...)) }
func (quiet) Panicf(f string, v ...any) { panic(fmt.Sprintf(f, v...)) }
