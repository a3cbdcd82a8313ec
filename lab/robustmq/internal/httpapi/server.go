// Package httpapi is the admin API on http_port (facts §3).
package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/mqttbroker"
	"robustmq-standin/internal/release"
)

// Env is what the handlers need of their node.
type Env struct {
	Config  *config.Config
	Release release.Release
	Cache   *meta.Cache
	Client  *meta.Client
	Topics  *mqttbroker.Topics
	Start   time.Time
	Broker  func() *mqttbroker.Broker // nil until the listeners are open
	Meta    *meta.Service             // nil without the meta role
	Version string
}

type api struct {
	Env
	counters *counters
}

// New builds the handler for a release.
func New(env Env) http.Handler {
	a := &api{Env: env, counters: newCounters()}
	mux := http.NewServeMux()
	if !env.Release.MetricsPort {
		mux.HandleFunc("GET /metrics", a.metrics)
	}
	switch env.Release.Health {
	case release.HealthRoot:
		a.healthRoutes(mux, "/health", func(h http.HandlerFunc) http.HandlerFunc { return h })
	case release.HealthAPI:
		a.healthRoutes(mux, "/api/health", a.guarded)
	case release.HealthLegacy:
		mux.HandleFunc("GET /api/cluster/healthy", func(w http.ResponseWriter, _ *http.Request) { success(w, true) })
		mux.HandleFunc("GET /api/status", a.status)
	}
	if env.Release.Token {
		mux.HandleFunc("POST /api/v1/login", a.login)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	for pattern, h := range a.routes() {
		mux.HandleFunc(pattern, a.guarded(h))
	}
	return a.counted(mux)
}

// Metrics is the handler for the separate port of old releases.
func Metrics(env Env) http.Handler {
	a := &api{Env: env, counters: newCounters()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", a.metrics)
	return mux
}

func (a *api) routes() map[string]http.HandlerFunc {
	routes := map[string]http.HandlerFunc{
		"GET /api/cluster/config/get":           a.configGet,
		"POST /api/cluster/config/set":          a.configSet,
		"GET /api/mqtt/overview":                a.overview,
		"GET /api/mqtt/client/list":             a.clientList,
		"POST /api/storage-engine/shard/list":   a.shardList,
		"POST /api/storage-engine/segment/list": a.segmentList,
	}
	if !a.Release.Info {
		return routes
	}
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /api/info":                   a.info,
		"POST /api/cluster/node/leave":    a.nodeLeave,
		"GET /api/cluster/tenant/list":    a.tenantList,
		"POST /api/cluster/tenant/create": a.tenantCreate,
		"POST /api/cluster/tenant/delete": a.tenantDelete,
		"GET /api/cluster/user/list":      a.userList,
		"POST /api/cluster/user/create":   a.userCreate,
		"POST /api/cluster/user/delete":   a.userDelete,
		"GET /api/cluster/acl/list":       a.aclList,
		"POST /api/cluster/acl/create":    a.aclCreate,
		"POST /api/cluster/acl/delete":    a.aclDelete,
		"GET /api/cluster/topic/list":     a.topicList,
		"POST /api/cluster/topic/create":  a.topicCreate,
		"POST /api/cluster/topic/delete":  a.topicDelete,
	} {
		routes[pattern] = h
	}
	return routes
}

// success and failure are the envelope: HTTP 200 with a code, as plain text.
func success(w http.ResponseWriter, data any) {
	answer(w, http.StatusOK, struct {
		Code  int  `json:"code"`
		Data  any  `json:"data"`
		Error *int `json:"error"`
	}{0, data, nil})
}

func failure(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, struct {
		Code  int    `json:"code"`
		Data  string `json:"data"`
		Error string `json:"error"`
	}{100, "", fmt.Sprintf(format, args...)})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write(config.EncodeJSON(body, ""))
}

// result answers the outcome of a write.
func result(w http.ResponseWriter, err error) {
	if err != nil {
		failure(w, http.StatusOK, "%v", err)
		return
	}
	success(w, "success")
}

// body reads the JSON of a request; a plain extractor answers 400 in plain text.
func body(w http.ResponseWriter, r *http.Request, into any) bool {
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err == nil {
		return true
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, "Failed to deserialize the JSON body into the target type: %s: invalid type: %s", wrongType.Field, wrongType.Value)
		return false
	}
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, "Failed to parse the request body as JSON: %v at line 1 column %d", err, len(raw))
	return false
}

// validated reads the JSON of a request with rules: 400 in the envelope.
func validated(w http.ResponseWriter, r *http.Request, into any, check func() string) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		failure(w, http.StatusBadRequest, "JSON parsing failed: %v", err)
		return false
	}
	if problem := check(); problem != "" {
		failure(w, http.StatusBadRequest, "Parameter validation failed: %s", problem)
		return false
	}
	return true
}

func loopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}
