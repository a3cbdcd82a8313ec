package scenarios

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// topicOn makes a topic of one replica that is led by a given node.
func topicOn(c *cluster, via int, leader uint64) string {
	c.t.Helper()
	client := c.connect(via, "maker")
	for i := range 12 {
		topic := "single/" + string(rune('a'+i))
		if !publish(client, topic, "first", false, 10*time.Second) {
			c.t.Fatal("no PUBACK")
		}
		if c.segment(via, topic).Leader == leader {
			return topic
		}
	}
	c.t.Fatalf("no topic landed on node %d", leader)
	return ""
}

// A stopped node makes data of one replica unreadable; it is back with the node.
func TestSingleReplicaUnreadable(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.extra = "[runtime]\ndefault_topic_replica_num = 1\n"
	c.start(1, all)
	c.up(1)
	c.start(5, "engine")
	c.up(5)
	topic := topicOn(c, 1, 5)
	messages := subscribe(t, c.connect(1, "sub"), topic)
	c.kill(5)
	publisher := c.connect(1, "pub")
	if publish(publisher, topic, "lost", false, 2*time.Second) {
		t.Fatal("a message was acknowledged although no replica lives")
	}
	c.eventually("the segment is unavailable", 10*time.Second, func() bool { return c.segment(1, topic).Status == "Unavailable" })
	c.restart(5)
	c.up(5)
	c.eventually("the segment is back", 5*time.Second, func() bool { return c.segment(1, topic).Status == "Write" })
	again := c.connect(1, "again")
	if !publish(again, topic, "second", false, 10*time.Second) {
		t.Fatal("no PUBACK after the node is back")
	}
	c.eventually("the message arrives", 5*time.Second, func() bool {
		select {
		case m := <-messages:
			return m == "second"
		default:
			return false
		}
	})
}

// Facts §11.20: what scale-in does without and with UnRegisterNode.
func TestScaleIn(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	c.extra = "[runtime]\ndefault_topic_replica_num = 2\n"
	three(c, "meta+engine")
	for id := 5; id <= 6; id++ {
		c.start(id, "broker+engine")
		c.up(id)
	}
	client := c.connect(5, "pub")
	topic := ""
	for i := range 12 {
		name := "t/" + string(rune('a'+i))
		if !publish(client, name, "x", false, 10*time.Second) {
			t.Fatal("no PUBACK")
		}
		if c.segment(5, name).Leader == 6 {
			topic = name
		}
	}
	if topic == "" {
		t.Fatal("node 6 leads nothing")
	}
	c.kill(6)
	if s := c.segment(5, topic); s.Leader != 6 {
		t.Fatalf("the dead node should still lead: %+v", s)
	}
	status, message, _ := c.rpc(1, metaService+"UnRegisterNode", []byte{3 << 3, 6})
	if status != "0" {
		t.Fatalf("UnRegisterNode: %s %s", status, message)
	}
	if slices.Contains(c.registered(1), 6) {
		t.Fatal("node 6 is still registered")
	}
	c.eventually("replicas are placed anew and in sync", 10*time.Second, func() bool {
		s := c.segment(5, topic)
		for _, r := range s.Replicas {
			if r.NodeID == 6 {
				return false
			}
		}
		return s.Status == "Write" && s.Leader != 6 && len(s.Replicas) == 2 && len(s.ISR) == 2
	})
	if !publish(client, topic, "y", false, 10*time.Second) {
		t.Fatal("no PUBACK after the scale-in")
	}
}

// Without UnRegisterNode the replica list goes on naming the dead node.
func TestExpiry(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, all)
	c.up(1)
	c.start(5, "engine")
	c.up(5)
	c.kill(5)
	if !slices.Contains(c.registered(1), 5) {
		t.Fatal("a dead node stays registered for 30 s")
	}
	c.eventually("it expires", 10*time.Second, func() bool { return !slices.Contains(c.registered(1), 5) })
}

// Facts §11.21: a follower that lags, and is healed by a restart. The file is the hook.
func TestLaggingFollower(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2)
	c.extra = "[runtime]\ndefault_topic_replica_num = 2\n"
	c.start(1, all)
	c.up(1)
	c.start(2, all)
	c.up(2)
	client := c.connect(1, "pub")
	topic := ""
	for i := range 16 {
		name := "t/" + string(rune('a'+i))
		if !publish(client, name, "x", false, 10*time.Second) {
			t.Fatal("no PUBACK")
		}
		if c.segment(1, name).Leader == 1 {
			topic = name
		}
	}
	if topic == "" {
		t.Fatal("node 1 leads nothing")
	}
	c.write(filepath.Join(c.nodeDir(2), "db", "standin-stall-fetch"), "")
	c.eventually("node 2 has left the in-sync set", 10*time.Second, func() bool {
		s := c.segment(1, topic)
		return slices.Equal(s.ISR, []uint64{1}) && len(s.Replicas) == 2
	})
	if !publish(client, topic, "y", false, 10*time.Second) {
		t.Fatal("the rest of the set must still take messages")
	}
	c.stop(2)
	c.restart(2)
	c.up(2)
	c.eventually("a restart heals", 10*time.Second, func() bool { return len(c.segment(1, topic).ISR) == 2 })
}

// With the leader of a replicated topic gone, an in-sync node takes over and nothing that was
// acknowledged is lost, not even a retained message that a broker started later reads.
func TestReplicatedTopicSurvives(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	c.extra = "[runtime]\ndefault_topic_replica_num = 3\n"
	three(c, "meta+engine")
	c.start(5, "broker+engine")
	c.up(5)
	messages := subscribe(t, c.connect(5, "sub"), "t/#")
	client := c.connect(5, "pub")
	topic, leader := "", uint64(0)
	for i := range 16 { // one that is led neither by the metadata leader nor by the broker itself
		topic = "t/" + string(rune('a'+i))
		if !publish(client, topic, topic, true, 10*time.Second) {
			t.Fatal("no PUBACK")
		}
		receive(t, messages, topic, 5*time.Second)
		if leader = c.segment(5, topic).Leader; leader == 2 || leader == 3 {
			break
		}
	}
	if leader != 2 && leader != 3 {
		t.Fatal("no topic landed on node 2 or 3")
	}
	c.kill(int(leader))
	if publish(client, topic, "while dead", false, time.Second) {
		t.Fatal("acknowledged although the leader is dead and not yet replaced")
	}
	c.eventually("another in-sync node leads", 10*time.Second, func() bool { return c.segment(5, topic).Leader != leader })
	again := c.connect(5, "again")
	if !publish(again, topic, "two", false, 10*time.Second) {
		t.Fatal("no PUBACK from the new leader")
	}
	receive(t, messages, "two", 5*time.Second)
}
