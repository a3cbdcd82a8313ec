package meta

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"robustmq-standin/internal/raftgroup"
)

// NotLeaderMarker is the answer of a reader that cannot vouch for being up to date.
const NotLeaderMarker = "meta-service node is not currently the raft leader"

// Options of the service; durations are already scaled.
type Options struct {
	HeartbeatTimeout, HeartbeatCheck time.Duration
	FillInterval                     time.Duration
	WriteTimeout                     time.Duration
	Info, Warn                       func(format string, args ...any)
}

// Service is the meta role of a node.
type Service struct {
	opts  Options
	raft  *raftgroup.Node
	mu    sync.RWMutex
	state *State
	beats map[uint64]time.Time
	push  *notifier
	stop  chan struct{}
	done  sync.WaitGroup
}

// NewService prepares the state machine; Attach gives it its raft node.
func NewService(opts Options) *Service {
	return &Service{opts: opts, state: NewState(), beats: map[uint64]time.Time{}, push: newNotifier(opts.Warn), stop: make(chan struct{})}
}

// Attach connects the raft node whose Apply is s.Apply.
func (s *Service) Attach(raft *raftgroup.Node) { s.raft = raft }

// Raft gives access to membership and status.
func (s *Service) Raft() *raftgroup.Node { return s.raft }

// Start runs the leader's duties.
func (s *Service) Start() {
	s.done.Add(1)
	go s.leaderLoop()
}

// Close ends them.
func (s *Service) Close() {
	close(s.stop)
	s.done.Wait()
	s.raft.Close()
}

// Apply is called by raft for every committed command, in the same order on every node.
func (s *Service) Apply(group string, command []byte, index uint64, leading bool) (any, error) {
	s.mu.Lock()
	before := s.state.Nodes
	value, changes, err := s.state.Apply(command)
	if leading && len(changes) > 0 {
		s.push.push(before, changes)
	}
	s.mu.Unlock()
	return value, err
}

// Propose writes a command through its group. Only the group's leader accepts it.
func (s *Service) Propose(op string, data any) (any, error) {
	command, err := Encode(op, data)
	if err != nil {
		return nil, err
	}
	return s.raft.Propose(GroupOf(op), command, s.opts.WriteTimeout)
}

// ProposeRaw is Propose for a command that arrived encoded.
func (s *Service) ProposeRaw(op string, command []byte) (any, error) {
	return s.raft.Propose(GroupOf(op), command, s.opts.WriteTimeout)
}

// Read runs f with the state locked for reading.
func (s *Service) Read(f func(*State)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f(s.state)
}

// Snapshot copies the state; only the metadata leader gives it.
func (s *Service) Snapshot() (*State, error) {
	if _, leading := s.raft.Leader("metadata_0"); !leading {
		return nil, errors.New(NotLeaderMarker)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Clone()
}

// Register enters a node; its heartbeat starts now.
func (s *Service) Register(n Node) (uint64, error) {
	s.beat(n.NodeID)
	epoch, err := s.Propose("node.register", n)
	if err != nil {
		return 0, err
	}
	return epoch.(uint64), nil
}

// Heartbeat is not replicated: each meta node keeps its own record.
func (s *Service) Heartbeat(id uint64) error {
	s.mu.RLock()
	_, registered := s.state.Nodes[id]
	s.mu.RUnlock()
	if !registered {
		return fmt.Errorf("Node %d does not exist", id)
	}
	s.beat(id)
	return nil
}

func (s *Service) beat(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beats[id] = time.Now()
}

// Unregister is the permanent removal. Of a node that is no longer registered it is a no-op.
func (s *Service) Unregister(id uint64) error {
	_, err := s.Propose("node.remove", RemoveArgs{ID: id, Permanent: true})
	return err
}

func (s *Service) leaderLoop() {
	defer s.done.Done()
	check, fill := time.NewTicker(s.opts.HeartbeatCheck), time.NewTicker(s.opts.FillInterval)
	defer check.Stop()
	defer fill.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-check.C:
			s.expireNodes()
		case <-fill.C:
			s.fillInner()
		}
	}
}

// expireNodes: the metadata leader removes who has not been heard for 30 s.
func (s *Service) expireNodes() {
	if _, leading := s.raft.Leader("metadata_0"); !leading {
		return
	}
	now := time.Now()
	var expired []uint64
	s.mu.Lock()
	for id := range s.state.Nodes {
		last, heard := s.beats[id]
		if !heard {
			s.beats[id] = now
		} else if now.Sub(last) > s.opts.HeartbeatTimeout {
			expired = append(expired, id)
		}
	}
	s.mu.Unlock()
	for _, id := range expired {
		s.opts.Info("Node %d heartbeat timeout, removed from the cluster", id)
		if _, err := s.Propose("node.remove", RemoveArgs{ID: id}); err != nil {
			s.opts.Warn("removal of node %d failed: %v", id, err)
		}
	}
}

func (s *Service) fillInner() {
	if _, leading := s.raft.Leader("metadata_0"); !leading {
		return
	}
	missing := false
	s.Read(func(st *State) {
		for _, seg := range st.Segments {
			config := st.Shards[seg.ShardName].Config
			missing = missing || (config.IsInnerTopic && uint64(len(seg.Replicas)) < config.ReplicaNum && len(st.EngineNodes()) > len(seg.Replicas))
		}
	})
	if !missing {
		return
	}
	if _, err := s.Propose("segment.fill", struct{}{}); err != nil {
		s.opts.Warn("topping up inner topics failed: %v", err)
	}
}
