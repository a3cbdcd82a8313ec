package meta

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Command is one entry of a raft log.
type Command struct {
	Op   string          `json:"op"`
	Data json.RawMessage `json:"data"`
}

// Change is what a command did to the state, as it is sent to every node's cache.
type Change struct {
	Kind  string          `json:"kind"`
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value,omitempty"` // none: deleted
}

// The arguments of commands that are not simply the thing itself.
type (
	KV struct {
		Key   string
		Value []byte
	}
	ShardArgs struct {
		Shard             Shard
		StorageFoldNeeded bool
	}
	RemoveArgs struct {
		ID        uint64
		Permanent bool // decommission: replicas are placed anew
	}
	ISRArgs struct {
		Segment     string
		Leader      uint64
		LeaderEpoch uint64
		ISR         []uint64
	}
)

// Encode builds a command.
func Encode(op string, data any) ([]byte, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(Command{op, raw})
}

// GroupOf says which raft group a command belongs to.
func GroupOf(op string) string {
	switch op {
	case "topic.create", "topic.delete", "user.save", "user.delete", "acl.save", "acl.delete":
		return "data_0"
	}
	return "metadata_0"
}

type handler func(s *State, data json.RawMessage) (any, []Change, error)

var handlers = map[string]handler{
	"kv.set":    on(func(s *State, in KV) (any, []Change, error) { s.KV[in.Key] = in.Value; return nil, nil, nil }),
	"kv.delete": on(func(s *State, in KV) (any, []Change, error) { delete(s.KV, in.Key); return nil, nil, nil }),
	"resource.set": on(func(s *State, in KV) (any, []Change, error) {
		s.Resources[in.Key] = in.Value
		return nil, changed("resource", in.Key, in.Value), nil
	}),
	"resource.delete": on(func(s *State, in KV) (any, []Change, error) { delete(s.Resources, in.Key); return nil, nil, nil }),
	"tenant.create": on(func(s *State, in Tenant) (any, []Change, error) {
		if _, exists := s.Tenants[in.Name]; exists {
			return nil, nil, nil
		}
		s.Tenants[in.Name] = in
		return nil, changed("tenant", in.Name, in), nil
	}),
	"tenant.delete": on(func(s *State, in Tenant) (any, []Change, error) {
		delete(s.Tenants, in.Name)
		return nil, deleted("tenant", in.Name), nil
	}),
	"user.save": on(func(s *State, in User) (any, []Change, error) {
		s.Users[Key(in.Tenant, in.Username)] = in
		return nil, changed("user", Key(in.Tenant, in.Username), in), nil
	}),
	"user.delete": on(func(s *State, in User) (any, []Change, error) {
		delete(s.Users, Key(in.Tenant, in.Username))
		return nil, deleted("user", Key(in.Tenant, in.Username)), nil
	}),
	"acl.save": on(func(s *State, in ACL) (any, []Change, error) {
		s.ACLs[Key(in.Tenant, in.Name)] = in
		return nil, changed("acl", Key(in.Tenant, in.Name), in), nil
	}),
	"acl.delete": on(func(s *State, in ACL) (any, []Change, error) {
		delete(s.ACLs, Key(in.Tenant, in.Name))
		return nil, deleted("acl", Key(in.Tenant, in.Name)), nil
	}),
	// A topic that exists is left alone, and nobody is told: the reason why a node that
	// starts in the middle of another's phase 7 waits in vain (facts §11.14).
	"topic.create": on(func(s *State, in Topic) (any, []Change, error) {
		if _, exists := s.Topics[Key(in.Tenant, in.Name)]; exists {
			return nil, nil, nil
		}
		s.Topics[Key(in.Tenant, in.Name)] = in
		return nil, changed("topic", Key(in.Tenant, in.Name), in), nil
	}),
	"topic.delete": on(func(s *State, in Topic) (any, []Change, error) {
		delete(s.Topics, Key(in.Tenant, in.Name))
		return nil, deleted("topic", Key(in.Tenant, in.Name)), nil
	}),
	"shard.create":  on((*State).createShard),
	"shard.delete":  on((*State).deleteShard),
	"segment.isr":   on((*State).updateISR),
	"segment.fill":  on((*State).fillInnerReplicas),
	"node.register": on((*State).registerNode),
	"node.remove":   on((*State).removeNode),
}

// on gives a handler its typed argument.
func on[T any](f func(*State, T) (any, []Change, error)) handler {
	return func(s *State, data json.RawMessage) (any, []Change, error) {
		var in T
		if err := json.Unmarshal(data, &in); err != nil {
			return nil, nil, err
		}
		return f(s, in)
	}
}

// Apply runs a committed command. It must be deterministic.
func (s *State) Apply(raw []byte) (any, []Change, error) {
	var c Command
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, nil, err
	}
	h, ok := handlers[c.Op]
	if !ok {
		return nil, nil, fmt.Errorf("unknown command %q", c.Op)
	}
	return h(s, c.Data)
}

func changed(kind, key string, value any) []Change {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // plain data
	}
	return []Change{{kind, key, raw}}
}

func deleted(kind, key string) []Change { return []Change{{Kind: kind, Key: key}} }

// Put applies a notification to a cache.
func (s *State) Put(c Change) error {
	switch c.Kind {
	case "node":
		var id uint64
		if _, err := fmt.Sscanf(c.Key, "%d", &id); err != nil {
			return err
		}
		return put(s.Nodes, id, c.Value)
	case "tenant":
		return put(s.Tenants, c.Key, c.Value)
	case "user":
		return put(s.Users, c.Key, c.Value)
	case "acl":
		return put(s.ACLs, c.Key, c.Value)
	case "topic":
		return put(s.Topics, c.Key, c.Value)
	case "shard":
		return put(s.Shards, c.Key, c.Value)
	case "segment":
		return put(s.Segments, c.Key, c.Value)
	case "resource":
		return put(s.Resources, c.Key, c.Value)
	}
	return errors.New("unknown kind of change " + c.Kind)
}

func put[K comparable, V any](m map[K]V, key K, raw json.RawMessage) error {
	if raw == nil {
		delete(m, key)
		return nil
	}
	var value V
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	m[key] = value
	return nil
}
