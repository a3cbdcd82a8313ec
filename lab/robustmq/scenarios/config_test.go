package scenarios

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Facts §0.9 and §11.9: a bad document is refused and kept; the next start fails; a good one cures.
func TestPoisonedConfig(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, all)
	c.up(1)
	c.start(5, "broker+engine")
	c.up(5)
	_, body := c.post(1, "/api/cluster/config/set", `{"config_type":"MqttSlowSubscribeConfig","config":"{\"enable\":true,\"delay_type\":\"Partial\"}"}`)
	if !contains(body, `"code":100`) || !contains(body, "unknown variant `Partial`, expected one of `Whole`, `Internal`, `Response`") {
		t.Fatal(body)
	}
	c.stop(5)
	c.restart(5)
	if code := c.exits(5, 10*time.Second); code != 1 || !c.logged(5, "Failed to load cluster config: unknown variant `Partial`") {
		t.Fatalf("exit %d: %s", code, c.nodes[5].out)
	}
	_, body = c.post(1, "/api/cluster/config/set", `{"config_type":"MqttSlowSubscribeConfig","config":"{\"enable\":true,\"delay_type\":\"Whole\"}"}`)
	if body != `{"code":0,"data":"success","error":null}` {
		t.Fatal(body)
	}
	c.restart(5)
	c.up(5)
	_, body = c.post(1, "/api/cluster/config/set", `{"config_type":"MqttFlappingDetect","config":"{\"enable\":true,\"window_time\":7}"}`)
	if !contains(body, "success") {
		t.Fatal(body)
	}
	c.eventually("in force on the other node without a restart", 5*time.Second, func() bool {
		_, config := c.get(5, "/api/cluster/config/get")
		return contains(config, `"flapping_detect":{"enable":true,"window_time":7,`)
	})
}

// Facts §1.7: the keys of another release's dialect are silently ignored.
func TestWrongDialect(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.extra = "[mqtt_runtime]\ndefault_password = \"secret\"\n"
	c.start(1, all)
	c.up(1)
	if _, err := c.mqtt(1, "a", "admin", "secret"); err == nil {
		t.Fatal("the old key must not count")
	}
	if _, err := c.mqtt(1, "b", "admin", "robustmq"); err != nil {
		t.Fatal(err)
	}
}

// Facts §1.2: the stored password does not follow the file; the admin API changes it.
func TestDefaultUser(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.extra = "[mqtt_runtime.auth]\ndefault_password = \"one\"\n"
	c.start(1, all)
	c.up(1)
	if _, err := c.mqtt(1, "a", "admin", "one"); err != nil {
		t.Fatal(err)
	}
	c.stop(1)
	c.extra = "[mqtt_runtime.auth]\ndefault_password = \"two\"\n"
	c.start(1, all)
	c.up(1)
	if _, err := c.mqtt(1, "b", "admin", "two"); err == nil {
		t.Fatal("the file must not change the stored password")
	}
	if _, body := c.post(1, "/api/cluster/user/create", `{"tenant":"default","username":"admin","password":"three","is_superuser":true}`); !contains(body, "success") {
		t.Fatal(body)
	}
	c.eventually("the new password works", 5*time.Second, func() bool { _, err := c.mqtt(1, "c", "admin", "three"); return err == nil })
}

// The whole configuration is logged, with its secrets, unless logger.toml silences that target.
func TestLogOfConfiguration(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.extra = "[admin]\njwt_secret = \"0123456789abcdef\"\n"
	c.must(os.MkdirAll(c.nodeDir(1), 0o755))
	c.write(filepath.Join(c.nodeDir(1), "logger.toml"), "[stdout]\nkind = \"console\"\nlevel = \"info\"\nansi = false\n")
	c.start(1, all)
	c.eventually("the secret is in the log", 5*time.Second, func() bool { return c.logged(1, "0123456789abcdef") })
	c.kill(1)
	c.write(filepath.Join(c.nodeDir(1), "logger.toml"), "[stdout]\nkind = \"console\"\nansi = false\nformatter = \"json\"\n"+
		"targets = [{ path = \"\", level = \"info\" }, { path = \"broker_server::common\", level = \"off\" }]\n")
	c.restart(1)
	c.up(1)
	if c.logged(1, "0123456789abcdef") {
		t.Fatal("the target was not silenced")
	}
}

// 0.3.0 (facts §11.23–25): pure roles, every node initialises with the whole list.
func TestOldRelease(t *testing.T) {
	c := newCluster(t, "0.3.0", 1, 2, 3)
	c.env = []string{"ROBUSTMQ_STANDIN_SLOW_START=2s"}
	c.start(1, "meta")
	c.eventually("node 1 has initialised", 5*time.Second, func() bool { return c.logged(1, "Multi-Raft started") })
	if c.logged(1, "Meta Service cluster is ready") {
		t.Fatal("a lone first node waits")
	}
	c.start(2, "meta")
	c.start(3, "meta")
	c.start(5, "broker")
	if code := c.exits(5, 10*time.Second); code != 1 || !c.logged(5, "There are not enough nodes available in the cluster, 1 is needed, and currently 0") {
		t.Fatalf("a broker before any engine node: exit code %d", code)
	}
	c.start(4, "engine")
	c.up(1, 2, 3, 4)
	c.start(5, "broker")
	c.up(5)
	status, _, payload := c.rpc(1, metaService+"ClusterStatus", nil)
	if status != "0" || !contains(string(payload), `{"running_state":{"Ok":null},"id":1,`) {
		t.Fatalf("one object is expected: %s %q", status, payload)
	}
	if status, _, _ := c.rpc(1, metaService+"JoinCluster", []byte{8, 4}); status != "12" {
		t.Fatalf("JoinCluster: %s", status)
	}
	for path, want := range map[string]string{"/api/cluster/healthy": `"data":true`, "/api/status": `"code":100`} {
		if code, body := c.get(1, path); code != 200 || !contains(body, want) {
			t.Fatalf("%s: %d %s", path, code, body)
		}
	}
	for _, path := range []string{"/api/info", "/health/ready", "/api/health/ready", "/metrics"} {
		if code, _ := c.get(1, path); code != 404 {
			t.Fatalf("%s: %d", path, code)
		}
	}
	messages := subscribe(t, c.connect(5, "sub"), "a/b")
	if !publish(c.connect(5, "pub"), "a/b", "hello", false, 10*time.Second) {
		t.Fatal("no PUBACK")
	}
	receive(t, messages, "hello", 5*time.Second)
}
