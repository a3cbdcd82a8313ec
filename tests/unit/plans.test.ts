import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { scripts } from "../../provider/plan/scripts";
import type { PlannedStage } from "../../provider/plan/stages";
import { missionExample, planOf, smallest } from "./support/fixtures";
import { assertGolden } from "./support/golden";

/** A whole plan as a file that people can review; the scripts are reviewed where they are. */
function asYaml(stages: readonly PlannedStage[]): string {
  const documents = stages.map(({ name, manifests, gates }) => ({ stage: name, gates: gates.map(({ kind, pool }) => `${kind} of ${pool}`), manifests }));
  const withoutScripts: unknown = JSON.parse(JSON.stringify(documents), (key, value: unknown) => (value !== undefined && value === scripts[key] ? `(provider/plan/scripts/${key})` : value));
  return stringify(withoutScripts, { lineWidth: 0, aliasDuplicateObjects: false });
}

const plans = {
  "smallest-0.4.11": { ...smallest },
  "private-mirror-3-5-3": {
    version: "0.4.11",
    namespace: "messaging",
    placementCenter: { replicas: 3, storage: "20Gi", storageClass: "fast-ssd", resources: { memory: "4Gi", cpu: "2" } },
    mqttBroker: { replicas: 5, storage: "5Gi", resources: { requests: { memory: "1Gi", cpu: "500m" }, limits: { memory: "4Gi" } } },
    journalServer: { replicas: 3, storage: "100Gi", resources: { memory: "4Gi" } },
    image: { repository: "registry.example.com:5000/mirror/robustmq", digest: `sha256:${"0".repeat(64)}`, pullPolicy: "Always" },
    imagePullSecrets: ["mirror", "other"],
  },
  dev: { version: "0.4.11", profile: "dev" },
  "mission-example-0.3.0": missionExample,
} as const;

describe("whole plans", () => {
  for (const [name, args] of Object.entries(plans)) {
    it(`${name} is as reviewed`, () => assertGolden(`plan-${name}.yaml`, asYaml(planOf("demo", args))));
  }

  it("keeps the mission's order of stages, and only the placement-center has other gates than registration", () => {
    const stages = planOf("demo", smallest);
    assert.deepEqual(stages.map(({ name }) => name), ["credentials", "configuration", "network", "placement-center", "marker", "mqtt-broker", "journal-server"]);
    assert.deepEqual(stages.flatMap(({ gates }) => gates.map(({ kind, pool }) => `${kind} ${pool}`)), ["leader placementCenter", "formation placementCenter", "registration mqttBroker", "registration journalServer"]);
  });
});
