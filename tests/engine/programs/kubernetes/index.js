const pulumi = require("@pulumi/pulumi");
const kubernetes = require("@pulumi/kubernetes");

const settings = JSON.parse(process.env.SETTINGS ?? "{}");
const namespace = process.env.TEST_NAMESPACE;
const metadata = (name, more = {}) => ({ name, namespace, ...more });
const skipAwait = { annotations: { "pulumi.com/skipAwait": "true" } };
const labels = { app: "web" };

const system = kubernetes.core.v1.Namespace.get("system", "kube-system");
const config = new kubernetes.core.v1.ConfigMap("config", { metadata: metadata("config"), data: { level: settings.level ?? "info" } });
new kubernetes.core.v1.ConfigMap("generated", { metadata: { namespace }, data: { level: settings.level ?? "info" } });
const secret = new kubernetes.core.v1.Secret("secret", { metadata: metadata("secret"), stringData: { password: pulumi.secret("k8s-secret-text") } });
new kubernetes.core.v1.Service("headless", {
  metadata: metadata("headless", skipAwait),
  spec: { clusterIP: "None", publishNotReadyAddresses: true, selector: labels, ports: [{ port: settings.port ?? 80 }] },
});
const set = new kubernetes.apps.v1.StatefulSet("set", {
  metadata: metadata("set"),
  spec: {
    serviceName: "headless",
    replicas: settings.replicas ?? 0,
    podManagementPolicy: settings.podManagementPolicy ?? "Parallel",
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: "web", image: "localhost/none:1", resources: { limits: { cpu: "1000m", memory: settings.memory ?? "64Mi" } }, env: settings.env }] },
    },
  },
}, { dependsOn: [config, secret] });
if (settings.job) {
  new kubernetes.batch.v1.Job("job", {
    metadata: metadata("job", { annotations: { "pulumi.com/timeoutSeconds": "3" } }),
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "localhost/none:1" }] } } },
  });
}

exports.systemUid = system.metadata.uid;
exports.setUid = set.metadata.uid;
