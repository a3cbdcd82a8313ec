// Package grpcapi is what answers on grpc_port: the meta service over gRPC (h2c) and
// gRPC-Web (HTTP/1.1), and the stand-in's own calls between nodes.
package grpcapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"

	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/pb"
	"robustmq-standin/internal/pb/pbconnect"
	"robustmq-standin/internal/raftgroup"
	"robustmq-standin/internal/release"
)

// Env is what the handlers need of their node.
type Env struct {
	Release release.Release
	Meta    *meta.Service // nil without the meta role
	Cache   *meta.Cache
	Timeout time.Duration // of membership changes
	Warn    func(format string, args ...any)
}

// New builds the handler of grpc_port.
func New(env Env) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+meta.NotifyPath, env.notify)
	mux.HandleFunc("/", unimplemented)
	if env.Meta == nil {
		return cors(mux)
	}
	path, handler := pbconnect.NewMetaServiceServiceHandler(&service{Env: env})
	mux.Handle(path, handler)
	if env.Release.Bootstrap == release.SeedThenJoin {
		path, handler = pbconnect.NewKafkaServiceHandler(&kafka{env})
		mux.Handle(path, handler)
		path, handler = pbconnect.NewEngineServiceHandler(&engine{env})
		mux.Handle(path, handler)
	}
	mux.Handle("POST "+raftgroup.Path, env.Meta.Raft())
	mux.HandleFunc("POST "+meta.ProposePath, env.propose)
	mux.HandleFunc("POST "+meta.StatePath, env.state)
	return cors(mux)
}

// unimplemented is gRPC's way of saying that there is no such method.
func unimplemented(w http.ResponseWriter, r *http.Request) {
	contentType := r.Header.Get("Content-Type")
	if !strings.HasPrefix(contentType, "application/grpc") {
		contentType = "application/grpc"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Grpc-Status", "12")
	w.WriteHeader(http.StatusOK)
}

func cors(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		h.ServeHTTP(w, r)
	})
}

func (e Env) notify(w http.ResponseWriter, r *http.Request) {
	var changes []meta.Change
	err := json.NewDecoder(r.Body).Decode(&changes)
	if err == nil {
		err = e.Cache.Put(changes)
	}
	if err != nil {
		e.Warn("cache update refused: %v", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// propose writes an encoded command; a state machine's refusal is a failed precondition.
func (e Env) propose(w http.ResponseWriter, r *http.Request) {
	command, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var c meta.Command
	if err := json.Unmarshal(command, &c); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if _, err := e.Meta.ProposeRaw(c.Op, command); err != nil {
		status := http.StatusInternalServerError
		if strings.Contains(err.Error(), "not enough nodes") {
			status = http.StatusPreconditionFailed
		}
		w.WriteHeader(status)
		io.WriteString(w, err.Error())
	}
}

func (e Env) state(w http.ResponseWriter, _ *http.Request) {
	state, err := e.Meta.Snapshot()
	if err == nil {
		err = json.NewEncoder(w).Encode(state)
	}
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, err.Error())
	}
}

type kafka struct{ Env }

func (k *kafka) GetCoordinatorLeader(context.Context, *connect.Request[pb.GetCoordinatorLeaderRequest]) (*connect.Response[pb.GetCoordinatorLeaderReply], error) {
	leader, _ := k.Meta.Raft().Leader("metadata_0")
	return connect.NewResponse(&pb.GetCoordinatorLeaderReply{LeaderNodeId: leader, HasLeader: leader != 0}), nil
}

// failed is the status of application errors.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return connect.NewError(connect.CodeInternal, err)
}

var errNoJoin = connect.NewError(connect.CodeUnimplemented, errors.New(""))
