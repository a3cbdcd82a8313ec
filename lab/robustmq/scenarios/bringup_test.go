package scenarios

import (
	"slices"
	"testing"
	"time"
)

const all = "meta+broker+engine"

// Facts §11.2: one by one, each joins within moments; a message crosses brokers (§11.12).
func TestOneByOne(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3, 4, 5)
	c.start(1, all)
	c.eventually("node 1 leads", 5*time.Second, func() bool { return c.leads(1, "metadata_0") })
	c.up(1)
	for id := 2; id <= 3; id++ {
		c.start(id, all)
		c.up(id)
	}
	for id := 1; id <= 3; id++ {
		c.eventually("formed", 5*time.Second, func() bool { return c.formed(id, 1, 2, 3) })
	}
	if got := c.registered(3); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Fatalf("registered: %v", got)
	}
	if got := c.status(2)["data_0"].State; got != "Follower" {
		t.Fatalf("node 2 is %s", got)
	}
	messages := subscribe(t, c.connect(3, "sub"), "room/+/temp")
	if !publish(c.connect(1, "pub"), "room/1/temp", "21", false, 10*time.Second) {
		t.Fatal("no PUBACK")
	}
	receive(t, messages, "21", 5*time.Second)
}
