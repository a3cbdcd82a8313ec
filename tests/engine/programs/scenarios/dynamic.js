const pulumi = require("@pulumi/pulumi");

class Gate extends pulumi.dynamic.Resource {
  constructor(name, props, opts) {
    const provider = {
      create: async (inputs) => {
        console.log(`waiting for ${inputs.replicas} nodes`);
        return { id: "gate", outs: { ...inputs, leader: 1 } };
      },
      update: async (id, olds, news) => {
        console.log(`from ${olds.replicas} to ${news.replicas}`);
        return { outs: { ...news, leader: 2 } };
      },
    };
    super(provider, name, { ...props, leader: undefined }, opts);
  }
}

const gate = new Gate("gate", { replicas: Number(process.env.REPLICAS ?? 3), token: pulumi.secret("a-secret-token") });
exports.leader = gate.leader;
