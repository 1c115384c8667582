package web

import (
	"html/template"
	"io"
	"net/url"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Account is the overview of somebody's account.
type Account struct {
	Name, Phone, Email string
	ToProve            string // an address that counts for nothing yet
	Language           Lang
	Next               NextStep

	Password                    ledger.Time // when it was set; 0 where there is none
	PIN                         bool        // on this device
	Codes                       bool
	Recovery                    int // codes that are left
	Devices, Passkeys, External int
	Sessions                    int
	CanPasskey, CanExternal     bool // what this site offers
}

// NextStep is what would be good to do next.
type NextStep string

const (
	NextNothing  NextStep = ""
	NextSecond   NextStep = "second"   // an organisation asks for a second factor
	NextContact  NextStep = "contact"  // there is nothing to sign in with or to be reached by
	NextRecovery NextStep = "recovery" // few recovery codes are left
	NextPassword NextStep = "password" // there is neither a password nor a passkey
	NextPasskey  NextStep = "passkey"  // it would be easier
)

// Path is where that is done.
func (n NextStep) Path() string {
	switch n {
	case NextSecond, NextRecovery:
		return "/account/codes"
	case NextContact:
		return "/account/person"
	case NextPassword:
		return "/account/password"
	}
	return "/account/passkeys"
}

// AccountGroup is a part of the overview.
type AccountGroup struct {
	Name string // end of the text key "account.group.…"
	Ways []AccountWay
}

// AccountWay leads to a page of the account and says how things stand there: in the
// words of the texts "account.NAME" and "account.NAME.STATE".
type AccountWay struct {
	Path, Icon, Name, State string
	Value                   any // {n} of the state's text
}

// Groups are the pages of the account.
func (v *Account) Groups() []AccountGroup {
	some := func(n int) string {
		if n == 0 {
			return "none"
		}
		return "some"
	}
	either := func(on bool) string {
		if on {
			return "on"
		}
		return "none"
	}
	ways := []AccountWay{
		{"/account/password", "key", "password", either(v.Password != 0), v.Password},
		{"/account/device", "phone", "device", either(v.PIN), v.Devices},
	}
	if v.CanPasskey || v.Passkeys > 0 {
		ways = append(ways, AccountWay{"/account/passkeys", "seal", "passkeys", some(v.Passkeys), v.Passkeys})
	}
	ways = append(ways, AccountWay{"/account/codes", "shield", "codes", either(v.Codes), v.Recovery})
	if v.CanExternal || v.External > 0 {
		ways = append(ways, AccountWay{"/account/external", "branch", "external", some(v.External), v.External})
	}
	return []AccountGroup{
		{"me", []AccountWay{{"/account/person", "person", "person", string(v.Language), nil}}},
		{"signin", ways},
		{"yours", []AccountWay{
			{"/account/data", "doc", "data", "some", nil}, {"/behalf", "people", "behalf", "some", nil},
			{"/account/keys", "key", "keys", "some", nil}, {"/account/tokens", "branch", "tokens", "some", nil},
		}},
		{"watch", []AccountWay{{"/account/sessions", "people", "sessions", "some", v.Sessions}, {"/account/history", "doc", "history", "some", nil}}},
	}
}

// Account writes the page.
func (p *Pages) Account(w io.Writer, r Reader, v *Account) error { return p.desk(w, r, "account", v) }

// Person is the page on which somebody changes what they told of themself.
type Person struct {
	Form    Form
	ToProve string // the address that nobody showed yet to be theirs; empty where there is none
	Counts  string // the one that counts as long; empty where there is none
	Mail    bool   // this node sends letters
}

// PersonForm is the form as it stands before anything is typed.
func PersonForm(name, number, email string, l Lang) Form {
	return Form{Values: url.Values{"name": {name}, "phone": {phone(number)}, "email": {email}, "language": {string(l)}}}
}

// Person writes the page.
func (p *Pages) Person(w io.Writer, r Reader, v *Person) error { return p.desk(w, r, "person", v) }

// Address is the page behind a link that was sent to an address.
type Address struct {
	Name, Email string
	Taken       bool // another account proved it
}

// Address writes the page.
func (p *Pages) Address(w io.Writer, r Reader, v *Address) error { return p.desk(w, r, "address", v) }

// languages are the site's, as the values of a field.
func languages(w words) (all []Option) {
	for _, l := range Languages {
		all = append(all, Option{Value: string(l), Text: w.must("language." + string(l))})
	}
	return all
}

// Password is the page on which somebody sets a password.
type Password struct {
	Form     Form
	Username string // for password managers
	Has      bool   // there is one already
}

// Password writes the page.
func (p *Pages) Password(w io.Writer, r Reader, v *Password) error {
	return p.scripted(w, r, "password", accountScript, v)
}

// Sessions is the list of browsers in which somebody is signed in.
type Sessions struct{ Sessions []Session }

// Session is one of them.
type Session struct {
	ID, Browser, Method string
	Made, Used          ledger.Time
	This                bool
}

// Sessions writes the page.
func (p *Pages) Sessions(w io.Writer, r Reader, v *Sessions) error {
	return p.desk(w, r, "sessions", v)
}

// History is what happened to an account, the newest first.
type History struct {
	Events []Happened
	More   bool // there are older ones
}

// Happened is one line of it.
type Happened struct {
	What                   string // end of the text key "history.…"
	At                     ledger.Time
	Method, Link, Name, By string
	Org                    trace.Text
	Browser, Address       string
}

// Care reports whether the line is one to look at twice.
func (h Happened) Care() bool {
	switch h.What {
	case "sign_in_failed", "pin_blocked", "codes_off", "recovery_code_used", "passkey_removed":
		return true
	}
	return false
}

// History writes the page.
func (p *Pages) History(w io.Writer, r Reader, v *History) error { return p.desk(w, r, "history", v) }

// Device is the page of the devices that are known.
type Device struct {
	Form    Form
	This    bool // this device is known
	PIN     bool // and has a PIN
	Devices []KnownDevice
}

// KnownDevice is one of them.
type KnownDevice struct {
	ID, Name    string
	Added, Used ledger.Time
	PIN, This   bool
}

// Device writes the page.
func (p *Pages) Device(w io.Writer, r Reader, v *Device) error {
	return p.scripted(w, r, "device", accountScript, v)
}

// Passkeys is the page of somebody's passkeys.
type Passkeys struct {
	Form     Form
	Can      bool // this site takes more
	Name     string
	Passkeys []Passkey
}

// Passkey is one of them.
type Passkey struct {
	ID, Name    string
	Added, Used ledger.Time
}

// Passkeys writes the page.
func (p *Pages) Passkeys(w io.Writer, r Reader, v *Passkeys) error {
	return p.scripted(w, r, "passkeys", accountScript, v)
}

// Codes is the page of an account's second factor.
type Codes struct {
	Form     Form
	On       bool
	Recovery int  // codes that are left
	Asked    bool // an organisation asks for a second factor
	Passkeys int
}

// Codes writes the page.
func (p *Pages) Codes(w io.Writer, r Reader, v *Codes) error { return p.desk(w, r, "codes", v) }

// App is the page on which somebody sets up an authenticator app.
type App struct {
	Form     Form
	Action   string // where the form goes
	Next     string // where they wanted to go; empty when they came for this
	Enrol    bool   // an organisation asks for it before they go on
	Passkey  bool   // and takes a passkey instead
	Name     string // of this browser, for a passkey
	Remember bool
	QR       QR
	Secret   string
	Address  string // that opens the app on the same phone
}

// App writes the page.
func (p *Pages) App(w io.Writer, r Reader, v *App) error {
	return p.scripted(w, r, "app", accountScript, v)
}

// Groups are the secret in groups of four, to be typed.
func (v *App) Groups() (all []string) {
	for s := v.Secret; s != ""; {
		n := min(4, len(s))
		all, s = append(all, s[:n]), s[n:]
	}
	return all
}

// Opens is the app's address; the package wrote it, so it is no script.
func (v *App) Opens() template.URL { return template.URL(v.Address) }

// Recovery is the page that shows recovery codes, once.
type Recovery struct {
	Codes []string
	Next  string
	Whose string
}

// Recovery writes the page.
func (p *Pages) Recovery(w io.Writer, r Reader, v *Recovery) error {
	return p.once(w, r, "recovery", accountScript, v)
}

// External is the page of the sign-ins elsewhere that are linked.
type External struct {
	Form      Form
	Linked    []LinkedSignIn
	Providers []Provider // that can be linked
}

// LinkedSignIn is one of them.
type LinkedSignIn struct {
	ID, Provider, Name string
	Linked, Used       ledger.Time
}

// External writes the page.
func (p *Pages) External(w io.Writer, r Reader, v *External) error {
	return p.desk(w, r, "external", v)
}

// accountScript is the script of these pages: passkeys, showing a password,
// printing.
const accountScript = "account.js"
