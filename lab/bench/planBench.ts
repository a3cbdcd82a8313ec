import { buildPlan } from "../../provider/plan/stages";
import { resolveCluster } from "../../provider/releases/resolve";

const secrets = {
  credentials: { "admin-username": "a", "admin-password": "b", "jwt-secret": "c", "default-username": "d", "default-password": "e" },
  tls: { certificate: "certificate", privateKey: "key" },
};

/** Milliseconds for checking the arguments and making the plan of so many brokers: the median of several runs. */
export function measurePlan(brokers: number, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.hrtime.bigint();
    const { spec, release } = resolveCluster("bench", { version: "0.4.11", mqttBroker: { replicas: brokers } });
    const plan = buildPlan({ spec, release, clusterId: "0123456789abcdef" }, secrets);
    if (plan.length === 0) {
      throw new Error("the plan is empty");
    }
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  return median(times);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
