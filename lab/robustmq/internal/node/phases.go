package node

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"robustmq-standin/internal/engine"
	"robustmq-standin/internal/httpapi"
	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/mqttbroker"
)

// loadCache is phase 3. Only an engine node loads shards and segments; another one learns of
// them only if it is told.
func (n *Node) loadCache() {
	n.log.Info("broker_server::load_cache", "Starting to load metadata cache...")
	state, err := n.client.State()
	if err != nil {
		n.fail("broker_server", "Failed to load metadata cache: Failed to load node list: %v", err)
	}
	if err := httpapi.LoadDynamic(n.cfg, state); err != nil {
		n.fail("broker_server", "Failed to load metadata cache: Failed to load cluster config: %v", err)
	}
	if n.rel.InnerTopics && !n.cfg.Has("engine") {
		state.Shards, state.Segments = map[string]meta.Shard{}, map[string]meta.Segment{}
	}
	n.sleep(loadCache)
	n.cache.Load(state)
	n.log.Info("broker_server::load_cache", "Common cache loaded: nodes=%d, topics=%d, tenants=%d, users=%d, shards=%d",
		len(state.Nodes), len(state.Topics), len(state.Tenants), len(state.Users), len(state.Shards))
	n.cache.OnChange(n.applyResource)
}

// applyResource takes over a dynamic configuration that was set on another node.
func (n *Node) applyResource(c meta.Change) {
	configType, found := strings.CutPrefix(c.Key, "cluster/")
	if c.Kind != "resource" || !found || c.Value == nil {
		return
	}
	var document []byte
	n.cache.Read(func(s *meta.State) { document = s.Resources[c.Key] })
	if err := n.cfg.SetDynamic(configType, document); err != nil {
		n.log.Error("broker_core::dynamic_config", "Failed to update in-memory config: %v", err)
	}
}

// slowRegistration: the broker of old releases registers late (facts §11.25).
func (n *Node) slowRegistration() {
	if n.rel.SlowBroker && n.cfg.Has("broker") {
		time.Sleep(n.timing.Of(n.timing.SlowStart * 2 / 5))
	}
}

// register is phase 5; from then on a heartbeat every 3 s.
func (n *Node) register() {
	if err := n.registerOnce(); err != nil {
		Panic("Node %d registration failed: %v", n.cfg.ID, err)
	}
	n.log.Info("broker_core::heartbeat", "Node %d has been successfully registered", n.cfg.ID)
	go func() {
		for {
			n.sleep(heartbeat)
			if err := n.client.Heartbeat(n.cfg.ID); !errors.Is(err, meta.ErrUnknownNode) {
				continue
			}
			if err := n.registerOnce(); err != nil {
				n.log.Error("broker_core::heartbeat", "Failed to re-register node %d after heartbeat failure: %v", n.cfg.ID, err)
				continue
			}
			n.log.Info("broker_core::heartbeat", "Node %d successfully re-registered", n.cfg.ID)
		}
	}()
}

func (n *Node) registerOnce() error {
	addr := func(port uint64) string { return fmt.Sprintf("%s:%d", n.cfg.IP, port) }
	mqtt := func(key string) string { return addr(n.cfg.MqttPort(key)) }
	other := func(path string) string { return addr(n.cfg.Number(path)) }
	node := meta.Node{
		Roles: n.cfg.Roles, NodeID: n.cfg.ID, NodeIP: n.cfg.IP,
		GRPCAddr: n.cfg.GRPCAddr(), HTTPAddr: addr(n.cfg.HTTPPort), EngineAddr: addr(n.cfg.EnginePort),
		StartTime: n.start.Unix(), RegisterTime: time.Now().Unix(), StorageFold: n.cfg.Folds,
		Extend: map[string]any{
			"mqtt": map[string]any{"grpc_addr": n.cfg.GRPCAddr(), "mqtt_addr": mqtt("tcp_port"), "mqtts_addr": mqtt("tls_port"),
				"websocket_addr": mqtt("websocket_port"), "websockets_addr": mqtt("websockets_port"), "quic_addr": mqtt("quic_port")},
			"nats": map[string]any{"tcp_addr": other("nats_runtime.tcp_port"), "tls_addr": other("nats_runtime.tls_port"),
				"ws_addr": other("nats_runtime.ws_port"), "wss_addr": other("nats_runtime.wss_port")},
			"kafka": map[string]any{"tcp_addr": other("kafka_runtime.tcp_port")},
		},
	}
	if _, err := n.client.Register(node); err != nil {
		return err
	}
	// Who registered between phase 3 and now is not missed; what topics were made then is.
	state, err := n.client.State()
	if err != nil {
		return err
	}
	state.Nodes[n.cfg.ID] = node
	for _, other := range state.Nodes {
		if err := n.cache.PutNode(other); err != nil {
			return err
		}
	}
	return nil
}

// startEngine is phase 6.
func (n *Node) startEngine() {
	if !n.cfg.Has("engine") {
		return
	}
	lag := time.Duration(n.cfg.Number("storage_runtime.replica_lag_time_max_ms")) * time.Millisecond
	if lag == 0 {
		lag = 10 * time.Second
	}
	e, err := engine.Open(engine.Options{
		ID: n.cfg.ID, Dir: n.storeDir(), LagTimeMax: n.timing.Of(lag), ISRInterval: n.timing.Of(time.Second),
		StallFile: filepath.Join(n.cfg.DataPath, "standin-stall-fetch"),
		Cache:     n.cache, Client: n.client, Warn: n.warn("storage_engine"),
	})
	if err == nil {
		n.sleep(engineStart)
		err = e.Start(n.cfg.EnginePort)
	}
	if err != nil {
		n.fail("broker_server", "Storage Engine failed to start on port %d: %v", n.cfg.EnginePort, err)
	}
	n.engine = e
	n.log.Info("network_server::tcp::server", "StorageEngine Tcp Server started successfully, listening port: %d", n.cfg.EnginePort)
	go n.reconcile()
}

// reconcile reloads shards and segments now and then, on engine nodes only.
func (n *Node) reconcile() {
	for {
		n.sleep(30 * time.Second)
		state, err := n.client.State()
		if err != nil {
			continue // the next round tries again; the client has logged it
		}
		n.cache.Reconcile(state)
	}
}

var innerTopics = []string{mqttbroker.RetainTopic, "$last-will-message", "$delay-task-index", "$delay-queue-message",
	"$delay-queue-index", "$agent-report-info", "$sys/qos2-inner-topic"}

// initialise is phase 7. It is what nodes without the engine role do not survive.
func (n *Node) initialise() {
	if !n.rel.InnerTopics && !n.cfg.Has("broker") {
		return
	}
	known := false
	n.cache.Read(func(s *meta.State) { _, known = s.Tenants[meta.DefaultTenant] })
	if !known {
		tenant := meta.Tenant{Name: meta.DefaultTenant, Desc: "Default tenant", Config: httpapi.DefaultQuota(), CreateTime: time.Now().Unix()}
		if err := n.client.Write("tenant.create", tenant); err != nil {
			n.fail("broker_server", "Failed to initialize default tenant: %v", err)
		}
	}
	if n.rel.InnerTopics {
		for _, topic := range innerTopics {
			if _, err := n.topics.Ensure(meta.DefaultTenant, topic, "SystemInner"); err != nil {
				n.fail("broker_server", "Failed to initialize inner topics: %v", err)
			}
			n.sleep(innerTopic)
		}
		n.sleep(afterTopics)
	} else {
		n.startDelayMessages()
		time.Sleep(n.timing.Of(n.timing.SlowStart * 3 / 5))
	}
	if err := n.createSystemUser(); err != nil {
		n.fail("broker_server", "Failed to initialize system user: %v", err)
	}
}

// startDelayMessages is what a broker before 0.4.0 does at its start: two inner topics, which need an engine node to be
// there already.
func (n *Node) startDelayMessages() {
	for _, topic := range []string{"$delay-queue-message", "$delay-queue-index"} {
		if _, err := n.topics.Ensure(meta.DefaultTenant, topic, "SystemInner"); err != nil {
			n.fail("mqtt_broker::broker", "Failed to start delay message manager for cluster '%s': %v", n.cfg.Text("cluster_name"), err)
		}
	}
}

// createSystemUser makes the superuser once; a password that changes later in the file does
// not change the stored one.
func (n *Node) createSystemUser() error {
	name := n.cfg.Text(n.cfg.Paths().DefaultUser)
	state, err := n.client.State()
	if err != nil {
		return err
	}
	if _, exists := state.Users[meta.Key(meta.DefaultTenant, name)]; exists {
		return nil
	}
	return n.client.Write("user.save", meta.User{Tenant: meta.DefaultTenant, Username: name,
		Password: n.cfg.Text(n.cfg.Paths().DefaultPassword), IsSuperuser: true, CreateTime: time.Now().Unix()})
}

// startBroker is phases 8 to 10.
func (n *Node) startBroker() {
	if !n.cfg.Has("broker") {
		return
	}
	b, err := mqttbroker.Start(mqttbroker.Options{Config: n.cfg, Cache: n.cache, Client: n.client, Topics: n.topics,
		AppendTimeout: n.timing.Of(appendDeadline), SysInterval: n.timing.Of(sysTopics), Warn: n.warn("mqtt_broker")})
	if err != nil {
		n.fail("broker_server", "Failed to start MQTT broker: %v", err)
	}
	n.broker.Store(b)
	n.log.Info("network_server::tcp::server", "MQTT Broker started successfully, listening port: %d", n.cfg.MqttPort("tcp_port"))
}

// Stop is the graceful end; before the node is up only the watchdog ends it.
func (n *Node) Stop() {
	n.log.Info("broker_server::daemon", "Termination signal received, the service starts to stop")
	if !n.ready.Load() {
		n.sleep(stopWatchdog)
		return
	}
	n.log.Info("broker_server::daemon", "Shutdown requested, graceful shutdown has up to 20s before force-exit")
	if b := n.broker.Load(); b != nil {
		b.Close()
	}
	if n.engine != nil {
		n.engine.Close()
	}
	n.sleep(stopping)
	if n.meta != nil {
		n.meta.Close()
	}
	n.log.Info("mqtt_broker::broker", "Service has been stopped successfully. Exiting the process.")
}
