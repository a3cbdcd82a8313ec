/** Plain Kubernetes objects, as JSON. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One Kubernetes object of the plan. */
export interface Manifest {
  readonly apiVersion: "v1" | "apps/v1";
  readonly kind: "ConfigMap" | "Secret" | "Service" | "StatefulSet";
  readonly metadata: ObjectMeta;
  readonly [field: string]: Json | ObjectMeta;
}
