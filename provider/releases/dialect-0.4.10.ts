import { type Dialect, fromEnvironment, type NodeConfig } from "./release";

/** v0.4.10 and later (facts/robustmq §1.2, §1.6): everything of MQTT under [mqtt_runtime.*], TLS in [broker_network]. */
export const dialect0410: Dialect = {
  name: "0.4.10",
  serverToml: (config: NodeConfig) => ({
    cluster_name: config.clusterName,
    broker_id: 1,
    broker_ip: fromEnvironment,
    roles: [...config.roles],
    grpc_port: config.ports.grpc,
    http_port: config.ports.http,
    data_path: config.paths.data,
    meta_addrs: { ...config.metaAddrs },
    log: { log_config: config.paths.loggerConfig, log_path: config.paths.logs },
    runtime: {
      default_topic_partition_num: 1,
      default_topic_replica_num: config.topicReplicas,
      ...threads("server_worker_threads", config),
    },
    meta_runtime: threads("meta_worker_threads", config),
    broker_network: { tls_cert: config.paths.tlsCert, tls_key: config.paths.tlsKey },
    storage_runtime: { tcp_port: config.ports.engine, data_path: [config.paths.engine] },
    mqtt_runtime: {
      ...threads("broker_worker_threads", config),
      server: {
        tcp_port: config.ports.mqtt,
        tls_port: config.ports.mqtts,
        websocket_port: config.ports.ws,
        websockets_port: config.ports.wss,
        // /health/ready opens a TCP connection to the QUIC port: UDP 1885 beside TCP 1885 makes it answer (§0.4).
        quic_port: config.ports.mqtts,
      },
      auth: { default_user: fromEnvironment, default_password: fromEnvironment },
    },
    nats_runtime: { tcp_port: config.ports.nats ?? 4222, auth_required: true },
    kafka_runtime: { tcp_port: config.ports.kafka ?? 9092 },
    amqp_runtime: { tcp_port: config.ports.amqp ?? 5672 },
    admin: { username: fromEnvironment, password: fromEnvironment, jwt_secret: fromEnvironment },
  }),
  secretEnv: {
    ROBUST_MQ_SERVER_ADMIN_USERNAME: "admin-username",
    ROBUST_MQ_SERVER_ADMIN_PASSWORD: "admin-password",
    ROBUST_MQ_SERVER_ADMIN_JWT_SECRET: "jwt-secret",
    ROBUST_MQ_SERVER_MQTT_RUNTIME_AUTH_DEFAULT_USER: "default-username",
    ROBUST_MQ_SERVER_MQTT_RUNTIME_AUTH_DEFAULT_PASSWORD: "default-password",
  },
};

/** The broker counts the host's processors, not the container's share (facts/robustmq §1.2). */
function threads(key: string, config: NodeConfig): Record<string, number> {
  return config.workerThreads === undefined ? {} : { [key]: config.workerThreads };
}
