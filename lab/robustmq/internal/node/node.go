package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/engine"
	"robustmq-standin/internal/grpcapi"
	"robustmq-standin/internal/httpapi"
	"robustmq-standin/internal/logger"
	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/mqttbroker"
	"robustmq-standin/internal/raftgroup"
	"robustmq-standin/internal/release"
)

// Node is the running process.
type Node struct {
	cfg     *config.Config
	rel     release.Release
	log     *logger.Logger
	timing  Timing
	start   time.Time
	version string
	lock    *os.File

	cache  *meta.Cache
	client *meta.Client
	topics *mqttbroker.Topics
	meta   *meta.Service
	engine *engine.Engine
	broker atomic.Pointer[mqttbroker.Broker]
	ready  atomic.Bool
}

// New prepares a node. Its configuration has been read already.
func New(cfg *config.Config, rel release.Release, log *logger.Logger, timing Timing) *Node {
	n := &Node{cfg: cfg, rel: rel, log: log, timing: timing, start: time.Now(), cache: meta.NewCache(), version: rel.Version}
	if content, err := os.ReadFile("config/version.ini"); err == nil {
		n.version = strings.TrimSpace(string(content))
	}
	n.client = meta.NewClient(cfg.MetaAddrList(), n.warn("grpc_clients::utils"))
	n.topics = &mqttbroker.Topics{Cache: n.cache, Client: n.client, Partitions: max(1, cfg.Partitions), Replicas: max(1, cfg.Replicas),
		FoldsNeeded: rel.FoldsNeeded, TopicTimeout: timing.Of(5 * time.Second), ShardWait: timing.Of(10 * time.Second)}
	return n
}

func (n *Node) warn(target string) func(string, ...any) {
	return func(format string, args ...any) { n.log.Warn(target, format, args...) }
}

func (n *Node) info(target string) func(string, ...any) {
	return func(format string, args ...any) { n.log.Info(target, format, args...) }
}

func (n *Node) sleep(d time.Duration) { time.Sleep(n.timing.Of(d)) }

// Run goes through all phases and returns when the node is up.
func (n *Node) Run() {
	n.printConfig()
	n.openStore()
	n.startServers()
	n.startMeta()
	n.awaitMeta()
	n.slowRegistration()
	n.loadCache()
	n.sleep(callManager)
	n.register()
	n.startEngine()
	n.initialise()
	n.startBroker()
	n.ready.Store(true)
	n.log.Info("broker_server", "Broker service started")
}

// printConfig logs everything, passwords and keys included, as the real one does.
func (n *Node) printConfig() {
	n.log.Info("common_base::version::logo", "RobustMQ stand-in (a test tool, not RobustMQ), imitating release %s", n.rel.Version)
	n.log.Info("common_base::version::logo", "version: %s", n.version)
	n.log.Info("broker_server::common", "broker config:%s", n.cfg.JSON("  "))
}

func (n *Node) storeDir() string { return filepath.Join(n.cfg.DataPath, "_rocksdb") }

// openStore takes the place of RocksDB: one lock per data_path, and the raft logs.
func (n *Node) openStore() {
	for _, dir := range []string{n.storeDir(), filepath.Join(n.cfg.DataPath, "_snapshot")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			Panic("Open RocksDB Fail, %s", config.OSError(err))
		}
	}
	lock, err := os.OpenFile(filepath.Join(n.storeDir(), "LOCK"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		Panic("Open RocksDB Fail, %s", config.OSError(err))
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		Panic("Open RocksDB Fail, IO error: While lock file: %s/LOCK: Resource temporarily unavailable", n.storeDir())
	}
	n.lock = lock // open for the life of the process: closing it would free the lock
	if err := os.WriteFile(filepath.Join(n.storeDir(), "CURRENT"), []byte("MANIFEST-000001\n"), 0o644); err != nil {
		Panic("Open RocksDB Fail, %s", config.OSError(err))
	}
	n.sleep(openStore)
	if n.cfg.Has("meta") {
		n.openRaft()
	}
}

func (n *Node) openRaft() {
	n.meta = meta.NewService(meta.Options{
		HeartbeatTimeout: n.timing.Of(time.Duration(n.cfg.Number("meta_runtime.heartbeat_timeout_ms")) * time.Millisecond),
		HeartbeatCheck:   n.timing.Of(time.Duration(max(100, n.cfg.Number("meta_runtime.heartbeat_check_time_ms"))) * time.Millisecond),
		FillInterval:     n.timing.Of(30 * time.Second), WriteTimeout: 30 * time.Second,
		Info: n.info("meta_service::core::heartbeat"), Warn: n.warn("meta_service"),
	})
	raft, err := raftgroup.Open(raftgroup.Options{
		ID: n.cfg.ID, Dir: n.storeDir(), Heartbeat: n.timing.Of(500 * time.Millisecond),
		Lease: n.timing.Of(n.rel.LeaderLease), ElectionMin: n.timing.Of(n.rel.ElectionMin), ElectionMax: n.timing.Of(n.rel.ElectionMax),
		Apply: n.meta.Apply, Log: n.info("meta_service::raft::leadership"), Fatal: func(err error) { Panic("%v", err) },
	})
	if err != nil {
		Panic("Open RocksDB Fail, %s", config.OSError(err))
	}
	n.meta.Attach(raft)
}

// startServers is phase 1: both ports answer from here on.
func (n *Node) startServers() {
	grpc := grpcapi.New(grpcapi.Env{Release: n.rel, Meta: n.meta, Cache: n.cache, Timeout: 10 * time.Second, Warn: n.warn("broker_server::grpc")})
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	n.serve("broker_server::grpc", n.cfg.GRPCPort, &http.Server{Handler: grpc, Protocols: protocols})
	n.log.Info("broker_server::grpc", "Broker Grpc Server start success. addr:0.0.0.0:%d", n.cfg.GRPCPort)

	env := httpapi.Env{Config: n.cfg, Release: n.rel, Cache: n.cache, Client: n.client, Topics: n.topics, Start: n.start,
		Broker: n.broker.Load, Meta: n.meta, Version: n.version}
	n.serve("admin_server::server", n.cfg.HTTPPort, &http.Server{Handler: httpapi.New(env)})
	n.log.Info("admin_server::server", "Admin HTTP Server started successfully, listening port: %d, access logging and CORS enabled", n.cfg.HTTPPort)
	if n.rel.MetricsPort {
		n.serve("prometheus", n.cfg.Number(n.cfg.Paths().PrometheusPort), &http.Server{Handler: httpapi.Metrics(env)})
	}
}

func (n *Node) serve(target string, port uint64, server *http.Server) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		n.fail(target, "Failed to start server on port %d: %s", port, config.OSError(err))
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error(target, "server on port %d ended: %v", port, err)
		}
	}()
}
