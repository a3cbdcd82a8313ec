import { z } from "zod";
import { group, wholeNumber } from "./common";

/** How the gates between the stages look at the cluster, and for how long. */
export interface GatesArgs {
  /** How long one gate waits at most, in seconds. Default 600. */
  timeoutSeconds?: number;
  /**
   * `"portForward"` (default): through the Kubernetes API server, which needs no route to the pods; the kubeconfig
   * must allow port-forward. `"none"`: no gates. The order then holds only inside the cluster (start guard), and
   * `up` ends before the cluster serves.
   */
  via?: string;
}

export const gatesSchema = group({
  timeoutSeconds: wholeNumber(1, 86400).optional(),
  via: z.enum(["portForward", "none"], { error: 'must be "portForward" or "none"' }).optional(),
});
