package scenarios

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const all = "meta+broker+engine"

// three brings nodes 1 to 3 up, one after the other.
func three(c *cluster, roles string) {
	c.t.Helper()
	for id := 1; id <= 3; id++ {
		c.start(id, roles)
		c.up(id)
	}
	for id := 1; id <= 3; id++ {
		c.eventually("formed", 5*time.Second, func() bool { return c.formed(id, 1, 2, 3) })
	}
}

// Facts §11.2: one by one, each joins within moments; a message crosses brokers (§11.12).
func TestOneByOne(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3, 4, 5)
	three(c, all)
	if got := c.registered(3); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Fatalf("registered: %v", got)
	}
	if g := c.status(2)["data_0"]; g.State != "Follower" || g.QuorumAck != nil {
		t.Fatalf("node 2: %+v", g)
	}
	messages := subscribe(t, c.connect(3, "sub"), "room/+/temp")
	if !publish(c.connect(1, "pub"), "room/1/temp", "21", false, 10*time.Second) {
		t.Fatal("no PUBACK")
	}
	receive(t, messages, "21", 5*time.Second)

	// A fourth one, listed from the start, joins without any change (§11.7).
	c.start(4, "meta+engine")
	c.up(4)
	c.eventually("four voters", 5*time.Second, func() bool { return c.formed(1, 1, 2, 3, 4) })

	// JoinCluster of a member changes nothing, not even an address (§0.8).
	request := append([]byte{1 << 3, 2, 2<<3 | 2, 11}, "127.0.0.1:1"...)
	if status, message, _ := c.rpc(1, metaService+"JoinCluster", request); status != "0" {
		t.Fatalf("JoinCluster again: %s %s", status, message)
	}
	if got := c.status(1)["data_0"].Membership.Membership.Nodes["2"].RPCAddr; got != c.addr(2, portGRPC) {
		t.Fatalf("the address of node 2 became %s", got)
	}
}

// Facts §3.5: the probe with nothing but sh, curl, tr and grep; §4: the typed leader query.
func TestLeaderQueries(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2)
	c.start(1, "meta+engine")
	c.up(1)
	probe := func(id int) error {
		return exec.Command("sh", "-c", `printf '\0\0\0\0\0' | curl -fsS -m 3 -H 'content-type: application/grpc-web+proto' --data-binary @- http://`+
			c.addr(id, portGRPC)+`/meta.service.common.MetaServiceService/ClusterStatus | tr -d '\0' |
			{ b=$(cat); echo "$b" | grep -q '"current_leader":[0-9]' && ! echo "$b" | grep -q '"current_leader":null\|"state":"Learner"\|"Err"'; }`).Run()
	}
	c.must(probe(1))
	status, _, payload := c.rpc(1, "meta.service.kafka.KafkaService/GetCoordinatorLeader", nil)
	if status != "0" || string(payload) != "\x08\x01\x10\x01" {
		t.Fatalf("GetCoordinatorLeader: %s %x", status, payload)
	}
	c.start(5, "engine")
	c.up(5)
	if status, _, _ := c.rpc(5, metaService+"ClusterStatus", nil); status != "12" {
		t.Fatalf("a node without the meta role must answer UNIMPLEMENTED, got %s", status)
	}
	if probe(5) == nil {
		t.Fatal("the probe must fail on a node without the meta role")
	}
}

// Facts §11.3: three fresh nodes at the same instant do not make a cluster of three.
func TestThreeFreshAtOncePunished(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	c.env = []string{"ROBUSTMQ_STANDIN_TIME_SCALE=0.5"} // "the same instant" must be wider than a busy machine's hiccups
	for id := 1; id <= 3; id++ {
		c.start(id, all)
	}
	ended := func() (n int) {
		for id := 1; id <= 3; id++ {
			select {
			case <-c.nodes[id].exited:
				n++
				if c.nodes[id].code != 1 {
					t.Fatalf("node %d ended with %d", id, c.nodes[id].code)
				}
			default:
			}
		}
		return
	}
	c.eventually("at least one node has exited with 1", 20*time.Second, func() bool { return ended() > 0 })
}

// Facts §0.6: a fresh node that reaches no peer founds a cluster of its own.
func TestSplitBrain(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2)
	c.start(2, all)
	c.up(2)
	if !c.formed(2, 2) {
		t.Fatal("node 2 alone should have founded a cluster")
	}
	if got := c.status(2)["metadata_0"].leader(); got != 2 {
		t.Fatalf("leader %d", got)
	}
}

// Facts §11.1: which roles can stand alone.
func TestRolesThatCannotStandAlone(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, "meta")
	if code := c.exits(1, 10*time.Second); code != 1 {
		t.Fatalf("pure meta: exit %d", code)
	}
	if !c.logged(1, "Failed to initialize inner topics: ") ||
		!c.logged(1, "There are not enough nodes available in the cluster, 1 is needed, and currently 0.") {
		t.Fatal(c.nodes[1].out)
	}
	c.must(os.RemoveAll(c.nodeDir(1)))
	c.start(1, "meta+engine")
	c.up(1)
	c.start(4, "broker")
	if code := c.exits(4, 10*time.Second); code != 1 {
		t.Fatalf("pure broker: exit %d", code)
	}
	if !c.logged(4, "Failed to initialize inner topics: Timeout waiting for shard") || !c.logged(4, "to be created in local cache after 10s") {
		t.Fatal(c.nodes[4].out)
	}
	if !slices.Contains(c.registered(1), 4) {
		t.Fatal("the dead broker should still be registered")
	}
	c.start(5, "broker+engine")
	c.start(6, "engine")
	c.up(5, 6)
}

// A node that starts while another's inner topics are being made (facts §11.14).
func TestStartedTooEarly(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2)
	c.start(1, "meta+engine")
	c.eventually("node 1 makes topics", 10*time.Second, func() bool { return c.logged(1, "StorageEngine Tcp Server started") })
	c.start(2, "meta+engine")
	select {
	case <-c.nodes[2].exited:
		if c.nodes[2].code != 1 || !c.logged(2, "Failed to initialize inner topics: Timeout waiting for") {
			t.Fatalf("exit %d: %s", c.nodes[2].code, c.nodes[2].out)
		}
	case <-time.After(3 * time.Second):
		t.Log("node 2 was lucky this time; the race is real, not staged")
	}
}

func TestPanics(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, all)
	c.up(1)

	// The store is locked by the first process.
	second := c.restart(1)
	if code := c.exits(1, 5*time.Second); code != 101 || !strings.Contains(second.out.String(), "Open RocksDB Fail") {
		t.Fatalf("locked store: exit %d: %s", code, second.out)
	}
	// An unquoted string in the environment.
	c.env = []string{"ROBUST_MQ_SERVER_CLUSTER_NAME=plain-text"}
	c.start(2, all)
	if code := c.exits(2, 5*time.Second); code != 101 {
		t.Fatalf("unquoted override: exit %d", code)
	}
	// An unwritable folder (as root: a file stands where the folder should be).
	c.env = nil
	c.must(os.MkdirAll(c.nodeDir(3), 0o755))
	c.write(filepath.Join(c.nodeDir(3), "db"), "")
	c.start(3, all)
	if code := c.exits(3, 5*time.Second); code != 101 {
		t.Fatalf("no folder: exit %d", code)
	}
}

func TestExitsWithOne(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	// A meta node that is not listed.
	c.start(2, all)
	if code := c.exits(2, 5*time.Second); code != 1 || !c.logged(2, "broker_id 2 not found in meta_addrs") {
		t.Fatalf("not listed: exit %d", code)
	}
	// No storage folders (the default configuration of the official image).
	c.start(1, all)
	path := filepath.Join(c.nodeDir(1), "server.toml")
	c.kill(1)
	c.must(os.RemoveAll(filepath.Join(c.nodeDir(1), "db")))
	raw, err := os.ReadFile(path)
	c.must(err)
	c.write(path, strings.ReplaceAll(string(raw), "data_path = [", "ignored = ["))
	c.restart(1)
	if code := c.exits(1, 5*time.Second); code != 1 || !c.logged(1, "Node 1 has no storage folders configured") {
		t.Fatalf("no folders: exit %d", code)
	}
	// No certificate.
	c.must(os.RemoveAll(filepath.Join(c.nodeDir(1), "db")))
	c.write(path, strings.ReplaceAll(string(raw), "cert.pem", "missing.pem"))
	c.restart(1)
	if code := c.exits(1, 10*time.Second); code != 1 || !c.logged(1, "TLS certificate") {
		t.Fatalf("no certificate: exit %d", code)
	}
}

// Facts §11.4: SIGTERM ends with 0, and everything is there again after a cold start of all.
func TestColdStart(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	c.extra = "[runtime]\ndefault_topic_replica_num = 3\n"
	three(c, all)
	if !publish(c.connect(1, "pub"), "kept/topic", "retained", true, 10*time.Second) {
		t.Fatal("no PUBACK")
	}
	for id := 1; id <= 3; id++ {
		if code := c.stop(id); code != 0 {
			t.Fatalf("node %d: exit %d", id, code)
		}
	}
	for id := 1; id <= 3; id++ {
		c.restart(id)
	}
	c.up(1, 2, 3)
	c.eventually("formed", 10*time.Second, func() bool { return c.formed(2, 1, 2, 3) })
	receive(t, subscribe(t, c.connect(3, "late"), "kept/#"), "retained", 5*time.Second)
}
