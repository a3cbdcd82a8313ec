package scenarios

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Facts §11.5: peers go on naming a dead leader; then others are elected; the old one returns
// as a follower.
func TestKilledLeader(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	three(c, all)
	c.kill(1)
	for _, id := range []int{2, 3} {
		if g := c.status(id)["metadata_0"]; g.leader() != 1 || g.State != "Follower" {
			t.Fatalf("node %d should still name the dead leader: %+v", id, g)
		}
	}
	led := func(which string) bool { return c.leads(2, which) || c.leads(3, which) }
	killed := time.Now()
	c.eventually("live nodes lead all groups", 10*time.Second, func() bool {
		return led("metadata_0") && led("offset_0") && led("data_0")
	})
	if took := time.Since(killed).Seconds() / scale; took < 25 || took > 120 {
		t.Fatalf("new leaders after %.0f s (unscaled), expected 30 to 40, more after split votes", took)
	}
	c.restart(1)
	c.up(1)
	c.eventually("the old leader follows", 5*time.Second, func() bool { return c.status(1)["metadata_0"].State == "Follower" })
}

// Facts §11.17: a leader that is back soon keeps leading.
func TestRestartedLeaderKeepsLeading(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	three(c, all)
	c.kill(1)
	c.restart(1)
	c.up(1)
	for _, which := range []string{"metadata_0", "offset_0", "data_0"} {
		c.eventually("node 1 leads "+which, 3*time.Second, func() bool { return c.leads(1, which) && c.status(3)[which].leader() == 1 })
	}
}

// Facts §11.6: an emptied former leader is refused while its peers still name it, and joins
// with its id as soon as somebody else leads. It never founds a second cluster.
func TestEmptiedLeader(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	c.extra = "[runtime]\ndefault_topic_replica_num = 3\n"
	three(c, all)
	c.kill(1)
	c.must(os.RemoveAll(filepath.Join(c.nodeDir(1), "db")))
	c.restart(1)
	if code := c.exits(1, 10*time.Second); code != 1 || !c.logged(1, "add_learner failed for node 1: has to forward request to: None, None") {
		t.Fatalf("exit %d: %s", code, c.nodes[1].out)
	}
	deadline := time.Now().Add(15 * time.Second)
	for c.formed(1, 1) || !c.logged(1, "Broker service started") {
		if time.Now().After(deadline) {
			t.Fatalf("the emptied node never came back: %s", c.nodes[1].out)
		}
		select {
		case <-c.nodes[1].exited:
			c.restart(1)
		case <-time.After(100 * time.Millisecond):
		}
	}
	c.eventually("three voters, one cluster", 5*time.Second, func() bool { return c.formed(1, 1, 2, 3) && c.formed(2, 1, 2, 3) })
}

// An emptied follower joins again under the same leader.
func TestEmptiedFollower(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	three(c, all)
	c.kill(3)
	c.must(os.RemoveAll(filepath.Join(c.nodeDir(3), "db")))
	c.restart(3)
	c.up(3)
	c.eventually("it has the log again", 10*time.Second, func() bool { return c.formed(3, 1, 2, 3) })
}

// Facts §11.11: the copy of one gracefully stopped follower is a backup of the whole cluster.
func TestRestoreByCloning(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	c.extra = "[runtime]\ndefault_topic_replica_num = 3\n"
	three(c, all)
	if !publish(c.connect(1, "pub"), "kept/topic", "retained", true, 10*time.Second) {
		t.Fatal("no PUBACK")
	}
	c.eventually("all replicas in sync", 10*time.Second, func() bool { return len(c.segment(2, "$retain-message").ISR) == 3 })
	c.stop(3)
	c.kill(1)
	c.kill(2)
	backup := filepath.Join(c.dir, "backup")
	c.must(os.Rename(filepath.Join(c.nodeDir(3), "db"), backup))
	for id := 1; id <= 3; id++ {
		target := filepath.Join(c.nodeDir(id), "db")
		c.must(os.RemoveAll(target))
		c.must(exec.Command("cp", "-a", backup, target).Run())
	}
	for id := 1; id <= 3; id++ {
		c.restart(id)
	}
	c.up(1, 2, 3)
	receive(t, subscribe(t, c.connect(2, "late"), "kept/#"), "retained", 5*time.Second)
}

// Facts §2.5 and §11.8.
func TestNodeLeave(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	three(c, all)
	if _, body := c.post(1, "/api/cluster/node/leave", `{"node_id":3}`); body !=
		`{"code":100,"data":"","error":"Node 3 is still registered (alive). Stop its process first, or pass force=true. Removing a live node would orphan it."}` {
		t.Fatal(body)
	}
	c.kill(3)
	if _, body := c.post(1, "/api/cluster/node/leave", `{"node_id":3,"force":true}`); body !=
		`{"code":0,"data":"Node 3 removed from the cluster. Wipe its data directory before rejoining as a new node.","error":null}` {
		t.Fatal(body)
	}
	if !c.formed(1, 1, 2) || !c.formed(2, 1, 2) {
		t.Fatal("node 3 should have left at once")
	}
	_, body := c.post(1, "/api/cluster/node/leave", `{"node_id":2,"force":true}`)
	if want := "refuse to remove node 2: only 2 voters, removing one would break quorum (need >= 3 voters to safely remove one)"; !contains(body, want) {
		t.Fatal(body)
	}
	if code, _ := c.post(1, "/api/cluster/node/leave", `{"node_id":0}`); code != 400 {
		t.Fatal("node_id 0 is not valid")
	}
}
