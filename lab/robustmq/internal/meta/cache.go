package meta

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// Cache is a node's own copy of the state. It is loaded once at start (phase 3) and then
// follows notifications; what it missed it does not know.
type Cache struct {
	mu        sync.RWMutex
	state     *State
	changed   chan struct{} // closed at every change
	listeners []func(Change)
}

// NewCache is empty, as before phase 3.
func NewCache() *Cache { return &Cache{state: NewState(), changed: make(chan struct{})} }

// Load replaces the content.
func (c *Cache) Load(s *State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = s
	c.signal()
}

// OnChange registers a function that is called after every notification.
func (c *Cache) OnChange(f func(Change)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners = append(c.listeners, f)
}

// Put applies notifications in order.
func (c *Cache) Put(changes []Change) error {
	c.mu.Lock()
	for _, change := range changes {
		if err := c.state.Put(change); err != nil {
			c.mu.Unlock()
			return err
		}
	}
	listeners := c.listeners
	c.signal()
	c.mu.Unlock()
	for _, change := range changes {
		for _, f := range listeners {
			f(change)
		}
	}
	return nil
}

func (c *Cache) signal() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Read runs f with the state locked for reading.
func (c *Cache) Read(f func(*State)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f(c.state)
}

// Await blocks until the condition holds or the time is over.
func (c *Cache) Await(timeout time.Duration, condition func(*State) bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	for {
		c.mu.RLock()
		ok, changed := condition(c.state), c.changed
		c.mu.RUnlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// Clone copies a state through JSON, as it travels.
func (s *State) Clone() (*State, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	out := NewState()
	return out, json.Unmarshal(raw, out)
}

// PutNode enters one node.
func (c *Cache) PutNode(n Node) error {
	return c.Put(changed("node", strconv.FormatUint(n.NodeID, 10), n))
}

// Reconcile takes over shards and segments that differ from a fresh copy.
func (c *Cache) Reconcile(fresh *State) {
	var changes []Change
	c.Read(func(s *State) {
		for name, shard := range fresh.Shards {
			if _, known := s.Shards[name]; !known {
				changes = append(changes, changed("shard", name, shard)...)
			}
		}
		for key, seg := range fresh.Segments {
			if old, known := s.Segments[key]; !known || old.SegmentEpoch < seg.SegmentEpoch {
				changes = append(changes, changed("segment", key, seg)...)
			}
		}
	})
	if len(changes) == 0 {
		return
	}
	if err := c.Put(changes); err != nil {
		panic(err) // built here
	}
}
