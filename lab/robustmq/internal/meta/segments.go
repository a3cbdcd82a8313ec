package meta

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
)

func (s *State) registerNode(n Node) (any, []Change, error) {
	s.NextEpoch++
	s.Epochs[n.NodeID] = s.NextEpoch
	s.Nodes[n.NodeID] = n
	changes := changed("node", strconv.FormatUint(n.NodeID, 10), n)
	return s.NextEpoch, append(changes, s.recoverSegments(n.NodeID)...), nil
}

// recoverSegments: a node that was in sync when everything was lost leads again.
func (s *State) recoverSegments(id uint64) (changes []Change) {
	for _, key := range s.segmentKeys() {
		seg := s.Segments[key]
		if seg.Status != StatusUnavailable || !slices.Contains(seg.LastKnownISR, id) || !seg.HasReplica(id) {
			continue
		}
		seg.Status, seg.Leader, seg.ISR, seg.LastKnownISR = StatusWrite, id, []uint64{id}, []uint64{}
		seg.LeaderEpoch++
		seg.SegmentEpoch++
		seg.LeaderBrokerEpoch = s.Epochs[id]
		changes = append(changes, s.saveSegment(seg)...)
	}
	return changes
}

// removeNode: expiry moves leadership only; a permanent removal also places the replicas anew.
func (s *State) removeNode(in RemoveArgs) (any, []Change, error) {
	if _, registered := s.Nodes[in.ID]; !registered {
		return nil, nil, nil
	}
	delete(s.Nodes, in.ID)
	changes := deleted("node", strconv.FormatUint(in.ID, 10))
	for _, key := range s.segmentKeys() {
		seg := s.Segments[key]
		switch {
		case in.Permanent && (seg.HasReplica(in.ID) || seg.Leader == in.ID):
			changes = append(changes, s.saveSegment(s.decommission(seg, in.ID))...)
		case !in.Permanent && seg.Leader == in.ID:
			seg.SegmentEpoch++
			changes = append(changes, s.saveSegment(s.switchLeader(seg, in.ID))...)
		}
	}
	return nil, changes, nil
}

// switchLeader takes the first other in-sync node, whether it lives or not; with none the
// segment is unavailable until a former in-sync node registers again.
func (s *State) switchLeader(seg Segment, gone uint64) Segment {
	before := slices.Clone(seg.ISR)
	seg.ISR = slices.DeleteFunc(slices.Clone(seg.ISR), func(id uint64) bool { return id == gone })
	if len(seg.ISR) == 0 {
		if len(before) > 0 {
			seg.LastKnownISR = before
		}
		seg.Status = StatusUnavailable
		return seg
	}
	seg.Leader = seg.ISR[0]
	seg.LeaderEpoch++
	seg.LeaderBrokerEpoch = s.Epochs[seg.Leader]
	return seg
}

func (s *State) decommission(seg Segment, gone uint64) Segment {
	held := map[uint64]bool{}
	for _, r := range seg.Replicas {
		held[r.NodeID] = true
	}
	seg.Replicas = slices.DeleteFunc(slices.Clone(seg.Replicas), func(r Replica) bool { return r.NodeID == gone })
	if target, ok := s.leastLoaded(func(id uint64) bool { return !held[id] }); ok {
		seg.Replicas = append(seg.Replicas, s.newReplica(seg, target))
	}
	seg.SegmentEpoch++
	if seg.Leader == gone {
		return s.switchLeader(seg, gone)
	}
	seg.ISR = slices.DeleteFunc(slices.Clone(seg.ISR), func(id uint64) bool { return id == gone })
	return seg
}

func (s *State) newReplica(seg Segment, node uint64) Replica {
	next := uint64(0)
	for _, r := range seg.Replicas {
		next = max(next, r.Seq+1)
	}
	return Replica{next, node, s.fold(node)}
}

func (s *State) fold(node uint64) string {
	if folds := s.Nodes[node].StorageFold; len(folds) > 0 {
		return folds[0]
	}
	return ""
}

func (s *State) createShard(in ShardArgs) (any, []Change, error) {
	var changes []Change
	if _, exists := s.Shards[in.Shard.Name]; !exists {
		s.Shards[in.Shard.Name] = in.Shard
		changes = changed("shard", in.Shard.Name, in.Shard)
	}
	if _, exists := s.Segments[SegmentKey(in.Shard.Name, 0)]; exists {
		return nil, changes, nil
	}
	seg, err := s.buildSegment(in)
	if err != nil {
		return nil, changes, err
	}
	return nil, append(changes, s.saveSegment(seg)...), nil
}

// buildSegment places the replicas on the least loaded nodes, the leader first.
func (s *State) buildSegment(in ShardArgs) (Segment, error) {
	alive := s.EngineNodes()
	want := int(in.Shard.Config.ReplicaNum)
	if in.Shard.Config.IsInnerTopic {
		// An inner topic may start with fewer replicas; the rest is filled in later.
		want = max(1, min(want, len(alive)))
	}
	if len(alive) < want {
		return Segment{}, fmt.Errorf("CreateSegment,There are not enough nodes available in the cluster, %d is needed, and currently %d.", want, len(alive))
	}
	replicas, leaders := s.loads()
	sort.SliceStable(alive, func(i, j int) bool { return replicas[alive[i]] < replicas[alive[j]] })
	chosen := alive[:want]
	sort.SliceStable(chosen, func(i, j int) bool { return leaders[chosen[i]] < leaders[chosen[j]] })

	seg := Segment{ShardName: in.Shard.Name, Leader: chosen[0], Status: StatusWrite, LastKnownISR: []uint64{},
		LeaderBrokerEpoch: s.Epochs[chosen[0]]}
	for _, id := range chosen {
		if in.StorageFoldNeeded && len(s.Nodes[id].StorageFold) == 0 {
			return Segment{}, fmt.Errorf("Node %d has no storage folders configured", id)
		}
		seg.Replicas = append(seg.Replicas, s.newReplica(seg, id))
		seg.ISR = append(seg.ISR, id)
	}
	return seg, nil
}

func (s *State) deleteShard(in Shard) (any, []Change, error) {
	delete(s.Shards, in.Name)
	delete(s.Segments, SegmentKey(in.Name, 0))
	return nil, append(deleted("shard", in.Name), deleted("segment", SegmentKey(in.Name, 0))...), nil
}

// updateISR is refused unless it comes from the present leader.
func (s *State) updateISR(in ISRArgs) (any, []Change, error) {
	seg, exists := s.Segments[in.Segment]
	if !exists || seg.Leader != in.Leader || seg.LeaderEpoch != in.LeaderEpoch || seg.Status != StatusWrite {
		return nil, nil, fmt.Errorf("fenced ISR update of segment %s", in.Segment)
	}
	for _, id := range in.ISR {
		if !seg.HasReplica(id) {
			return nil, nil, fmt.Errorf("segment %s has no replica on node %d", in.Segment, id)
		}
	}
	seg.ISR = in.ISR
	seg.SegmentEpoch++
	return nil, s.saveSegment(seg), nil
}

// fillInnerReplicas tops up inner topics that were created when too few nodes were there.
func (s *State) fillInnerReplicas(struct{}) (any, []Change, error) {
	var changes []Change
	for _, key := range s.segmentKeys() {
		seg := s.Segments[key]
		config := s.Shards[seg.ShardName].Config
		before := len(seg.Replicas)
		for config.IsInnerTopic && uint64(len(seg.Replicas)) < config.ReplicaNum {
			target, ok := s.leastLoaded(func(id uint64) bool { return !seg.HasReplica(id) })
			if !ok {
				break
			}
			seg.Replicas = append(slices.Clone(seg.Replicas), s.newReplica(seg, target))
			s.Segments[key] = seg
		}
		if len(seg.Replicas) > before {
			seg.SegmentEpoch++
			changes = append(changes, s.saveSegment(seg)...)
		}
	}
	return nil, changes, nil
}

func (s *State) saveSegment(seg Segment) []Change {
	key := SegmentKey(seg.ShardName, seg.Seq)
	s.Segments[key] = seg
	return changed("segment", key, seg)
}

func (s *State) loads() (replicas, leaders map[uint64]int) {
	replicas, leaders = map[uint64]int{}, map[uint64]int{}
	for _, seg := range s.Segments {
		leaders[seg.Leader]++
		for _, r := range seg.Replicas {
			replicas[r.NodeID]++
		}
	}
	return
}

func (s *State) leastLoaded(fit func(uint64) bool) (uint64, bool) {
	replicas, _ := s.loads()
	best, found := uint64(0), false
	for _, id := range s.EngineNodes() {
		if fit(id) && (!found || replicas[id] < replicas[best]) {
			best, found = id, true
		}
	}
	return best, found
}

func (s *State) segmentKeys() []string {
	keys := make([]string, 0, len(s.Segments))
	for k := range s.Segments {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
