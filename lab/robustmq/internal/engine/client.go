package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"robustmq-standin/internal/meta"
)

// Writer appends to segments wherever they are led.
type Writer struct {
	cache  *meta.Cache
	client *http.Client
}

// NewWriter uses a node's cache to find leaders.
func NewWriter(cache *meta.Cache) *Writer {
	return &Writer{cache: cache, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
}

// Append writes one record to segment 0 of a shard and returns when it is safe.
func (w *Writer) Append(shard string, record []byte, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	var err error
	for {
		if err = w.once(shard, record, time.Until(deadline)); err == nil || errors.Is(err, errUncertain) {
			return err
		}
		if time.Now().Add(200 * time.Millisecond).After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond) // the cache may be about to name another leader
	}
}

// errUncertain: the record may have been stored, so it must not be sent again from here.
var errUncertain = errors.New("append not confirmed")

func (w *Writer) once(shard string, record []byte, timeout time.Duration) error {
	key := meta.SegmentKey(shard, 0)
	addr := ""
	var refusal error
	w.cache.Read(func(s *meta.State) {
		seg, exists := s.Segments[key]
		switch {
		case !exists:
			refusal = fmt.Errorf("segment %s does not exist", key)
		case seg.Status != meta.StatusWrite:
			refusal = fmt.Errorf("segment %s is %s", key, seg.Status)
		default:
			if addr = s.Nodes[seg.Leader].EngineAddr; addr == "" {
				refusal = fmt.Errorf("the leader of segment %s, node %d, is not registered", key, seg.Leader)
			}
		}
	})
	if refusal != nil {
		return refusal
	}
	body, err := json.Marshal(AppendRequest{Segment: key, Record: record, TimeoutMs: timeout.Milliseconds()})
	if err != nil {
		return err
	}
	resp, err := w.client.Post("http://"+addr+"/append", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("%w: %v", errUncertain, err)
	}
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	if message := strings.TrimSpace(string(text)); message == ErrNotReplicated.Error() {
		return fmt.Errorf("%w: %s", errUncertain, message)
	}
	return errors.New(strings.TrimSpace(string(text)))
}
