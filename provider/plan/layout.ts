/** Where things are inside the broker's container. Nothing is mounted over the image's own /robustmq/config (facts/robustmq §1.6). */
export const layout = {
  data: "/robustmq/data",
  database: "/robustmq/data/db",
  engine: "/robustmq/data/engine",
  logs: "/robustmq/data/logs",
  configuration: "/etc/robustmq",
  tls: "/etc/robustmq-tls",
  marker: "/etc/robustmq-bootstrapped",
  /** Files by which the supervisor, the probes and a later backup agent talk to each other. */
  run: "/run/robustmq",
} as const;
