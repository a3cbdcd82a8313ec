import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as kubernetes from "@pulumi/kubernetes";

const config = new pulumi.Config();

class Gate extends pulumi.dynamic.Resource {
  declare readonly opened: pulumi.Output<string>;
  constructor(name: string, props: { replicas: pulumi.Input<number>; secret: pulumi.Input<string> }, opts?: pulumi.CustomResourceOptions) {
    super({
      async create(inputs) { console.log(`opening ${inputs.replicas}`); return { id: "gate", outs: { ...inputs, opened: "yes" } }; },
      async update(_id, _olds, news) { console.log(`again ${news.replicas}`); return { outs: { ...news, opened: "again" } }; },
      async delete() { console.log("closing"); },
    }, name, { ...props, opened: undefined }, opts);
  }
}

class Part extends pulumi.ComponentResource {
  readonly gate: Gate;
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Part", name, {}, opts);
    const password = new random.RandomPassword(`${name}-password`, { length: 16 }, { parent: this });
    this.gate = new Gate(`${name}-gate`, { replicas: config.getNumber("replicas") ?? 3, secret: password.result }, { parent: this, additionalSecretOutputs: ["opened"] });
    if (process.env.WITH_KUBERNETES) {
      new kubernetes.core.v1.ConfigMap(`${name}-map`, { metadata: { name: `${name}-map`, namespace: process.env.TEST_NAMESPACE }, data: { a: "1", n: `${config.getNumber("replicas") ?? 3}` } }, { parent: this, dependsOn: this.gate });
    }
    this.registerOutputs({});
  }
}

const part = new Part("alpha");
export const opened = part.gate.opened;
export const plain = "text";
