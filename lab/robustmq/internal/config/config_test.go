package config

import (
	"strings"
	"testing"

	"robustmq-standin/internal/release"
)

// Facts §1.1: what an override can and cannot do.
func TestOverrideByEnv(t *testing.T) {
	for name, c := range map[string]struct {
		toml, want string
		env        map[string]string
	}{
		"top level":             {"broker_id = 1", "broker_id =7", map[string]string{"ROBUST_MQ_SERVER_BROKER_ID": "7"}},
		"raw, quotes included":  {`broker_ip = "x"`, `broker_ip ="a.b"`, map[string]string{"ROBUST_MQ_SERVER_BROKER_IP": `"a.b"`}},
		"section with a dot":    {"[mqtt_runtime.server]\ntcp_port = 1", "[mqtt_runtime.server]\ntcp_port =2", map[string]string{"ROBUST_MQ_SERVER_MQTT_RUNTIME_SERVER_TCP_PORT": "2"}},
		"table":                 {"[meta_addrs]\n1 = \"a\"", "[meta_addrs]\n1 =\"b\"", map[string]string{"ROBUST_MQ_SERVER_META_ADDRS_1": `"b"`}},
		"inline table":          {"meta_addrs = { 1 = \"a\" }", "meta_addrs ={2=\"b\"}", map[string]string{"ROBUST_MQ_SERVER_META_ADDRS": `{2="b"}`}},
		"absent key":            {"broker_id = 1", "broker_id = 1", map[string]string{"ROBUST_MQ_SERVER_BROKER_IP": `"a"`}},
		"commented key":         {"#broker_ip = \"x\"", "#broker_ip = \"x\"", map[string]string{"ROBUST_MQ_SERVER_BROKER_IP": `"a"`}},
		"comment behind header": {"[admin] # who\npassword = \"x\"", "[admin] # who\npassword = \"x\"", map[string]string{"ROBUST_MQ_SERVER_ADMIN_PASSWORD": `"y"`}},
		"spaces in the header":  {"[ admin ]\npassword = \"x\"", "[ admin ]\npassword =\"y\"", map[string]string{"ROBUST_MQ_SERVER_ADMIN_PASSWORD": `"y"`}},
	} {
		got := OverrideByEnv(c.toml, func(key string) (string, bool) { v, ok := c.env[key]; return v, ok })
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func parse(t *testing.T, version, toml string) (*Config, error) {
	t.Helper()
	rel, err := release.For(version)
	if err != nil {
		t.Fatal(err)
	}
	return Parse(toml, rel)
}

func TestRefused(t *testing.T) {
	for toml, want := range map[string]string{
		"broker_id = \"one\"":    "invalid type: string \"one\", expected u64",
		"broker_id = -1":         "invalid value: integer `-1`, expected u64",
		"grpc_port = 4294967296": "expected u32",
		"roles = \"meta\"":       "expected a sequence",
		"cluster_name = plain":   "TOML parse error",
		"[mqtt_runtime.slow_subscribe]\ndelay_type = \"Partial\"": "unknown variant `Partial`, expected one of `Whole`, `Internal`, `Response`",
		"[mqtt_runtime.schema]\nstrategy = \"all\"":               "unknown variant `all`, expected `ALL` or `Any`",
		"[mqtt_runtime.keep_alive]\nmax_time = 70000":             "expected u16",
	} {
		if _, err := parse(t, "0.4.11", toml); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", toml, err, want)
		}
	}
	if _, err := parse(t, "0.3.0", "[runtime]\nruntime_worker_threads = 1"); err == nil || !strings.Contains(err.Error(), "missing field `tls_cert`") {
		t.Errorf("0.3.0 wants complete sections: %v", err)
	}
}

// Facts §1.2: unknown things are ignored, and some defaults depend on the section being there.
func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		version, toml, path string
		want                uint64
	}{
		{"0.4.11", "", "http_port", 58080},
		{"0.3.0", "", "http_port", 8080},
		{"0.4.11", "", "storage_runtime.tcp_port", 1778},
		{"0.4.11", "[storage_runtime]", "storage_runtime.tcp_port", 1779},
		{"0.4.11", "", "runtime.default_topic_partition_num", 3},
		{"0.4.11", "[runtime]", "runtime.default_topic_partition_num", 1},
		{"0.4.11", "", "runtime.default_topic_replica_num", 2},
		{"0.4.11", "", "broker_network.queue_size", 5000},
		{"0.4.11", "[broker_network]", "broker_network.queue_size", 2000},
		{"0.4.11", "[mqtt_server]\ntcp_port = 9", "mqtt_runtime.server.tcp_port", 1883},
		{"0.4.9", "[mqtt_server]\ntcp_port = 9", "mqtt_server.tcp_port", 9},
		{"0.4.11", "nonsense = 1\n[rocksdb]\nmax_open_files = 1", "grpc_port", 1228},
	} {
		cfg, err := parse(t, c.version, c.toml)
		if err != nil {
			t.Errorf("%s %q: %v", c.version, c.toml, err)
			continue
		}
		if got := cfg.Number(c.path); got != c.want {
			t.Errorf("%s %q: %s = %d, want %d", c.version, c.toml, c.path, got, c.want)
		}
	}
	cfg, err := parse(t, "0.4.11", "[mqtt_runtime]\ndefault_password = \"mine\"")
	if err != nil || cfg.Text(cfg.Paths().DefaultPassword) != "robustmq" {
		t.Errorf("a key of the old dialect must not count: %v", err)
	}
}

func TestMetaAddrsOrder(t *testing.T) {
	cfg, err := parse(t, "0.4.11", `meta_addrs = { 10 = "c:1", 2 = "b:1", 1 = "a:1" }`)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(cfg.MetaAddrList(), " "); got != "a:1 c:1 b:1" {
		t.Errorf("tried in the order of the keys as strings, got %s", got)
	}
	if cfg.Replicas != 2 {
		t.Errorf("replicas %d", cfg.Replicas)
	}
	cfg, err = parse(t, "0.4.11", "meta_addrs = { 1 = \"a:1\" }\n[runtime]\ndefault_topic_replica_num = 3")
	if err != nil || cfg.Replicas != 1 {
		t.Errorf("one entry forces one replica, got %d %v", cfg.Replicas, err)
	}
}

func TestSetDynamic(t *testing.T) {
	cfg, err := parse(t, "0.4.11", "[mqtt_runtime.flapping_detect]\nwindow_time = 9")
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.SetDynamic("MqttFlappingDetect", []byte(`{"enable":true}`)); err != nil {
		t.Fatal(err)
	}
	if cfg.Number("mqtt_runtime.flapping_detect.window_time") != 1 || !cfg.Flag("mqtt_runtime.flapping_detect.enable") {
		t.Error("missing fields fall back to code defaults, not to current values")
	}
	for document, want := range map[string]string{`{`: "at line 1 column 1", `{"enable":"yes"}`: "invalid type: string"} {
		if err := cfg.SetDynamic("MqttFlappingDetect", []byte(document)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", document, err)
		}
	}
}
