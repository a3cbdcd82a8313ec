package config

import (
	"bytes"
	"fmt"
	"math"
	"sort"
	"strings"
)

// Object is a decoded section that keeps the order of its schema when printed.
type Object struct {
	keys   []string
	values map[string]any
}

// MarshalJSON prints the keys in schema order, like serde does.
func (o *Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", k, EncodeJSON(o.values[k], ""))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (o *Object) set(key string, value any) {
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// At follows a dotted path; nil when there is no such key.
func (o *Object) At(path string) any {
	var current any = o
	for _, part := range strings.Split(path, ".") {
		object, ok := current.(*Object)
		if !ok {
			return nil
		}
		current = object.values[part]
	}
	return current
}

// Text and Number read a leaf; the schema has already checked its type.
func (o *Object) Text(path string) string   { s, _ := o.At(path).(string); return s }
func (o *Object) Number(path string) uint64 { n, _ := o.At(path).(uint64); return n }
func (o *Object) Flag(path string) bool     { b, _ := o.At(path).(bool); return b }
func (o *Object) List(path string) []string { l, _ := o.At(path).([]string); return l }

// decodeSection reads the keys of a section; present is false when the section is missing.
func decodeSection(fields []Field, raw map[string]any, present bool) (*Object, error) {
	object := &Object{values: map[string]any{}}
	for _, f := range fields {
		value, found := raw[f.Key]
		decoded, err := decodeField(f, value, found, present)
		if err != nil {
			return nil, err
		}
		if f.Hidden && decoded == nil {
			continue
		}
		object.set(f.Key, decoded)
	}
	return object, nil
}

func decodeField(f Field, value any, found, present bool) (any, error) {
	if f.Kind == Section {
		table, ok := value.(map[string]any)
		if found && !ok {
			return nil, fmt.Errorf("invalid type: %s, expected struct %s", describe(value), f.Key)
		}
		return decodeSection(f.Fields, table, found)
	}
	if found {
		return decodeLeaf(f, value)
	}
	switch {
	case present && f.Required && !f.Optional:
		return nil, fmt.Errorf("missing field `%s`", f.Key)
	case f.Optional:
		return nil, nil
	case !present && f.Absent != nil:
		return f.Absent, nil
	default:
		return f.Default, nil
	}
}

func decodeLeaf(f Field, value any) (any, error) {
	wrong := fmt.Errorf("invalid type: %s, expected %s", describe(value), f.Rust)
	switch f.Kind {
	case String:
		return decodeString(f, value, wrong)
	case Uint:
		return decodeUint(f, value, wrong)
	case Bool:
		if b, ok := value.(bool); ok {
			return b, nil
		}
	case Float:
		switch n := value.(type) {
		case float64:
			return n, nil
		case int64:
			return float64(n), nil
		}
	case Int:
		if n, ok := value.(int64); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			return n, nil
		}
	case StringList:
		return decodeList(value, wrong)
	case AnyTable:
		if table, ok := value.(map[string]any); ok {
			return table, nil
		}
	}
	return nil, wrong
}

func decodeString(f Field, value any, wrong error) (any, error) {
	s, ok := value.(string)
	if !ok {
		return nil, wrong
	}
	if f.Enum == nil {
		return s, nil
	}
	for _, allowed := range f.Enum {
		if s == allowed {
			return s, nil
		}
	}
	return nil, fmt.Errorf("unknown variant `%s`, expected %s", s, oneOf(f.Enum))
}

func oneOf(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "`" + v + "`"
	}
	if len(quoted) == 2 {
		return quoted[0] + " or " + quoted[1]
	}
	return "one of " + strings.Join(quoted, ", ")
}

func decodeUint(f Field, value any, wrong error) (any, error) {
	var n int64
	switch x := value.(type) {
	case int64:
		n = x
	case float64: // JSON of the admin API has only one kind of number
		if x != math.Trunc(x) {
			return nil, wrong
		}
		n = int64(x)
	default:
		return nil, wrong
	}
	if n < 0 || uint64(n) > f.Max {
		return nil, fmt.Errorf("invalid value: integer `%d`, expected %s", n, f.Rust)
	}
	return uint64(n), nil
}

func decodeList(value any, wrong error) (any, error) {
	items, ok := value.([]any)
	if !ok {
		return nil, wrong
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("invalid type: %s, expected a string", describe(item))
		}
		out = append(out, s)
	}
	return out, nil
}

func describe(value any) string {
	switch x := value.(type) {
	case string:
		return fmt.Sprintf("string %q", x)
	case int64:
		return fmt.Sprintf("integer `%d`", x)
	case float64:
		return fmt.Sprintf("floating point `%v`", x)
	case bool:
		return fmt.Sprintf("boolean `%v`", x)
	case []any:
		return "sequence"
	case map[string]any:
		return "map"
	case nil:
		return "null"
	default:
		return fmt.Sprintf("%T", value)
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
