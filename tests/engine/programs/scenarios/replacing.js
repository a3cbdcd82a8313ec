const { Thing } = require("./thing.js");

const shape = process.env.SHAPE ?? "round";
const free = new Thing("free", { shape });
const unique = new Thing("unique", { shape, unique: true });
// Takes a value of `unique` into a property that can only be replaced: has to go with it.
new Thing("follower", { shape: unique.made, unique: true });
// Only waits for `free`: stays.
new Thing("waiter", {}, { dependsOn: free });
