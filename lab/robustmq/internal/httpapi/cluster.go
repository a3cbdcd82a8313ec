package httpapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/meta"
)

// metaStatus is RaftMetrics read and written again by the admin API: two fields more, and no
// null where the real one expects a number.
type metaStatus struct {
	RunningState         json.RawMessage  `json:"running_state"`
	ID                   uint64           `json:"id"`
	CurrentTerm          uint64           `json:"current_term"`
	Vote                 json.RawMessage  `json:"vote"`
	LastLogIndex         *uint64          `json:"last_log_index"`
	LastApplied          json.RawMessage  `json:"last_applied"`
	Snapshot             json.RawMessage  `json:"snapshot"`
	Purged               json.RawMessage  `json:"purged"`
	State                string           `json:"state"`
	CurrentLeader        *uint64          `json:"current_leader"`
	MillisSinceQuorumAck *uint64          `json:"millis_since_quorum_ack"`
	LastQuorumAcked      uint64           `json:"last_quorum_acked"`
	MembershipConfig     membershipConfig `json:"membership_config"`
	Heartbeat            struct{}         `json:"heartbeat"`
	Replication          json.RawMessage  `json:"replication"`
}

type membershipConfig struct {
	LogID      json.RawMessage `json:"log_id"`
	Membership struct {
		Configs json.RawMessage `json:"configs"`
		Nodes   map[string]struct {
			NodeID  uint64 `json:"node_id"`
			RPCAddr string `json:"rpc_addr"`
		} `json:"nodes"`
	} `json:"membership"`
}

// info mixes the raft state of the first reachable meta node with this node's own cache.
func (a *api) info(w http.ResponseWriter, _ *http.Request) {
	content, err := a.Client.ClusterStatus()
	if err != nil {
		failure(w, http.StatusOK, "%v", err)
		return
	}
	groups := map[string]metaStatus{}
	if err := json.Unmarshal([]byte(content), &groups); err != nil {
		failure(w, http.StatusOK, "%v", err)
		return
	}
	if problem := nullProblem(content); problem != "" {
		failure(w, http.StatusOK, "%s", problem)
		return
	}
	hosts, nodes := map[string]bool{}, []meta.Node{}
	a.Cache.Read(func(s *meta.State) {
		for _, n := range s.Nodes {
			nodes = append(nodes, n)
			hosts[strings.Split(n.GRPCAddr, ":")[0]] = true
		}
	})
	for _, g := range groups {
		for _, n := range g.MembershipConfig.Membership.Nodes {
			hosts[strings.Split(n.RPCAddr, ":")[0]] = true
		}
	}
	list := make([]string, 0, len(hosts))
	for h := range hosts {
		list = append(list, h)
	}
	success(w, struct {
		Version string                `json:"version"`
		Name    string                `json:"cluster_name"`
		Start   int64                 `json:"start_time"`
		Nodes   []meta.Node           `json:"broker_node_list"`
		Meta    map[string]metaStatus `json:"meta"`
		Hosts   []string              `json:"nodes"`
	}{a.Version, a.Config.ClusterName, a.Start.Unix(), nodes, groups, list})
}

// nullProblem is the parser's complaint about a node that is not initialised.
func nullProblem(content string) string {
	for _, field := range []struct{ key, expected string }{
		{`"last_log_index":null`, "u64"}, {`"last_applied":null`, "struct LastApplied"}, {`"log_id":null`, "struct LogId"},
	} {
		if at := strings.Index(content, field.key); at >= 0 {
			return fmt.Sprintf("invalid type: null, expected %s at line 1 column %d", field.expected, at+len(field.key))
		}
	}
	return ""
}

// status of 0.3.0 always fails to read the answer of its own meta service.
func (a *api) status(w http.ResponseWriter, _ *http.Request) {
	content, err := a.Client.ClusterStatus()
	if err != nil {
		failure(w, http.StatusOK, "%v", err)
		return
	}
	failure(w, http.StatusOK, "invalid type: null, expected u64 at line 1 column %d", len(content))
}

func (a *api) configGet(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseUint(r.URL.Query().Get("broker_id"), 10, 64)
	if err != nil {
		success(w, json.RawMessage(a.Config.JSON("")))
		return
	}
	var node meta.Node
	var known bool
	a.Cache.Read(func(s *meta.State) { node, known = s.Nodes[id] })
	if !known {
		failure(w, http.StatusOK, "Broker node %d not found", id)
		return
	}
	resp, err := http.Get("http://" + node.HTTPAddr + "/api/cluster/config/get") // no token: refused between hosts
	if err != nil {
		failure(w, http.StatusOK, "Failed to fetch config from broker %d: %v", id, err)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.Copy(w, resp.Body)
}

// configSet saves first and parses then: a bad document is kept, and every node refuses its
// next start (facts §0.9).
func (a *api) configSet(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Type   string `json:"config_type"`
		Config string `json:"config"`
	}
	if !body(w, r, &in) {
		return
	}
	if !a.Config.KnowsDynamic(in.Type) {
		failure(w, http.StatusOK, "Unknown config_type: %s", in.Type)
		return
	}
	if err := a.Client.Write("resource.set", meta.KV{Key: "cluster/" + in.Type, Value: []byte(in.Config)}); err != nil {
		failure(w, http.StatusOK, "Failed to save config: %v", err)
		return
	}
	if err := a.Config.SetDynamic(in.Type, []byte(in.Config)); err != nil {
		failure(w, http.StatusOK, "Failed to update in-memory config: %v", err)
		return
	}
	success(w, "success")
}

// LoadDynamic applies the stored documents at start; the first bad one ends the process.
func LoadDynamic(c *config.Config, s *meta.State) error {
	for key, document := range s.Resources {
		configType, found := strings.CutPrefix(key, "cluster/")
		if !found || !c.KnowsDynamic(configType) || !config.RereadAtStart(configType) {
			continue
		}
		if err := c.SetDynamic(configType, document); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) nodeLeave(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID    uint64 `json:"node_id"`
		Force bool   `json:"force"`
	}
	if !validated(w, r, &in, func() string {
		if in.ID < 1 {
			return "node_id must be >= 1"
		}
		return ""
	}) {
		return
	}
	registered := false
	a.Cache.Read(func(s *meta.State) { _, registered = s.Nodes[in.ID] })
	if registered && !in.Force {
		failure(w, http.StatusOK, "Node %d is still registered (alive). Stop its process first, or pass force=true. Removing a live node would orphan it.", in.ID)
		return
	}
	if err := a.Client.Leave(in.ID); err != nil {
		failure(w, http.StatusOK, "%v", err)
		return
	}
	success(w, fmt.Sprintf("Node %d removed from the cluster. Wipe its data directory before rejoining as a new node.", in.ID))
}
