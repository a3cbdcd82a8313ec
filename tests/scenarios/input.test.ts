/** Wrong input is one error at preview, before anything is created. */
import { strict as assert } from "node:assert";
import { image } from "./support/environment";
import { scenario } from "./support/scenario";
import { text } from "./support/bench";

scenario("wrong input is refused at preview, all of it at once", (bench) => {
  const wrong = {
    name: "Not_A_Name",
    version: "9.9.9",
    placementCenter: { replicas: 2, storage: "1Gigabyte" },
    mqttBroker: { replicas: 0, resources: { memory: "lots" } },
    journalServer: { replica: 3 },
    image: { repository: image, tag: "not a tag" },
  };
  const paths = ["name", "version", "placementCenter.replicas", "placementCenter.storage", "mqttBroker.replicas", "mqttBroker.resources.memory", "journalServer.replica", "image.tag"];

  it("names every path in one error", async () => {
    const result = await bench().preview(wrong);
    assert.notEqual(result.code, 0);
    const said = text(result);
    assert.match(said, /RobustMQCluster "Not_A_Name": 8 problems/);
    for (const path of paths) {
      assert.match(said, new RegExp(`^\\s+- ${path.replace(".", "\\.")}: .`, "m"), path);
    }
    assert.match(said, /journalServer\.replica: unknown key; did you mean "replicas"\?/);
    assert.match(said, /"9\.9\.9" is not supported: .*Supported: 0\.3\.0, 0\.4\.11/);
  });

  it("creates nothing, in an up neither", async () => {
    await bench().failingUp(wrong);
    assert.deepEqual([...(await bench().ns.objects()).keys()], []);
    const { deployment } = await bench().exportState();
    assert.deepEqual((deployment.resources ?? []).map(({ type }) => type).filter((type) => type !== "pulumi:pulumi:Stack" && type !== "robustmq:index:RobustMQCluster"), []);
  });
});
