package grpcapi

import (
	"context"
	"encoding/json"
	"strings"

	"connectrpc.com/connect"

	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/pb"
	"robustmq-standin/internal/pb/pbconnect"
	"robustmq-standin/internal/release"
)

type service struct {
	Env
	pbconnect.UnimplementedMetaServiceServiceHandler
}

// ClusterStatus is this very node's view: a map of groups, or one object on old releases.
func (s *service) ClusterStatus(context.Context, *connect.Request[pb.ClusterStatusRequest]) (*connect.Response[pb.ClusterStatusReply], error) {
	status := s.Meta.Raft().Status()
	var content any = status
	if !s.Release.GroupMap {
		content = status["metadata_0"]
	}
	out, err := json.Marshal(content)
	return connect.NewResponse(&pb.ClusterStatusReply{Content: string(out)}), failed(err)
}

func (s *service) NodeList(context.Context, *connect.Request[pb.NodeListRequest]) (*connect.Response[pb.NodeListReply], error) {
	reply := &pb.NodeListReply{}
	var failure error
	s.Meta.Read(func(st *meta.State) {
		for _, n := range st.Nodes {
			raw, err := json.Marshal(n)
			if err != nil {
				failure = err
			}
			reply.Nodes = append(reply.Nodes, raw)
		}
	})
	return connect.NewResponse(reply), failed(failure)
}

func (s *service) RegisterNode(_ context.Context, r *connect.Request[pb.RegisterNodeRequest]) (*connect.Response[pb.RegisterNodeReply], error) {
	var n meta.Node
	if err := json.Unmarshal(r.Msg.GetNode(), &n); err != nil {
		return nil, failed(err)
	}
	epoch, err := s.Meta.Register(n)
	return connect.NewResponse(&pb.RegisterNodeReply{BrokerEpoch: epoch}), failed(err)
}

func (s *service) UnRegisterNode(_ context.Context, r *connect.Request[pb.UnRegisterNodeRequest]) (*connect.Response[pb.UnRegisterNodeReply], error) {
	return connect.NewResponse(&pb.UnRegisterNodeReply{}), failed(s.Meta.Unregister(r.Msg.GetNodeId()))
}

func (s *service) Heartbeat(_ context.Context, r *connect.Request[pb.HeartbeatRequest]) (*connect.Response[pb.HeartbeatReply], error) {
	return connect.NewResponse(&pb.HeartbeatReply{}), failed(s.Meta.Heartbeat(r.Msg.GetNodeId()))
}

func resource(parts []string) string { return strings.Join(parts, "/") }

func (s *service) SetResourceConfig(_ context.Context, r *connect.Request[pb.SetResourceConfigRequest]) (*connect.Response[pb.SetResourceConfigReply], error) {
	_, err := s.Meta.Propose("resource.set", meta.KV{Key: resource(r.Msg.GetResources()), Value: r.Msg.GetConfig()})
	return connect.NewResponse(&pb.SetResourceConfigReply{}), failed(err)
}

func (s *service) GetResourceConfig(_ context.Context, r *connect.Request[pb.GetResourceConfigRequest]) (*connect.Response[pb.GetResourceConfigReply], error) {
	reply := &pb.GetResourceConfigReply{}
	s.Meta.Read(func(st *meta.State) { reply.Config = st.Resources[resource(r.Msg.GetResources())] })
	return connect.NewResponse(reply), nil
}

func (s *service) DeleteResourceConfig(_ context.Context, r *connect.Request[pb.DeleteResourceConfigRequest]) (*connect.Response[pb.DeleteResourceConfigReply], error) {
	_, err := s.Meta.Propose("resource.delete", meta.KV{Key: resource(r.Msg.GetResources())})
	return connect.NewResponse(&pb.DeleteResourceConfigReply{}), failed(err)
}

func (s *service) Set(_ context.Context, r *connect.Request[pb.SetRequest]) (*connect.Response[pb.SetReply], error) {
	_, err := s.Meta.Propose("kv.set", meta.KV{Key: r.Msg.GetKey(), Value: []byte(r.Msg.GetValue())})
	return connect.NewResponse(&pb.SetReply{}), failed(err)
}

func (s *service) Get(_ context.Context, r *connect.Request[pb.GetRequest]) (*connect.Response[pb.GetReply], error) {
	reply := &pb.GetReply{}
	s.Meta.Read(func(st *meta.State) { reply.Value = string(st.KV[r.Msg.GetKey()]) })
	return connect.NewResponse(reply), nil
}

func (s *service) Delete(_ context.Context, r *connect.Request[pb.DeleteRequest]) (*connect.Response[pb.DeleteReply], error) {
	_, err := s.Meta.Propose("kv.delete", meta.KV{Key: r.Msg.GetKey()})
	return connect.NewResponse(&pb.DeleteReply{}), failed(err)
}

func (s *service) Exists(_ context.Context, r *connect.Request[pb.ExistsRequest]) (*connect.Response[pb.ExistsReply], error) {
	reply := &pb.ExistsReply{}
	s.Meta.Read(func(st *meta.State) { _, reply.Flag = st.KV[r.Msg.GetKey()] })
	return connect.NewResponse(reply), nil
}

func (s *service) JoinCluster(_ context.Context, r *connect.Request[pb.JoinClusterRequest]) (*connect.Response[pb.JoinClusterReply], error) {
	if s.Release.Bootstrap != release.SeedThenJoin {
		return nil, errNoJoin
	}
	return connect.NewResponse(&pb.JoinClusterReply{}), failed(s.Meta.Raft().Join(r.Msg.GetNodeId(), r.Msg.GetRpcAddr(), s.Timeout))
}

func (s *service) LeaveCluster(_ context.Context, r *connect.Request[pb.LeaveClusterRequest]) (*connect.Response[pb.LeaveClusterReply], error) {
	if s.Release.Bootstrap != release.SeedThenJoin {
		return nil, errNoJoin
	}
	return connect.NewResponse(&pb.LeaveClusterReply{}), failed(s.Meta.Raft().Leave(r.Msg.GetNodeId(), s.Timeout))
}
