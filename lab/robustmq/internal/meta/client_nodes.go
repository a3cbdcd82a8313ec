package meta

import (
	"context"
	"encoding/json"
	"errors"

	"connectrpc.com/connect"

	"robustmq-standin/internal/pb"
)

// Register enters this node; the epoch fences an older process with the same id.
func (c *Client) Register(n Node) (epoch uint64, err error) {
	raw, err := json.Marshal(n)
	if err != nil {
		return 0, err
	}
	err = c.call("PlacementService/RegisterNode", true, func(ctx context.Context, addr string) error {
		reply, err := c.service(addr).RegisterNode(ctx, connect.NewRequest(&pb.RegisterNodeRequest{Node: raw}))
		if err == nil {
			epoch = reply.Msg.GetBrokerEpoch()
		}
		return err
	})
	return
}

// ErrUnknownNode: the metadata leader no longer knows this node; it has to register again.
var ErrUnknownNode = errors.New("node does not exist")

// Heartbeat goes to every listed address, because heartbeats are not replicated. This node
// is unknown when nobody who answers knows it; a meta node that has not joined yet knows nobody.
func (c *Client) Heartbeat(id uint64) error {
	known, unknown := false, false
	for _, addr := range c.addrs {
		err := c.once(addr, func(ctx context.Context, addr string) error {
			_, err := c.service(addr).Heartbeat(ctx, connect.NewRequest(&pb.HeartbeatRequest{NodeId: id}))
			return err
		})
		known = known || err == nil
		unknown = unknown || errors.As(err, &CallError{})
	}
	if unknown && !known {
		return ErrUnknownNode
	}
	return nil
}

// Join asks one peer to take this node in; one redirect is followed.
func Join(peer string, id uint64, addr string, warn func(string, ...any)) error {
	c := NewClient([]string{peer}, warn)
	return c.call("PlacementService/JoinCluster", true, func(ctx context.Context, target string) error {
		_, err := c.service(target).JoinCluster(ctx, connect.NewRequest(&pb.JoinClusterRequest{NodeId: id, RpcAddr: addr}))
		return err
	})
}

// Leave removes a node from the raft membership.
func (c *Client) Leave(id uint64) error {
	return c.call("PlacementService/LeaveCluster", true, func(ctx context.Context, addr string) error {
		_, err := c.service(addr).LeaveCluster(ctx, connect.NewRequest(&pb.LeaveClusterRequest{NodeId: id}))
		return err
	})
}
