// The quickstart: 3 placement-centers, 5 brokers, 3 journal nodes in an existing namespace.
//
//   pulumi up                            brings the cluster up, stage by stage
//   pulumi up --config brokers=7         adds two brokers; no other pod is touched
//   pulumi destroy                       removes the cluster and keeps its data
//
// Configuration: version, brokers, namespace, and image for a private mirror or a locally built image.
import * as pulumi from "@pulumi/pulumi";
import { RobustMQCluster } from "pulumi-robustmq";

const config = new pulumi.Config();

const cluster = new RobustMQCluster("demo", {
  version: config.get("version") ?? "0.4.11",
  namespace: config.get("namespace") ?? "default",
  placementCenter: { replicas: 3, storage: "1Gi" },
  mqttBroker: { replicas: config.getNumber("brokers") ?? 5, storage: "1Gi", resources: { memory: "2Gi", cpu: "1000m" } },
  journalServer: { replicas: 3, storage: "1Gi" },
  image: config.getObject<{ repository: string; tag: string }>("image"),
});

export const endpoints = cluster.endpoints;
export const credentials = cluster.credentials;
export const leader = cluster.leader;
export const nodes = cluster.nodes;
