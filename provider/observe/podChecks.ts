import type { PodView } from "./snapshot";
import { closed, OPEN, type Verdict } from "./verdict";

/** Exit code of a Rust panic: bad configuration, an unwritable or locked data folder (facts/robustmq §1.1). */
const PANIC = 101;

/** The scheduler may look at a new pod before its claim exists, and looks again within moments. */
const UNSCHEDULABLE_SECONDS = 5;

const imageReasons = new Set(["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"]);
const createReasons = new Set(["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "ContainerCannotRun"]);

/** Whether a pod can come up at all. A pod that will not start by itself is fatal: the gate need not wait. */
export function checkPodStarts(pod: PodView): Verdict {
  return pod.ready ? OPEN : (checkScheduled(pod) ?? checkContainer(pod) ?? OPEN);
}

function checkScheduled(pod: PodView): Verdict | undefined {
  if (pod.unschedulable === undefined) {
    return undefined;
  }
  const message = `${pod.name} finds no node: ${pod.unschedulable}`;
  if (pod.scaleUpTriggered === true) {
    return closed("Unschedulable", `${message} (an autoscaler is making room)`);
  }
  return closed("Unschedulable", message, {
    pod: pod.name,
    settleSeconds: UNSCHEDULABLE_SECONDS,
    advice: "Add a node, or lower the pool's resources or replicas; check its storageClass when a volume is named.",
  });
}

function checkContainer(pod: PodView): Verdict | undefined {
  const { trouble } = pod;
  if (trouble === undefined) {
    return undefined;
  }
  const said = trouble.message === undefined ? trouble.reason : `${trouble.reason}: ${trouble.message}`;
  if (imageReasons.has(trouble.reason)) {
    return closed("ImageUnavailable", `${pod.name}: ${said}`, {
      pod: pod.name,
      advice: "Check version, image.repository, image.tag or image.digest, and imagePullSecrets; the next `up` goes on from here.",
    });
  }
  if (createReasons.has(trouble.reason)) {
    return closed("ContainerCannotStart", `${pod.name}: ${said}`, { pod: pod.name, advice: "The container could not be created; see the kubelet's message." });
  }
  if (trouble.exitCode === undefined || trouble.exitCode === 0) {
    return undefined;
  }
  return crashed(pod, trouble.container, trouble.exitCode, trouble.reason === "CrashLoopBackOff");
}

function crashed(pod: PodView, container: string, exitCode: number, repeated: boolean): Verdict {
  const message = `${pod.name}: container ${container} ended with exit code ${exitCode}`;
  if (exitCode === PANIC) {
    const advice = "The broker panicked: its configuration is refused, or its data folder cannot be written (storageClass).";
    return closed("ContainerCrashed", message, { pod: pod.name, container, advice });
  }
  if (repeated) {
    const advice = "The broker ends again and again; its last lines say why. The next `up` goes on from here.";
    return closed("ContainerCrashed", message, { pod: pod.name, container, advice });
  }
  return closed("ContainerCrashed", `${message}; it is being restarted`);
}
