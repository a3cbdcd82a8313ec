const { Group, Thing } = require("./thing.js");

const late = process.env.LATE === "true";
// Renamed with an alias: the child, whose name begins with its parent's, follows.
const name = late ? "renamed" : "original";
const group = new Group(name, {}, late ? { aliases: [{ name: "original" }] } : {});
new Thing(`${name}-child`, { name: "child" }, { parent: group });
new Thing("ignoring", { size: late ? 2 : 1, label: "same" }, { ignoreChanges: ["size"] });
new Thing("shaped", { detailed: true, size: late ? 2 : 1 }, { replaceOnChanges: ["size"] });
if (!late) new Thing("kept", {}, { retainOnDelete: true });
if (process.env.PROTECTED !== "gone") new Thing("protected", {}, { protect: process.env.PROTECTED === "true" });
