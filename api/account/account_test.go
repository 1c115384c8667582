package account

import (
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/ledger"
)

var (
	master   = MasterKey(sha256.Sum256([]byte("master")))
	register = ledger.Hash(sha256.Sum256([]byte("register")))
	anybody  = From{Address: netip.MustParseAddr("203.0.113.7"), Agent: "Mozilla/5.0 (Linux; Android 14)"}
)

const (
	good    = "vườn vải bà Năm"
	another = "suối mơ chảy ngược"
)

// clock is the store's time in a test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// site is a store with a clock that a test moves, and cheap passwords.
type site struct {
	*Store
	clock *clock
	dir   string
}

func open(t testing.TB) *site { return reopen(t, t.TempDir(), &clock{at: time.Now()}) }

func reopen(t testing.TB, dir string, c *clock) *site {
	t.Helper()
	s, err := Open(dir, master, register, password.LeastCost)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	s.now = c.now
	return &site{s, c, dir}
}

// restart closes a store and opens it again.
func (s *site) restart(t testing.TB) *site {
	t.Helper()
	must(t, s.Close())
	return reopen(t, s.dir, s.clock)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails checks an error's code, and that it holds no secret.
func fails(t testing.TB, err error, want ledger.Code, secrets ...string) {
	t.Helper()
	if err == nil || ledger.CodeOf(err) != want {
		t.Errorf("%v, want %s", err, want)
		return
	}
	for _, s := range secrets {
		if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
}

var hoa = Person{Name: "Trần Thị Hoa", Phone: "0912 345 678", Email: "Hoa@HTX.vn"}

// account makes an account with a password.
func (s *site) account(t testing.TB, p Person) Account {
	t.Helper()
	a, err := s.Create(t.Context(), p, anybody)
	must(t, err)
	must(t, s.SetPassword(t.Context(), a.ID, good, "", anybody))
	return a
}

// signIn begins a session by password.
func (s *site) signIn(t testing.TB, identifier string) Grant {
	t.Helper()
	g, err := s.SignIn(t.Context(), identifier, good, anybody)
	must(t, err)
	return g
}

// happened returns what is in an account's history, the newest first.
func (s *site) happened(t testing.TB, id ledger.ID) (all []What) {
	t.Helper()
	events, err := s.History(t.Context(), id)
	must(t, err)
	for _, e := range events {
		all = append(all, e.What)
	}
	return all
}

func TestPeople(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a, err := s.Create(ctx, hoa, anybody)
	must(t, err)
	if a.Phone != "+84912345678" || a.Email != "hoa@htx.vn" || a.Language != "vi" || a.Name != hoa.Name {
		t.Errorf("%+v", a)
	}
	for _, p := range []Person{
		{Name: "B", Phone: "+84 912 345 678"}, {Name: "B", Email: "HOA@htx.VN"},
	} {
		_, err := s.Create(ctx, p, anybody)
		fails(t, err, ledger.Conflict, "912", "hoa@")
	}
	for field, p := range map[string]Person{
		"name": {Name: " "}, "phone": {Name: "B", Phone: "12"}, "email": {Name: "B", Email: "b"}, "language": {Name: "B", Language: "e"},
	} {
		_, err := s.Create(ctx, p, anybody)
		var e *ledger.Error
		if fails(t, err, ledger.Invalid); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%v, want the field %s", err, field)
		}
	}
	for _, identifier := range []string{"0912345678", "+84912345678", "hoa@htx.vn"} {
		if got, err := s.Lookup(ctx, identifier); err != nil || got.ID != a.ID {
			t.Errorf("%s: %v, %v", identifier, got.ID, err)
		}
	}
	if _, err := s.SetPerson(ctx, a.ID, Person{Name: "Hoa", Phone: "0987654321", Language: "en"}, anybody); err != nil {
		t.Fatal(err)
	}
	b := s.restart(t)
	if got, err := b.Account(ctx, a.ID); err != nil || got.Phone != "+84987654321" || got.Email != "" || got.Language != "en" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = b.Lookup(ctx, "0912345678")
	fails(t, err, ledger.NotFound)
	if _, err := b.Create(ctx, Person{Name: "B", Phone: "0912345678"}, anybody); err != nil {
		t.Errorf("a number that was given back is not free: %v", err)
	}
	_, err = b.SetPerson(ctx, a.ID, Person{Name: "Hoa", Phone: "0912345678"}, anybody)
	fails(t, err, ledger.Conflict)
	_, err = b.Account(ctx, ledger.NewID())
	fails(t, err, ledger.NotFound)
}

func TestParsePhone(t *testing.T) {
	for in, want := range map[string]string{
		"0912345678": "+84912345678", " 0912 345 678 ": "+84912345678", "(+84) 912-345-678": "+84912345678", "+84 912.345.678": "+84912345678",
		"84912345678": "+84912345678", "0084912345678": "+84912345678", "+840912345678": "+84912345678", "02043123456": "+842043123456",
		"+14155552671": "+14155552671", "0812345678": "+84812345678", "": "", "912345678": "", "0112345678": "", "091234567": "",
		"09123456789012": "", "+0123456789": "", "+1": "", "0912345678x": "", "+1234567890123456": "", "٠٩١٢٣٤٥٦٧٨": "",
	} {
		got, err := ParsePhone(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", in, got, err, want)
		}
	}
}

func FuzzParsePhone(f *testing.F) {
	f.Add("0912 345 678")
	f.Add("+84 (0)912 345 678")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePhone(s); err == nil {
			if again, err := ParsePhone(p); again != p || err != nil {
				t.Errorf("%q is %q, which is %q, %v", s, p, again, err)
			}
		}
	})
}

func TestParseEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Hoa@HTX.vn ": "hoa@htx.vn", "a.b+c@x.co": "a.b+c@x.co", "hoa@bưởi.vn": "hoa@xn--bi-d0a8990a.vn",
		"": "", "hoa": "", "@x.vn": "", "hoa@": "", "hoa@vn": "", "a b@x.vn": "", "Hoa <hoa@x.vn>": "", "a@b@x.vn": "",
		strings.Repeat("a", 250) + "@x.vn": "", "a\x00b@x.vn": "", "hoa@-x-.vn": "",
	} {
		got, err := ParseEmail(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", in, got, err, want)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	f.Add("Hoa@HTX.vn")
	f.Add("hoa@bưởi.vn")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParseEmail(s); err == nil {
			if again, err := ParseEmail(p); again != p || err != nil {
				t.Errorf("%q is %q, which is %q, %v", s, p, again, err)
			}
		}
	})
}

func FuzzHandle(f *testing.F) {
	f.Add(newHandle(ledger.ID{1}).String())
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if h, ok := parseHandle(s); ok && h.String() != s {
			t.Errorf("%q has two spellings", s)
		}
	})
}

// TestHistory: lines are bounded, failures apart from the rest.
func TestHistory(t *testing.T) {
	s := open(t)
	a := s.account(t, hoa)
	for range maxFailures + 20 {
		_, err := s.SignIn(t.Context(), hoa.Phone, "wrong", anybody)
		fails(t, err, ledger.Unauthenticated)
		s.clock.pass(time.Second)
		must(t, s.vaultPardon(a.ID))
	}
	p := hoa
	for range maxEvents + 20 {
		_, err := s.SetPerson(t.Context(), a.ID, p, anybody)
		must(t, err)
		s.clock.pass(time.Second)
	}
	count := map[What]int{}
	for _, w := range s.happened(t, a.ID) {
		count[w]++
	}
	if count[SignInFailed] != maxFailures || count[PersonChanged] != maxEvents {
		t.Errorf("%v", count)
	}
	events, err := s.History(t.Context(), a.ID)
	must(t, err)
	if e := events[0]; e.What != PersonChanged || e.Address != "203.0.113.7" || e.Agent != anybody.Agent {
		t.Errorf("%+v", e)
	}
}
