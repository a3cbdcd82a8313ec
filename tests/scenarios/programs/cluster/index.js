// One cluster; its name and all its arguments come as JSON from the configuration value `args`. Plain JavaScript starts
// faster than TypeScript, and lets a scenario pass arguments that the types would refuse.
const pulumi = require("@pulumi/pulumi");
const { RobustMQCluster } = require("pulumi-robustmq");

const { name, ...args } = new pulumi.Config().requireObject("args");
const cluster = new RobustMQCluster(name, args);

exports.endpoints = cluster.endpoints;
exports.credentials = cluster.credentials;
exports.leader = cluster.leader;
exports.nodes = cluster.nodes;

// Whoever uses an output must find the cluster serving; the time at which this line appears shows it.
cluster.endpoints.apply(() => console.log("the outputs are there"));
