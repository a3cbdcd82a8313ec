package httpapi

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync"

	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/mqttbroker"
)

// metricTypes are the names and types recorded from the real broker.
//
//go:embed metrics-types.txt
var metricTypes string

// counters count the admin API's own requests.
type counters struct {
	mu       sync.Mutex
	requests map[string]uint64
}

func newCounters() *counters { return &counters{requests: map[string]uint64{}} }

func (a *api) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.counters.mu.Lock()
		a.counters.requests[fmt.Sprintf(`method=%q,uri=%q`, r.Method, r.URL.Path)]++
		a.counters.mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

// metrics prints every name the real broker has; those the stand-in measures carry values.
func (a *api) metrics(w http.ResponseWriter, _ *http.Request) {
	values := a.values()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, line := range strings.Split(strings.TrimSpace(metricTypes), "\n") {
		parts := strings.Fields(line) // # TYPE name type
		if len(parts) != 4 {
			continue
		}
		fmt.Fprintln(w, line)
		suffix := ""
		if parts[3] == "counter" {
			suffix = "_total"
		}
		printMetric(w, parts[2]+suffix, values[parts[2]])
	}
	fmt.Fprintln(w, "# EOF")
}

func printMetric(w io.Writer, name string, series map[string]uint64) {
	labels := make([]string, 0, len(series))
	for l := range series {
		labels = append(labels, l)
	}
	sort.Strings(labels)
	for _, l := range labels {
		fmt.Fprintf(w, "%s{%s} %d\n", name, l, series[l])
	}
}

func (a *api) values() map[string]map[string]uint64 {
	one := func(n int64) map[string]uint64 { return map[string]uint64{"": uint64(max(n, 0))} }
	out := map[string]map[string]uint64{}
	var c mqttbroker.Counts
	if b := a.Broker(); b != nil {
		c = b.Counts()
	}
	topics := 0
	a.Cache.Read(func(s *meta.State) { topics = len(s.Topics) })
	if a.Config.Has("broker") {
		out["mqtt_connections_count"], out["mqtt_sessions_count"] = one(c.Connections), one(c.Sessions)
		out["mqtt_topics_count"], out["mqtt_subscribers_count"] = one(int64(topics)), one(c.Subscriptions)
		out["mqtt_retained_count"], out["mqtt_subscriptions_exclusive_count"] = one(c.Retained), one(c.Subscriptions)
		out["mqtt_messages_received"], out["mqtt_messages_sent"] = one(c.Received), one(c.Sent)
		out["mqtt_messages_delayed"], out["mqtt_messages_dropped_no_subscribers"] = one(0), one(0)
	}
	a.raftValues(out)
	a.counters.mu.Lock()
	defer a.counters.mu.Unlock()
	out["http_requests"] = map[string]uint64{}
	for labels, n := range a.counters.requests {
		out["http_requests"][labels] = n
	}
	return out
}

func (a *api) raftValues(out map[string]map[string]uint64) {
	if a.Meta == nil {
		return
	}
	for _, name := range []string{"raft_apply_lag", "raft_last_log_index", "raft_last_applied"} {
		out[name] = map[string]uint64{}
	}
	for name, series := range a.Meta.Raft().Counters() {
		out[name] = series
	}
	for group, m := range a.Meta.Raft().Status() {
		label := fmt.Sprintf("machine=%q", group)
		last, applied := uint64(0), uint64(0)
		if m.LastLogIndex != nil {
			last = *m.LastLogIndex
		}
		if m.LastApplied != nil {
			applied = m.LastApplied.Index
		}
		out["raft_apply_lag"][label] = last - min(applied, last)
		out["raft_last_log_index"][label], out["raft_last_applied"][label] = last, applied
	}
}
