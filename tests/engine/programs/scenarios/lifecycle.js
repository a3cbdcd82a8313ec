const pulumi = require("@pulumi/pulumi");
const random = require("@pulumi/random");
const { Group, Thing } = require("./thing.js");

const config = new pulumi.Config();
const password = new random.RandomPassword("password", { length: 24 });
const group = new Group("group", {});
const first = new Thing("first", { size: config.getNumber("size") ?? 3, secret: password.result }, { parent: group, additionalSecretOutputs: ["made"] });
const second = config.getBoolean("withoutSecond") ? undefined : new Thing("second", { after: first.made }, { parent: group, dependsOn: first });
group.registerOutputs({});

exports.password = password.result;
exports.made = first.made;
exports.second = second?.made;
exports.text = "plain";
exports.setting = config.getSecret("setting");
