package mqttbroker

import (
	"bytes"
	"crypto/subtle"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"robustmq-standin/internal/meta"
)

// hook ties the MQTT server to the replicated users and to the segments.
type hook struct {
	mqtt.HookBase
	broker *Broker
}

func (h *hook) ID() string { return "segments" }

func (h *hook) Provides(b byte) bool {
	return bytes.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnWill}, []byte{b})
}

// tenantAndUser: `tenant@user`, or the v5 user property `tenant`.
func tenantAndUser(pk packets.Packet) (tenant, user string) {
	user = string(pk.Connect.Username)
	if t, u, found := strings.Cut(user, "@"); found {
		return t, u
	}
	for _, p := range pk.Properties.User {
		if p.Key == "tenant" {
			return p.Val, user
		}
	}
	return meta.DefaultTenant, user
}

func (h *hook) OnConnectAuthenticate(_ *mqtt.Client, pk packets.Packet) bool {
	c := h.broker.opts.Config
	if c.Flag(c.Paths().SecretFree) {
		return true
	}
	tenant, name := tenantAndUser(pk)
	user, exists := h.user(tenant, name)
	return exists && subtle.ConstantTimeCompare([]byte(user.Password), pk.Connect.Password) == 1
}

func (h *hook) user(tenant, name string) (user meta.User, exists bool) {
	h.broker.opts.Cache.Read(func(s *meta.State) { user, exists = s.Users[meta.Key(tenant, name)] })
	return
}

// OnACLCheck: superusers may all, a matching Deny forbids, the rest is allowed.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	name := string(cl.Properties.Username)
	if user, exists := h.user(meta.DefaultTenant, name); exists && user.IsSuperuser {
		return true
	}
	action := "Subscribe"
	if write {
		action = "Publish"
	}
	allowed := true
	h.broker.opts.Cache.Read(func(s *meta.State) {
		for _, rule := range s.ACLs {
			concerns := (rule.ResourceType == "User" && rule.ResourceName == name) ||
				(rule.ResourceType == "ClientId" && rule.ResourceName == cl.ID)
			if concerns && rule.Permission == "Deny" && (rule.Action == "All" || rule.Action == action) && topicMatches(rule.Topic, topic) {
				allowed = false
			}
		}
	})
	return allowed
}

func topicMatches(filter, topic string) bool {
	if filter == "" || filter == "*" || filter == "#" {
		return true
	}
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		if level == "#" {
			return true
		}
		if i >= len(t) || (level != "+" && level != t[i]) {
			return false
		}
	}
	return len(f) == len(t)
}

// OnPublish stores the message before it is acknowledged. Delivery happens when the broker
// reads it back from the segment, on every broker alike.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	pk.Origin = cl.ID
	if err := h.broker.publish(pk); err != nil {
		h.broker.opts.Warn("publish to %s failed: %v", pk.TopicName, err)
		if cl.Properties.ProtocolVersion == 5 && pk.FixedHeader.Qos > 0 {
			return pk, packets.ErrUnspecifiedError
		}
		return pk, packets.ErrRejectPacket // no PUBACK: the client has to send again
	}
	return pk, packets.CodeSuccessIgnore
}

// OnWill stores the will like any message, and leaves nothing for the local server to send.
func (h *hook) OnWill(cl *mqtt.Client, will mqtt.Will) (mqtt.Will, error) {
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: will.Qos, Retain: will.Retain},
		TopicName:   will.TopicName, Payload: will.Payload, Origin: cl.ID, Created: time.Now().Unix(),
		Properties: packets.Properties{User: will.User},
	}
	if will.WillDelayInterval == 0 {
		if err := h.broker.publish(pk); err != nil {
			h.broker.opts.Warn("will to %s failed: %v", will.TopicName, err)
		}
		return mqtt.Will{TopicName: "$standin/sent", Flag: will.Flag}, nil
	}
	return will, nil
}
