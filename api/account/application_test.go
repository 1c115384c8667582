package account

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// coop is a dossier that lacks nothing.
var coop = Dossier{
	Kind: ledger.KindCoop, Name: ledger.Text{VI: "Hợp tác xã Vải thiều Kiên Lao"}, Number: "2400123456", Address: "Thôn Hố Bông",
	Commune: "07561", Phone: "0912 000 111", About: "Ba mươi hộ trồng vải.", Codes: IssuedCodes,
}

// sent makes an application that is with the operator.
func (s *site) sent(t testing.TB, account ledger.ID) Application {
	t.Helper()
	a, err := s.NewApplication(t.Context(), account, coop)
	must(t, err)
	a, err = s.SendApplication(t.Context(), account, a.Org, anybody)
	must(t, err)
	return a
}

// decide brings an application that was sent to an end.
func (s *site) decided(t testing.TB, a Application, to ApplicationState) Application {
	t.Helper()
	_, err := s.ChooseDecision(t.Context(), a.Org, a.Hash(), Decision{State: to, Reason: "vì thế"}, From{By: ledger.ID{9}})
	must(t, err)
	a, err = s.FinishDecision(t.Context(), a.Org, 7)
	must(t, err)
	return a
}

// TestApplicationStates: every step from every state, legal and not.
func TestApplicationStates(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var who Account
	reach := map[ApplicationState]func() Application{
		Draft: func() Application {
			a, err := s.NewApplication(ctx, who.ID, coop)
			must(t, err)
			return a
		},
		Sent:     func() Application { return s.sent(t, who.ID) },
		Admitted: func() Application { return s.decided(t, s.sent(t, who.ID), Admitted) },
		Refused:  func() Application { return s.decided(t, s.sent(t, who.ID), Refused) },
	}
	steps := map[string]func(a Application) (Application, error){
		"save": func(a Application) (Application, error) {
			d := a.Dossier
			d.About += " Và nhãn."
			return s.SaveApplication(ctx, who.ID, a.Org, d)
		},
		"attach": func(a Application) (Application, error) {
			return s.AttachDocument(ctx, who.ID, a.Org, Document{CID: "c", Name: "giấy.pdf"})
		},
		"send":     func(a Application) (Application, error) { return s.SendApplication(ctx, who.ID, a.Org, anybody) },
		"withdraw": func(a Application) (Application, error) { return s.WithdrawApplication(ctx, who.ID, a.Org) },
		"drop":     func(a Application) (Application, error) { return s.DropApplication(ctx, who.ID, a.Org) },
		"admit": func(a Application) (Application, error) {
			return s.ChooseDecision(ctx, a.Org, a.Hash(), Decision{State: Admitted, Reason: "đủ"}, From{})
		},
		"admit another": func(a Application) (Application, error) {
			return s.ChooseDecision(ctx, a.Org, ledger.Hash{1}, Decision{State: Admitted, Reason: "đủ"}, From{})
		},
	}
	const no = ApplicationState("")
	for from, want := range map[ApplicationState]map[string]ApplicationState{
		Draft:    {"save": Draft, "attach": Draft, "send": Sent, "withdraw": no, "drop": Draft, "admit": no, "admit another": no},
		Sent:     {"save": no, "attach": no, "send": Sent, "withdraw": Draft, "drop": no, "admit": Sent, "admit another": no},
		Admitted: {"save": no, "attach": no, "send": no, "withdraw": no, "drop": no, "admit": no, "admit another": no},
		Refused:  {"save": Draft, "attach": Draft, "send": no, "withdraw": no, "drop": no, "admit": no, "admit another": no},
	} {
		for step, state := range want {
			who = s.account(t, Person{Name: "N", Email: strings.ReplaceAll(step, " ", "-") + "@" + string(from) + ".example"})
			a := reach[from]()
			got, err := steps[step](a)
			switch {
			case state == no && err == nil:
				t.Errorf("%s from %s is allowed", step, from)
			case state == no:
				if got, err := s.Application(ctx, who.ID, a.Org); err != nil || got.State != from {
					t.Errorf("%s from %s: %s, %v", step, from, got.State, err)
				}
			case err != nil || got.State != state:
				t.Errorf("%s from %s: %s, %v; want %s", step, from, got.State, err, state)
			}
		}
	}
}

func TestApplicationIsItsApplicants(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	who, other := s.account(t, hoa), s.account(t, Person{Name: "B", Phone: "0987654321"})
	a, err := s.NewApplication(ctx, who.ID, coop)
	must(t, err)
	for name, try := range map[string]func() error{
		"read":     func() error { _, err := s.Application(ctx, other.ID, a.Org); return err },
		"save":     func() error { _, err := s.SaveApplication(ctx, other.ID, a.Org, coop); return err },
		"send":     func() error { _, err := s.SendApplication(ctx, other.ID, a.Org, anybody); return err },
		"withdraw": func() error { _, err := s.WithdrawApplication(ctx, other.ID, a.Org); return err },
		"attach":   func() error { _, err := s.AttachDocument(ctx, other.ID, a.Org, Document{}); return err },
		"drop":     func() error { _, err := s.DropApplication(ctx, other.ID, a.Org); return err },
		"operator": func() error { _, err := s.ApplicationOf(ctx, a.Org); return err },
		"unknown":  func() error { _, err := s.ApplicationOf(ctx, ledger.NewID()); return err },
	} {
		fails(t, try(), ledger.NotFound, name)
	}
}

// TestApplicationSent: the member and key are made once; what was refused does not
// come back as it was; the hash tells nothing that could be guessed.
func TestApplicationSent(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	who := s.account(t, hoa)
	a := s.sent(t, who.ID)
	if a.Member.IsZero() || a.Key.IsZero() || a.Dossier.Phone != "+84912000111" {
		t.Errorf("%+v", a)
	}
	b := a
	b.Salt = ledger.Hash{}
	if b.Hash() == a.Hash() {
		t.Error("the salt is not in the hash")
	}
	a = s.decided(t, a, Refused)
	if last, ok := a.Last(); !ok || last.Reason != "vì thế" || last.Entry != 7 || last.By != (ledger.ID{9}) {
		t.Errorf("%+v", a.Decisions)
	}
	_, err := s.SendApplication(ctx, who.ID, a.Org, anybody)
	fails(t, err, ledger.Conflict)
	d := a.Dossier
	d.Note = "Đã bổ sung."
	_, err = s.SaveApplication(ctx, who.ID, a.Org, d)
	must(t, err)
	again, err := s.SendApplication(ctx, who.ID, a.Org, anybody)
	must(t, err)
	if again.Member != a.Member || again.Key != a.Key || again.Hash() == a.Hash() {
		t.Errorf("%+v", again)
	}
	for range 2 { // finishing may be repeated
		again = s.decided1(t, again)
	}
	if len(again.Decisions) != 2 || again.State != Admitted {
		t.Errorf("%+v", again)
	}
}

func (s *site) decided1(t testing.TB, a Application) Application {
	t.Helper()
	if a.State == Sent {
		return s.decided(t, a, Admitted)
	}
	a, err := s.FinishDecision(t.Context(), a.Org, 8)
	must(t, err)
	return a
}

// TestApplicationsIn: the operator's lists hold each application once, in the list of
// its state, and page through all.
func TestApplicationsIn(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var all []Application
	for i := range 7 {
		s.clock.pass(time.Second)
		all = append(all, s.sent(t, s.account(t, Person{Name: "N", Phone: fmt.Sprintf("091200000%d", i)}).ID))
	}
	read := func(state ApplicationState) (orgs []ledger.ID) {
		for page := ""; ; {
			some, next, err := s.ApplicationsIn(ctx, state, page, 2)
			must(t, err)
			for _, a := range some {
				orgs = append(orgs, a.Org)
			}
			if page = next; page == "" {
				return orgs
			}
		}
	}
	var want []ledger.ID
	for _, a := range all {
		want = append(want, a.Org)
	}
	if got := read(Sent); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, a := range all[:3] {
		s.clock.pass(time.Second)
		s.decided(t, a, Refused)
	}
	if got := read(Refused); !slices.Equal(got, []ledger.ID{want[2], want[1], want[0]}) {
		t.Errorf("refused: %v", got)
	}
	if got := read(Sent); !slices.Equal(got, want[3:]) {
		t.Errorf("sent: %v", got)
	}
	for _, page := range []string{"-1", "x"} {
		_, _, err := s.ApplicationsIn(ctx, Sent, page, 2)
		fails(t, err, ledger.Invalid, page)
	}
	_, _, err := s.ApplicationsIn(ctx, Draft, "", 2)
	fails(t, err, ledger.Invalid)
}

func TestDossier(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*Dossier)
		missing string
	}{
		"whole":               {func(*Dossier) {}, ""},
		"empty":               {func(d *Dossier) { *d = Dossier{} }, "kind name commune phone codes"},
		"household":           {func(d *Dossier) { d.Kind, d.Number, d.Address, d.About = ledger.KindHousehold, "", "", "" }, ""},
		"no number":           {func(d *Dossier) { d.Number = "" }, "number"},
		"an agency has none":  {func(d *Dossier) { d.Kind, d.Number = ledger.KindAgency, "" }, ""},
		"phone that is none":  {func(d *Dossier) { d.Phone = "abc" }, "phone"},
		"prefix without":      {func(d *Dossier) { d.Codes = GS1Codes }, "gs1 licence"},
		"prefix in words":     {func(d *Dossier) { d.Codes, d.GS1, d.Licence = GS1Codes, "893 5001", "Giấy chứng nhận số 1" }, ""},
		"prefix with a paper": {func(d *Dossier) { d.Codes, d.GS1, d.Documents = GS1Codes, "893-5001", []Document{{}} }, ""},
		"prefix of letters":   {func(d *Dossier) { d.Codes, d.GS1, d.Licence = GS1Codes, "89A5", "x" }, "gs1"},
	} {
		d := coop
		c.change(&d)
		documents := d.Documents
		d, err := d.Parse()
		must(t, err)
		d.Documents = documents
		if got := strings.Join(d.Missing(), " "); got != c.missing {
			t.Errorf("%s: missing %q, want %q", name, got, c.missing)
		}
	}
	for name, change := range map[string]func(*Dossier){
		"operator": func(d *Dossier) { d.Kind = ledger.KindOperator },
		"no kind":  func(d *Dossier) { d.Kind = "bank" },
		"codes":    func(d *Dossier) { d.Codes = "mine" },
		"control":  func(d *Dossier) { d.Name.VI = "a\x00b" },
		"long":     func(d *Dossier) { d.About = strings.Repeat("ư", 1001) },
	} {
		d := coop
		change(&d)
		if _, err := d.Parse(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
