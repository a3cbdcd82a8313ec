// Package meta is the replicated metadata: the state machine behind the raft groups, and
// the same state as a cache on every node, kept by notifications from the leader.
package meta

import (
	"fmt"
	"sort"
)

const DefaultTenant = "default"

// Node is a registered process, in the JSON of /api/info.
type Node struct {
	Roles        []string       `json:"roles"`
	Extend       map[string]any `json:"extend"`
	NodeID       uint64         `json:"node_id"`
	NodeIP       string         `json:"node_ip"`
	GRPCAddr     string         `json:"grpc_addr"`
	HTTPAddr     string         `json:"http_addr"`
	EngineAddr   string         `json:"engine_addr"`
	StartTime    int64          `json:"start_time"`
	RegisterTime int64          `json:"register_time"`
	StorageFold  []string       `json:"storage_fold"`
}

// Has reports whether the node carries a role.
func (n Node) Has(role string) bool {
	for _, r := range n.Roles {
		if r == role {
			return true
		}
	}
	return false
}

type TenantConfig struct {
	MaxConnections int64 `json:"max_connections_per_node"`
	MaxCreateRate  int64 `json:"max_create_connection_rate_per_second"`
	MaxTopics      int64 `json:"max_topics"`
	MaxSessions    int64 `json:"max_sessions"`
	MaxPublishRate int64 `json:"max_publish_rate"`
}

type Tenant struct {
	Name       string       `json:"tenant_name"`
	Desc       string       `json:"desc"`
	Config     TenantConfig `json:"config"`
	CreateTime int64        `json:"create_time"`
}

type User struct {
	Tenant      string `json:"tenant"`
	Username    string `json:"username"`
	Password    string `json:"password"`
	IsSuperuser bool   `json:"is_superuser"`
	CreateTime  int64  `json:"create_time"`
}

type ACL struct {
	Tenant       string `json:"tenant"`
	Name         string `json:"name"`
	Desc         string `json:"desc"`
	ResourceType string `json:"resource_type"`
	ResourceName string `json:"resource_name"`
	Topic        string `json:"topic"`
	IP           string `json:"ip"`
	Action       string `json:"action"`
	Permission   string `json:"permission"`
}

type TopicConfig struct {
	MaxSegmentSize *uint64 `json:"max_segment_size"`
	MaxRecordNum   *uint64 `json:"max_record_num"`
	RetentionSec   uint64  `json:"retention_sec"`
}

type Topic struct {
	TopicID     string            `json:"topic_id"`
	Tenant      string            `json:"tenant"`
	Name        string            `json:"topic_name"`
	StorageType string            `json:"storage_type"`
	Source      string            `json:"source"`
	Partition   uint64            `json:"partition"`
	Replication uint64            `json:"replication"`
	Storage     map[string]string `json:"storage_name_list"` // partition -> shard
	Config      TopicConfig       `json:"config"`
	MarkDelete  bool              `json:"mark_delete"`
	CreateTime  int64             `json:"create_time"`
}

type ShardConfig struct {
	ReplicaNum        uint64  `json:"replica_num"`
	StorageType       string  `json:"storage_type"`
	MaxSegmentSize    *uint64 `json:"max_segment_size"`
	MaxRecordNum      *uint64 `json:"max_record_num"`
	RetentionSec      uint64  `json:"retention_sec"`
	MinInSyncReplicas uint64  `json:"min_in_sync_replicas"`
	IsInnerTopic      bool    `json:"is_inner_topic"`
}

type Shard struct {
	UID           string      `json:"shard_uid"`
	Name          string      `json:"shard_name"`
	TopicName     string      `json:"topic_name"`
	StartSegment  uint64      `json:"start_segment_seq"`
	ActiveSegment uint64      `json:"active_segment_seq"`
	LastSegment   uint64      `json:"last_segment_seq"`
	Status        string      `json:"status"`
	Config        ShardConfig `json:"config"`
	Desc          string      `json:"desc"`
	CreateTime    int64       `json:"create_time"`
}

type Replica struct {
	Seq    uint64 `json:"replica_seq"`
	NodeID uint64 `json:"node_id"`
	Fold   string `json:"fold"`
}

const (
	StatusWrite       = "Write"
	StatusUnavailable = "Unavailable"
)

type Segment struct {
	ShardName         string    `json:"shard_name"`
	Seq               uint64    `json:"segment_seq"`
	Replicas          []Replica `json:"replicas"`
	ISR               []uint64  `json:"isr"`
	LastKnownISR      []uint64  `json:"last_known_isr"`
	LeaderEpoch       uint64    `json:"leader_epoch"`
	Leader            uint64    `json:"leader"`
	SegmentEpoch      uint64    `json:"segment_epoch"`
	LeaderBrokerEpoch uint64    `json:"leader_broker_epoch"`
	Status            string    `json:"status"`
}

// HasReplica reports whether the node is to hold a copy.
func (s Segment) HasReplica(id uint64) bool {
	for _, r := range s.Replicas {
		if r.NodeID == id {
			return true
		}
	}
	return false
}

// State is everything that is replicated.
type State struct {
	Nodes     map[uint64]Node    `json:"nodes"`
	Epochs    map[uint64]uint64  `json:"epochs"`
	NextEpoch uint64             `json:"next_epoch"`
	Tenants   map[string]Tenant  `json:"tenants"`
	Users     map[string]User    `json:"users"`
	ACLs      map[string]ACL     `json:"acls"`
	Topics    map[string]Topic   `json:"topics"`
	Shards    map[string]Shard   `json:"shards"`
	Segments  map[string]Segment `json:"segments"`
	Resources map[string][]byte  `json:"resources"`
	KV        map[string][]byte  `json:"kv"`
}

// NewState is an empty state.
func NewState() *State {
	return &State{
		Nodes: map[uint64]Node{}, Epochs: map[uint64]uint64{}, Tenants: map[string]Tenant{}, Users: map[string]User{},
		ACLs: map[string]ACL{}, Topics: map[string]Topic{}, Shards: map[string]Shard{}, Segments: map[string]Segment{},
		Resources: map[string][]byte{}, KV: map[string][]byte{},
	}
}

// Key of a thing that belongs to a tenant.
func Key(tenant, name string) string { return tenant + "/" + name }

// SegmentKey of a shard's segment.
func SegmentKey(shard string, seq uint64) string { return fmt.Sprintf("%s,%d", shard, seq) }

// EngineNodes are the ids of the registered nodes that store, in order.
func (s *State) EngineNodes() []uint64 {
	var ids []uint64
	for id, n := range s.Nodes {
		if n.Has("engine") {
			ids = append(ids, id)
		}
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return ids
}
