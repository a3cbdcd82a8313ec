// Package release is the table of RobustMQ releases the stand-in can imitate.
// A release is one row of data; no other package compares version numbers.
package release

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bootstrap is the rule by which fresh meta nodes become one raft cluster.
type Bootstrap int

const (
	// SeedThenJoin: a fresh node joins a reachable peer, else founds its own cluster.
	SeedThenJoin Bootstrap = iota
	// InitializeAll: every fresh node initialises with the whole meta_addrs list.
	InitializeAll
)

// HealthStyle says which health paths answer and who may ask.
type HealthStyle int

const (
	HealthLegacy HealthStyle = iota // /api/status, /api/cluster/healthy
	HealthAPI                       // /api/health/*, behind the token rule
	HealthRoot                      // /health/* at root, open
)

// Release is everything that differs between two releases.
type Release struct {
	Version      string
	Dialect      string // key of config.Dialects
	Bootstrap    Bootstrap
	Health       HealthStyle
	Token        bool // /api needs a JWT unless the peer is loopback
	GroupMap     bool // ClusterStatus answers a map of three groups (else one object)
	Info         bool // GET /api/info exists
	InnerTopics  bool // phase 7 on every role: nodes without engine role cannot start alone
	FoldsNeeded  bool // a segment on a node without storage folders is an error
	MetricsPort  bool // metrics on [prometheus].port instead of http_port
	SlowBroker   bool // broker listeners open long after the start
	LeaderLease  time.Duration
	ElectionMin  time.Duration
	ElectionMax  time.Duration
	ReportedName string // content of config/version.ini
}

type row struct {
	from, to [3]int
	release  Release
}

var rows = []row{
	{v(0, 3, 0), v(0, 3, 2), Release{
		Dialect: "0.3.0", Bootstrap: InitializeAll, Health: HealthLegacy, MetricsPort: true, SlowBroker: true,
		LeaderLease: 2 * time.Second, ElectionMin: time.Second, ElectionMax: 2 * time.Second, ReportedName: "0.2.14",
	}},
	{v(0, 4, 4), v(0, 4, 6), joined(Release{Dialect: "0.4.4",
		LeaderLease: 3 * time.Second, ElectionMin: 1500 * time.Millisecond, ElectionMax: 3 * time.Second})},
	{v(0, 4, 7), v(0, 4, 9), joined(Release{Dialect: "0.4.4",
		LeaderLease: 20 * time.Second, ElectionMin: 10 * time.Second, ElectionMax: 20 * time.Second})},
	{v(0, 4, 10), v(0, 4, 11), joined(Release{Dialect: "0.4.10", FoldsNeeded: true,
		LeaderLease: 20 * time.Second, ElectionMin: 10 * time.Second, ElectionMax: 20 * time.Second})},
	{v(0, 4, 12), v(0, 4, 12), root(joined(Release{Dialect: "0.4.10", FoldsNeeded: true,
		LeaderLease: 20 * time.Second, ElectionMin: 10 * time.Second, ElectionMax: 20 * time.Second}))},
}

func v(major, minor, patch int) [3]int { return [3]int{major, minor, patch} }

// joined fills what all releases from 0.4.4 on have in common.
func joined(r Release) Release {
	r.Bootstrap, r.Health, r.Token = SeedThenJoin, HealthAPI, true
	r.GroupMap, r.Info, r.InnerTopics = true, true, true
	r.ReportedName = "0.4.3"
	return r
}

func root(r Release) Release {
	r.Health = HealthRoot
	return r
}

// For finds the row of a version such as "0.4.11".
func For(version string) (Release, error) {
	n, err := parse(version)
	if err != nil {
		return Release{}, err
	}
	for _, row := range rows {
		if !less(n, row.from) && !less(row.to, n) {
			r := row.release
			r.Version = strings.TrimPrefix(version, "v")
			return r, nil
		}
	}
	return Release{}, fmt.Errorf("the stand-in has no row for RobustMQ %s; it knows 0.3.0-0.3.2 and 0.4.4-0.4.12", version)
}

func parse(version string) (n [3]int, err error) {
	parts := strings.Split(strings.TrimPrefix(strings.TrimSpace(version), "v"), ".")
	if len(parts) != 3 {
		return n, fmt.Errorf("release %q is not of the form MAJOR.MINOR.PATCH", version)
	}
	for i, p := range parts {
		if n[i], err = strconv.Atoi(p); err != nil {
			return n, fmt.Errorf("release %q is not of the form MAJOR.MINOR.PATCH", version)
		}
	}
	return n, nil
}

func less(a, b [3]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}
