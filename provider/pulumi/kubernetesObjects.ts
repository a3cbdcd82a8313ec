import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet";
import * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../plan/manifest";

/** Registers a manifest as the Kubernetes provider's resource of its kind. */
export type Registration = (name: string, fields: ManifestFields, opts: pulumi.CustomResourceOptions) => ConfigMap | Secret | Service | StatefulSet;

/** The parts of a manifest as outputs, so that what is known of it shows in a preview. */
export interface ManifestFields {
  readonly metadata: object;
  readonly field: (key: string) => pulumi.Output<unknown>;
  readonly text: (key: string) => pulumi.Output<string>;
}

/** The plan is made of checked JSON; the provider's classes want their own input types for it. */
function as<T>(output: object): pulumi.Input<T> {
  return output as unknown as pulumi.Input<T>;
}

export const registrations: Readonly<Record<Manifest["kind"], Registration>> = {
  ConfigMap: (name, { metadata, field }, opts) => new ConfigMap(name, { metadata: as(metadata), data: as(field("data")) }, opts),
  Secret: (name, { metadata, field, text }, opts) =>
    new Secret(name, { metadata: as(metadata), type: text("type"), data: as(field("data")) }, opts),
  Service: (name, { metadata, field }, opts) => new Service(name, { metadata: as(metadata), spec: as(field("spec")) }, opts),
  StatefulSet: (name, { metadata, field }, opts) => new StatefulSet(name, { metadata: as(metadata), spec: as(field("spec")) }, opts),
};
