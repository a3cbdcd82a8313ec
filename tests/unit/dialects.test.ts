import * as assert from "node:assert/strict";
import { serverToml } from "../../provider/plan/configuration";
import { type TomlTable, type TomlValue, toToml } from "../../provider/releases/toml";
import { poolNames } from "../../provider/spec/cluster";
import { contextOf, missionExample, smallest } from "./support/fixtures";

// smol-toml ships a CommonJS build, but types for ES modules only.
const { parse } = require("smol-toml") as typeof import("smol-toml", { with: { "resolution-mode": "import" } });

const inputs = { "0.3.0": missionExample, "0.4.11": { ...smallest, mqttBroker: { resources: { memory: "2Gi", cpu: "1500m" } } } };

/** Variables that a line of the file can be overridden by, by the broker's own rule: section and key, one line each (facts/robustmq §1.1). */
function overridable(toml: string): Map<string, string> {
  let section = "";
  const found = new Map<string, string>();
  for (const line of toml.split("\n")) {
    const header = /^\[([^\]]+)\]$/.exec(line);
    if (header !== null) {
      section = `${header[1]?.replaceAll(".", "_")}_`;
      continue;
    }
    const key = /^([\w-]+) = (.*)$/.exec(line);
    if (key !== null) {
      found.set(`ROBUST_MQ_SERVER_${section}${key[1]}`.toUpperCase(), key[2] ?? "");
    }
  }
  return found;
}

/** Keys that a section of 0.3.0 must have when it is present: its structures have no defaults (that tag's config.rs). */
const complete030: Readonly<Record<string, readonly string[]>> = {
  rocksdb: ["data_path", "max_open_files"],
  log: ["log_config", "log_path"],
  runtime: ["tls_cert", "tls_key"],
  prometheus: ["enable", "port"],
  message_storage: ["storage_type"],
  storage_runtime: ["tcp_port", "max_segment_size", "io_thread_num", "data_path"],
  mqtt_server: ["tcp_port", "tls_port", "websocket_port", "websockets_port", "quic_port"],
  mqtt_runtime: ["default_user", "default_password", "max_connection_num", "durable_sessions_enable"],
};

describe("configuration dialects", () => {
  for (const [version, args] of Object.entries(inputs)) {
    const { spec, release } = contextOf("demo", args);
    for (const pool of poolNames) {
      const toml = serverToml(spec, release, pool);

      it(`${version} ${pool}: every variable names a key of the file`, () => {
        const keys = overridable(toml);
        for (const name of [...Object.keys(release.dialect.secretEnv), "ROBUST_MQ_SERVER_BROKER_ID", "ROBUST_MQ_SERVER_BROKER_IP"]) {
          assert.ok(keys.has(name), `${name} is not a key of\n${toml}`);
        }
      });

      it(`${version} ${pool}: whatever waits for a variable has one`, () => {
        const waiting = [...overridable(toml)].filter(([, value]) => value === '"set-by-environment"').map(([name]) => name);
        assert.deepEqual(waiting.sort(), [...Object.keys(release.dialect.secretEnv), "ROBUST_MQ_SERVER_BROKER_IP"].sort());
      });

      it(`${version} ${pool}: roles, addresses and paths`, () => {
        const file = parse(toml);
        assert.deepEqual(file["roles"], release.roles[pool]);
        assert.deepEqual(Object.keys(file["meta_addrs"] as TomlTable), version === "0.3.0" ? ["1", "2", "3"] : ["1", "2", "3", "4", "5"]);
        assert.equal((file["meta_addrs"] as TomlTable)["1"], "demo-placement-center-0.demo-placement-center.default.svc:1228");
        assert.deepEqual((file["storage_runtime"] as TomlTable)["data_path"], ["/robustmq/data/engine"]);
      });
    }
  }

  it("0.3.0: a section that is present is complete, and has no other keys", () => {
    const { spec, release } = contextOf("demo", missionExample);
    for (const pool of poolNames) {
      const sections = Object.entries(parse(serverToml(spec, release, pool))).filter(([name, value]) => typeof value === "object" && !Array.isArray(value) && name !== "meta_addrs");
      for (const [name, section] of sections) {
        const optional = name === "runtime" ? ["runtime_worker_threads"] : [];
        const keys = Object.keys(section as TomlTable).filter((key) => !optional.includes(key));
        assert.deepEqual(keys.sort(), [...(complete030[name] ?? [])].sort(), name);
      }
      assert.equal(sections.length, Object.keys(complete030).length);
    }
  });

  it("no dialect uses a key of the other", () => {
    const keys = (version: keyof typeof inputs) => {
      const { spec, release } = contextOf("demo", inputs[version]);
      return overridable(serverToml(spec, release, "mqttBroker"));
    };
    for (const foreign of ["ADMIN_USERNAME", "DATA_PATH", "BROKER_NETWORK_TLS_CERT", "MQTT_RUNTIME_SERVER_TCP_PORT", "MQTT_RUNTIME_AUTH_DEFAULT_PASSWORD", "KAFKA_RUNTIME_TCP_PORT", "NATS_RUNTIME_TCP_PORT"]) {
      assert.equal(keys("0.3.0").has(`ROBUST_MQ_SERVER_${foreign}`), false, foreign);
      assert.equal(keys("0.4.11").has(`ROBUST_MQ_SERVER_${foreign}`), true, foreign);
    }
    for (const foreign of ["ROCKSDB_DATA_PATH", "RUNTIME_TLS_CERT", "PROMETHEUS_PORT", "MQTT_SERVER_TCP_PORT", "MQTT_RUNTIME_DEFAULT_PASSWORD", "MESSAGE_STORAGE_STORAGE_TYPE"]) {
      assert.equal(keys("0.3.0").has(`ROBUST_MQ_SERVER_${foreign}`), true, foreign);
      assert.equal(keys("0.4.11").has(`ROBUST_MQ_SERVER_${foreign}`), false, foreign);
    }
  });

  it("0.4.11: the port that /health/ready tries for QUIC is one that answers", () => {
    const { spec, release } = contextOf("demo", smallest);
    const server = ((parse(serverToml(spec, release, "mqttBroker"))["mqtt_runtime"] as TomlTable)["server"]) as TomlTable;
    assert.equal(server["quic_port"], server["tls_port"]);
  });

  it("threads follow the processor limit, rounded up, and only where there is one", () => {
    const threads = (resources: object | undefined) => {
      const { spec, release } = contextOf("demo", { ...smallest, mqttBroker: resources === undefined ? {} : { resources } });
      return (parse(serverToml(spec, release, "mqttBroker"))["runtime"] as TomlTable)["server_worker_threads"];
    };
    assert.deepEqual([undefined, { memory: "4Gi" }, { cpu: "100m" }, { cpu: "1500m" }].map(threads), [undefined, undefined, 1, 2]);
  });

  it("a topic has as many replicas as storage nodes stay, at most three", () => {
    const replicas = (count: number) => {
      const { spec, release } = contextOf("demo", { ...smallest, placementCenter: { replicas: count } });
      return (parse(serverToml(spec, release, "mqttBroker"))["runtime"] as TomlTable)["default_topic_replica_num"];
    };
    assert.deepEqual([1, 3, 5].map(replicas), [1, 3, 3]);
  });
});

describe("TOML", () => {
  it("leaves empty sections out", () => {
    assert.equal(toToml({ a: 1, b: {}, c: { d: {} } }).trim(), "a = 1");
  });

  it("gives every value back", () => {
    const values: TomlValue[] = ["text with \"quotes\" and \\", 1, true, ["a", "b"]];
    for (const value of values) {
      assert.equal(JSON.stringify(parse(toToml({ section: { key: value } }))), JSON.stringify({ section: { key: value } }));
    }
  });
});
