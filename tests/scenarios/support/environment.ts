/** What the suite takes from its surroundings. The user's own KUBECONFIG is never used. */
import { existsSync } from "node:fs";

function testKubeconfig(): string {
  const file = process.env["ROBUSTMQ_TEST_KUBECONFIG"];
  if (file === undefined || !existsSync(file)) {
    throw new Error(
      `${file === undefined ? "ROBUSTMQ_TEST_KUBECONFIG is not set" : `ROBUSTMQ_TEST_KUBECONFIG names ${file}, which does not exist`}: the scenarios need the ` +
        "kubeconfig of a Kubernetes cluster for tests with the stand-in's images, see tests/scenarios/README.md. KUBECONFIG is not used.",
    );
  }
  return file;
}

export const kubeconfig = testKubeconfig();
export const image = process.env["ROBUSTMQ_TEST_IMAGE"] ?? "localhost/robustmq-standin";

/** Set to look at what a failed scenario left behind. */
export const keepNamespaces = process.env["ROBUSTMQ_TEST_KEEP"] !== undefined;

/** Tags that images.sh makes. */
export const tags = {
  /** The release as it is. */
  plain: "0.4.11",
  /** All waits of the stand-in five times shorter, elections among them. */
  quick: "0.4.11-quick",
  /** All waits twice as long, so that there is time to look at an election. */
  slow: "0.4.11-slow",
  /** A broker that says its secrets and ends with exit code 101. */
  crash: "0.4.11-crash",
  old: "0.3.0",
} as const;
