// Package logger imitates the logger.toml of the real broker (facts §1.5): every table is
// an appender with one filter on the *target* of a message, the module that logged it.
package logger

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Level is the severity of a message, most severe first.
type Level int

const (
	Off Level = iota
	Error
	Warn
	Info
	Debug
	Trace
)

var names = map[string]Level{"off": Off, "error": Error, "warn": Warn, "info": Info, "debug": Debug, "trace": Trace}

func (l Level) String() string {
	return [...]string{"OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"}[l]
}

type directive struct {
	path  string
	level Level
}

type appender struct {
	out        io.Writer
	directives []directive // longest path first: the most specific one decides
	formatter  string
	ansi       bool
}

// Logger writes to all appenders.
type Logger struct {
	mu        sync.Mutex
	appenders []appender
}

// enabled: a path matches every target that begins with it, as plain text.
func (a appender) enabled(target string, level Level) bool {
	for _, d := range a.directives {
		if strings.HasPrefix(target, d.path) {
			return level <= d.level
		}
	}
	return false
}

// Open reads logger.toml. All its errors are panics in the real process.
func Open(path, logPath string) (*Logger, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("Logging configuration file %q does not exist", path)
	}
	if err := os.MkdirAll(logPath, 0o755); err != nil {
		return nil, fmt.Errorf("Failed to initialize log directory %q", logPath)
	}
	return Parse(content, os.Stdout)
}

// Parse builds a logger from the text of logger.toml; console appenders write to console.
func Parse(content []byte, console io.Writer) (*Logger, error) {
	tables := map[string]table{}
	if err := toml.Unmarshal(content, &tables); err != nil {
		return nil, fmt.Errorf("failed to parse logger configuration: %v", err)
	}
	l := &Logger{}
	for _, name := range sortedNames(tables) {
		a, err := tables[name].appender(console)
		if err != nil {
			return nil, fmt.Errorf("appender %s: %v", name, err)
		}
		if a != nil {
			l.appenders = append(l.appenders, *a)
		}
	}
	return l, nil
}

func sortedNames(tables map[string]table) []string {
	keys := make([]string, 0, len(tables))
	for k := range tables {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

type target struct {
	Path  string `toml:"path"`
	Level string `toml:"level"`
}

type table struct {
	Kind      string   `toml:"kind"`
	Level     *string  `toml:"level"`
	Target    *target  `toml:"target"`
	Targets   []target `toml:"targets"`
	Ansi      *bool    `toml:"ansi"`
	Formatter string   `toml:"formatter"`
	Rotation  string   `toml:"rotation"`
	Directory string   `toml:"directory"`
	Prefix    string   `toml:"prefix"`
	Suffix    string   `toml:"suffix"`
}

func (t table) appender(console io.Writer) (*appender, error) {
	switch t.Kind {
	case "tokio_console":
		return nil, nil
	case "console", "rolling_file":
	default:
		return nil, fmt.Errorf("unknown variant `%s`, expected one of `console`, `rolling_file`, `tokio_console`", t.Kind)
	}
	directives, err := t.directives()
	if err != nil {
		return nil, err
	}
	a := &appender{out: console, directives: directives, formatter: t.Formatter, ansi: t.Ansi == nil || *t.Ansi}
	switch t.Formatter {
	case "", "compact", "pretty", "json":
	default:
		return nil, fmt.Errorf("unknown variant `%s`, expected one of `compact`, `pretty`, `json`", t.Formatter)
	}
	if t.Kind == "rolling_file" {
		if a.out, err = t.file(); err != nil {
			return nil, err
		}
		a.ansi = false
	}
	return a, nil
}

func (t table) directives() ([]directive, error) {
	var raw []target
	switch {
	case t.Target != nil:
		raw = []target{*t.Target}
	case t.Targets != nil:
		raw = t.Targets
	case t.Level != nil:
		raw = []target{{Path: "", Level: *t.Level}}
	default:
		return nil, fmt.Errorf("no variant of enum Filter found in flattened data")
	}
	var out []directive
	for _, r := range raw {
		level, ok := names[r.Level]
		if !ok {
			return nil, fmt.Errorf("unknown variant `%s`, expected one of `off`, `error`, `warn`, `info`, `debug`, `trace`", r.Level)
		}
		out = append(out, directive{r.Path, level})
	}
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].path) > len(out[j].path) })
	return out, nil
}

// file opens today's file; rotation within a run is not imitated.
func (t table) file() (io.Writer, error) {
	switch t.Rotation {
	case "minutely", "hourly", "daily", "never":
	default:
		return nil, fmt.Errorf("missing or unknown field `rotation`")
	}
	if err := os.MkdirAll(t.Directory, 0o755); err != nil {
		return nil, err
	}
	name := t.Prefix
	if t.Rotation != "never" {
		name += "." + time.Now().UTC().Format("2006-01-02")
	}
	if t.Suffix != "" {
		name += "." + t.Suffix
	}
	return os.OpenFile(filepath.Join(t.Directory, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}

// Log writes one message to every appender whose filter lets it through.
func (l *Logger) Log(level Level, target, format string, args ...any) {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.appenders {
		if a.enabled(target, level) {
			fmt.Fprintln(a.out, a.line(now, level, target, message))
		}
	}
}

func (a appender) line(now string, level Level, target, message string) string {
	switch a.formatter {
	case "json":
		out, _ := json.Marshal(struct {
			Timestamp string            `json:"timestamp"`
			Level     string            `json:"level"`
			Fields    map[string]string `json:"fields"`
			Target    string            `json:"target"`
		}{now, level.String(), map[string]string{"message": message}, target})
		return string(out)
	case "pretty":
		return fmt.Sprintf("  %s %5s %s: %s\n", now, level, target, message)
	}
	if a.ansi {
		color := [...]int{0, 31, 33, 32, 34, 35}[level]
		return fmt.Sprintf("\x1b[2m%s\x1b[0m \x1b[%dm%5s\x1b[0m \x1b[2m%s\x1b[0m\x1b[2m:\x1b[0m %s", now, color, level, target, message)
	}
	return fmt.Sprintf("%s %5s %s: %s", now, level, target, message)
}

func (l *Logger) Info(target, format string, args ...any)  { l.Log(Info, target, format, args...) }
func (l *Logger) Warn(target, format string, args ...any)  { l.Log(Warn, target, format, args...) }
func (l *Logger) Error(target, format string, args ...any) { l.Log(Error, target, format, args...) }
func (l *Logger) Debug(target, format string, args ...any) { l.Log(Debug, target, format, args...) }
