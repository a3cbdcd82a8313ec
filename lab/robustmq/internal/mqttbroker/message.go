// Package mqttbroker is the broker role: a real MQTT 3.1.1/5 server (mochi-mqtt) whose
// messages go through the segments of the storage nodes, so that they cross brokers.
package mqttbroker

import (
	"encoding/json"

	"github.com/mochi-mqtt/server/v2/packets"
)

// message is a PUBLISH as it is stored.
type message struct {
	Topic           string                 `json:"t"`
	Payload         []byte                 `json:"p"`
	QoS             byte                   `json:"q"`
	Retain          bool                   `json:"r,omitempty"`
	Origin          string                 `json:"o,omitempty"`
	Created         int64                  `json:"c"`
	Expiry          uint32                 `json:"e,omitempty"`
	User            []packets.UserProperty `json:"u,omitempty"`
	ContentType     string                 `json:"ct,omitempty"`
	ResponseTopic   string                 `json:"rt,omitempty"`
	CorrelationData []byte                 `json:"cd,omitempty"`
	PayloadFormat   *byte                  `json:"pf,omitempty"`
}

func encodePublish(pk packets.Packet) ([]byte, error) {
	m := message{
		Topic: pk.TopicName, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, Retain: pk.FixedHeader.Retain,
		Origin: pk.Origin, Created: pk.Created, Expiry: pk.Properties.MessageExpiryInterval,
		User: pk.Properties.User, ContentType: pk.Properties.ContentType, ResponseTopic: pk.Properties.ResponseTopic,
		CorrelationData: pk.Properties.CorrelationData,
	}
	if pk.Properties.PayloadFormatFlag {
		m.PayloadFormat = &pk.Properties.PayloadFormat
	}
	return json.Marshal(m)
}

func decodePublish(record []byte) (packets.Packet, error) {
	var m message
	if err := json.Unmarshal(record, &m); err != nil {
		return packets.Packet{}, err
	}
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: m.QoS, Retain: m.Retain},
		TopicName:   m.Topic, Payload: m.Payload, Origin: m.Origin, Created: m.Created,
		Properties: packets.Properties{
			MessageExpiryInterval: m.Expiry, User: m.User, ContentType: m.ContentType,
			ResponseTopic: m.ResponseTopic, CorrelationData: m.CorrelationData,
		},
	}
	if m.PayloadFormat != nil {
		pk.Properties.PayloadFormatFlag, pk.Properties.PayloadFormat = true, *m.PayloadFormat
	}
	return pk, nil
}
