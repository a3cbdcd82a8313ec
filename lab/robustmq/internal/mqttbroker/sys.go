package mqttbroker

import (
	"fmt"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// sysTopics publishes two of the real broker's $SYS topics, every 60 s. They matter because
// they are created by all brokers at about the same time, a minute after the start.
func (b *Broker) sysTopics(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-ticker.C:
		}
		for topic, value := range map[string]string{
			"$SYS/brokers":                   fmt.Sprint(b.opts.Config.ID),
			"$SYS/brokers/stats/connections": fmt.Sprint(b.Counts().Connections),
		} {
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: topic,
				Payload: []byte(value), Created: time.Now().Unix()}
			if err := b.publish(pk); err != nil {
				b.opts.Warn("publish to %s failed: %v", topic, err)
			}
		}
	}
}
