const { Pair } = require("./thing.js");

const pair = new Pair("pair", { label: "twin" });
exports.names = pair.names;
