package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"robustmq-standin/internal/meta"
)

// Poller keeps one long request open to every node that leads something wanted. Followers
// and brokers use it alike.
type Poller struct {
	node    uint64
	cache   *meta.Cache
	wanted  func() map[uint64]map[string]int64
	handle  func(segment string, b Batch)
	client  *http.Client
	changed chan struct{}

	mu      sync.Mutex
	running map[uint64]context.CancelFunc // interrupts the open request to a leader
	ctx     context.Context
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// NewPoller: wanted gives the cursors by leader, handle takes the answers.
func NewPoller(node uint64, cache *meta.Cache, wanted func() map[uint64]map[string]int64, handle func(string, Batch)) *Poller {
	p := &Poller{node: node, cache: cache, wanted: wanted, handle: handle, changed: make(chan struct{}, 1),
		running: map[uint64]context.CancelFunc{}, client: &http.Client{Timeout: pollWait + 5*time.Second}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Start follows the cache.
func (p *Poller) Start() {
	p.cache.OnChange(func(c meta.Change) {
		if c.Kind == "segment" || c.Kind == "node" || c.Kind == "topic" {
			p.Refresh()
		}
	})
	p.done.Add(1)
	go p.manage()
	p.Refresh()
}

// Refresh makes open requests ask anew with the present wishes.
func (p *Poller) Refresh() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Close ends all requests.
func (p *Poller) Close() {
	p.cancel()
	p.done.Wait()
}

func (p *Poller) manage() {
	defer p.done.Done()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-p.changed:
		}
		for leader := range p.wanted() {
			p.mu.Lock()
			if interrupt, ok := p.running[leader]; ok {
				interrupt()
			} else {
				p.running[leader] = func() {}
				p.done.Add(1)
				go p.follow(leader)
			}
			p.mu.Unlock()
		}
	}
}

// follow asks one leader until nothing of it is wanted any more.
func (p *Poller) follow(leader uint64) {
	defer p.done.Done()
	for p.ctx.Err() == nil {
		ctx, interrupt := context.WithCancel(p.ctx)
		p.mu.Lock()
		p.running[leader] = interrupt
		p.mu.Unlock()
		cursors := p.wanted()[leader]
		if len(cursors) == 0 {
			p.mu.Lock()
			delete(p.running, leader)
			p.mu.Unlock()
			interrupt()
			p.Refresh() // a wish that came in between is not lost
			return
		}
		batches, err := p.fetch(ctx, leader, cursors)
		interrupted := ctx.Err() != nil
		interrupt()
		for key, b := range batches {
			p.handle(key, b)
		}
		if err != nil && !interrupted {
			p.pause(500 * time.Millisecond)
		}
	}
}

func (p *Poller) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
	}
}

func (p *Poller) fetch(ctx context.Context, leader uint64, cursors map[string]int64) (map[string]Batch, error) {
	addr := ""
	p.cache.Read(func(s *meta.State) { addr = s.Nodes[leader].EngineAddr })
	if addr == "" {
		return nil, context.DeadlineExceeded // not registered: try again later
	}
	body, err := json.Marshal(FetchRequest{Node: p.node, Cursors: cursors})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/fetch", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	batches := map[string]Batch{}
	return batches, json.NewDecoder(resp.Body).Decode(&batches)
}
