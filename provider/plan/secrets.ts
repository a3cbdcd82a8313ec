import type { SecretKey } from "../releases/release";
import { objectLabels } from "./labels";
import type { Manifest } from "./manifest";
import { objectName } from "./names";
import type { ClusterKey } from "./nodes";

/** The values of the credentials Secret. */
export type Credentials = Readonly<Record<SecretKey, string>>;

/** A certificate and its key, as PEM. */
export interface TlsPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export function buildCredentials(cluster: ClusterKey, clusterId: string, values: Credentials): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: objectName(cluster.name, "credentials"), namespace: cluster.namespace, labels: objectLabels(cluster.name, clusterId) },
    type: "Opaque",
    data: encoded({ ...values }),
  };
}

/** The pair for MQTT over TLS, WSS and QUIC. It is mandatory, and the key in the image is public (facts/robustmq §1.2). */
export function buildTls(cluster: ClusterKey, clusterId: string, pair: TlsPair): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: objectName(cluster.name, "tls"), namespace: cluster.namespace, labels: objectLabels(cluster.name, clusterId) },
    type: "kubernetes.io/tls",
    data: encoded({ "tls.crt": pair.certificate, "tls.key": pair.privateKey }),
  };
}

/** As `data`, not `stringData`: that one is write-only, so every refresh would show a difference. */
function encoded(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]));
}
