package config

// Facts §1.2 (schema of 0.4.10 and later).

func dialect0410() Dialect {
	return Dialect{
		Fields: append(baseFields(58080),
			section("broker_network", u64("accept_thread_num", 1), u64("handler_thread_num", 64),
				u64("queue_size", 2000).absent(uint64(5000)),
				str("tls_cert", "./config/certs/cert.pem"), str("tls_key", "./config/certs/key.pem")),
			metaAddrs(), logSection(),
			section("runtime", u64("server_worker_threads", 0), u64("channels_per_address", 4), flag("pprof_enable", false),
				u32("default_topic_partition_num", 1).absent(uint64(3)), u32("default_topic_replica_num", 1).absent(uint64(2))),
			str("data_path", "./data"),
			llmSection(), clusterLimit(), adminSection(), delayTask(), delayMessage(),
			metaRuntime(u64("meta_worker_threads", 0)), storageRuntime(),
			section("mqtt_runtime",
				mqttServer("server"), keepAlive("keep_alive"),
				section("auth", append(mqttUser(), flag("durable_sessions_enable", false),
					flag("secret_free_login", false), flag("is_self_protection_status", false))...),
				offlineMessage("offline_message"), slowSubscribe("slow_subscribe"), flapping("flapping_detect"),
				protocol("protocol"), schemaSection("schema"), systemMonitor("system_monitor"), limit("limit"),
				u64("broker_worker_threads", 0)),
			kafkaRuntime(flag("auto_create_topics_enable", true)),
			section("amqp_runtime", u32("tcp_port", 5672)), natsRuntime(),
		),
		Paths: Paths{
			DataPath: "data_path", TLSCert: "broker_network.tls_cert", TLSKey: "broker_network.tls_key",
			DefaultUser: "mqtt_runtime.auth.default_user", DefaultPassword: "mqtt_runtime.auth.default_password",
			SecretFree: "mqtt_runtime.auth.secret_free_login", MqttServer: "mqtt_runtime.server",
			PartitionNum: "runtime.default_topic_partition_num", ReplicaNum: "runtime.default_topic_replica_num",
		},
		Dynamic: map[string]string{
			"MqttSlowSubscribeConfig": "mqtt_runtime.slow_subscribe", "MqttFlappingDetect": "mqtt_runtime.flapping_detect",
			"MqttProtocol": "mqtt_runtime.protocol", "MqttOfflineMessage": "mqtt_runtime.offline_message",
			"MqttSystemMonitor": "mqtt_runtime.system_monitor", "MqttSchema": "mqtt_runtime.schema",
			"KafkaDynamic": "kafka_runtime", "MqttLimit": "mqtt_runtime.limit",
			"ClusterLimit": "cluster_limit", "MetaRuntime": "meta_runtime",
		},
	}
}

func baseFields(httpPort uint64) []Field {
	return []Field{
		str("cluster_name", "robust_mq_cluster_default"), u64("broker_id", 1), optional("broker_ip"),
		list("roles", "broker", "meta"), u32("grpc_port", 1228), u32("http_port", httpPort),
	}
}

func metaAddrs() Field {
	return Field{Key: "meta_addrs", Kind: AnyTable, Rust: "a map", Default: map[string]any{"1": "127.0.0.1:1228"}}
}

func logSection() Field {
	return section("log", str("log_config", "./config/logger.toml"), str("log_path", "./logs"))
}

func llmSection() Field {
	return section("llm_client", optional("embedding"), optional("embedding_model_path"), optional("platform"),
		optional("model"), hidden(optional("token")), hidden(optional("base_url")))
}

func clusterLimit() Field {
	return section("cluster_limit", u64("max_network_connection", 100000000), u32("max_network_connection_rate", 10000),
		u64("max_connection_per_ip", 5000), u32("max_admin_http_uri_rate", 50))
}

func adminSection() Field {
	return section("admin", str("username", "admin"), str("password", "admin"),
		str("jwt_secret", "robustmq-change-me-in-production"), u64("token_ttl_hours", 8))
}

func delayTask() Field {
	return section("delay_task", u64("delay_task_queue_num", 8), u64("delay_task_handler_concurrency", 2))
}

func delayMessage() Field {
	return section("delay_message", u32("max_retries", 3), u64("initial_retry_delay_sec", 2))
}

func metaRuntime(more ...Field) Field {
	return section("meta_runtime", append([]Field{u64("heartbeat_timeout_ms", 30000), u64("heartbeat_check_time_ms", 1000),
		u64("raft_write_timeout_sec", 30), u32("offset_raft_group_num", 1), u32("data_raft_group_num", 1),
		u64("group_offset_expire_sec", 604800), u64("segment_leader_rebalance_interval_ms", 60000),
		u32("segment_leader_rebalance_max_moves", 50)}, more...)...)
}

func storageRuntime() Field {
	return section("storage_runtime", u32("tcp_port", 1779).absent(uint64(1778)), u32("max_segment_size", 1073741824),
		u32("io_thread_num", 8), list("data_path"), flag("offset_enable_cache", true), u64("expire_scan_task_num", 16),
		u32("num_replica_fetchers", 4), u64("replica_fetch_min_bytes", 1), u64("replica_fetch_max_wait_ms", 500),
		u64("replica_fetch_backoff_ms", 1000), u64("replica_lag_time_max_ms", 10000),
		u64("metadata_reconcile_interval_ms", 30000), u64("isr_maintain_interval_ms", 1000))
}

func mqttServer(key string) Field {
	return section(key, u32("tcp_port", 1883), u32("tls_port", 1885), u32("websocket_port", 8083),
		u32("websockets_port", 8085), u32("quic_port", 9083))
}

func keepAlive(key string) Field {
	return section(key, flag("enable", true), u16("default_time", 180), u16("max_time", 3600), u16("default_timeout", 2))
}

func mqttUser() []Field {
	return []Field{str("default_user", "admin"), str("default_password", "robustmq")}
}

func offlineMessage(key string) Field {
	return section(key, flag("enable", true), u32("expire_ms", 3600000).absent(uint64(0)),
		u32("max_messages_num", 100000).absent(uint64(0)))
}

func slowSubscribe(key string) Field {
	return section(key, flag("enable", false), u64("record_time", 1000),
		enum("delay_type", "Whole", "Whole", "Internal", "Response"))
}

func flapping(key string) Field {
	return section(key, flag("enable", false), u32("window_time", 1), u64("max_client_connections", 15), u32("ban_time", 5))
}

func protocol(key string, more ...Field) Field {
	return section(key, append([]Field{u32("max_session_expiry_interval", 1800), u32("default_session_expiry_interval", 30),
		u16("topic_alias_max", 65535), u32("max_packet_size", 10485760), u16("receive_max", 65535),
		u64("max_message_expiry_interval", 3600), flag("client_pkid_persistent", false)}, more...)...)
}

func schemaSection(key string) Field {
	return section(key, flag("enable", true), enum("strategy", "ALL", "ALL", "Any"),
		enum("failed_operation", "Discard", "Discard", "DisconnectAndDiscard", "Ignore"),
		flag("echo_log", true), str("log_level", "info"))
}

func systemMonitor(key string) Field {
	return section(key, flag("enable", false), f32("os_cpu_high_watermark", 70), f32("os_memory_high_watermark", 80),
		u64("system_topic_interval_ms", 60000))
}

func limit(key string) Field {
	return section(key, quota("cluster", 10000000, 100000, 5000000, 50000000), quota("tenant", 1000000, 10000, 500000, 5000000))
}

// quota: a present but incomplete quota falls back to the tenant's figures, whichever it is.
func quota(key string, connections, rate, topics, sessions uint64) Field {
	return section(key, u64("max_connections_per_node", 1000000).absent(connections),
		u32("max_connection_rate", 10000).absent(rate), u64("max_topics", 500000).absent(topics),
		u64("max_sessions", 5000000).absent(sessions), u32("max_publish_rate", 10000))
}

func kafkaRuntime(more ...Field) Field {
	return section("kafka_runtime", append([]Field{u32("tcp_port", 9092), u32("max_fetch_bytes", 4194304),
		u32("max_message_bytes", 1048588), u32("max_describe_topic_partitions", 2000),
		section("sasl", flag("enabled", false), list("mechanisms", "SCRAM-SHA-256", "SCRAM-SHA-512"))}, more...)...)
}

func natsRuntime() Field {
	return section("nats_runtime", u32("tcp_port", 4222), u32("tls_port", 4223), u32("ws_port", 4080), u32("wss_port", 4443),
		u64("max_payload", 1048576), flag("auth_required", false), u64("ping_interval", 60), u64("ping_max", 3),
		u64("ping_send_chunk", 10000), u64("core_shard_num", 10), u64("push_thread_num", 1),
		u64("push_queue_thread_num", 10), u64("mq9_mailbox_default_ttl", 86400))
}
