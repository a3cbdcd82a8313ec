package node

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Timing stretches or shrinks every wait of the stand-in. It proves nothing about the real
// broker's speed.
type Timing struct {
	Scale     float64
	SlowStart time.Duration // broker start of releases that need very long (facts §11.25)
}

// TimingFromEnv reads ROBUSTMQ_STANDIN_TIME_SCALE (default 1) and ROBUSTMQ_STANDIN_SLOW_START
// (a duration, default 5s; the real 0.3.0 takes about 50s).
func TimingFromEnv() (Timing, error) {
	t := Timing{Scale: 1, SlowStart: 5 * time.Second}
	var err error
	if s := os.Getenv("ROBUSTMQ_STANDIN_TIME_SCALE"); s != "" {
		if t.Scale, err = strconv.ParseFloat(s, 64); err != nil || t.Scale <= 0 {
			return t, fmt.Errorf("ROBUSTMQ_STANDIN_TIME_SCALE must be a number above 0, got %q", s)
		}
	}
	if s := os.Getenv("ROBUSTMQ_STANDIN_SLOW_START"); s != "" {
		if t.SlowStart, err = time.ParseDuration(s); err != nil {
			return t, fmt.Errorf("ROBUSTMQ_STANDIN_SLOW_START must be a duration such as 5s, got %q", s)
		}
	}
	return t, nil
}

// Of scales a duration of the real broker.
func (t Timing) Of(d time.Duration) time.Duration {
	return time.Duration(float64(d) * t.Scale)
}

// Waits of the real broker's start that have no other cause here.
const (
	openStore      = 150 * time.Millisecond // RocksDB, three raft instances
	beforeMeta     = 400 * time.Millisecond // from the bound port to the raft bootstrap
	loadCache      = 40 * time.Millisecond  // phase 3
	callManager    = 80 * time.Millisecond  // phase 4, between loading and registering
	engineStart    = 150 * time.Millisecond // phase 6
	innerTopic     = 60 * time.Millisecond  // each of the seven
	afterTopics    = 3 * time.Second        // "wait cache sync"
	heartbeat      = 3 * time.Second
	retryPing      = time.Second
	stopping       = 2200 * time.Millisecond // graceful stop
	stopWatchdog   = 20 * time.Second
	appendDeadline = 15 * time.Second
	sysTopics      = time.Minute
)
