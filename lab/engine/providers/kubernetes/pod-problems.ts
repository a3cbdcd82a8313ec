/** Why a pod is not ready, in one line, from its own status. */
import { isMap, type Value, type ValueMap } from "../../values/property";
import { mapAt, nameOf } from "./objects";

const WAITING_WITHOUT_FAULT = new Set(["ContainerCreating", "PodInitializing", ""]);

const items = (value: Value | undefined): ValueMap[] => (Array.isArray(value) ? value.filter(isMap) : []);

export function podProblem(pod: ValueMap): string | undefined {
  const status = mapAt(pod, "status");
  const scheduled = items(status.conditions).find((condition) => condition.type === "PodScheduled");
  if (scheduled?.status === "False") return `[Pod ${nameOf(pod)}]: ${String(scheduled.reason)}: ${String(scheduled.message)}`;
  for (const container of [...items(status.initContainerStatuses), ...items(status.containerStatuses)]) {
    const problem = containerProblem(container);
    if (problem !== undefined) return `[Pod ${nameOf(pod)}]: containers with unready status: [${String(container.name)}] -- ${problem}`;
  }
  return undefined;
}

function containerProblem(container: ValueMap): string | undefined {
  const waiting = mapAt(container, "state", "waiting");
  const reason = String(waiting.reason ?? "");
  if (!WAITING_WITHOUT_FAULT.has(reason)) return `[${reason}] ${String(waiting.message ?? "")}`;
  const terminated = mapAt(container, "state", "terminated");
  if (terminated.exitCode !== undefined && terminated.exitCode !== 0) return `[${String(terminated.reason)}] exit code ${String(terminated.exitCode)}`;
  return undefined;
}
