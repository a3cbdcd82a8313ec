package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"robustmq-standin/internal/meta"
)

// Latest as a cursor means: from the present end on.
const Latest = int64(-1)

// FetchRequest of a follower (Node set) or of a consumer (Node 0).
type FetchRequest struct {
	Node    uint64           `json:"node"`
	Cursors map[string]int64 `json:"cursors"`
}

// Batch is what a segment has for a cursor. Next is where to go on.
type Batch struct {
	Records [][]byte `json:"records"`
	Base    uint64   `json:"base"`
	Next    uint64   `json:"next"`
	HW      uint64   `json:"hw"`
	LEO     uint64   `json:"leo"`
	Epoch   uint64   `json:"epoch"`
}

// AppendRequest of a broker.
type AppendRequest struct {
	Segment   string `json:"segment"`
	Record    []byte `json:"record"`
	TimeoutMs int64  `json:"timeout_ms"`
}

// pollWait is how long a consumer's request stays open; a follower's is shorter, because its
// coming back is what tells the leader that it lives.
const pollWait = 8 * time.Second

// Start opens the storage port and the background tasks.
func (e *Engine) Start(port uint64) error {
	listener, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /append", e.serveAppend)
	mux.HandleFunc("POST /fetch", e.serveFetch)
	e.server = &http.Server{Handler: mux}
	e.done.Add(2)
	go func() { defer e.done.Done(); e.server.Serve(listener) }()
	go func() { defer e.done.Done(); e.maintainLoop() }()
	e.fetcher = NewPoller(e.opts.ID, e.opts.Cache, e.wanted, e.store)
	e.fetcher.Start()
	e.opts.Cache.OnChange(func(c meta.Change) {
		if c.Kind == "segment" {
			e.advance(c.Key) // a smaller in-sync set may complete a waiting write
			e.signal()
		}
	})
	return nil
}

// Close stops serving.
func (e *Engine) Close() {
	close(e.stop)
	e.signal()
	e.fetcher.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if e.server.Shutdown(ctx) != nil {
		e.server.Close()
	}
	e.done.Wait()
}

func (e *Engine) maintainLoop() {
	ticker := time.NewTicker(e.opts.ISRInterval)
	defer ticker.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-ticker.C:
			e.maintainISR()
		}
	}
}

func (e *Engine) serveAppend(w http.ResponseWriter, r *http.Request) {
	var in AppendRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	offset, err := e.Append(in.Segment, in.Record, time.Duration(in.TimeoutMs)*time.Millisecond)
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	json.NewEncoder(w).Encode(offset)
}

// serveFetch waits until one of the segments has something new.
func (e *Engine) serveFetch(w http.ResponseWriter, r *http.Request) {
	var in FetchRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	wait := pollWait
	if in.Node != 0 {
		wait = min(wait, e.opts.LagTimeMax/4)
	}
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for {
		changed := e.waiter()
		batches, err := e.collect(in)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if len(batches) > 0 {
			json.NewEncoder(w).Encode(batches)
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			w.Write([]byte("{}"))
			return
		case <-r.Context().Done():
			return
		case <-e.stop:
			return
		}
	}
}

func (e *Engine) collect(in FetchRequest) (map[string]Batch, error) {
	out := map[string]Batch{}
	for key, cursor := range in.Cursors {
		s, info, err := e.led(key)
		if err != nil {
			continue // led elsewhere by now: the asker will learn it
		}
		batch, news, err := e.batch(s, info, in.Node, cursor)
		if err != nil {
			return nil, err
		}
		if in.Node != 0 {
			e.advance(key)
		}
		if news {
			out[key] = batch
		}
	}
	return out, nil
}

func (e *Engine) batch(s *segment, info meta.Segment, node uint64, cursor int64) (Batch, bool, error) {
	leo, hw := s.log.leo(), s.log.highWatermark()
	b := Batch{HW: hw, LEO: leo, Epoch: info.LeaderEpoch, Records: [][]byte{}}
	if cursor == Latest {
		b.Next = hw
		return b, true, nil
	}
	from, to := uint64(cursor), hw
	if from > leo { // the asker has more than the leader (an emptied disk): it must go back
		b.Next = leo
		return b, true, nil
	}
	if node != 0 {
		to = leo
		e.noteFollower(s, node, from)
	}
	records, err := s.log.read(from, to)
	if err != nil {
		return b, false, err
	}
	b.Records, b.Base, b.Next = records, from, from+uint64(len(records))
	return b, len(records) > 0, nil
}

// wanted are the segments this node follows, by leader.
func (e *Engine) wanted() map[uint64]map[string]int64 {
	out := map[uint64]map[string]int64{}
	if e.stalled() {
		return out
	}
	var follow []meta.Segment
	e.opts.Cache.Read(func(s *meta.State) {
		for _, info := range s.Segments {
			if info.Leader != e.opts.ID && info.HasReplica(e.opts.ID) && info.Status == meta.StatusWrite {
				follow = append(follow, info)
			}
		}
	})
	for _, info := range follow {
		key := meta.SegmentKey(info.ShardName, info.Seq)
		s, err := e.segment(key)
		if err != nil {
			e.opts.Warn("segment %s: %v", key, err)
			continue
		}
		if out[info.Leader] == nil {
			out[info.Leader] = map[string]int64{}
		}
		out[info.Leader][key] = int64(s.log.leo())
	}
	return out
}

// stalled: once the file has been seen, this process never follows again. A restart heals,
// like the under-replication seen on the real broker (facts §11.21).
func (e *Engine) stalled() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.opts.StallFile == "stalled" {
		return true
	}
	if _, err := os.Stat(e.opts.StallFile); err != nil {
		return false
	}
	os.Remove(e.opts.StallFile)
	e.opts.StallFile = "stalled"
	return true
}

// store takes what a leader sent. With a new leader the part above the high watermark may
// differ from the leader's: it is cut first.
func (e *Engine) store(key string, b Batch) {
	s, err := e.segment(key)
	if err != nil {
		e.opts.Warn("segment %s: %v", key, err)
		return
	}
	if s.followed != b.Epoch+1 {
		s.followed = b.Epoch + 1
		if cut := min(s.log.highWatermark(), b.LEO); cut < s.log.leo() {
			s.log.truncate(cut)
			return
		}
	}
	if s.log.leo() > b.LEO {
		s.log.truncate(b.LEO)
		return
	}
	if b.Base == s.log.leo() && len(b.Records) > 0 {
		if _, err := s.log.append(b.Records...); err != nil {
			e.opts.Warn("segment %s: %v", key, err)
			return
		}
	}
	s.log.setHighWatermark(b.HW)
}
