package config

import (
	"fmt"
	"net"
	"os"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"robustmq-standin/internal/release"
)

// Config is the effective configuration and the few values the stand-in acts on.
type Config struct {
	dialect Dialect
	object  *Object

	ClusterName string
	ID          uint64
	IP          string
	Roles       []string
	GRPCPort    uint64
	HTTPPort    uint64
	MetaAddrs   []Peer // in string order of their keys
	DataPath    string
	Folds       []string
	EnginePort  uint64
	Partitions  uint64
	Replicas    uint64
}

// Peer is one entry of meta_addrs.
type Peer struct {
	ID   uint64 // 0 when the key is no number
	Key  string
	Addr string
}

// Load reads the file, applies the environment and decodes. Any error is a panic of
// the real process: exit code 101.
func Load(path string, rel release.Release) (*Config, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("No such file or directory (os error 2), path: %s", path)
	}
	c, err := Parse(OverrideByEnv(string(content), os.LookupEnv), rel)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.object.Text("log.log_path"), 0o755); err != nil {
		return nil, fmt.Errorf("%s", OSError(err))
	}
	return c, nil
}

// Parse decodes TOML in the dialect of a release.
func Parse(content string, rel release.Release) (*Config, error) {
	raw := map[string]any{}
	if err := toml.Unmarshal([]byte(content), &raw); err != nil {
		return nil, fmt.Errorf("TOML parse error: %v", err)
	}
	dialect := Dialects[rel.Dialect]
	object, err := decodeSection(dialect.Fields, raw, true)
	if err != nil {
		return nil, fmt.Errorf("TOML parse error: %v", err)
	}
	if object.At("broker_ip") == nil {
		object.set("broker_ip", localIP())
	}
	c := &Config{dialect: dialect, object: object}
	return c, c.fill()
}

func (c *Config) fill() error {
	o := c.object
	c.ClusterName, c.ID, c.IP = o.Text("cluster_name"), o.Number("broker_id"), o.Text("broker_ip")
	c.Roles, c.GRPCPort, c.HTTPPort = o.List("roles"), o.Number("grpc_port"), o.Number("http_port")
	c.DataPath = o.Text(c.dialect.Paths.DataPath)
	c.Folds, c.EnginePort = o.List("storage_runtime.data_path"), o.Number("storage_runtime.tcp_port")
	c.Partitions, c.Replicas = 1, 1
	if p := c.dialect.Paths; p.PartitionNum != "" {
		c.Partitions, c.Replicas = o.Number(p.PartitionNum), o.Number(p.ReplicaNum)
	}
	addrs, _ := o.At("meta_addrs").(map[string]any)
	for _, key := range sortedKeys(addrs) {
		addr, ok := addrs[key].(string)
		if !ok {
			continue
		}
		peer := Peer{Key: key, Addr: addr}
		fmt.Sscanf(key, "%d", &peer.ID)
		c.MetaAddrs = append(c.MetaAddrs, peer)
	}
	if len(c.MetaAddrs) == 1 {
		c.Replicas = 1
	}
	return nil
}

// Has reports whether the node carries a role. Unknown role strings mean nothing.
func (c *Config) Has(role string) bool { return slices.Contains(c.Roles, role) }

// Object is the effective configuration as the admin API and the log print it.
func (c *Config) Object() *Object { return c.object }

// Text, Number and Flag read a value by a path of this dialect; see also Paths.
func (c *Config) Text(path string) string   { return c.object.Text(path) }
func (c *Config) Number(path string) uint64 { return c.object.Number(path) }
func (c *Config) Flag(path string) bool     { return c.object.Flag(path) }

// Paths of this dialect.
func (c *Config) Paths() Paths { return c.dialect.Paths }

// MqttPort reads one of tcp_port, tls_port, websocket_port, websockets_port, quic_port.
func (c *Config) MqttPort(key string) uint64 {
	return c.object.Number(c.dialect.Paths.MqttServer + "." + key)
}

// GRPCAddr is what the node advertises; broker_ip is taken verbatim.
func (c *Config) GRPCAddr() string { return fmt.Sprintf("%s:%d", c.IP, c.GRPCPort) }

// MetaAddrList is the list of addresses in the order in which they are tried.
func (c *Config) MetaAddrList() []string {
	out := make([]string, 0, len(c.MetaAddrs))
	for _, p := range c.MetaAddrs {
		out = append(out, p.Addr)
	}
	return out
}

func localIP() string {
	if ip := net.ParseIP(os.Getenv("ROBUSTMQ_BROKER_IP")); ip != nil {
		return ip.String()
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
