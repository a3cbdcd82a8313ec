package grpcapi

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/pb"
)

type engine struct{ Env }

// ListShard streams the shards, all of them when none is named. The real one encodes each in Rust's bincode, where names
// stand as plain text; here it is JSON, so a reader may only look for names.
func (e *engine) ListShard(_ context.Context, r *connect.Request[pb.ListShardRequest], stream *connect.ServerStream[pb.ListShardReply]) error {
	var shards []meta.Shard
	e.Meta.Read(func(st *meta.State) {
		for name, shard := range st.Shards {
			if wanted := r.Msg.GetShardName(); wanted == "" || wanted == name {
				shards = append(shards, shard)
			}
		}
	})
	slices.SortFunc(shards, func(a, b meta.Shard) int { return strings.Compare(a.Name, b.Name) })
	for _, shard := range shards {
		raw, err := json.Marshal(shard)
		if err != nil {
			return failed(err)
		}
		if err := stream.Send(&pb.ListShardReply{Shard: raw}); err != nil {
			return err
		}
	}
	return nil
}
