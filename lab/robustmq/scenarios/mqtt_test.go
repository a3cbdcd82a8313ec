package scenarios

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// All four MQTT listeners are real, and the health path knows them.
func TestListeners(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, all)
	c.up(1)
	messages := subscribe(t, c.connect(1, "sub"), "via/#")
	for _, url := range []string{
		"tcp://" + c.addr(1, portTCP), "ssl://" + c.addr(1, portTLS),
		"ws://" + c.addr(1, portWS) + "/mqtt", "wss://" + c.addr(1, portWSS) + "/mqtt",
	} {
		options := paho.NewClientOptions().AddBroker(url).SetClientID(url[:3] + "client").SetUsername("admin").SetPassword("robustmq").
			SetTLSConfig(&tls.Config{InsecureSkipVerify: true}).SetAutoReconnect(false)
		client := paho.NewClient(options)
		if token := client.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatalf("%s: %v", url, token.Error())
		}
		if !publish(client, "via/x", url, false, 10*time.Second) {
			t.Fatalf("%s: no PUBACK", url)
		}
		receive(t, messages, url, 5*time.Second)
		client.Disconnect(0)
	}
	if resp, err := http.Get("http://" + c.addr(1, portWS) + "/other"); err != nil || resp.StatusCode != 404 {
		t.Fatal("websockets are served at /mqtt only")
	}
	if code, body := c.get(1, "/api/health/ready"); code != 200 || body !=
		`{"code":0,"data":{"status":"ok","check_type":"ready","message":"all configured ports are ready"},"error":null}` {
		t.Fatalf("%d %s", code, body)
	}
	if _, err := c.mqtt(1, "wrong", "admin", "wrong"); err == nil {
		t.Fatal("a wrong password was accepted")
	}
}

// Facts §0.4: with its own QUIC port the node never calls itself ready.
func TestReadyNeedsQuicTrick(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.env = []string{fmt.Sprintf("ROBUST_MQ_SERVER_MQTT_RUNTIME_SERVER_QUIC_PORT=%d", c.base+199)}
	c.start(1, all)
	c.up(1)
	if code, body := c.get(1, "/api/health/ready"); code != 503 || !contains(body, `"status":"not_ready"`) {
		t.Fatalf("%d %s", code, body)
	}
}

// A session that is offline for a while gets what was published meanwhile on another broker.
func TestOfflineSession(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, all)
	c.up(1)
	c.start(5, "broker+engine")
	c.up(5)
	messages := make(chan string, 10)
	options := paho.NewClientOptions().AddBroker("tcp://" + c.addr(5, portTCP)).SetClientID("keeper").SetCleanSession(false).
		SetUsername("admin").SetPassword("robustmq").SetAutoReconnect(false).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { messages <- string(m.Payload()) })
	client := paho.NewClient(options)
	if token := client.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	if token := client.Subscribe("later", 1, nil); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	client.Disconnect(100)
	if !publish(c.connect(1, "pub"), "later", "kept for you", false, 10*time.Second) {
		t.Fatal("no PUBACK")
	}
	client = paho.NewClient(options)
	if token := client.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer client.Disconnect(0)
	receive(t, messages, "kept for you", 5*time.Second)
}

// The will of a client that vanishes reaches subscribers on other brokers.
func TestWill(t *testing.T) {
	c := newCluster(t, "0.4.11", 1)
	c.start(1, all)
	c.up(1)
	c.start(5, "broker+engine")
	c.up(5)
	messages := subscribe(t, c.connect(5, "heir"), "wills/#")
	conn := rawConnect(c, 1, "wills/1", "gone")
	conn.Close()
	receive(t, messages, "gone", 5*time.Second)
}

// rawConnect sends a CONNECT with a will and reads the CONNACK, so that the connection can
// be broken without a DISCONNECT.
func rawConnect(c *cluster, id int, topic, payload string) net.Conn {
	c.t.Helper()
	field := func(s string) string { return string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }
	body := field("MQTT") + "\x04\xc6\x00\x3c" + field("mortal") + field(topic) + field(payload) + field("admin") + field("robustmq")
	conn, err := net.Dial("tcp", c.addr(id, portTCP))
	c.must(err)
	_, err = conn.Write(append([]byte{0x10, byte(len(body))}, body...))
	c.must(err)
	answer := make([]byte, 4)
	_, err = io.ReadFull(conn, answer)
	c.must(err)
	if answer[3] != 0 {
		c.t.Fatalf("CONNACK %d", answer[3])
	}
	return conn
}
