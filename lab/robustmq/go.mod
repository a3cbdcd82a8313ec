module robustmq-standin

go 1.26.0

require (
	connectrpc.com/connect v1.21.1
	github.com/eclipse/paho.mqtt.golang v1.5.1
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/gorilla/websocket v1.5.3
	github.com/mochi-mqtt/server/v2 v2.7.9
	github.com/pelletier/go-toml/v2 v2.4.3
	github.com/rs/xid v1.4.0
	go.etcd.io/raft/v3 v3.7.0
	golang.org/x/sync v0.17.0
	google.golang.org/protobuf v1.36.12
)

require golang.org/x/net v0.44.0 // indirect
