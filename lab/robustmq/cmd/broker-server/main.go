// broker-server is a stand-in for RobustMQ's broker-server, for tests and demonstrations
// where the real one cannot be had. See README.md for what it imitates and what not.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/logger"
	"robustmq-standin/internal/node"
	"robustmq-standin/internal/release"
)

func main() {
	path := "config/server.toml"
	flag.StringVar(&path, "conf", path, "broker server configuration file path")
	flag.StringVar(&path, "c", path, "shorthand for --conf")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40) // many nodes share one small machine
	}

	rel, err := chosenRelease()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	timing, err := node.TimingFromEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	cfg, err := config.Load(path, rel)
	if err != nil {
		node.Panic("%v", err)
	}
	log, err := logger.Open(cfg.Text("log.log_config"), cfg.Text("log.log_path"))
	if err != nil {
		node.Panic("%v", err)
	}

	n := node.New(cfg, rel, log, timing)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go n.Run()
	<-signals
	n.Stop()
	os.Exit(0)
}

// chosenRelease: ROBUSTMQ_STANDIN_RELEASE, else the file STANDIN_RELEASE of the image.
func chosenRelease() (release.Release, error) {
	version := os.Getenv("ROBUSTMQ_STANDIN_RELEASE")
	if version == "" {
		content, err := os.ReadFile("STANDIN_RELEASE")
		if err != nil {
			return release.Release{}, fmt.Errorf("the stand-in must be told which release to imitate: ROBUSTMQ_STANDIN_RELEASE or a file STANDIN_RELEASE: %w", err)
		}
		version = strings.TrimSpace(string(content))
	}
	return release.For(version)
}
