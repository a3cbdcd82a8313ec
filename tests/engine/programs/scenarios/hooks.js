const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("./thing.js");

const record = (text) => fs.appendFileSync(process.env.RECORDER_LOG, `${text}\n`);
const before = new pulumi.ResourceHook("before", async (args) => {
  record(`before ${args.name} ${args.newInputs.size}`);
  if (process.env.FORBID === "true") throw new Error("not now");
});
const after = new pulumi.ResourceHook("after", async (args) => record(`after ${args.name} ${args.newOutputs.made}`));
new Thing("hooked", { size: 7 }, { hooks: { beforeCreate: [before], afterCreate: [after] } });
