const pulumi = require("@pulumi/pulumi");

/** A resource of the recorder plugin. `made` is an output. */
class Thing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super("recorder:index:Thing", name, { name, ...args, made: undefined }, opts);
  }
}

/** A component of this program. */
class Group extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("scenarios:index:Group", name, args, opts);
  }
}

/** A component that the pairs plugin constructs. */
class Pair extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("pairs:index:Pair", name, { ...args, names: undefined }, opts, true);
  }
}

module.exports = { Thing, Group, Pair };
