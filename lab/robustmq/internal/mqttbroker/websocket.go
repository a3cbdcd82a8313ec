package mqttbroker

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// websocketListener serves MQTT at /mqtt only, as the real broker does (mochi's own listener
// takes any path).
type websocketListener struct {
	id, address string
	tls         *tls.Config
	listener    net.Listener
	server      *http.Server
}

func (l *websocketListener) Init(*slog.Logger) (err error) {
	if l.listener, err = net.Listen("tcp4", l.address); err != nil {
		return err
	}
	if l.tls != nil {
		config := l.tls.Clone()
		config.NextProtos = []string{"http/1.1"} // websockets cannot be upgraded on HTTP/2
		l.listener = tls.NewListener(l.listener, config)
	}
	return nil
}

func (l *websocketListener) Serve(establish listeners.EstablishFn) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}, CheckOrigin: func(*http.Request) bool { return true }}
	mux := http.NewServeMux()
	mux.HandleFunc("/mqtt", func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // the upgrader has answered
		}
		defer ws.Close()
		establish(l.id, &websocketConn{Conn: ws.UnderlyingConn(), ws: ws})
	})
	l.server = &http.Server{Handler: mux}
	l.server.Serve(l.listener)
}

func (l *websocketListener) ID() string      { return l.id }
func (l *websocketListener) Address() string { return l.address }

func (l *websocketListener) Protocol() string {
	if l.tls != nil {
		return "wss"
	}
	return "ws"
}

func (l *websocketListener) Close(closeClients listeners.CloseFn) {
	l.listener.Close()
	closeClients(l.id)
}

// websocketConn reads the binary messages of a websocket as one stream.
type websocketConn struct {
	net.Conn
	ws      *websocket.Conn
	current io.Reader
}

func (c *websocketConn) Read(p []byte) (int, error) {
	for {
		if c.current == nil {
			kind, r, err := c.ws.NextReader()
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, errors.New("MQTT over websocket must use binary messages")
			}
			c.current = r
		}
		n, err := c.current.Read(p)
		if errors.Is(err, io.EOF) {
			c.current = nil
			if n == 0 {
				continue
			}
			err = nil
		}
		return n, err
	}
}

func (c *websocketConn) Write(p []byte) (int, error) {
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}
