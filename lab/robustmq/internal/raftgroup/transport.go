package raftgroup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// Path is where a node receives its peers' messages, on its gRPC port.
const Path = "/standin/raft"

// peer collects the messages for one address. All groups share it, so that one request
// per heartbeat carries everything.
type peer struct {
	addr  string
	queue []queued
	probe bool // send even without messages
	busy  bool
}

type queued struct {
	group byte
	msg   *pb.Message
}

func (n *Node) peer(addr string) *peer {
	p, ok := n.peers[addr]
	if !ok {
		p = &peer{addr: addr}
		n.peers[addr] = p
	}
	return p
}

// queue keeps a message for its receiver. The peer whose request is just being handled gets it
// with the answer: a node that is about to join knows its leader's address in no other way.
func (n *Node) queue(g *Group, m *pb.Message) {
	if n.asking != 0 && m.GetTo() == n.asking {
		n.answer = append(n.answer, queued{byte(slices.Index(Names, g.name)), m})
		return
	}
	addr, known := g.members[m.GetTo()]
	if !known {
		return
	}
	p := n.peer(addr)
	if len(p.queue) > 512 {
		p.queue = p.queue[256:] // a peer that is down: raft sends again
	}
	p.queue = append(p.queue, queued{byte(slices.Index(Names, g.name)), m})
}

func (n *Node) probe(addr string) {
	if addr != "" {
		n.peer(addr).probe = true
	}
}

// flush sends what is queued; at most one request per peer is under way.
func (n *Node) flush() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.peers {
		if p.busy || (len(p.queue) == 0 && !p.probe) {
			continue
		}
		batch := p.queue
		p.queue, p.probe, p.busy = nil, false, true
		go n.send(p, batch)
	}
}

func (n *Node) send(p *peer, batch []queued) {
	reply, err := n.post(p.addr, encode(batch))
	n.countCalls(batch, err)
	n.mu.Lock()
	p.busy = false
	more := len(p.queue) > 0
	if err == nil {
		err = n.handleReply(reply)
	}
	n.mu.Unlock()
	if err != nil {
		n.unreachable(batch)
		return // the next heartbeat tries again
	}
	if more {
		n.wake()
	}
	n.flush()
}

func (n *Node) countCalls(batch []queued, err error) {
	outcome := "raft_rpc_success"
	if err != nil {
		outcome = "raft_rpc_failures"
	}
	for _, q := range batch {
		kind := "append_entries"
		if q.msg.GetType() == pb.MsgVote {
			kind = "vote"
		}
		label := fmt.Sprintf("machine=%q,rpc_type=%q", Names[q.group], kind)
		n.countLabel("raft_rpc_requests", label)
		n.countLabel(outcome, label)
	}
}

func (n *Node) unreachable(batch []queued) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, q := range batch {
		n.groups[Names[q.group]].raw.ReportUnreachable(q.msg.GetTo())
	}
}

func (n *Node) post(addr string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(http.MethodPost, "http://"+addr+Path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Standin-Node", strconv.FormatUint(n.opts.ID, 10))
	resp, err := n.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		io.Copy(io.Discard, resp.Body)
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// ServeHTTP receives a batch. What raft answers to the sender goes back in the response:
// the last index of each group, then the messages.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	batch, err := decode(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	from, _ := strconv.ParseUint(r.Header.Get("X-Standin-Node"), 10, 64)
	n.mu.Lock()
	n.asking, n.answer = from, n.takeFor(from)
	for _, q := range batch {
		n.groups[Names[q.group]].receive(q.msg)
	}
	reply := binary.AppendUvarint(nil, n.opts.ID)
	for _, g := range n.each() {
		reply = binary.AppendUvarint(reply, g.lastIndex())
		reply = binary.AppendUvarint(reply, g.status().GetTerm())
	}
	reply = append(reply, encode(n.answer)...)
	n.asking, n.answer = 0, nil
	n.mu.Unlock()
	n.wake()
	w.Write(reply)
}

// takeFor removes the queued messages that are meant for the peer now asking.
func (n *Node) takeFor(id uint64) []queued {
	var out []queued
	for _, p := range n.peers {
		p.queue = slices.DeleteFunc(p.queue, func(q queued) bool {
			if q.msg.GetTo() != id {
				return false
			}
			out = append(out, q)
			return true
		})
	}
	return out
}

func (n *Node) handleReply(reply []byte) error {
	in := bytes.NewReader(reply)
	from, err := binary.ReadUvarint(in)
	if err != nil {
		return err
	}
	for _, g := range n.each() {
		last, err := binary.ReadUvarint(in)
		if err != nil {
			return err
		}
		term, err := binary.ReadUvarint(in)
		if err != nil {
			return err
		}
		if g.resuming && term <= g.status().GetTerm() {
			g.noteAnswer(from)
		}
		g.watchReverted(from, last)
	}
	rest, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	batch, err := decode(rest)
	if err != nil {
		return err
	}
	for _, q := range batch {
		n.groups[Names[q.group]].receive(q.msg)
	}
	return nil
}

func encode(batch []queued) []byte {
	var out []byte
	for _, q := range batch {
		data, err := proto.Marshal(q.msg)
		if err != nil {
			panic(err) // raft built it
		}
		out = append(out, q.group)
		out = binary.AppendUvarint(out, uint64(len(data)))
		out = append(out, data...)
	}
	return out
}

func decode(body []byte) ([]queued, error) {
	var out []queued
	for len(body) > 0 {
		group := body[0]
		size, used := binary.Uvarint(body[1:])
		if used <= 0 || int(group) >= len(Names) || uint64(len(body)-1-used) < size {
			return nil, errors.New("malformed raft batch")
		}
		m := &pb.Message{}
		data := body[1+used:]
		if err := proto.Unmarshal(data[:size], m); err != nil {
			return nil, err
		}
		out = append(out, queued{group, m})
		body = data[size:]
	}
	return out, nil
}
