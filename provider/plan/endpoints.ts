import type { Release } from "../releases/release";
import { objectName } from "./names";
import type { ClusterKey } from "./nodes";

/** Addresses inside the Kubernetes cluster. A protocol that the release does not speak is absent. */
export interface Endpoints {
  /** MQTT, `mqtt://host:port`. */
  mqtt: string;
  /** MQTT over TLS, `mqtts://host:port`. */
  mqtts: string;
  /** MQTT over WebSocket, `ws://host:port/mqtt`. */
  ws: string;
  /** MQTT over WebSocket with TLS, `wss://host:port/mqtt`. */
  wss: string;
  /** Kafka bootstrap server, `host:port`. */
  kafka?: string;
  /** AMQP 0-9-1, `amqp://host:port`. */
  amqp?: string;
  /** NATS, `nats://host:port`. */
  nats?: string;
  /** Admin HTTP API, `http://host:port`. */
  admin: string;
}

export function buildEndpoints(cluster: ClusterKey, release: Release): Endpoints {
  const host = `${objectName(cluster.name, "client")}.${cluster.namespace}.svc`;
  const { ports } = release;
  return {
    mqtt: `mqtt://${host}:${ports.mqtt}`,
    mqtts: `mqtts://${host}:${ports.mqtts}`,
    ws: `ws://${host}:${ports.ws}/mqtt`,
    wss: `wss://${host}:${ports.wss}/mqtt`,
    ...(ports.kafka === undefined ? {} : { kafka: `${host}:${ports.kafka}` }),
    ...(ports.amqp === undefined ? {} : { amqp: `amqp://${host}:${ports.amqp}` }),
    ...(ports.nats === undefined ? {} : { nats: `nats://${host}:${ports.nats}` }),
    admin: `http://${objectName(cluster.name, "admin")}.${cluster.namespace}.svc:${ports.http}`,
  };
}
