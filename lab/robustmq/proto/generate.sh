#!/bin/sh
# Regenerates internal/pb from the .proto files. Needs protoc (apt: protobuf-compiler).
set -eu
cd "$(dirname "$0")/.."
GOBIN="$(mktemp -d)"; export GOBIN
trap 'rm -rf "$GOBIN"' EXIT
go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
go install connectrpc.com/connect/cmd/protoc-gen-connect-go@v1.21.1
protoc -I proto --plugin="$GOBIN/protoc-gen-go" --plugin="$GOBIN/protoc-gen-connect-go" \
  --go_out=. --go_opt=module=robustmq-standin \
  --connect-go_out=. --connect-go_opt=module=robustmq-standin proto/common.proto proto/engine.proto proto/kafka.proto
