// A plugin with a component resource, as a multi-language package has it: two things of the recorder below one pair.
const pulumi = require("@pulumi/pulumi");

class Pair extends pulumi.ComponentResource {
  constructor(type, name, inputs, options) {
    super(type, name, inputs, options);
    const things = ["left", "right"].map((side) => new Thing(`${name}-${side}`, inputs.label, this));
    this.names = pulumi.all(things.map((thing) => thing.made)).apply((made) => made.join(" and "));
    this.registerOutputs({ names: this.names });
  }
}

class Thing extends pulumi.CustomResource {
  constructor(name, label, parent) {
    super("recorder:index:Thing", name, { name, label, made: undefined }, { parent });
  }
}

class Pairs {
  version = "1.0.0";

  async getSchema() {
    return JSON.stringify({ name: "pairs", version: "1.0.0" });
  }

  async construct(name, type, inputs, options) {
    const pair = new Pair(type, name, inputs, options);
    return { urn: pair.urn, state: { names: pair.names } };
  }
}

pulumi.provider.main(new Pairs(), process.argv.slice(2));
