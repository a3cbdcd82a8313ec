import { MqttClient } from "mqtt";
import { openStream } from "../../provider/transport/portForward";
import type { KubeConfig } from "../../provider/transport/clientNode";

/** Where and as whom to connect. */
export interface MqttTarget {
  readonly config: KubeConfig;
  readonly namespace: string;
  readonly pod: string;
  readonly username: string;
  readonly password: string;
}

/** An MQTT client of one broker, through a port-forward, so that it works with any cluster. */
export async function connectMqtt(target: MqttTarget): Promise<MqttClient> {
  const { stream, close } = await openStream(target.config, target.namespace, target.pod, 1883);
  const client = new MqttClient(() => stream as never, {
    clientId: `demo-${target.pod}-${Date.now()}`,
    username: target.username,
    password: target.password,
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
  });
  // Else the port-forward stays open, and with it the process.
  client.once("close", close);
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    // For good: a client that nobody listens to ends the process with its next error.
    client.on("error", reject);
    client.once("close", () => reject(new Error(`the connection to ${target.pod} was closed`)));
  });
  return client;
}

/**
 * Publishes messages of QoS 1 through one broker and receives them through another.
 * @throws Error when one is missing or comes changed.
 */
export async function exchange(from: MqttTarget, to: MqttTarget, count: number): Promise<number> {
  const topic = `demo/${Date.now()}`;
  const subscriber = await connectMqtt(to);
  const publisher = await connectMqtt(from);
  try {
    const received = collect(subscriber, count);
    await subscriber.subscribeAsync(topic, { qos: 1 });
    const sent = Array.from({ length: count }, (_, index) => `message ${index} through ${from.pod}`);
    for (const payload of sent) {
      await publisher.publishAsync(topic, payload, { qos: 1 });
    }
    const got = await received;
    const missing = sent.filter((payload) => !got.has(payload));
    if (missing.length > 0) {
      throw new Error(`${missing.length} of ${count} messages did not arrive, first: ${missing[0]}`);
    }
    return got.size;
  } finally {
    await Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]);
  }
}

function collect(client: MqttClient, count: number): Promise<Set<string>> {
  return new Promise((resolve) => {
    const got = new Set<string>();
    const timer = setTimeout(() => resolve(got), 20_000);
    client.on("message", (_topic, payload) => {
      got.add(payload.toString("utf8"));
      if (got.size === count) {
        clearTimeout(timer);
        resolve(got);
      }
    });
  });
}
