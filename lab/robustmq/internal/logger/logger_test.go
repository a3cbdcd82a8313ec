package logger

import (
	"bytes"
	"strings"
	"testing"
)

// The most specific path decides; a path matches by plain prefix; no match means no line.
func TestFilters(t *testing.T) {
	for toml, want := range map[string]string{
		`level = "info"`: "a::b info, a::c info, z info",
		`level = "off"`:  "",
		`targets = [{path = "", level = "info"}, {path = "a::b", level = "off"}]`: "a::c info, z info",
		`targets = [{path = "a", level = "error"}]`:                               "",
		`target = {path = "a", level = "debug"}`:                                  "a::b info, a::b debug, a::c info",
	} {
		var out bytes.Buffer
		l, err := Parse([]byte("[x]\nkind = \"console\"\nansi = false\n"+toml), &out)
		if err != nil {
			t.Fatal(err)
		}
		l.Info("a::b", "a::b info")
		l.Debug("a::b", "a::b debug")
		l.Info("a::c", "a::c info")
		l.Info("z", "z info")
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if _, message, found := strings.Cut(line, ": "); found {
				got = append(got, message)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", toml, strings.Join(got, ", "), want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, toml := range []string{
		"[x]\nkind = \"file\"\nlevel = \"info\"", "[x]\nkind = \"console\"", "[x]\nkind = \"console\"\nlevel = \"loud\"",
		"[x]\nkind = \"console\"\nlevel = \"info\"\nformatter = \"xml\"", "[x]\nkind = \"rolling_file\"\nlevel = \"info\"\ndirectory = \"d\"",
	} {
		if _, err := Parse([]byte(toml), &bytes.Buffer{}); err == nil {
			t.Errorf("%q should be refused", toml)
		}
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	l, err := Parse([]byte("[x]\nkind = \"console\"\nlevel = \"info\"\nformatter = \"json\""), &out)
	if err != nil {
		t.Fatal(err)
	}
	l.Info("a", "say %q", "hi")
	if !strings.Contains(out.String(), `"level":"INFO","fields":{"message":"say \"hi\""},"target":"a"}`) {
		t.Error(out.String())
	}
}
