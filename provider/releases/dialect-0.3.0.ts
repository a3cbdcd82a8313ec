import { type Dialect, fromEnvironment, type NodeConfig } from "./release";

/**
 * v0.3.0 (facts/robustmq §1.7, §11.23; keys read in that tag's own configuration code): a section that is present
 * must have every one of its keys, and there is no [admin] section yet.
 */
export const dialect030: Dialect = {
  name: "0.3.0",
  serverToml: (config: NodeConfig) => ({
    cluster_name: config.clusterName,
    broker_id: 1,
    broker_ip: fromEnvironment,
    roles: [...config.roles],
    grpc_port: config.ports.grpc,
    http_port: config.ports.http,
    meta_addrs: { ...config.metaAddrs },
    rocksdb: { data_path: config.paths.data, max_open_files: 10000 },
    log: { log_config: config.paths.loggerConfig, log_path: config.paths.logs },
    runtime: {
      ...(config.workerThreads === undefined ? {} : { runtime_worker_threads: config.workerThreads }),
      tls_cert: config.paths.tlsCert,
      tls_key: config.paths.tlsKey,
    },
    prometheus: { enable: true, port: config.ports.metrics },
    message_storage: { storage_type: "EngineRocksDB" },
    storage_runtime: { tcp_port: config.ports.engine, max_segment_size: 1073741824, io_thread_num: 8, data_path: [config.paths.engine] },
    mqtt_server: {
      tcp_port: config.ports.mqtt,
      tls_port: config.ports.mqtts,
      websocket_port: config.ports.ws,
      websockets_port: config.ports.wss,
      quic_port: 9083,
    },
    mqtt_runtime: {
      default_user: fromEnvironment,
      default_password: fromEnvironment,
      max_connection_num: 1000000,
      durable_sessions_enable: false,
    },
  }),
  secretEnv: {
    ROBUST_MQ_SERVER_MQTT_RUNTIME_DEFAULT_USER: "default-username",
    ROBUST_MQ_SERVER_MQTT_RUNTIME_DEFAULT_PASSWORD: "default-password",
  },
};
