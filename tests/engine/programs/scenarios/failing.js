const pulumi = require("@pulumi/pulumi");
const { Thing } = require("./thing.js");

const good = new Thing("good", {});
const bad = new Thing("bad", { behaviour: process.env.BEHAVIOUR ?? "" }, { dependsOn: good });
exports.end = new Thing("end", { of: bad.made }, { dependsOn: bad }).made;
