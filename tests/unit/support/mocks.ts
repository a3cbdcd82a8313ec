import type * as pulumi from "@pulumi/pulumi";

/** Records what a program registers, and answers as the providers would: ids, UIDs and generated values. */
export class RecordingMocks implements pulumi.runtime.Mocks {
  readonly resources: pulumi.runtime.MockResourceArgs[] = [];

  newResource(args: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    this.resources.push(args);
    return { id: args.id ?? `${args.name}-id`, state: { ...args.inputs, ...this.computed(args) } };
  }

  call(args: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    return args.inputs;
  }

  private computed({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
    switch (type) {
      case "random:index/randomPassword:RandomPassword":
        return { result: `secret-of-${name}` };
      case "random:index/randomId:RandomId":
        return { hex: "0123456789abcdef" };
      case "pulumi-nodejs:dynamic/robustmq:Preflight":
        return inputs["generated"];
      case "pulumi-nodejs:dynamic/robustmq:TlsPair":
        return { certificate: "CERTIFICATE", privateKey: "PRIVATE KEY" };
      case "pulumi-nodejs:dynamic/robustmq:Gate":
        return { leader: "demo-placement-center-0", openedAt: "2026-01-01T00:00:00Z", outdatedPods: [] };
      default:
        return { metadata: { ...inputs["metadata"], uid: `uid-of-${name}` } };
    }
  }
}
