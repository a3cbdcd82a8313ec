package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

const recordings = "../../../tests/recordings"

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// free are values that are null or something, as the moment has it.
var free = regexp.MustCompile(`\.(millis_since_quorum_ack|replication(\.#)?|snapshot|purged|max_segment_size|max_record_num)$`)

// shape lists every path of a document with its type. Keys that are numbers (node ids) are one.
func shape(v any, path string, out map[string]string) {
	switch x := v.(type) {
	case map[string]any:
		if !free.MatchString(path) {
			out[path] = "object"
		}
		for k, value := range x {
			if _, err := fmt.Sscanf(k, "%d", new(int)); err == nil {
				k = "#"
			}
			shape(value, path+"."+k, out)
		}
	case []any:
		out[path] = "list"
		for _, value := range x {
			shape(value, path+"[]", out)
		}
	case nil:
		if !free.MatchString(path) {
			out[path] = "null"
		}
	default:
		if !free.MatchString(path) {
			out[path] = fmt.Sprintf("%T", v)
		}
	}
}

// sameShape compares keys and types of two JSON documents.
func sameShape(t *testing.T, what string, got, want []byte) {
	t.Helper()
	shapes := [2]map[string]string{{}, {}}
	for i, raw := range [][]byte{got, want} {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatalf("%s: %v in %.200s", what, err, raw)
		}
		shape(v, "", shapes[i])
	}
	var problems []string
	for path, kind := range shapes[1] {
		if have := shapes[0][path]; have != kind && !insideFree(path) {
			problems = append(problems, fmt.Sprintf("%s: real %s, stand-in %q", path, kind, have))
		}
	}
	for path, kind := range shapes[0] {
		if _, known := shapes[1][path]; !known && !insideFree(path) {
			problems = append(problems, fmt.Sprintf("%s: only the stand-in has it (%s)", path, kind))
		}
	}
	sort.Strings(problems)
	if len(problems) > 0 {
		t.Errorf("%s differs from the recording:\n%s", what, strings.Join(problems, "\n"))
	}
}

func insideFree(path string) bool { return strings.Contains(path, ".replication.#") }

func (c *cluster) rawStatus(id int) []byte {
	_, _, payload := c.rpc(id, metaService+"ClusterStatus", nil)
	return payload[strings.IndexByte(string(payload), '{'):]
}

func TestRecordings(t *testing.T) {
	c := newCluster(t, "0.4.11", 1, 2, 3)
	three(c, all)
	sameShape(t, "ClusterStatus of the leader", c.rawStatus(1), recorded(t, "cluster-status-leader.json"))
	sameShape(t, "ClusterStatus of a follower", c.rawStatus(2), recorded(t, "cluster-status-follower.json"))
	for _, id := range []int{1, 3} {
		_, info := c.get(id, "/api/info")
		sameShape(t, "/api/info", []byte(info), recorded(t, "info-3node-ready-from-1.json"))
	}
	_, config := c.get(1, "/api/cluster/config/get")
	sameShape(t, "config/get", []byte(config), recorded(t, "config-get.json"))
	_, metrics := c.get(1, "/metrics")
	sameMetrics(t, metrics, string(recorded(t, "metrics-types.txt")))
	sameAnswers(c)
	// The peers' view of a dead leader, and what /api/info says after the election.
	c.kill(1)
	c.eventually("another leader", 10*time.Second, func() bool {
		return c.leads(2, "metadata_0") || c.leads(3, "metadata_0")
	})
	c.eventually("all groups led", 10*time.Second, func() bool {
		_, info := c.get(2, "/api/info")
		return strings.Count(info, `"current_leader":null`) == 0 && strings.Contains(info, `"code":0`) && len(c.registered(2)) == 2
	})
	_, info := c.get(2, "/api/info")
	sameShape(t, "/api/info after the leader's death", []byte(info), recorded(t, "info-after-leader-kill.json"))
}

func sameMetrics(t *testing.T, got, types string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(types), "\n") {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing metric %q", line)
		}
	}
	for _, sample := range []string{`raft_apply_lag{machine="metadata_0"} `, `raft_last_log_index{machine="data_0"} `, "mqtt_connections_count{} "} {
		if !strings.Contains(got, sample) {
			t.Errorf("missing sample %q", sample)
		}
	}
}

// exchange is one entry of http-answers.txt.
type exchange struct {
	request string
	bodies  []string
	status  string
}

func exchanges(t *testing.T) map[string]exchange {
	out := map[string]exchange{}
	var current exchange
	for _, line := range strings.Split(string(recorded(t, "http-answers.txt")), "\n") {
		switch {
		case strings.HasPrefix(line, "# "):
			current = exchange{request: line[2:]}
		case strings.HasPrefix(line, `{"http_status":`):
			current.status = strings.Trim(line[len(`{"http_status":`):], "}")
			out[current.request] = current
		default:
			current.bodies = append(current.bodies, line)
		}
	}
	return out
}

// sameAnswers replays the recorded requests.
func sameAnswers(c *cluster) {
	t, real := c.t, exchanges(c.t)
	for _, step := range []struct {
		name, method, path, body string
		exact                    bool
	}{
		{"POST /api/v1/login good", "POST", "/api/v1/login", `{"username":"admin","password":"admin"}`, false},
		{"POST /api/v1/login bad", "POST", "/api/v1/login", `{"username":"admin","password":"no"}`, true},
		{"config/set good", "POST", "/api/cluster/config/set", `{"config_type":"MqttFlappingDetect","config":"{\"enable\":true}"}`, true},
		{"config/set unknown type", "POST", "/api/cluster/config/set", `{"config_type":"Nope","config":"{}"}`, true},
		{"node/leave of a live node", "POST", "/api/cluster/node/leave", `{"node_id":3}`, true},
		{"unknown route under /api", "GET", "/api/nothing", "", true},
		{"user create, list, delete", "POST", "/api/cluster/user/create", `{"tenant":"default","username":"bob","password":"x","is_superuser":false}`, true},
		{"user create, list, delete", "GET", "/api/cluster/user/list", "", false},
		{"user create, list, delete", "POST", "/api/cluster/user/delete", `{"tenant":"default","username":"bob"}`, true},
		{"acl create, list", "POST", "/api/cluster/acl/create", `{"tenant":"default","name":"a1","resource_type":"User","resource_name":"bob","topic":"t/#","action":"Publish","permission":"Allow"}`, true},
		{"acl create, list", "GET", "/api/cluster/acl/list", "", false},
		{"tenant list", "GET", "/api/cluster/tenant/list", "", false},
		{"mqtt overview", "GET", "/api/mqtt/overview", "", false},
	} {
		want, known := real[step.name]
		if !known {
			t.Fatalf("no recording of %q", step.name)
		}
		code, got := c.request(step.method, "http://"+c.addr(1, portHTTP)+step.path, step.body, "")
		if strings.HasSuffix(step.path, "/list") { // a write reaches the node's own cache by notification
			c.eventually(step.path+" has rows", 5*time.Second, func() bool {
				code, got = c.get(1, step.path)
				return !strings.Contains(got, `"total_count":0`)
			})
		}
		if fmt.Sprint(code) != want.status {
			t.Errorf("%s: HTTP %d, real %s", step.name, code, want.status)
		}
		switch {
		case step.exact && !slices.Contains(want.bodies, got):
			t.Errorf("%s: %s\nreal: %s", step.name, got, strings.Join(want.bodies, "\n"))
		case !step.exact:
			last := want.bodies[len(want.bodies)-1]
			for _, b := range want.bodies {
				if strings.Contains(b, "total_count") {
					last = b
				}
			}
			sameShape(t, step.name, []byte(got), []byte(last))
		}
	}
}
