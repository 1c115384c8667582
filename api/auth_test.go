package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestFresh: what is dangerous takes a proof of at most ten minutes ago.
func TestFresh(t *testing.T) {
	for age, want := range map[time.Duration]error{0: nil, 9 * time.Minute: nil, 11 * time.Minute: errStale, 24 * time.Hour: errStale} {
		who := &caller{person: &account.Account{}, session: &account.Session{Proved: time.Now().Add(-age)}}
		if err := proven.judge(who, http.MethodPost); err != want {
			t.Errorf("a proof of %v ago: %v", age, err)
		}
		if err := person.judge(who, http.MethodPost); err != nil {
			t.Errorf("what needs no fresh proof: %v", err)
		}
		ctx := context.WithValue(t.Context(), callerKey{}, who)
		if err := mayDirect(ctx, trace.RegistryContract); err != want {
			t.Errorf("the directory is changed by the API with a proof of %v ago: %v", age, err)
		}
		if err := mayDirect(ctx, trace.Contract); err != nil {
			t.Errorf("what is no change of the directory: %v", err)
		}
	}
	half := &caller{session: &account.Session{Proved: time.Now(), Needs: account.NeedsCode}}
	if err := proven.judge(half, http.MethodGet); err != errUnfinished {
		t.Errorf("half a sign-in: %v", err)
	}
	program := &caller{identity: &account.Identity{}}
	if err := proven.judge(program, http.MethodGet); ledger.CodeOf(err) != ledger.Forbidden {
		t.Errorf("a program: %v", err)
	}
}

// TestTurnAway: a person is led to what they lack and back to where they were, never
// to another site.
func TestTurnAway(t *testing.T) {
	s := &server{openable: map[string]bool{"/account/codes": true}}
	e := echo.New()
	e.GET("/account/codes", func(echo.Context) error { return nil })
	for _, c := range []struct {
		method, path, referer, accept string
		err                           error
		want                          string // empty where they are told
	}{
		{"GET", "/account/codes?x=1", "", "", errStale, "/prove?next=%2Faccount%2Fcodes%3Fx%3D1"},
		{"GET", "/account/codes", "", "", errNobody, "/signin?next=%2Faccount%2Fcodes"},
		{"GET", "/account/codes", "", "", errUnfinished, "/signin/code?next=%2Faccount%2Fcodes"},
		{"GET", "/account/codes", "", "", errFallen, ""},
		{"GET", "/account/codes", "", "application/json", errNobody, ""},
		{"POST", "/account/codes/off", "https://truyxuat.example/account/codes?lang=vi", "", errStale, "/prove?next=%2Faccount%2Fcodes%3Flang%3Dvi"},
		{"POST", "/account/codes/off", "", "", errStale, "/prove?next=%2Fme"},
		{"POST", "/account/codes/off", "https://evil.example/elsewhere", "", errStale, "/prove?next=%2Fme"},
		{"POST", "/account/codes/off", "https://evil.example//evil.example", "", errStale, "/prove?next=%2Fme"},
		{"POST", "/account/codes/off", "https://truyxuat.example/account/codes", "", errNobody, ""},
		{"POST", "/account/codes/off", "https://truyxuat.example/account/codes", "application/json", errStale, ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Referer", c.referer)
		r.Header.Set("Accept", c.accept)
		rec := httptest.NewRecorder()
		err := s.turnAway(e.NewContext(r, rec), c.err)
		if to := rec.Header().Get("Location"); to != c.want || (c.want == "") != (err == c.err) {
			t.Errorf("%s %s from %q, %v: led to %q, told %v", c.method, c.path, c.referer, c.err, to, err)
		}
	}
}
