import { buildPlan, type PlannedStage } from "../../provider/plan/stages";
import { makeTlsPair } from "../../provider/pulumi/tlsPairHandler";
import { resolveCluster } from "../../provider/releases/resolve";
import { clientNode, type KubeConfig } from "../../provider/transport/clientNode";
import { type PodTimes, watchPods } from "./podTimes";

/**
 * The same pods started by hand, in order: each stage's objects are created, and the next follows as soon as all pods of
 * the stage are ready. Returns the seconds from the first object to the last ready pod, and every pod's times.
 */
export async function startByHand(config: KubeConfig, namespace: string, args: object): Promise<{ seconds: number; pods: PodTimes }> {
  const { spec, release } = resolveCluster("demo", { ...args, namespace });
  const tls = await makeTlsPair({ commonName: "demo", dnsNames: ["localhost"] });
  const word = (text: string) => `${text}0123456789`;
  const credentials = {
    "admin-username": "admin",
    "admin-password": word("admin"),
    "jwt-secret": word("jwt"),
    "default-username": "admin",
    "default-password": word("user"),
  };
  const plan = buildPlan({ spec, release, clusterId: "by-hand" }, { credentials, tls });
  const pods = await watchPods(config, namespace);
  const start = Date.now();
  let wanted = 0;
  for (const stage of plan) {
    await createAll(config, stage);
    wanted += podsOf(stage);
    await pods.untilReady(wanted);
  }
  const seconds = (Date.now() - start) / 1000;
  pods.stop();
  return { seconds, pods };
}

async function createAll(config: KubeConfig, stage: PlannedStage): Promise<void> {
  const { KubernetesObjectApi } = await clientNode();
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const manifest of stage.manifests) {
    await api.create(JSON.parse(JSON.stringify(manifest)) as { apiVersion: string; kind: string });
  }
}

function podsOf(stage: PlannedStage): number {
  return stage.manifests
    .filter((manifest) => manifest.kind === "StatefulSet")
    .reduce((sum, manifest) => sum + Number((manifest["spec"] as { replicas: number }).replicas), 0);
}
