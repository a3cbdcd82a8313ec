package mqttbroker

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"golang.org/x/sync/singleflight"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/engine"
	"robustmq-standin/internal/meta"
)

// Options of a broker; durations are already scaled.
type Options struct {
	Config        *config.Config
	Cache         *meta.Cache
	Client        *meta.Client
	Topics        *Topics
	AppendTimeout time.Duration
	SysInterval   time.Duration
	Warn          func(format string, args ...any)
}

// Broker is the broker role of a node.
type Broker struct {
	opts   Options
	server *mqtt.Server
	writer *engine.Writer
	poller *engine.Poller
	inject *mqtt.Client

	mu      sync.Mutex
	cursors map[string]int64
	create  singleflight.Group
	dumb    []io.Closer
	stop    chan struct{}
}

// Start opens all listeners. An error is a reason for the process to exit with 1.
func Start(opts Options) (*Broker, error) {
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumClientWritesPending = 1024 // the default reserves 64 KB a client
	b := &Broker{opts: opts, writer: engine.NewWriter(opts.Cache), cursors: map[string]int64{}, stop: make(chan struct{})}
	b.server = mqtt.New(&mqtt.Options{
		Capabilities: capabilities, SysTopicResendInterval: 3600, InlineClient: true,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	b.inject = b.server.NewClient(nil, "local", "segments", true)
	if err := b.server.AddHook(&hook{broker: b}, nil); err != nil {
		return nil, err
	}
	if err := b.listen(); err != nil {
		return nil, err
	}
	b.startReading()
	if err := b.server.Serve(); err != nil {
		return nil, err
	}
	go b.sysTopics(opts.SysInterval)
	return b, b.listenDumb()
}

func (b *Broker) listen() error {
	c := b.opts.Config
	certificate, err := tls.LoadX509KeyPair(c.Text(c.Paths().TLSCert), c.Text(c.Paths().TLSKey))
	if err != nil {
		return fmt.Errorf("failed to load the TLS certificate: %w", err)
	}
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}}
	address := func(key string) string { return fmt.Sprintf("0.0.0.0:%d", c.MqttPort(key)) }
	for _, l := range []listeners.Listener{
		listeners.NewTCP(listeners.Config{ID: "tcp", Address: address("tcp_port")}),
		listeners.NewTCP(listeners.Config{ID: "tls", Address: address("tls_port"), TLSConfig: secure}),
		&websocketListener{id: "websocket", address: address("websocket_port")},
		&websocketListener{id: "websockets", address: address("websockets_port"), tls: secure},
	} {
		if err := b.server.AddListener(l); err != nil {
			return err
		}
	}
	// QUIC is only a bound port here.
	quic, err := net.ListenPacket("udp4", address("quic_port"))
	if err != nil {
		return err
	}
	b.dumb = append(b.dumb, quic)
	return nil
}

// listenDumb opens the ports of the protocols that are not imitated: they accept and close.
func (b *Broker) listenDumb() error {
	for _, path := range []string{"kafka_runtime.tcp_port", "amqp_runtime.tcp_port", "nats_runtime.tcp_port",
		"nats_runtime.tls_port", "nats_runtime.ws_port", "nats_runtime.wss_port"} {
		port := b.opts.Config.Number(path)
		if port == 0 {
			continue // not in this release
		}
		l, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			return err
		}
		b.dumb = append(b.dumb, l)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
	}
	return nil
}

// Close drops all clients without a DISCONNECT, as the real broker does.
func (b *Broker) Close() {
	close(b.stop)
	for _, c := range b.dumb {
		c.Close()
	}
	for _, cl := range b.server.Clients.GetAll() {
		if cl.Net.Conn != nil {
			cl.Net.Conn.Close()
		}
	}
	b.poller.Close()
	b.server.Close()
}

// Counts for the overview of the admin API.
type Counts struct{ Connections, Sessions, Subscriptions, Retained, Received, Sent int64 }

// Counts reads the server's figures.
func (b *Broker) Counts() Counts {
	connected, sessions := int64(0), int64(0)
	for _, cl := range b.server.Clients.GetAll() {
		if cl.Net.Inline {
			continue
		}
		sessions++
		if !cl.Closed() {
			connected++
		}
	}
	info := b.server.Info.Clone()
	return Counts{connected, sessions, info.Subscriptions, info.Retained, info.MessagesReceived, info.MessagesSent}
}

// ClientRow is one connected client of the admin API.
type ClientRow struct {
	ClientID   string `json:"client_id"`
	Connection string `json:"connection_type"`
	SourceIP   string `json:"source_ip"`
}

// Clients lists the connected clients.
func (b *Broker) Clients() []ClientRow {
	rows := []ClientRow{}
	for _, cl := range b.server.Clients.GetAll() {
		if !cl.Net.Inline && !cl.Closed() {
			rows = append(rows, ClientRow{cl.ID, cl.Net.Listener, cl.Net.Remote})
		}
	}
	return rows
}
