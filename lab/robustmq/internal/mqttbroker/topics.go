package mqttbroker

import (
	"fmt"
	"strconv"
	"time"

	"github.com/rs/xid"

	"robustmq-standin/internal/meta"
)

// Topics creates topics and their shards, and waits until this node's cache shows them.
type Topics struct {
	Cache                   *meta.Cache
	Client                  *meta.Client
	Partitions, Replicas    uint64
	FoldsNeeded             bool
	TopicTimeout, ShardWait time.Duration // 5 s and 10 s on the real broker
}

// Ensure returns the topic, made if need be.
func (t *Topics) Ensure(tenant, name, source string) (meta.Topic, error) {
	topic, exists := t.find(tenant, name)
	if !exists {
		if err := t.Client.Write("topic.create", t.build(tenant, name, source)); err != nil {
			return topic, err
		}
		if !t.Cache.Await(t.TopicTimeout, func(s *meta.State) bool {
			topic, exists = s.Topics[meta.Key(tenant, name)]
			return exists
		}) {
			return topic, fmt.Errorf("Timeout waiting for topic '%s' to be created after 5 seconds", name)
		}
	}
	for _, shard := range topic.Storage {
		if err := t.ensureShard(topic, shard); err != nil {
			return topic, err
		}
	}
	return topic, nil
}

func (t *Topics) find(tenant, name string) (topic meta.Topic, exists bool) {
	t.Cache.Read(func(s *meta.State) { topic, exists = s.Topics[meta.Key(tenant, name)] })
	return
}

func (t *Topics) build(tenant, name, source string) meta.Topic {
	id := xid.New().String()
	topic := meta.Topic{
		TopicID: id, Tenant: tenant, Name: name, StorageType: "EngineRocksDB", Source: source,
		Partition: t.Partitions, Replication: t.Replicas, Storage: map[string]string{},
		Config:     meta.TopicConfig{MaxSegmentSize: new(uint64(1073741824)), RetentionSec: 604800},
		CreateTime: time.Now().Unix(),
	}
	for i := range t.Partitions {
		topic.Storage[strconv.FormatUint(i, 10)] = fmt.Sprintf("%s-%d", id, i)
	}
	return topic
}

// ensureShard: a shard that exists but is not in the local cache never comes, because nobody
// is told of it again. That is why a node without engine role cannot start alone (facts §2.4).
func (t *Topics) ensureShard(topic meta.Topic, shard string) error {
	ready := func(s *meta.State) bool {
		_, shardKnown := s.Shards[shard]
		_, segmentKnown := s.Segments[meta.SegmentKey(shard, 0)]
		return shardKnown && segmentKnown
	}
	known := false
	t.Cache.Read(func(s *meta.State) { known = ready(s) })
	if known {
		return nil
	}
	err := t.Client.Write("shard.create", meta.ShardArgs{StorageFoldNeeded: t.FoldsNeeded, Shard: meta.Shard{
		UID: xid.New().String(), Name: shard, TopicName: topic.Name, Status: "Run", Desc: "topic name:" + topic.Name,
		CreateTime: time.Now().Unix(),
		Config: meta.ShardConfig{ReplicaNum: topic.Replication, StorageType: topic.StorageType, MinInSyncReplicas: 1,
			MaxSegmentSize: topic.Config.MaxSegmentSize, MaxRecordNum: topic.Config.MaxRecordNum,
			RetentionSec: topic.Config.RetentionSec, IsInnerTopic: topic.Source == "SystemInner"},
	}})
	if err != nil {
		return err
	}
	if !t.Cache.Await(t.ShardWait, ready) {
		return fmt.Errorf("Timeout waiting for shard '%s' (topic '%s') to be created in local cache after 10s", shard, topic.Name)
	}
	return nil
}
