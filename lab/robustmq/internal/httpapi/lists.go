package httpapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"robustmq-standin/internal/meta"
)

// page is the envelope of all lists: page and limit (default 10) of the query.
func page[T any](w http.ResponseWriter, pageNo, limit string, rows []T) {
	size, err := strconv.Atoi(limit)
	if err != nil || size < 1 {
		size = 10
	}
	number, err := strconv.Atoi(pageNo)
	if err != nil || number < 1 {
		number = 1
	}
	from := min((number-1)*size, len(rows))
	shown := rows[from:min(from+size, len(rows))]
	if shown == nil {
		shown = []T{}
	}
	success(w, struct {
		Data  []T `json:"data"`
		Total int `json:"total_count"`
	}{shown, len(rows)})
}

// collect reads a map of the cache in the order of its keys.
func collect[V, R any](a *api, read func(*meta.State) map[string]V, row func(V) R) []R {
	rows := []R{}
	a.Cache.Read(func(s *meta.State) {
		items := read(s)
		keys := make([]string, 0, len(items))
		for k := range items {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			rows = append(rows, row(items[k]))
		}
	})
	return rows
}

func same[V any](v V) V { return v }

func listQuery(r *http.Request) (string, string) {
	return r.URL.Query().Get("page"), r.URL.Query().Get("limit")
}

func length(value, name string, limit int) string {
	if value == "" || len(value) > limit {
		return name + " length must be between 1-" + strconv.Itoa(limit)
	}
	return ""
}

func (a *api) tenantList(w http.ResponseWriter, r *http.Request) {
	number, limit := listQuery(r)
	page(w, number, limit, collect(a, func(s *meta.State) map[string]meta.Tenant { return s.Tenants }, same))
}

// DefaultQuota of a tenant that names none.
func DefaultQuota() meta.TenantConfig {
	return meta.TenantConfig{MaxConnections: 10000000, MaxCreateRate: 10000, MaxTopics: 5000000, MaxSessions: 50000000, MaxPublishRate: 10000}
}

func (a *api) tenantCreate(w http.ResponseWriter, r *http.Request) {
	in := meta.Tenant{Config: DefaultQuota()}
	if validated(w, r, &in, func() string { return length(in.Name, "Tenant name", 128) }) {
		in.CreateTime = time.Now().Unix()
		result(w, a.Client.Write("tenant.create", in))
	}
}

func (a *api) tenantDelete(w http.ResponseWriter, r *http.Request) {
	var in meta.Tenant
	if validated(w, r, &in, func() string { return length(in.Name, "Tenant name", 128) }) {
		result(w, a.Client.Write("tenant.delete", in))
	}
}

type userRow struct {
	Tenant      string `json:"tenant"`
	Username    string `json:"username"`
	IsSuperuser bool   `json:"is_superuser"`
	CreateTime  int64  `json:"create_time"`
}

func (a *api) userList(w http.ResponseWriter, r *http.Request) {
	number, limit := listQuery(r)
	page(w, number, limit, collect(a, func(s *meta.State) map[string]meta.User { return s.Users }, func(u meta.User) userRow {
		return userRow{u.Tenant, u.Username, u.IsSuperuser, u.CreateTime}
	}))
}

func (a *api) userCreate(w http.ResponseWriter, r *http.Request) {
	var in meta.User
	if validated(w, r, &in, func() string {
		return cmp.Or(length(in.Tenant, "Tenant", 64), length(in.Username, "Username", 64), length(in.Password, "Password", 128))
	}) {
		in.CreateTime = time.Now().Unix()
		result(w, a.Client.Write("user.save", in))
	}
}

func (a *api) userDelete(w http.ResponseWriter, r *http.Request) {
	var in meta.User
	if validated(w, r, &in, func() string { return cmp.Or(length(in.Tenant, "Tenant", 64), length(in.Username, "Username", 64)) }) {
		result(w, a.Client.Write("user.delete", in))
	}
}

func (a *api) aclList(w http.ResponseWriter, r *http.Request) {
	number, limit := listQuery(r)
	page(w, number, limit, collect(a, func(s *meta.State) map[string]meta.ACL { return s.ACLs }, same))
}

func (a *api) aclCreate(w http.ResponseWriter, r *http.Request) {
	in := meta.ACL{IP: "*"}
	if validated(w, r, &in, func() string {
		return cmp.Or(length(in.Tenant, "Tenant", 64), length(in.Name, "Name", 128),
			oneOf(in.ResourceType, "ClientId", "User", "Ip"), oneOf(in.Action, "Publish", "Subscribe", "All"),
			oneOf(in.Permission, "Allow", "Deny"))
	}) {
		result(w, a.Client.Write("acl.save", in))
	}
}

func oneOf(value string, allowed ...string) string {
	if slices.Contains(allowed, value) {
		return ""
	}
	return "unknown variant `" + value + "`, expected one of " + strings.Join(allowed, ", ")
}

func (a *api) aclDelete(w http.ResponseWriter, r *http.Request) {
	var in meta.ACL
	if validated(w, r, &in, func() string { return cmp.Or(length(in.Tenant, "Tenant", 64), length(in.Name, "Name", 128)) }) {
		result(w, a.Client.Write("acl.delete", in))
	}
}

func (a *api) topicList(w http.ResponseWriter, r *http.Request) {
	number, limit := listQuery(r)
	page(w, number, limit, collect(a, func(s *meta.State) map[string]meta.Topic { return s.Topics }, same))
}

func (a *api) topicCreate(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Tenant      string  `json:"tenant"`
		Name        string  `json:"topic_name"`
		StorageType string  `json:"storage_type"`
		Source      string  `json:"source"`
		Partition   *uint64 `json:"partition"`
		Replication *uint64 `json:"replication"`
	}
	if !validated(w, r, &in, func() string {
		return cmp.Or(length(in.Tenant, "Tenant", 128), length(in.Name, "Topic name", 256),
			oneOf(in.StorageType, "EngineMemory", "EngineRocksDB", "EngineSegment"),
			oneOf(in.Source, "MQTT", "NATS", "MQ9", "Kafka", "AMQP", "SystemInner"))
	}) {
		return
	}
	topics := *a.Topics
	if in.Partition != nil {
		topics.Partitions = *in.Partition
	}
	if in.Replication != nil && len(a.Config.MetaAddrs) > 1 {
		topics.Replicas = *in.Replication
	}
	_, err := topics.Ensure(in.Tenant, in.Name, in.Source)
	result(w, err)
}

// topicDelete removes the topic and its shards.
func (a *api) topicDelete(w http.ResponseWriter, r *http.Request) {
	var in meta.Topic
	if !validated(w, r, &in, func() string { return cmp.Or(length(in.Tenant, "Tenant", 128), length(in.Name, "Topic name", 256)) }) {
		return
	}
	var topic meta.Topic
	a.Cache.Read(func(s *meta.State) { topic = s.Topics[meta.Key(in.Tenant, in.Name)] })
	for _, shard := range topic.Storage {
		if err := a.Client.Write("shard.delete", meta.Shard{Name: shard}); err != nil {
			result(w, err)
			return
		}
	}
	result(w, a.Client.Write("topic.delete", in))
}
