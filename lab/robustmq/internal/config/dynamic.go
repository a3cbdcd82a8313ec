package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
)

// The section schema of a config_type, nil when the type is unknown.
func (d Dialect) dynamicField(configType string) (string, *Field) {
	path, known := d.Dynamic[configType]
	if !known {
		return "", nil
	}
	fields := d.Fields
	var found *Field
	for _, part := range strings.Split(path, ".") {
		found = nil
		for i := range fields {
			if fields[i].Key == part {
				found = &fields[i]
			}
		}
		if found == nil {
			return "", nil
		}
		fields = found.Fields
	}
	return path, found
}

// KnowsDynamic reports whether the admin API accepts this config_type.
func (c *Config) KnowsDynamic(configType string) bool {
	_, f := c.dialect.dynamicField(configType)
	return f != nil
}

// RereadAtStart lists the types whose stored value overrides the file at the next start.
func RereadAtStart(configType string) bool {
	switch configType {
	case "MqttLimit", "ClusterLimit", "MetaRuntime":
		return false
	}
	return true
}

var dynamicLock sync.RWMutex

// SetDynamic replaces a whole section by a JSON document (missing keys fall back to code
// defaults) and returns the parser's message when the document is not valid.
func (c *Config) SetDynamic(configType string, document []byte) error {
	path, field := c.dialect.dynamicField(configType)
	if field == nil {
		return fmt.Errorf("Unknown config_type: %s", configType)
	}
	raw := map[string]any{}
	if err := json.Unmarshal(document, &raw); err != nil {
		return fmt.Errorf("%s at line 1 column %d", jsonMessage(err), len(document))
	}
	if configType == "KafkaDynamic" {
		return c.setKafkaDynamic(path, raw)
	}
	section, err := decodeSection(field.Fields, raw, true)
	if err != nil {
		return fmt.Errorf("%v at line 1 column %d", err, len(document))
	}
	c.replace(path, section)
	return nil
}

// setKafkaDynamic touches one key only, and demands it.
func (c *Config) setKafkaDynamic(path string, raw map[string]any) error {
	enable, ok := raw["auto_create_topics_enable"].(bool)
	if !ok {
		return errors.New("missing field `auto_create_topics_enable`")
	}
	dynamicLock.Lock()
	defer dynamicLock.Unlock()
	if section, ok := c.object.At(path).(*Object); ok {
		section.set("auto_create_topics_enable", enable)
	}
	return nil
}

func (c *Config) replace(path string, section *Object) {
	dynamicLock.Lock()
	defer dynamicLock.Unlock()
	parent, key := c.object, path
	if i := strings.LastIndex(path, "."); i >= 0 {
		parent, _ = c.object.At(path[:i]).(*Object)
		key = path[i+1:]
	}
	parent.set(key, section)
}

// JSON is the effective configuration, secrets included, as the real broker prints it.
func (c *Config) JSON(indent string) []byte {
	dynamicLock.RLock()
	defer dynamicLock.RUnlock()
	return EncodeJSON(c.object, indent)
}

// EncodeJSON writes plain data as serde_json does: without escaping for HTML.
func EncodeJSON(data any, indent string) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(data); err != nil {
		panic(err) // only plain data is passed
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func jsonMessage(err error) string {
	if strings.Contains(err.Error(), "unexpected end") {
		return "EOF while parsing a value"
	}
	return "expected value"
}

// OSError words an error of the operating system as Rust does.
func OSError(err error) string {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return err.Error()
	}
	text := no.Error()
	if errors.Is(err, os.ErrPermission) {
		text = "permission denied"
	}
	return fmt.Sprintf("%s%s (os error %d)", strings.ToUpper(text[:1]), text[1:], int(no))
}
