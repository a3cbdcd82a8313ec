package scenarios

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "key.pem")); err == nil {
		return
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "EC PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// group is the part of ClusterStatus the tests look at.
type group struct {
	ID            uint64
	State         string
	CurrentTerm   uint64  `json:"current_term"`
	CurrentLeader *uint64 `json:"current_leader"`
	QuorumAck     *uint64 `json:"millis_since_quorum_ack"`
	Membership    struct {
		Membership struct {
			Configs [][]uint64
			Nodes   map[string]struct {
				RPCAddr string `json:"rpc_addr"`
			}
		}
	} `json:"membership_config"`
}

func (g group) leader() uint64 {
	if g.CurrentLeader == nil {
		return 0
	}
	return *g.CurrentLeader
}

// rpc calls a method over gRPC-Web with raw protobuf and returns status, message and payload.
func (c *cluster) rpc(id int, method string, request []byte) (status, message string, payload []byte) {
	body := append([]byte{0, 0, 0, 0, byte(len(request))}, request...)
	client := http.Client{Timeout: 8 * time.Second}
	resp, err := client.Post("http://"+c.addr(id, portGRPC)+"/"+method, "application/grpc-web+proto", bytes.NewReader(body))
	if err != nil {
		return "unreachable", err.Error(), nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return "unreachable", err.Error(), nil
	}
	status, message = resp.Header.Get("Grpc-Status"), resp.Header.Get("Grpc-Message")
	for len(raw) >= 5 {
		size := int(raw[1])<<24 | int(raw[2])<<16 | int(raw[3])<<8 | int(raw[4])
		frame := raw[5 : 5+size]
		if raw[0]&0x80 == 0 {
			payload = frame
		}
		for _, line := range strings.Split(string(frame), "\r\n") {
			if raw[0]&0x80 != 0 {
				if v, ok := strings.CutPrefix(strings.ToLower(line), "grpc-status: "); ok {
					status = v
				}
				if v, ok := strings.CutPrefix(line, "grpc-message: "); ok {
					message = v
				}
			}
		}
		raw = raw[5+size:]
	}
	return status, message, payload
}

const metaService = "meta.service.common.MetaServiceService/"

// status asks one node for its own view; nil when it cannot be reached.
func (c *cluster) status(id int) map[string]group {
	_, _, payload := c.rpc(id, metaService+"ClusterStatus", nil)
	at := bytes.IndexByte(payload, '{')
	if at < 0 {
		return nil
	}
	groups := map[string]group{}
	if json.Unmarshal(payload[at:], &groups) != nil {
		return nil
	}
	return groups
}

// formed: the node sees one leader with these voters in all groups.
func (c *cluster) formed(id int, voters ...uint64) bool {
	groups := c.status(id)
	if len(groups) != 3 {
		return false
	}
	for _, g := range groups {
		configs := g.Membership.Membership.Configs
		if g.leader() == 0 || len(configs) != 1 || !slices.Equal(configs[0], voters) {
			return false
		}
	}
	return true
}

// leads: the node itself says that it leads every group and hears a quorum.
func (c *cluster) leads(id int, which string) bool {
	g, ok := c.status(id)[which]
	return ok && g.State == "Leader" && g.QuorumAck != nil && *g.QuorumAck < 2000
}

func (c *cluster) get(id int, path string) (int, string) {
	return c.request(http.MethodGet, "http://"+c.addr(id, portHTTP)+path, "", "")
}

func (c *cluster) post(id int, path, body string) (int, string) {
	return c.request(http.MethodPost, "http://"+c.addr(id, portHTTP)+path, body, "")
}

func (c *cluster) request(method, url, body, token string) (int, string) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: 20 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(raw)
}

// registered are the ids in a node's own broker_node_list.
func (c *cluster) registered(id int) []uint64 {
	_, raw := c.get(id, "/api/info")
	var info struct {
		Data struct {
			List []struct {
				ID uint64 `json:"node_id"`
			} `json:"broker_node_list"`
		}
	}
	if json.Unmarshal([]byte(raw), &info) != nil {
		return nil
	}
	ids := []uint64{}
	for _, n := range info.Data.List {
		ids = append(ids, n.ID)
	}
	slices.Sort(ids)
	return ids
}

// segment of a topic's first shard, as a node's admin API shows it.
type segment struct {
	ShardName string `json:"shard_name"`
	Leader    uint64
	Status    string
	ISR       []uint64
	Replicas  []struct {
		NodeID uint64 `json:"node_id"`
	}
}

func (c *cluster) segment(id int, topic string) (s segment) {
	_, raw := c.post(id, "/api/storage-engine/shard/list", fmt.Sprintf(`{"topic_name":%q,"limit":100}`, topic))
	var shards struct {
		Data struct {
			Data []struct {
				Info struct {
					Name string `json:"shard_name"`
				} `json:"shard_info"`
			}
		}
	}
	if json.Unmarshal([]byte(raw), &shards) != nil || len(shards.Data.Data) == 0 {
		return
	}
	_, raw = c.post(id, "/api/storage-engine/segment/list", fmt.Sprintf(`{"shard_name":%q}`, shards.Data.Data[0].Info.Name))
	var list struct {
		Data struct {
			List []struct{ Segment segment } `json:"segment_list"`
		}
	}
	if json.Unmarshal([]byte(raw), &list) != nil || len(list.Data.List) == 0 {
		return
	}
	return list.Data.List[0].Segment
}

// mqtt connects a client to a node.
func (c *cluster) mqtt(id int, name, user, password string) (paho.Client, error) {
	options := paho.NewClientOptions().AddBroker("tcp://" + c.addr(id, portTCP)).SetClientID(name).
		SetUsername(user).SetPassword(password).SetConnectTimeout(5 * time.Second).SetAutoReconnect(false)
	client := paho.NewClient(options)
	token := client.Connect()
	token.WaitTimeout(6 * time.Second)
	if token.Error() == nil {
		c.t.Cleanup(func() { client.Disconnect(0) })
	}
	return client, token.Error()
}

func (c *cluster) connect(id int, name string) paho.Client {
	c.t.Helper()
	client, err := c.mqtt(id, name, "admin", "robustmq")
	c.must(err)
	return client
}

func subscribe(t *testing.T, client paho.Client, filter string) <-chan string {
	t.Helper()
	messages := make(chan string, 100)
	token := client.Subscribe(filter, 1, func(_ paho.Client, m paho.Message) { messages <- string(m.Payload()) })
	if !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatalf("subscribe %s: %v", filter, token.Error())
	}
	return messages
}

// publish reports whether the QoS 1 message was acknowledged in time.
func publish(client paho.Client, topic, payload string, retained bool, within time.Duration) bool {
	token := client.Publish(topic, 1, retained, payload)
	done := token.WaitTimeout(within)
	if done && token.Error() != nil {
		fmt.Fprintf(os.Stderr, "publish to %s: %v\n", topic, token.Error())
	}
	return done && token.Error() == nil
}

func receive(t *testing.T, messages <-chan string, want string, within time.Duration) {
	t.Helper()
	select {
	case got := <-messages:
		if got != want {
			t.Fatalf("received %q, want %q", got, want)
		}
	case <-time.After(within):
		t.Fatalf("message %q did not arrive within %v", want, within)
	}
}
