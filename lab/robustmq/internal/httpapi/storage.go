package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/mqttbroker"
)

type shardRow struct {
	Info shardDetail `json:"shard_info"`
}

type shardDetail struct {
	Name      string           `json:"shard_name"`
	TopicName string           `json:"topic_name"`
	Config    meta.ShardConfig `json:"config"`
	Desc      string           `json:"desc"`
}

func (a *api) shardList(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Shard string  `json:"shard_name"`
		Topic string  `json:"topic_name"`
		Limit *uint64 `json:"limit"`
		Page  *uint64 `json:"page"`
	}
	if !body(w, r, &in) {
		return
	}
	rows := collect(a, func(s *meta.State) map[string]meta.Shard { return s.Shards }, func(s meta.Shard) shardRow {
		return shardRow{shardDetail{s.Name, s.TopicName, s.Config, s.Desc}}
	})
	rows = slices.DeleteFunc(rows, func(s shardRow) bool {
		return (in.Shard != "" && s.Info.Name != in.Shard) || !strings.Contains(strings.ToLower(s.Info.TopicName), strings.ToLower(in.Topic))
	})
	page(w, text(in.Page), text(in.Limit), rows)
}

func text(n *uint64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatUint(*n, 10)
}

type segmentRow struct {
	Segment meta.Segment `json:"segment"`
	Meta    any          `json:"segment_meta"`
}

func (a *api) segmentList(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Shard string `json:"shard_name"`
	}
	if !body(w, r, &in) {
		return
	}
	rows := collect(a, func(s *meta.State) map[string]meta.Segment { return s.Segments }, func(s meta.Segment) segmentRow {
		return segmentRow{Segment: s}
	})
	rows = slices.DeleteFunc(rows, func(s segmentRow) bool { return s.Segment.ShardName != in.Shard })
	success(w, map[string]any{"segment_list": rows})
}

func (a *api) overview(w http.ResponseWriter, _ *http.Request) {
	nodes, topics := []meta.Node{}, 0
	a.Cache.Read(func(s *meta.State) {
		topics = len(s.Topics)
		for _, n := range s.Nodes {
			nodes = append(nodes, n)
		}
	})
	var c mqttbroker.Counts
	if b := a.Broker(); b != nil {
		c = b.Counts()
	}
	success(w, map[string]any{
		"node_list": nodes, "cluster_name": a.Config.ClusterName, "message_in_rate": 0, "message_out_rate": 0,
		"connection_num": c.Connections, "session_num": c.Sessions, "topic_num": topics,
		"tcp_connection_num": c.Connections, "tls_connection_num": 0, "websocket_connection_num": 0, "quic_connection_num": 0,
		"subscribe_num": c.Subscriptions, "exclusive_subscribe_num": c.Subscriptions, "exclusive_subscribe_thread_num": 0,
		"share_subscribe_group_num": 0, "share_subscribe_num": 0, "share_subscribe_thread_num": 0,
		"connector_num": 0, "connector_thread_num": 0,
	})
}

func (a *api) clientList(w http.ResponseWriter, r *http.Request) {
	rows := []mqttbroker.ClientRow{}
	if b := a.Broker(); b != nil {
		rows = b.Clients()
	}
	number, limit := listQuery(r)
	page(w, number, limit, rows)
}
