package httpapi

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

type health struct {
	Status  string `json:"status"`
	Type    string `json:"check_type"`
	Message string `json:"message"`
}

func (a *api) healthRoutes(mux *http.ServeMux, prefix string, guard func(http.HandlerFunc) http.HandlerFunc) {
	placeholder := func(kind string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			success(w, health{"ok", kind, "health check placeholder"})
		}
	}
	mux.HandleFunc("GET "+prefix+"/ready", guard(a.ready))
	mux.HandleFunc("GET "+prefix+"/node", guard(placeholder("node")))
	mux.HandleFunc("GET "+prefix+"/cluster", guard(placeholder("cluster")))
}

// ready connects to the node's own ports, the QUIC port (UDP!) among them by TCP: on a broker
// it can only succeed when that number is also a TCP port (facts §0.4).
func (a *api) ready(w http.ResponseWriter, _ *http.Request) {
	ports := map[string]uint64{"http": a.Config.HTTPPort, "grpc": a.Config.GRPCPort}
	if a.Config.Has("broker") {
		for _, key := range []string{"tcp_port", "tls_port", "websocket_port", "websockets_port", "quic_port"} {
			ports["mqtt "+key] = a.Config.MqttPort(key)
		}
	}
	if a.Config.Has("engine") {
		ports["engine"] = a.Config.EnginePort
	}
	for name, port := range ports {
		conn, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err != nil {
			answer(w, http.StatusServiceUnavailable, map[string]any{"code": 0, "error": nil,
				"data": health{"not_ready", "ready", fmt.Sprintf("port %d (%s) is not ready", port, name)}})
			return
		}
		conn.Close()
	}
	success(w, health{"ok", "ready", "all configured ports are ready"})
}
