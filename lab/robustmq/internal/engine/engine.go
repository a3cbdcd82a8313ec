package engine

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"robustmq-standin/internal/meta"
)

// Options of a storage node; durations are already scaled.
type Options struct {
	ID          uint64
	Dir         string // <data_path>/_rocksdb: the default storage type lives there
	LagTimeMax  time.Duration
	ISRInterval time.Duration
	StallFile   string // hook of the tests: while it exists at a fetch, this process stops following
	Cache       *meta.Cache
	Client      *meta.Client
	Warn        func(format string, args ...any)
}

// progress of a follower, kept by the leader since it leads.
type progress struct {
	leo      uint64
	caughtUp time.Time
}

type segment struct {
	log       *log
	followers map[uint64]*progress
	ledSince  time.Time
	epoch     uint64 // leader epoch for which the above holds
	followed  uint64 // leader epoch + 1 whose leader was last followed
}

// Engine is the engine role of a node.
type Engine struct {
	opts     Options
	mu       sync.Mutex
	segments map[string]*segment
	changed  chan struct{} // closed when anything that a fetch waits for has moved
	stop     chan struct{}
	fetcher  *Poller
	server   *http.Server
	done     sync.WaitGroup
}

// Open prepares the folder.
func Open(opts Options) (*Engine, error) {
	opts.Dir = filepath.Join(opts.Dir, "segments")
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil {
		return nil, err
	}
	return &Engine{opts: opts, segments: map[string]*segment{}, changed: make(chan struct{}), stop: make(chan struct{})}, nil
}

func (e *Engine) segment(key string) (*segment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s, ok := e.segments[key]; ok {
		return s, nil
	}
	l, err := openLog(e.opts.Dir, key)
	if err != nil {
		return nil, err
	}
	s := &segment{log: l, followers: map[uint64]*progress{}}
	e.segments[key] = s
	return s, nil
}

func (e *Engine) signal() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *Engine) waiter() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changed
}

func (e *Engine) info(key string) (info meta.Segment, exists bool) {
	e.opts.Cache.Read(func(s *meta.State) { info, exists = s.Segments[key] })
	return
}

// led returns the segment if this node leads it, with the follower table of this epoch.
func (e *Engine) led(key string) (*segment, meta.Segment, error) {
	info, exists := e.info(key)
	if !exists {
		return nil, info, fmt.Errorf("segment %s does not exist", key)
	}
	if info.Leader != e.opts.ID || info.Status != meta.StatusWrite {
		return nil, info, fmt.Errorf("segment %s is not led by node %d", key, e.opts.ID)
	}
	s, err := e.segment(key)
	if err != nil {
		return nil, info, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.ledSince.IsZero() || s.epoch != info.LeaderEpoch {
		s.followers, s.ledSince, s.epoch = map[uint64]*progress{}, time.Now(), info.LeaderEpoch
	}
	return s, info, nil
}

// ErrNotReplicated: stored, but an in-sync follower did not confirm in time.
var ErrNotReplicated = errors.New("the in-sync replicas did not confirm in time")

// Append stores a record on the leader and waits until every in-sync replica has it.
func (e *Engine) Append(key string, record []byte, timeout time.Duration) (uint64, error) {
	s, _, err := e.led(key)
	if err != nil {
		return 0, err
	}
	offset, err := s.log.append(record)
	if err != nil {
		return 0, err
	}
	e.advance(key)
	e.signal()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for {
		changed := e.waiter()
		if s.log.highWatermark() > offset {
			return offset, nil
		}
		select {
		case <-changed:
		case <-deadline.C:
			return 0, ErrNotReplicated
		case <-e.stop:
			return 0, errors.New("node is stopping")
		}
	}
}

// advance moves the high watermark to what all in-sync replicas have.
func (e *Engine) advance(key string) {
	s, info, err := e.led(key)
	if err != nil {
		return
	}
	hw := s.log.leo()
	e.mu.Lock()
	for _, id := range info.ISR {
		if id == e.opts.ID {
			continue
		}
		if p := s.followers[id]; p != nil {
			hw = min(hw, p.leo)
		} else {
			hw = 0
		}
	}
	e.mu.Unlock()
	if s.log.setHighWatermark(hw) {
		e.signal()
	}
}

// noteFollower records how far a follower has come; it asks for what comes next.
func (e *Engine) noteFollower(s *segment, id, offset uint64) {
	leo := s.log.leo()
	e.mu.Lock()
	p := s.followers[id]
	if p == nil {
		p = &progress{}
		s.followers[id] = p
	}
	p.leo = offset
	if offset >= leo {
		p.caughtUp = time.Now()
	}
	e.mu.Unlock()
}

// maintainISR lets lagging followers out and those that caught up in.
func (e *Engine) maintainISR() {
	var keys []string
	e.opts.Cache.Read(func(s *meta.State) {
		for key, info := range s.Segments {
			if info.Leader == e.opts.ID && info.Status == meta.StatusWrite && len(info.Replicas) > 1 {
				keys = append(keys, key)
			}
		}
	})
	for _, key := range keys {
		s, info, err := e.led(key)
		if err != nil {
			continue
		}
		next := e.inSync(s, info)
		if !slices.Equal(next, info.ISR) {
			args := meta.ISRArgs{Segment: key, Leader: e.opts.ID, LeaderEpoch: info.LeaderEpoch, ISR: next}
			if err := e.opts.Client.Write("segment.isr", args); err != nil {
				e.opts.Warn("ISR update of %s failed: %v", key, err)
			}
		}
	}
}

func (e *Engine) inSync(s *segment, info meta.Segment) []uint64 {
	leo := s.log.leo()
	e.mu.Lock()
	defer e.mu.Unlock()
	next := []uint64{}
	for _, id := range info.ISR {
		p := s.followers[id]
		last := s.ledSince
		if p != nil && p.caughtUp.After(last) {
			last = p.caughtUp
		}
		if id == e.opts.ID || time.Since(last) <= e.opts.LagTimeMax {
			next = append(next, id)
		}
	}
	for _, r := range info.Replicas {
		p := s.followers[r.NodeID]
		if p != nil && p.leo >= leo && time.Since(p.caughtUp) <= e.opts.LagTimeMax && !slices.Contains(next, r.NodeID) {
			next = append(next, r.NodeID)
		}
	}
	return next
}
