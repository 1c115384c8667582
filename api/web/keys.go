package web

import (
	"io"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Key is a key that signs for somebody.
type Key struct {
	Address string
	Member  string
	Org     trace.Text
	Custody string // the end of a text key "key.…"
	Actions []string
	Made    ledger.Time
	Until   ledger.Time // zero for never
	Retired ledger.Time // zero while it is not
	Why     string      // it was ended; empty where another took its place
	Active  bool        // on the register
}

// May are what a device's key is for, as ends of text keys "may.…".
func (k Key) May() (list []string) { return mays(k.Actions) }

func mays(actions []string) (list []string) {
	for _, a := range actions {
		list = append(list, strings.ReplaceAll(a, "/", "."))
	}
	return list
}

// Keys is the page of somebody's keys, the newest first.
type Keys struct {
	Acting bool // they have one to sign with
	List   []Key
}

// Keys writes the page.
func (p *Pages) Keys(w io.Writer, r Reader, v *Keys) error { return p.desk(w, r, "keys", v) }

// AskKey is the form of a change of keys.
type AskKey struct {
	Form    Form
	What    string // rotate, wallet or device
	Members []Membership
	Actions []string // that a device may be let do
}

// keyLives are how many days a device's key may last; empty is until it is revoked.
var keyLives = []string{"30", "90", "365"}

// AskKey writes the page.
func (p *Pages) AskKey(w io.Writer, r Reader, v *AskKey) error {
	var actions []Option
	for i, text := range mays(v.Actions) {
		actions = append(actions, Option{Value: v.Actions[i], Text: p.text(r.Lang, "may."+text)})
	}
	return p.desk(w, r, "key."+v.What, struct {
		*AskKey
		Orgs, Kinds, Lives []Option
	}{v, p.memberships(r.Lang, v.Members), actions, p.choices(r.Lang, "life.", keyLives...)})
}

// BindKey is the page on which a key's holder signs that it is theirs.
type BindKey struct {
	Form    Form
	Custody string // wallet or device
	Actions []string
	Nonce   string
	Typed   string      // EIP-712 typed data, JSON
	Until   ledger.Time // when it is too late
}

// May is as of a [Key].
func (v *BindKey) May() []string { return mays(v.Actions) }

// BindKey writes the page.
func (p *Pages) BindKey(w io.Writer, r Reader, v *BindKey) error {
	return p.scripted(w, r, "bind", "wallet.js", v)
}

// AboutKey is a page about one key.
type AboutKey struct {
	Form Form
	Key  Key
}

// EnterKey writes the page on which a key that waits is put on the register.
func (p *Pages) EnterKey(w io.Writer, r Reader, v *AboutKey) error {
	return p.desk(w, r, "key.enter", v)
}

// RevokeKey writes the page on which a key is ended.
func (p *Pages) RevokeKey(w io.Writer, r Reader, v *AboutKey) error {
	return p.desk(w, r, "key.revoke", v)
}

// Sign is the page on which somebody signs what they are about to record.
type Sign struct {
	Form        Form
	Next        string // when it is signed
	Back        string // when it is not
	Summary     string
	Items       [][]Said
	Until       ledger.Time // when it is too late
	Signer      string      // address of the key
	Transaction string      // JSON
	Typed       string      // EIP-712 typed data, JSON
}

// Said is one thing that a record says: values, below the names that lead to them.
type Said struct {
	Names  []string
	Values []string
	Org    trace.Text // the name of the organisation that the value is the number of
}

// said writes the values in words, where there are any for them.
func (w words) said(s Said) string {
	if name := s.Org.In(string(w.lang)); name != "" {
		return name
	}
	if len(s.Names) == 0 {
		return strings.Join(s.Values, ", ")
	}
	prefix := map[string]string{"roles": "role.", "kind": "kind.", "audience": "audience.", "actions": "may.", "unit": "unit."}[s.Names[len(s.Names)-1]]
	list := make([]string, len(s.Values))
	for i, v := range s.Values {
		list[i] = v
		if prefix != "" {
			list[i] = w.known(prefix+strings.ReplaceAll(v, "/", "."), v)
		}
	}
	return strings.Join(list, ", ")
}

// Sign writes the page.
func (p *Pages) Sign(w io.Writer, r Reader, v *Sign) error {
	return p.scripted(w, r, "sign", "wallet.js", v)
}
