package meta

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// NotifyPath is where a node takes cache updates, on its gRPC port.
const NotifyPath = "/standin/notify"

// notifier sends changes to every registered node, in order. The address of a node is taken
// at first contact and kept for ever (facts §0.8).
type notifier struct {
	mu     sync.Mutex
	nodes  map[uint64]*receiver
	client *http.Client
	warn   func(format string, args ...any)
}

type receiver struct {
	id      uint64
	addr    string
	pending []Change
	busy    bool
}

func newNotifier(warn func(string, ...any)) *notifier {
	return &notifier{nodes: map[uint64]*receiver{}, client: &http.Client{Timeout: 5 * time.Second}, warn: warn}
}

func (n *notifier) push(nodes map[uint64]Node, changes []Change) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, node := range nodes {
		r, known := n.nodes[id]
		if !known {
			r = &receiver{id: id, addr: node.GRPCAddr}
			n.nodes[id] = r
		}
		r.pending = append(r.pending, changes...)
		if !r.busy {
			r.busy = true
			go n.drain(r)
		}
	}
}

func (n *notifier) drain(r *receiver) {
	for {
		n.mu.Lock()
		batch := r.pending
		r.pending = nil
		if len(batch) == 0 {
			r.busy = false
			n.mu.Unlock()
			return
		}
		n.mu.Unlock()
		n.deliver(r, batch)
	}
}

// deliver tries a few times; a node that cannot be reached misses the update.
func (n *notifier) deliver(r *receiver, batch []Change) {
	body, err := json.Marshal(batch)
	if err != nil {
		panic(err) // plain data
	}
	for attempt := 1; ; attempt++ {
		resp, err := n.client.Post("http://"+r.addr+NotifyPath, "application/json", bytes.NewReader(body))
		if err == nil {
			resp.Body.Close()
			return
		}
		if attempt == 3 {
			n.warn("cache update for node %d at %s dropped: %v", r.id, r.addr, err)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
