package mqttbroker

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"

	"robustmq-standin/internal/engine"
	"robustmq-standin/internal/meta"
)

// RetainTopic is the inner topic that keeps retained messages.
const RetainTopic = "$retain-message"

// publish appends to the topic's segment, and to the one of retained messages.
func (b *Broker) publish(pk packets.Packet) error {
	record, err := encodePublish(pk)
	if err != nil {
		return err
	}
	if pk.FixedHeader.Retain {
		if err := b.store(RetainTopic, pk.Origin, record); err != nil {
			return err
		}
	}
	return b.store(pk.TopicName, pk.Origin, record)
}

func (b *Broker) store(topic, origin string, record []byte) error {
	t, err, _ := b.create.Do(topic, func() (any, error) { return b.opts.Topics.Ensure(meta.DefaultTenant, topic, "MQTT") })
	if err != nil {
		return err
	}
	return b.writer.Append(partition(t.(meta.Topic), origin), record, b.opts.AppendTimeout)
}

// partition: one client's messages stay in order.
func partition(t meta.Topic, origin string) string {
	h := fnv.New32a()
	h.Write([]byte(origin))
	return t.Storage[strconv.Itoa(int(uint64(h.Sum32())%max(1, t.Partition)))]
}

// startReading begins behind what exists; retained messages are read from the beginning.
func (b *Broker) startReading() {
	for key, topic := range b.readable() {
		b.cursors[key] = engine.Latest
		if topic == RetainTopic {
			b.cursors[key] = 0
		}
	}
	b.poller = engine.NewPoller(0, b.opts.Cache, b.wanted, b.deliver)
	b.poller.Start()
}

// readable are the segments with messages for subscribers.
func (b *Broker) readable() map[string]string {
	out := map[string]string{}
	b.opts.Cache.Read(func(s *meta.State) {
		for _, t := range s.Topics {
			if strings.HasPrefix(t.Name, "$") && t.Name != RetainTopic && !strings.HasPrefix(t.Name, "$SYS/brokers") {
				continue
			}
			for _, shard := range t.Storage {
				out[meta.SegmentKey(shard, 0)] = t.Name
			}
		}
	})
	return out
}

func (b *Broker) wanted() map[uint64]map[string]int64 {
	out := map[uint64]map[string]int64{}
	readable := b.readable()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opts.Cache.Read(func(s *meta.State) {
		for key := range readable {
			seg, exists := s.Segments[key]
			if !exists || seg.Status != meta.StatusWrite {
				continue
			}
			if out[seg.Leader] == nil {
				out[seg.Leader] = map[string]int64{}
			}
			out[seg.Leader][key] = b.cursors[key] // a segment that appeared later starts at 0
		}
	})
	return out
}

// deliver hands what was read to the local subscribers.
func (b *Broker) deliver(key string, batch engine.Batch) {
	topic := b.readable()[key]
	b.mu.Lock()
	defer b.mu.Unlock()
	cursor := b.cursors[key]
	if len(batch.Records) > 0 && int64(batch.Base) != cursor {
		return // an answer that came too late
	}
	b.cursors[key] = int64(batch.Next)
	for _, record := range batch.Records {
		pk, err := decodePublish(record)
		if err != nil {
			b.opts.Warn("segment %s: %v", key, err)
			continue
		}
		if topic == RetainTopic {
			b.server.Topics.RetainMessage(pk)
			continue
		}
		b.inject.ID = pk.Origin
		pk.PacketID = uint16(min(pk.FixedHeader.Qos, 1))
		if err := b.server.InjectPacket(b.inject, pk); err != nil {
			b.opts.Warn("delivery of %s: %v", pk.TopicName, err)
		}
	}
}
