package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"robustmq-standin/internal/config"
)

type tokenAnswer struct {
	Code    int    `json:"code"`
	Data    any    `json:"data"`
	Message string `json:"message"`
}

func tokenReply(w http.ResponseWriter, status int, body tokenAnswer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(config.EncodeJSON(body, ""))
}

// guarded lets loopback pass and asks everybody else for a token.
func (a *api) guarded(h http.HandlerFunc) http.HandlerFunc {
	if !a.Release.Token {
		return h
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if loopback(r) {
			h(w, r)
			return
		}
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !found {
			tokenReply(w, http.StatusUnauthorized, tokenAnswer{401, nil, "Missing Authorization header"})
			return
		}
		if !a.validToken(token) {
			tokenReply(w, http.StatusUnauthorized, tokenAnswer{401, nil, "Invalid or expired token"})
			return
		}
		h(w, r)
	}
}

func (a *api) secret() []byte { return []byte(a.Config.Text("admin.jwt_secret")) }

// validToken: anything signed with the secret, so that a controller may mint its own.
func (a *api) validToken(token string) bool {
	_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return a.secret(), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithLeeway(time.Minute))
	return err == nil
}

func (a *api) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Username, Password string }
	if !body(w, r, &in) {
		return
	}
	if in.Username != a.Config.Text("admin.username") || in.Password != a.Config.Text("admin.password") {
		tokenReply(w, http.StatusUnauthorized, tokenAnswer{401, nil, "Invalid username or password"})
		return
	}
	ttl := time.Duration(a.Config.Number("admin.token_ttl_hours")) * time.Hour
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": in.Username, "iat": now.Unix(), "exp": now.Add(ttl).Unix(),
	}).SignedString(a.secret())
	if err != nil {
		tokenReply(w, http.StatusInternalServerError, tokenAnswer{500, nil, "Failed to generate token: " + err.Error()})
		return
	}
	tokenReply(w, http.StatusOK, tokenAnswer{0, struct {
		Token     string `json:"token"`
		ExpiresIn int64  `json:"expires_in"`
	}{token, int64(ttl.Seconds())}, "success"})
}
