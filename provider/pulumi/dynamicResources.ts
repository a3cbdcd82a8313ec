import * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../plan/secrets";
import { gateProvider, preflightProvider, tlsPairProvider } from "./dynamicProviders";
import type { GateInputs } from "./gateHandler";
import type { PreflightInputs } from "./preflightHandler";
import type { TlsPairInputs } from "./tlsPairHandler";

type Inputs<T> = { [K in keyof T]: pulumi.Input<T[K]> };

const MODULE = "robustmq";

/** Opens when the broker itself reports that a stage is done; what comes next depends on it. */
export class Gate extends pulumi.dynamic.Resource {
  /** Pod of the metadata leader when the gate opened. */
  declare readonly leader: pulumi.Output<string | undefined>;
  /** When the gate opened. */
  declare readonly openedAt: pulumi.Output<string>;
  /** Pods that run an older template than the present one. */
  declare readonly outdatedPods: pulumi.Output<readonly string[]>;

  constructor(name: string, inputs: Inputs<GateInputs>, opts: pulumi.CustomResourceOptions) {
    const unknowns = { leader: undefined, openedAt: undefined, waitedSeconds: undefined, outdatedPods: undefined };
    super(gateProvider, name, { ...inputs, ...unknowns }, withSecrets(opts, ["kubeconfig"]), MODULE, "Gate");
  }
}

/** Runs before anything else is created: the same Kubernetes cluster, a free name, and the identity of kept claims. */
export class Preflight extends pulumi.dynamic.Resource {
  declare readonly clusterId: pulumi.Output<string>;
  declare readonly credentials: pulumi.Output<Credentials>;

  constructor(name: string, inputs: Inputs<PreflightInputs>, opts: pulumi.CustomResourceOptions) {
    const unknowns = { clusterId: undefined, credentials: undefined };
    super(preflightProvider, name, { ...inputs, ...unknowns }, withSecrets(opts, ["kubeconfig", "generated", "credentials"]), MODULE, "Preflight");
  }
}

/** A private key and a certificate for the TLS listeners. */
export class TlsPair extends pulumi.dynamic.Resource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;

  constructor(name: string, inputs: Inputs<TlsPairInputs>, opts: pulumi.CustomResourceOptions) {
    super(tlsPairProvider, name, { ...inputs, certificate: undefined, privateKey: undefined }, withSecrets(opts, ["privateKey"]), MODULE, "TlsPair");
  }
}

function withSecrets(opts: pulumi.CustomResourceOptions, additionalSecretOutputs: string[]): pulumi.CustomResourceOptions {
  return { ...opts, additionalSecretOutputs };
}
