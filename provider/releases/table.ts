import { dialect030 } from "./dialect-0.3.0";
import { dialect0410 } from "./dialect-0.4.10";
import type { Ports, Release } from "./release";

const clientPorts = { mqtt: 1883, mqtts: 1885, ws: 8083, wss: 8085 };

const ports030: Ports = { grpc: 1228, http: 8080, engine: 1778, metrics: 9091, ...clientPorts };
const ports0411: Ports = { grpc: 1228, http: 58080, engine: 1779, metrics: 58080, ...clientPorts, kafka: 9092, amqp: 5672, nats: 4222 };

/** The releases that this package knows, oldest first. */
export const releases: readonly Release[] = [
  {
    version: "0.3.0",
    imageTag: "v0.3.0",
    dialect: dialect030,
    bootstrap: "parallel",
    roles: { placementCenter: ["meta"], mqttBroker: ["broker"], journalServer: ["engine"] },
    // A broker makes its inner topics at start and ends with exit code 1 when no engine node is there to hold them
    // (v0.3.0: delay-message init_inner_topic, meta-service build_segment).
    workerOrder: ["journalServer", "mqttBroker"],
    ports: ports030,
    raftGroups: 1,
    listsNodes: false,
  },
  {
    version: "0.4.11",
    imageTag: "v0.4.11",
    dialect: dialect0410,
    bootstrap: "seedThenJoin",
    // A node without the role engine cannot get through its start-up since 0.4.0 (facts/robustmq §11.1).
    roles: { placementCenter: ["meta", "engine"], mqttBroker: ["broker", "engine"], journalServer: ["engine"] },
    workerOrder: ["mqttBroker", "journalServer"],
    ports: ports0411,
    raftGroups: 3,
    listsNodes: true,
  },
];
