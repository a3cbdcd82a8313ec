package config

import "strings"

// EnvPrefix is the prefix of every override.
const EnvPrefix = "ROBUST_MQ_SERVER"

// OverrideByEnv applies the textual override of the real broker (facts §1.1): a line
// `key = x` is replaced by `key =<value of the environment>`, raw. A key that does not
// occur in the file cannot be set, and a comment behind a section header spoils the
// names of that section's keys.
func OverrideByEnv(toml string, lookup func(string) (string, bool)) string {
	lines := strings.Split(strings.ReplaceAll(toml, "\r\n", "\n"), "\n")
	lastLine := map[string]int{}
	section := ""
	for i, line := range lines {
		trimmed := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case strings.HasPrefix(trimmed, "["):
			section = strings.TrimSuffix(trimmed, "]")[1:]
		default:
			if key, _, found := strings.Cut(trimmed, "="); found {
				lastLine[envName(section, strings.TrimSpace(key))] = i
			}
		}
	}
	for name, i := range lastLine {
		if value, set := lookup(name); set {
			key, _, _ := strings.Cut(lines[i], "=")
			lines[i] = key + "=" + value
		}
	}
	return strings.Join(lines, "\n")
}

func envName(section, key string) string {
	upper := func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), ".", "_") }
	if section == "" {
		return EnvPrefix + "_" + upper(key)
	}
	return EnvPrefix + "_" + upper(section) + "_" + upper(key)
}
