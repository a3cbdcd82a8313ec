// Package scenarios runs the real binary as processes on loopback and replays what was
// recorded from the real broker.
package scenarios

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// scale shortens all waits: election 2-4 s become 0.2-0.4 s, expiry 30 s becomes 1.5 s.
const scale = 0.05

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "standin-scenarios-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "broker-server")
	build := exec.Command("go", "build", "-o", binary, "../cmd/broker-server")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s", out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// cluster is a set of nodes that name each other in meta_addrs.
type cluster struct {
	t       *testing.T
	release string
	dir     string
	listed  []int            // ids in meta_addrs
	nodes   map[int]*process // the latest of each node
	started []*process       // all of them
	extra   string           // more TOML for every node
	env     []string
	base    int
}

// Every cluster takes a block of ports of its own.
var (
	portLock sync.Mutex
	nextBase = 21000
)

func newCluster(t *testing.T, release string, listed ...int) *cluster {
	t.Parallel()
	portLock.Lock()
	defer portLock.Unlock()
	for !freeBlock(nextBase) {
		nextBase += 200
	}
	c := &cluster{t: t, release: release, dir: t.TempDir(), listed: listed, nodes: map[int]*process{}, base: nextBase}
	nextBase += 200
	t.Cleanup(c.killAll)
	return c
}

func freeBlock(base int) bool {
	for port := base; port < base+200; port += 10 {
		l, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

// Ports of a node: sixteen in a row.
const (
	portGRPC = iota
	portHTTP
	portEngine
	portTCP
	portTLS
	portWS
	portWSS
	portKafka
	portAMQP
	portNATS
	portMetrics = portNATS + 4
)

func (c *cluster) port(id, which int) int { return c.base + (id%10)*16 + which }
func (c *cluster) addr(id, which int) string {
	return fmt.Sprintf("127.0.0.1:%d", c.port(id, which))
}
func (c *cluster) nodeDir(id int) string { return filepath.Join(c.dir, fmt.Sprint("n", id)) }

func (c *cluster) metaAddrs() string {
	var parts []string
	for _, id := range c.listed {
		parts = append(parts, fmt.Sprintf("%d = %q", id, c.addr(id, portGRPC)))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func (c *cluster) toml(id int, roles string) string {
	quoted := `"` + strings.ReplaceAll(roles, "+", `", "`) + `"`
	dir := c.nodeDir(id)
	head := fmt.Sprintf("cluster_name = \"t\"\nbroker_id = %d\nbroker_ip = \"127.0.0.1\"\nroles = [%s]\ngrpc_port = %d\nhttp_port = %d\nmeta_addrs = %s\n",
		id, quoted, c.port(id, portGRPC), c.port(id, portHTTP), c.metaAddrs())
	mqtt := fmt.Sprintf("tcp_port = %d\ntls_port = %d\nwebsocket_port = %d\nwebsockets_port = %d\nquic_port = %d\n",
		c.port(id, portTCP), c.port(id, portTLS), c.port(id, portWS), c.port(id, portWSS), c.port(id, portTLS))
	log := fmt.Sprintf("[log]\nlog_config = %q\nlog_path = %q\n", filepath.Join(dir, "logger.toml"), filepath.Join(dir, "logs"))
	cert, key := filepath.Join(c.dir, "cert.pem"), filepath.Join(c.dir, "key.pem")
	if c.release == "0.3.0" {
		return head + c.extra + log + fmt.Sprintf("[rocksdb]\ndata_path = %q\nmax_open_files = 100\n[prometheus]\nenable = true\nport = %d\n"+
			"[runtime]\ntls_cert = %q\ntls_key = %q\n[storage_runtime]\ntcp_port = %d\nmax_segment_size = 1\nio_thread_num = 1\ndata_path = [%q]\n[mqtt_server]\n%s",
			filepath.Join(dir, "db"), c.port(id, portMetrics), cert, key, c.port(id, portEngine), filepath.Join(dir, "engine"), mqtt)
	}
	return head + fmt.Sprintf("data_path = %q\n", filepath.Join(dir, "db")) + c.extra + log +
		fmt.Sprintf("[broker_network]\ntls_cert = %q\ntls_key = %q\n[storage_runtime]\ntcp_port = %d\ndata_path = [%q]\n[mqtt_runtime.server]\n%s"+
			"[kafka_runtime]\ntcp_port = %d\n[amqp_runtime]\ntcp_port = %d\n[nats_runtime]\ntcp_port = %d\ntls_port = %d\nws_port = %d\nwss_port = %d\n",
			cert, key, c.port(id, portEngine), filepath.Join(dir, "engine"), mqtt, c.port(id, portKafka), c.port(id, portAMQP),
			c.port(id, portNATS), c.port(id, portNATS+1), c.port(id, portNATS+2), c.port(id, portNATS+3))
}

// process is one node.
type process struct {
	cmd    *exec.Cmd
	out    *lockedBuffer
	exited chan struct{}
	code   int
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const quietLogger = "[stdout]\nkind = \"console\"\nansi = false\n" +
	"targets = [{ path = \"\", level = \"info\" }, { path = \"broker_server::common\", level = \"off\" }]\n"

// start writes the files of a node (once) and runs it.
func (c *cluster) start(id int, roles string) *process {
	c.t.Helper()
	dir := c.nodeDir(id)
	c.must(os.MkdirAll(dir, 0o755))
	c.write(filepath.Join(dir, "server.toml"), c.toml(id, roles))
	if _, err := os.Stat(filepath.Join(dir, "logger.toml")); err != nil {
		c.write(filepath.Join(dir, "logger.toml"), quietLogger)
	}
	writeCertificate(c.t, c.dir)
	return c.restart(id)
}

// restart runs a node with the files it has.
func (c *cluster) restart(id int) *process {
	c.t.Helper()
	p := &process{cmd: exec.Command(binary, "--conf="+filepath.Join(c.nodeDir(id), "server.toml")), out: &lockedBuffer{}, exited: make(chan struct{})}
	p.cmd.Dir = c.nodeDir(id)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.Env = append(os.Environ(), "ROBUSTMQ_STANDIN_RELEASE="+c.release, fmt.Sprintf("ROBUSTMQ_STANDIN_TIME_SCALE=%v", scale))
	p.cmd.Env = append(p.cmd.Env, c.env...)
	c.must(p.cmd.Start())
	go func() {
		p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
		close(p.exited)
	}()
	c.nodes[id] = p
	c.started = append(c.started, p)
	return p
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) write(path, content string) {
	c.t.Helper()
	c.must(os.WriteFile(path, []byte(content), 0o644))
}

func (c *cluster) kill(id int) {
	p := c.nodes[id]
	p.cmd.Process.Kill()
	<-p.exited
}

func (c *cluster) stop(id int) int {
	p := c.nodes[id]
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.exited
	return p.code
}

func (c *cluster) killAll() {
	for _, p := range c.started {
		p.cmd.Process.Kill() // of one that has ended it is refused, which is as good
		<-p.exited
	}
	for id, p := range c.nodes {
		if c.t.Failed() {
			out := p.out.String()
			if len(out) > 3500 {
				out = out[len(out)-3500:]
			}
			c.t.Logf("--- node %d (exit %d), end of its log:\n%s", id, p.code, out)
		}
	}
}

// exits waits for a process to end by itself.
func (c *cluster) exits(id int, within time.Duration) int {
	c.t.Helper()
	select {
	case <-c.nodes[id].exited:
		return c.nodes[id].code
	case <-time.After(within):
		c.t.Fatalf("node %d is still running after %v", id, within)
		return 0
	}
}

// eventually polls a condition.
func (c *cluster) eventually(what string, within time.Duration, condition func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(within)
	for !condition() {
		if time.Now().After(deadline) {
			c.t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *cluster) logged(id int, text string) bool {
	return strings.Contains(c.nodes[id].out.String(), text)
}

// up waits until a node has gone through all its phases.
func (c *cluster) up(ids ...int) {
	c.t.Helper()
	for _, id := range ids {
		c.eventually(fmt.Sprintf("node %d is up", id), 20*time.Second, func() bool {
			select {
			case <-c.nodes[id].exited:
				c.t.Fatalf("node %d ended with %d", id, c.nodes[id].code)
			default:
			}
			return c.logged(id, "Broker service started")
		})
	}
}
