import type { Input } from "@pulumi/pulumi";
import { z } from "zod";
import { group } from "./common";

/** Where the broker's container image comes from. */
export interface ImageArgs {
  /** Registry and name without tag, for example a private mirror. Default `"ghcr.io/robustmq/robustmq"`. */
  repository?: Input<string>;
  /** Tag. Default: the tag of `version`, for example `"v0.4.11"`. */
  tag?: Input<string>;
  /** Digest, `"sha256:…"`. Wins over the tag. */
  digest?: Input<string>;
  /** `"Always"`, `"IfNotPresent"` or `"Never"`. Default `"IfNotPresent"`. */
  pullPolicy?: Input<string>;
}

export const DEFAULT_REPOSITORY = "ghcr.io/robustmq/robustmq";

const repositoryText = "must be a registry and image name in lower case, without tag or digest";

/** A registry's host and port, when there is one, and the image's path: the grammar of container image references. */
const repositoryPattern = /^([a-z0-9][a-z0-9.-]*(:\d+)?\/)?[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*)*$/;

export const imageSchema = group({
  repository: z
    .string({ error: repositoryText })
    .regex(repositoryPattern, { error: repositoryText })
    .optional(),
  tag: z.string({ error: "must be an image tag" }).regex(/^\w[\w.-]{0,127}$/, { error: "must be an image tag" }).optional(),
  digest: z
    .string({ error: 'must be "sha256:" and 64 hexadecimal digits' })
    .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be "sha256:" and 64 hexadecimal digits' })
    .optional(),
  pullPolicy: z
    .enum(["Always", "IfNotPresent", "Never"], { error: 'must be "Always", "IfNotPresent" or "Never"' })
    .optional(),
});
