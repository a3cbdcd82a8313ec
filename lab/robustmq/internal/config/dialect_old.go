package config

// The dialects before 0.4.10. A file of one dialect is accepted by another, but
// its keys are then unknown and silently replaced by defaults: that is the trap.

// dialect044 is the language of 0.4.4–0.4.9: MQTT in top-level sections, TLS in [runtime].
func dialect044() Dialect {
	return Dialect{
		Fields: append(baseFields(58080), metaAddrs(), logSection(),
			section("runtime", u64("runtime_worker_threads", 0), u64("server_worker_threads", 0), u64("meta_worker_threads", 0),
				u64("broker_worker_threads", 0), u64("channels_per_address", 4), str("tls_cert", "./config/certs/cert.pem"),
				str("tls_key", "./config/certs/key.pem"), flag("pprof_enable", false),
				u32("default_topic_partition_num", 1).absent(uint64(3)), u32("default_topic_replica_num", 1).absent(uint64(2))),
			str("data_path", "./data"),
			llmSection(), clusterLimit(), delayTask(), delayMessage(), metaRuntime(), storageRuntime(),
			mqttServer("mqtt_server"), keepAlive("mqtt_keep_alive"),
			section("mqtt_runtime", append(mqttUser(), flag("durable_sessions_enable", false),
				flag("secret_free_login", false), flag("is_self_protection_status", false))...),
			offlineMessage("mqtt_offline_message"), slowSubscribe("mqtt_slow_subscribe"), flapping("mqtt_flapping_detect"),
			protocol("mqtt_protocol"), schemaSection("mqtt_schema"), systemMonitor("mqtt_system_monitor"), limit("mqtt_limit"),
			kafkaRuntime(), section("kafka_dynamic", flag("auto_create_topics_enable", true)),
			section("amqp_runtime", u32("tcp_port", 5672)), natsRuntime(),
			section("broker_network", u64("accept_thread_num", 1), u64("handler_thread_num", 64), u64("queue_size", 2000)),
			adminSection(),
		),
		Paths: Paths{
			DataPath: "data_path", TLSCert: "runtime.tls_cert", TLSKey: "runtime.tls_key",
			DefaultUser: "mqtt_runtime.default_user", DefaultPassword: "mqtt_runtime.default_password",
			SecretFree: "mqtt_runtime.secret_free_login", MqttServer: "mqtt_server",
			PartitionNum: "runtime.default_topic_partition_num", ReplicaNum: "runtime.default_topic_replica_num",
		},
		Dynamic: map[string]string{
			"MqttSlowSubscribeConfig": "mqtt_slow_subscribe", "MqttFlappingDetect": "mqtt_flapping_detect",
			"MqttProtocol": "mqtt_protocol", "MqttOfflineMessage": "mqtt_offline_message",
			"MqttSystemMonitor": "mqtt_system_monitor", "MqttSchema": "mqtt_schema", "KafkaDynamic": "kafka_dynamic",
			"MqttLimit": "mqtt_limit", "ClusterLimit": "cluster_limit", "MetaRuntime": "meta_runtime",
		},
	}
}

// dialect030 is the language of 0.3.0: sections have no per-key defaults, so a present
// section must be complete.
func dialect030() Dialect {
	return Dialect{
		Fields: append(baseFields(8080), metaAddrs(),
			allRequired(section("prometheus", flag("enable", true), u32("port", 9091), optional("model"))),
			logSection(),
			runtime030(),
			allRequired(section("network", u64("accept_thread_num", 1), u64("handler_thread_num", 1000), u64("queue_size", 5000))),
			allRequired(section("p_prof", flag("enable", false), u16("port", 6777), i32("frequency", 1000))),
			allRequired(section("message_storage", enum("storage_type", "EngineMemory",
				"EngineMemory", "EngineSegment", "EngineRocksDB", "Mysql", "MinIO", "S3"))),
			allRequired(section("meta_runtime", u64("heartbeat_timeout_ms", 30000), u64("heartbeat_check_time_ms", 1000),
				u64("raft_write_timeout_sec", 30))),
			allRequired(section("rocksdb", str("data_path", "./data"), i32("max_open_files", 10000))),
			allRequired(section("storage_runtime", u32("tcp_port", 1778), u32("max_segment_size", 1073741824),
				u32("io_thread_num", 8), list("data_path"))),
			allRequired(mqttServer("mqtt_server")), allRequired(keepAlive("mqtt_keep_alive")),
			allRequired(section("mqtt_runtime", append(mqttUser(), u64("max_connection_num", 1000000),
				flag("durable_sessions_enable", false))...)),
			allRequired(offline030()),
			allRequired(slowSubscribe("mqtt_slow_subscribe_config")), allRequired(flapping("mqtt_flapping_detect")),
			allRequired(protocol("mqtt_protocol_config", u16("max_qos_flight_message", 2))),
			allRequired(section("mqtt_security", flag("is_self_protection_status", false), flag("secret_free_login", false))),
			allRequired(schemaSection("mqtt_schema")),
			allRequired(section("mqtt_system_monitor", flag("enable", false), f32("os_cpu_high_watermark", 70),
				f32("os_memory_high_watermark", 80))),
			allRequired(section("storage_offset", flag("enable_cache", true))),
		),
		Paths: Paths{
			DataPath: "rocksdb.data_path", TLSCert: "runtime.tls_cert", TLSKey: "runtime.tls_key",
			DefaultUser: "mqtt_runtime.default_user", DefaultPassword: "mqtt_runtime.default_password",
			SecretFree: "mqtt_security.secret_free_login", MqttServer: "mqtt_server", PrometheusPort: "prometheus.port",
		},
		Dynamic: map[string]string{},
	}
}

// runtime030: only the thread count has a default of its own.
func runtime030() Field {
	cert, key := str("tls_cert", "./config/certs/cert.pem"), str("tls_key", "./config/certs/key.pem")
	cert.Required, key.Required = true, true
	return section("runtime", u64("runtime_worker_threads", 2), cert, key)
}

func offline030() Field {
	return section("mqtt_offline_message", flag("enable", true), u32("expire_ms", 0), u32("max_messages_num", 0))
}
