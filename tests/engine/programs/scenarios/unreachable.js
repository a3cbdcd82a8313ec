const kubernetes = require("@pulumi/kubernetes");

new kubernetes.core.v1.ConfigMap("settings", { metadata: { name: "settings", namespace: "default" }, data: { a: "1" } });
