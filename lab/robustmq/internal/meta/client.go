package meta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"connectrpc.com/connect"

	"robustmq-standin/internal/pb"
	"robustmq-standin/internal/pb/pbconnect"
)

// Paths of the stand-in's own calls, on the gRPC port.
const (
	ProposePath = "/standin/propose"
	StatePath   = "/standin/state"
)

// Client calls the meta service as the real broker's client does: addresses in their order,
// redirects followed, a write's leader remembered (facts §1.3).
type Client struct {
	addrs []string
	http  *http.Client
	warn  func(format string, args ...any)

	mu      sync.Mutex
	leaders map[string]string // method -> address
}

// NewClient takes the values of meta_addrs in order.
func NewClient(addrs []string, warn func(string, ...any)) *Client {
	return &Client{addrs: addrs, warn: warn, leaders: map[string]string{}, http: &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 60 * time.Second,
	}}}
}

// CallError is an answer of a node: authoritative unless it is a redirect.
type CallError struct{ Status, Message string }

func (e CallError) Error() string {
	return fmt.Sprintf("Grpc call of the node failed,Grpc status was code: '%s', message: %q", e.Status, e.Message)
}

// Unreachable is a failure of the connection.
type Unreachable struct{ addr, kind string }

func (e Unreachable) Error() string {
	return fmt.Sprintf("Grpc call of the node failed,Grpc status was code: 'The service is currently unavailable', message: \"tcp connect error\", "+
		"source: tonic::transport::Error(Transport, ConnectError(ConnectError(\"tcp connect error\", %s, %s)))", e.addr, e.kind)
}

const callTimeout = 5 * time.Second

// call tries each address until one answers. write remembers and follows the leader.
func (c *Client) call(method string, write bool, once func(ctx context.Context, addr string) error) error {
	if len(c.addrs) == 0 {
		return errors.New("Call address list cannot be empty")
	}
	attempts := max(3, len(c.addrs))
	for i := 0; ; i++ {
		addr := c.addrs[i%len(c.addrs)]
		if leader := c.leader(method); write && leader != "" {
			addr = leader
		}
		err := c.once(addr, once)
		var answer CallError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &answer) && strings.Contains(answer.Message, "forward request to"):
			if next := forwardAddr(answer.Message); next != "" {
				c.setLeader(method, next)
				if err = c.once(next, once); err == nil {
					return nil
				}
				if !errors.As(err, &Unreachable{}) {
					return err // the named leader refused: authoritative
				}
				c.setLeader(method, "")
			}
		case errors.As(err, &answer) && strings.Contains(answer.Message, NotLeaderMarker):
		case errors.As(err, &answer):
			return err
		default:
			c.warn("retry_call %s attempt %d: %s unreachable: %v", method, i+1, addr, err)
			c.setLeader(method, "")
		}
		if i+1 >= attempts {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (c *Client) once(addr string, f func(context.Context, string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	err := f(ctx, addr)
	var status *connect.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status) && status.Code() != connect.CodeUnavailable && status.Code() != connect.CodeDeadlineExceeded:
		return CallError{codeText(status.Code()), status.Message()}
	case errors.As(err, &CallError{}):
		return err
	}
	kind := "Os { code: 110, kind: TimedOut, message: \"Connection timed out\" }"
	if errors.Is(err, syscall.ECONNREFUSED) {
		kind = "Os { code: 111, kind: ConnectionRefused, message: \"Connection refused\" }"
	}
	return Unreachable{addr, kind}
}

func codeText(code connect.Code) string {
	switch code {
	case connect.CodeUnimplemented:
		return "Operation is not implemented or not supported"
	case connect.CodeFailedPrecondition:
		return "The system is not in a state required for the operation's execution"
	}
	return "Internal error"
}

var rpcAddr = regexp.MustCompile(`rpc_addr: ([^}]+)`)

func forwardAddr(message string) string {
	m := rpcAddr.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	return strings.NewReplacer(`\`, "", `"`, "", " ", "").Replace(m[1])
}

func (c *Client) leader(method string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaders[method]
}

func (c *Client) setLeader(method, addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaders[method] = addr
}

func (c *Client) service(addr string) pbconnect.MetaServiceServiceClient {
	return pbconnect.NewMetaServiceServiceClient(c.http, "http://"+addr, connect.WithGRPCWeb())
}

// Write proposes a command; the value of the state machine comes back as JSON.
func (c *Client) Write(op string, data any) error {
	command, err := Encode(op, data)
	if err != nil {
		return err
	}
	return c.call(op, true, func(ctx context.Context, addr string) error {
		return c.post(ctx, addr, ProposePath, command, nil)
	})
}

// State loads everything from the metadata leader. While leadership is changing hands nobody
// can vouch for the state, so that answer alone is not final.
func (c *Client) State() (*State, error) {
	for deadline := time.Now().Add(10 * time.Second); ; {
		state := NewState()
		err := c.call("State", false, func(ctx context.Context, addr string) error {
			return c.post(ctx, addr, StatePath, nil, state)
		})
		if err == nil || !strings.Contains(err.Error(), NotLeaderMarker) || time.Now().After(deadline) {
			return state, err
		}
	}
}

func (c *Client) post(ctx context.Context, addr, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		status := connect.CodeInternal
		if resp.StatusCode == http.StatusPreconditionFailed {
			status = connect.CodeFailedPrecondition
		}
		return CallError{codeText(status), string(content)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(content, out)
}

// Ping is the write by which every node waits for a working metadata leader.
func (c *Client) Ping() error {
	return c.call("PlacementService/Set", true, func(ctx context.Context, addr string) error {
		_, err := c.service(addr).Set(ctx, connect.NewRequest(&pb.SetRequest{Key: "__robustmq_raft_ping__", Value: "ping"}))
		return err
	})
}

// ClusterStatus asks the first reachable address, which answers for itself.
func (c *Client) ClusterStatus() (content string, err error) {
	err = c.call("PlacementService/ClusterStatus", false, func(ctx context.Context, addr string) error {
		reply, err := c.service(addr).ClusterStatus(ctx, connect.NewRequest(&pb.ClusterStatusRequest{}))
		if err == nil {
			content = reply.Msg.GetContent()
		}
		return err
	})
	return
}
