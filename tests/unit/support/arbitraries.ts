import * as fc from "fast-check";

/** Any valid cluster name; short ones and ones that look like another's object names are likely. */
export const clusterName = fc
  .array(fc.constantFrom("a", "b", "1", "data", "tls", "client", "admin", "mqtt-broker", "placement-center", "credentials", "0"), { minLength: 1, maxLength: 4 })
  .map((parts) => `c-${parts.join("-")}`.slice(0, 35).replace(/-+$/, ""));

const quantity = fc.tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("", "m", "k", "M", "Mi", "G", "Gi", "Ti")).map(([value, suffix]) => `${value}${suffix}`);
const resources = fc.oneof(
  fc.record({ memory: quantity, cpu: quantity }, { requiredKeys: [] }),
  fc.record({ requests: fc.record({ cpu: quantity }, { requiredKeys: [] }), limits: fc.record({ memory: quantity }, { requiredKeys: [] }) }, { requiredKeys: [] }),
);
const workers = fc.record({ replicas: fc.integer({ min: 1, max: 4000 }), storage: quantity, storageClass: fc.constantFrom("fast", "slow.example.com"), resources }, { requiredKeys: [] });

/** Any valid arguments. */
export const clusterArgs = fc.record(
  {
    version: fc.constantFrom("0.3.0", "0.4.11", "0.4.12"),
    profile: fc.constantFrom("standard", "dev"),
    placementCenter: fc.record({ replicas: fc.constantFrom(1, 3, 5), storage: quantity, resources }, { requiredKeys: [] }),
    mqttBroker: workers,
    journalServer: workers,
    namespace: fc.constantFrom("default", "messaging", "n".repeat(63)),
    image: fc.record({ repository: fc.constantFrom("mirror:5000/mq", "robustmq"), tag: fc.constantFrom("mine", "v1"), pullPolicy: fc.constantFrom("Always", "Never") }, { requiredKeys: [] }),
    imagePullSecrets: fc.array(fc.constantFrom("one", "two.three"), { maxLength: 2 }),
  },
  { requiredKeys: ["version"] },
);

/** Any input at all, often with the right keys and wrong values. */
export const anyInput = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, withSparseArray: true, withTypedArray: true, withObjectString: true }),
  fc.record(
    Object.fromEntries(["version", "profile", "placementCenter", "mqttBroker", "journalServer", "namespace", "image", "imagePullSecrets", "kubeconfig", "context", "gates"].map((key) => [key, fc.anything({ withBigInt: true })])),
    { requiredKeys: [] },
  ),
  fc.record({
    version: fc.oneof(fc.constant("0.4.11"), fc.string()),
    mqttBroker: fc.record(Object.fromEntries(["replicas", "storage", "storageClass", "resources"].map((key) => [key, fc.anything({ withBigInt: true })])), { requiredKeys: [] }),
  }),
);
