package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/sheets"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestDecider: who decides is an administrator at the operator's who proved a moment
// ago who they are; whoever is not is told so before they prove anything.
func TestDecider(t *testing.T) {
	proved := func(ago time.Duration) *account.Session { return &account.Session{Proved: time.Now().Add(-ago)} }
	who := func(x *account.Session, kind ledger.Kind, roles ...ledger.Role) *caller {
		return &caller{person: &account.Account{}, session: x, identity: &account.Identity{}, authority: authority{Kind: kind, Roles: roles}}
	}
	for name, c := range map[string]struct {
		who  *caller
		want error
	}{
		"fresh":              {who(proved(0), ledger.KindOperator, ledger.RoleAdmin), nil},
		"almost stale":       {who(proved(account.StepUp-time.Minute), ledger.KindOperator, ledger.RoleAdmin), nil},
		"stale":              {who(proved(account.StepUp+time.Second), ledger.KindOperator, ledger.RoleAdmin), errStale},
		"a program":          {who(nil, ledger.KindOperator, ledger.RoleAdmin), errProgram},
		"nobody":             {&caller{}, errNobody},
		"half signed in":     {&caller{session: &account.Session{Needs: account.NeedsCode, Proved: time.Now()}}, errUnfinished},
		"of no organisation": {&caller{person: &account.Account{}, session: proved(0)}, errStranger},
		"suspended":          {who(proved(0), ""), errFallen},
		"stale and a coop's": {who(proved(time.Hour), ledger.KindCoop, ledger.RoleAdmin), ledger.Errorf(ledger.Forbidden, "this is for the register's operator")},
		"stale, no admin":    {who(proved(time.Hour), ledger.KindOperator, ledger.RoleRecorder), ledger.Errorf(ledger.Forbidden, "this needs the role %q in an organisation in good standing", ledger.RoleAdmin)},
	} {
		got := decider.judge(c.who, http.MethodPost)
		if got == nil && c.want == nil {
			continue
		}
		if got == nil || c.want == nil || got.Error() != c.want.Error() {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if err := proven.judge(&caller{person: &account.Account{}, session: proved(time.Hour)}, http.MethodGet); !errors.Is(err, errStale) {
		t.Errorf("a person's stale proof: %v", err)
	}
}

// TestStaleForm: whose proof went stale over a form proves again, and comes back to
// the page of the form: at its own address where it has one, or else where it stood.
func TestStaleForm(t *testing.T) {
	const form, page = "/desk/organisations/:id/suspend", "/desk/lists"
	for path, want := range map[string]string{
		form:          "/prove?next=%2Fdesk%2Forganisations%2F1%2Fsuspend%3Fx%3Dy",
		"/desk/other": "/prove?next=%2Fdesk%2Flists",
	} {
		e := echo.New()
		for _, known := range []string{form, page} {
			e.GET(known, func(echo.Context) error { return nil })
		}
		s := &server{openable: map[string]bool{form: true, page: true}}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/desk/organisations/1/suspend?x=y", nil)
		r.Header.Set("Referer", "https://truyxuat.example"+page)
		c := e.NewContext(r, w)
		c.SetPath(path)
		if err := s.turnAway(c, errStale); err != nil || w.Header().Get("Location") != want {
			t.Errorf("%s leads to %q, %v", path, w.Header().Get("Location"), err)
		}
		if err := s.turnAway(c, errNobody); err != errNobody {
			t.Errorf("a form of nobody's: %v", err)
		}
	}
}

// TestHarmless: no cell of ours is a formula to a spreadsheet.
func TestHarmless(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Gửi nhầm": "Gửi nhầm", "5 - 3": "5 - 3", "=1+1": "'=1+1", "+84": "'+84", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "%0A": "'%0A",
	} {
		if got := sheets.Harmless(cell); got != want {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
}

func TestBilingual(t *testing.T) {
	for summary, want := range map[string]trace.Text{
		"Kết nạp 1 tổ chức (admit 1 organisations)":        {VI: "Kết nạp 1 tổ chức", EN: "Admit 1 organisations"},
		"Ghi sổ 2 sự kiện (record 2 events): 2 harvesting": {VI: "Ghi sổ 2 sự kiện", EN: "Record 2 events"},
		"in one language": {VI: "in one language"},
		"cut off (like":   {VI: "cut off (like"},
		"nothing in ()":   {VI: "nothing in ()"},
	} {
		if got := bilingual(summary); got != want {
			t.Errorf("%q is %+v", summary, got)
		}
	}
}

func TestCompare(t *testing.T) {
	one := func(code, name string) trace.ListEntry {
		return trace.ListEntry{Code: code, Name: trace.Text{VI: name}}
	}
	var v web.DeskPreview
	compare(&v, []trace.ListEntry{one("a", "x"), one("b", "y"), one("c", "z")}, []trace.ListEntry{one("c", "z"), one("b", "another"), one("d", "new")})
	want := web.DeskPreview{
		Added:   web.DeskChange{Count: 1, First: []trace.ListEntry{one("d", "new")}},
		Changed: web.DeskChange{Count: 1, First: []trace.ListEntry{one("b", "another")}},
		Removed: web.DeskChange{Count: 1, First: []trace.ListEntry{one("a", "x")}},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("%+v", v)
	}
}
