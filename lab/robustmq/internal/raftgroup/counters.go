package raftgroup

import "fmt"

// count adds one to a metric of a group.
func (n *Node) count(metric, group string) { n.countLabel(metric, fmt.Sprintf("machine=%q", group)) }

func (n *Node) countLabel(metric, label string) {
	n.countLock.Lock()
	defer n.countLock.Unlock()
	if n.counters[metric] == nil {
		n.counters[metric] = map[string]uint64{}
	}
	n.counters[metric][label]++
}

// Counters are the write and call counts by metric name and label.
func (n *Node) Counters() map[string]map[string]uint64 {
	n.countLock.Lock()
	defer n.countLock.Unlock()
	out := map[string]map[string]uint64{}
	for metric, series := range n.counters {
		out[metric] = map[string]uint64{}
		for label, value := range series {
			out[metric][label] = value
		}
	}
	return out
}
