import type * as pulumi from "@pulumi/pulumi";
import type * as gate from "./gateHandler";
import type * as preflight from "./preflightHandler";
import type * as tlsPair from "./tlsPairHandler";

// Pulumi stores the source text of these functions in the stack's state and runs that text later, possibly with a newer
// version of this package. So each is a single call into the installed package and captures nothing; the code that does
// the work is always the installed one. console.log is how a dynamic provider speaks to the user.

const gateHandler = "pulumi-robustmq/dist/pulumi/gateHandler";
const preflightHandler = "pulumi-robustmq/dist/pulumi/preflightHandler";
const tlsPairHandler = "pulumi-robustmq/dist/pulumi/tlsPairHandler";

export const gateProvider: pulumi.dynamic.ResourceProvider<gate.GateInputs, gate.GateInputs & gate.GateOutputs> = {
  diff: async (_id, olds, news) => (require(gateHandler) as typeof gate).diffGate(olds, news),
  create: async (inputs) => {
    const handler = require(gateHandler) as typeof gate;
    return { id: handler.gateId(inputs), outs: { ...inputs, ...(await handler.passGate(inputs, (line) => console.log(line))) } };
  },
  update: async (_id, _olds, news) => {
    const handler = require(gateHandler) as typeof gate;
    return { outs: { ...news, ...(await handler.passGate(news, (line) => console.log(line))) } };
  },
};

export const preflightProvider: pulumi.dynamic.ResourceProvider<preflight.PreflightInputs, preflight.PreflightInputs & preflight.PreflightOutputs> = {
  check: async (olds, news) => ({ inputs: news, failures: (require(preflightHandler) as typeof preflight).refusedChanges(olds, news) }),
  diff: async (_id, olds, news) => (require(preflightHandler) as typeof preflight).diffPreflight(olds, news),
  create: async (inputs) => {
    const outs = await (require(preflightHandler) as typeof preflight).preflight(inputs, (line) => console.log(line));
    return { id: outs.clusterId, outs: { ...inputs, ...outs } };
  },
  update: async (_id, olds, news) => ({ outs: { ...olds, ...news } }),
  delete: async (_id, props) => (require(preflightHandler) as typeof preflight).reportKept(props, (line) => console.log(line)),
};

export const tlsPairProvider: pulumi.dynamic.ResourceProvider<tlsPair.TlsPairInputs, tlsPair.TlsPairInputs & { certificate: string; privateKey: string }> = {
  create: async (inputs) => ({ id: inputs.commonName, outs: { ...inputs, ...(await (require(tlsPairHandler) as typeof tlsPair).makeTlsPair(inputs)) } }),
  update: async (_id, _olds, news) => ({ outs: { ...news, ...(await (require(tlsPairHandler) as typeof tlsPair).makeTlsPair(news)) } }),
};
