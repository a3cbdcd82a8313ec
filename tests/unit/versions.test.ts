import * as assert from "node:assert/strict";
import { findRelease } from "../../provider/releases/find";
import { resolveCluster } from "../../provider/releases/resolve";
import { imageReference } from "../../provider/plan/podTemplate";
import { releases } from "../../provider/releases/table";
import { poolNames } from "../../provider/spec/cluster";

describe("versions", () => {
  for (const [version, row] of [["0.3.0", "0.3.0"], ["v0.3.0", "0.3.0"], ["0.4.11", "0.4.11"], ["v0.4.11", "0.4.11"]] as const) {
    it(`knows ${version}`, () => {
      const found = findRelease(version);
      assert.ok(found.ok);
      assert.equal(found.release.version, row);
      assert.deepEqual(found.warnings, []);
    });
  }

  for (const [version, tag] of [["0.4.10", "v0.4.10"], ["0.4.12", "v0.4.12"], ["v0.4.12", "v0.4.12"], ["0.4.100", "v0.4.100"]] as const) {
    it(`takes ${version} for its neighbour, with a warning`, () => {
      const found = findRelease(version);
      assert.ok(found.ok);
      assert.equal(found.release.imageTag, tag);
      assert.equal(found.release.dialect.name, "0.4.10");
      assert.match(found.warnings[0]?.message ?? "", /not a release that this package was tested with/);
    });
  }

  for (const [version, reason] of [
    ["0.5.0", /newer than this package/],
    ["1.0.0", /newer than this package/],
    ["0.4.9", /dialect of their own/],
    ["0.4.4", /dialect of their own/],
    ["0.4.3", /never tested/],
    ["0.3.1", /never tested/],
    ["0.2.14", /older than 0.3.0/],
    ["0.1.28", /older than 0.3.0/],
    ["latest", /is not a version/],
    ["0.4", /is not a version/],
    ["0.4.11-rc1", /is not a version/],
    ["0.4.011", /is not a version/],
    ["", /is not a version/],
  ] as const) {
    it(`refuses ${JSON.stringify(version)} with its reason`, () => {
      const found = findRelease(version);
      assert.ok(!found.ok);
      assert.match(found.problem.message, reason);
      assert.match(found.problem.message, /Supported: 0\.3\.0, 0\.4\.11$/);
    });
  }

  it("puts version, tag and digest into the image's reference", () => {
    const reference = (image: object, version = "0.4.11") => {
      const { spec, release } = resolveCluster("demo", { version, image });
      return imageReference(spec, release);
    };
    const digest = `sha256:${"a".repeat(64)}`;
    assert.equal(reference({}), "ghcr.io/robustmq/robustmq:v0.4.11");
    assert.equal(reference({}, "v0.4.12"), "ghcr.io/robustmq/robustmq:v0.4.12");
    assert.equal(reference({ repository: "mirror:5000/mq", tag: "mine" }), "mirror:5000/mq:mine");
    assert.equal(reference({ tag: "mine", digest }), `ghcr.io/robustmq/robustmq@${digest}`);
  });

  it("lets no pool of a release that joins stand without the role engine", () => {
    for (const release of releases.filter(({ bootstrap }) => bootstrap === "seedThenJoin")) {
      for (const pool of poolNames) {
        assert.ok(release.roles[pool].includes("engine"), `${release.version} ${pool}`);
      }
    }
  });
});
