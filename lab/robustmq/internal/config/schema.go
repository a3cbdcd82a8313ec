// Package config reads server.toml exactly as strictly, and as carelessly, as the
// real broker does: types and enums are checked, unknown keys are not.
package config

// Kind is the TOML type a key must have.
type Kind int

const (
	String Kind = iota
	Uint
	Int
	Float
	Bool
	StringList
	AnyTable
	Section
)

// Field is one key of the schema. A section has Fields.
type Field struct {
	Key      string
	Kind     Kind
	Rust     string // type name as the parser's messages give it
	Max      uint64 // for Uint
	Default  any    // value when the section is present without the key
	Absent   any    // value when the whole section is absent, if it differs
	Required bool   // section present without the key is an error
	Optional bool   // absent key is null
	Hidden   bool   // an absent optional key is left out of the printed configuration
	Enum     []string
	Fields   []Field
}

func section(key string, fields ...Field) Field {
	return Field{Key: key, Kind: Section, Fields: fields}
}
func str(key, def string) Field { return Field{Key: key, Kind: String, Rust: "a string", Default: def} }
func flag(key string, def bool) Field {
	return Field{Key: key, Kind: Bool, Rust: "a boolean", Default: def}
}
func f32(key string, def float64) Field {
	return Field{Key: key, Kind: Float, Rust: "f32", Default: def}
}
func i32(key string, def int64) Field { return Field{Key: key, Kind: Int, Rust: "i32", Default: def} }
func u16(key string, def uint64) Field {
	return Field{Key: key, Kind: Uint, Rust: "u16", Max: 1<<16 - 1, Default: def}
}
func u32(key string, def uint64) Field {
	return Field{Key: key, Kind: Uint, Rust: "u32", Max: 1<<32 - 1, Default: def}
}
func u64(key string, def uint64) Field {
	return Field{Key: key, Kind: Uint, Rust: "u64", Max: 1<<63 - 1, Default: def}
}
func list(key string, def ...string) Field {
	if def == nil {
		def = []string{}
	}
	return Field{Key: key, Kind: StringList, Rust: "a sequence", Default: def}
}
func enum(key, def string, values ...string) Field {
	return Field{Key: key, Kind: String, Rust: "a string", Default: def, Enum: values}
}
func optional(key string) Field {
	return Field{Key: key, Kind: String, Rust: "a string", Optional: true}
}
func hidden(f Field) Field {
	f.Hidden = true
	return f
}

// absent gives the value used when the whole section is missing from the file.
func (f Field) absent(value any) Field {
	f.Absent = value
	return f
}

// allRequired marks every key of a section as required once the section is present.
func allRequired(s Field) Field {
	for i := range s.Fields {
		s.Fields[i].Required = true
	}
	return s
}

// Paths says where a dialect keeps the values the stand-in itself uses.
// An empty path means the dialect has no such key.
type Paths struct {
	DataPath, TLSCert, TLSKey, DefaultUser, DefaultPassword, SecretFree string
	MqttServer, PartitionNum, ReplicaNum, PrometheusPort                string
}

// Dialect is the configuration language of a range of releases.
type Dialect struct {
	Fields []Field
	Paths  Paths
	// Dynamic maps a config_type of the admin API to the section it replaces.
	Dynamic map[string]string
}

// Dialects by the name used in the release table.
var Dialects = map[string]Dialect{
	"0.3.0":  dialect030(),
	"0.4.4":  dialect044(),
	"0.4.10": dialect0410(),
}
