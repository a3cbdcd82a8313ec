import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { RecordingMocks } from "./mocks";

describe("component with mocks", () => {
  it("registers every stage's objects under the component, in order", async () => {
    const mocks = new RecordingMocks();
    await pulumi.runtime.setMocks(mocks, "project", "stack", false);
    const { RobustMQCluster } = require("../../provider") as typeof import("../../provider");
    const cluster = new RobustMQCluster("demo", { version: "0.4.11" });
    await new Promise((resolve) => cluster.nodes.apply(resolve));
    await pulumi.runtime.disconnect();
    console.log(mocks.resources.map((r) => `${r.type} ${r.name}`));
    assert.ok(mocks.resources.length > 15);
  });
});
