package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"robustmq-standin/internal/config"
	"robustmq-standin/internal/meta"
	"robustmq-standin/internal/mqttbroker"
	"robustmq-standin/internal/release"
)

func handler(t *testing.T, version string) http.Handler {
	t.Helper()
	rel, err := release.For(version)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("[admin]\njwt_secret = \"s3cret\"", rel)
	if err != nil {
		t.Fatal(err)
	}
	return New(Env{Config: cfg, Release: rel, Cache: meta.NewCache(), Client: meta.NewClient(nil, func(string, ...any) {}),
		Broker: func() *mqttbroker.Broker { return nil }, Start: time.Now()})
}

func sign(t *testing.T, secret string, method jwt.SigningMethod, expires time.Time) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, jwt.MapClaims{"sub": "anybody", "iat": time.Now().Unix(), "exp": expires.Unix()}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

// Facts §3.1: loopback needs no token, everybody else does; any token signed with the secret counts.
func TestTokenRule(t *testing.T) {
	const far, near = "10.1.2.3:999", "127.0.0.1:999"
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		version, path, peer, token string
		want                       int
		body                       string
	}{
		"loopback":            {"0.4.11", "/api/cluster/user/list", near, "", 200, ""},
		"no token":            {"0.4.11", "/api/cluster/user/list", far, "", 401, `{"code":401,"data":null,"message":"Missing Authorization header"}`},
		"not a bearer":        {"0.4.11", "/api/cluster/user/list", far, "Basic x", 401, `{"code":401,"data":null,"message":"Missing Authorization header"}`},
		"minted":              {"0.4.11", "/api/cluster/user/list", far, sign(t, "s3cret", jwt.SigningMethodHS256, soon), 200, ""},
		"other secret":        {"0.4.11", "/api/cluster/user/list", far, sign(t, "other", jwt.SigningMethodHS256, soon), 401, `{"code":401,"data":null,"message":"Invalid or expired token"}`},
		"other algorithm":     {"0.4.11", "/api/cluster/user/list", far, sign(t, "s3cret", jwt.SigningMethodHS512, soon), 401, ""},
		"expired":             {"0.4.11", "/api/cluster/user/list", far, sign(t, "s3cret", jwt.SigningMethodHS256, past), 401, ""},
		"health needs one":    {"0.4.11", "/api/health/node", far, "", 401, ""},
		"health, loopback":    {"0.4.11", "/api/health/node", near, "", 200, `{"code":0,"data":{"status":"ok","check_type":"node","message":"health check placeholder"},"error":null}`},
		"root health is 404":  {"0.4.11", "/health/node", near, "", 404, ""},
		"root health later":   {"0.4.12", "/health/node", far, "", 200, ""},
		"metrics are open":    {"0.4.11", "/metrics", far, "", 200, ""},
		"no tokens in 0.3.0":  {"0.3.0", "/api/cluster/healthy", far, "", 200, `{"code":0,"data":true,"error":null}`},
		"no such path, 0.3.0": {"0.3.0", "/api/info", near, "", 404, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.RemoteAddr = c.peer
		if c.token != "" {
			r.Header.Set("Authorization", c.token)
		}
		w := httptest.NewRecorder()
		handler(t, c.version).ServeHTTP(w, r)
		if w.Code != c.want || (c.body != "" && w.Body.String() != c.body) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
