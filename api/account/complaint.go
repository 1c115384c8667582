package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Complaint is what a shopper, who needs no account, reports about a code: to the
// organisation that answers for it, and to agencies where food may be unsafe. How the
// reporter is reached, and the photo, are kept beside it and go by themselves.
type Complaint struct {
	Ref    string    `json:"ref"` // as ParseRef gives it
	Secret []byte    `json:"secret"`
	Of     string    `json:"of"` // identifier on the label
	Org    ledger.ID `json:"org"`
	What   Matter    `json:"what"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`

	Parts   int  `json:"parts,omitempty"`   // of the photo
	Contact bool `json:"contact,omitempty"` // the reporter may be reached

	Handed *time.Time `json:"handed,omitempty"` // since when agencies see it
	Seen   *time.Time `json:"seen,omitempty"`   // when the organisation first opened it
	Closed *time.Time `json:"closed,omitempty"`
	Notes  []Answer   `json:"notes,omitempty"`
}

// Answer is what an organisation says to the reporter.
type Answer struct {
	At   time.Time `json:"at"`
	By   ledger.ID `json:"by"`  // account
	Org  ledger.ID `json:"org"` // that they acted for
	Text string    `json:"text"`
}

// Matter is what is wrong.
type Matter string

// Matters, in the order of the form.
const (
	MatterUnsafe   Matter = "unsafe"   // food that may do harm
	MatterSick     Matter = "sick"     // it did
	MatterFake     Matter = "fake"     // label or goods
	MatterMismatch Matter = "mismatch" // the page is not about this
	MatterOther    Matter = "other"
)

var Matters = []Matter{MatterUnsafe, MatterSick, MatterFake, MatterMismatch, MatterOther}

// Urgent reports whether agencies see it at once.
func (m Matter) Urgent() bool { return m == MatterUnsafe || m == MatterSick }

// State says where it stands: new, seen, answered, closed.
func (c Complaint) State() string {
	switch {
	case c.Closed != nil:
		return "closed"
	case len(c.Notes) > 0:
		return "answered"
	case c.Seen != nil:
		return "seen"
	}
	return "new"
}

// Gone is when the reporter's contact and photo go; they are there until then.
func (c Complaint) Gone() time.Time {
	if c.Closed != nil {
		return c.Closed.Add(ForgetReporter)
	}
	return c.At.Add(complaintOpen)
}

// Limits of a complaint. Of one that nobody closes, contact and photo go at last, too.
const (
	ForgetReporter = 30 * 24 * time.Hour
	complaintOpen  = 2 * 365 * 24 * time.Hour
	complaintLife  = 5 * 365 * 24 * time.Hour

	MaxComplaintText = 2000 // characters
	maxContact       = 200
	maxAnswers       = 50
	maxComplaints    = 5000     // of an organisation
	photoPart        = 45 << 10 // bytes; a record of the vault holds 64 KiB of base64 and less
)

// References and secrets are typed by people: no I, L, O or U in them.
const (
	typedAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	refLength     = 8
	secretLength  = 16 // 80 bits
)

func drawTyped(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = typedAlphabet[b[i]%32]
	}
	return string(b)
}

// parseTyped reads what drawTyped drew, however it was typed.
func parseTyped(s string, n int) (string, bool) {
	s = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(s)))
	return s, len(s) == n && strings.Trim(s, typedAlphabet) == ""
}

// ParseRef reads a complaint's reference, or says that there is none such.
func ParseRef(s string) (string, error) {
	ref, ok := parseTyped(s, refLength)
	if !ok {
		return "", errNoComplaint
	}
	return ref, nil
}

var errNoComplaint = ledger.FieldErrorf(ledger.NotFound, "ref", "there is no such report")

// Spaced writes a reference or a secret as people read it: in groups of four.
func Spaced(s string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func complaintKey(ref string) []byte { return nodeKey(complaintKind, []byte(ref)...) }
func photoKey(ref string, part int) []byte {
	return append(nodeKey(photoKind, []byte(ref)...), byte(part))
}

// Filed is what a reporter tells.
type Filed struct {
	Of      string // identifier
	Lot     string // by which complaints are bounded
	Org     ledger.ID
	What    Matter
	Text    string
	Contact string // telephone, mail or anything; may be empty
	Photo   []byte // cleaned; may be nil
}

func (f Filed) parse() (Filed, error) {
	if !slices.Contains(Matters, f.What) {
		return f, ledger.FieldErrorf(ledger.Invalid, "matter", "is not chosen")
	}
	for _, x := range []struct {
		name string
		text *string
		most int
	}{{"words", &f.Text, MaxComplaintText}, {"contact", &f.Contact, maxContact}} {
		*x.text = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(*x.text, "\r\n", "\n")))
		if !utf8.ValidString(*x.text) || utf8.RuneCountInString(*x.text) > x.most {
			return f, ledger.FieldErrorf(ledger.TooLarge, x.name, "has more than %d characters", x.most)
		}
	}
	if f.Text == "" {
		return f, ledger.FieldErrorf(ledger.Invalid, "words", "is empty")
	}
	return f, nil
}

// File takes a complaint and returns it with the secret by which its reporter reads
// what became of it, which is not kept. Who files many, or about one lot, has to wait.
func (s *Store) File(_ context.Context, f Filed, from From) (c Complaint, secret string, err error) {
	if f, err = f.parse(); err != nil {
		return c, "", err
	}
	if _, err = s.attempt(complaintLimit, f.Lot, from); err != nil {
		return c, "", err
	}
	now := s.time()
	secret = drawTyped(secretLength)
	c = Complaint{Ref: drawTyped(refLength), Secret: sum([]byte(secret)), Of: f.Of, Org: f.Org, What: f.What, Text: f.Text, At: now, Contact: f.Contact != ""}
	if f.What.Urgent() {
		c.Handed = &now
	}
	for part := range slices.Chunk(f.Photo, photoPart) {
		if err := s.vault.Update(func(t *vault.Tx) error { return t.PutUntil(photoKey(c.Ref, c.Parts), part, c.Gone()) }); err != nil {
			return c, "", err
		}
		c.Parts++
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		switch taken, err := t.Get(complaintKey(c.Ref), new(ledger.ID)); {
		case err != nil:
			return err
		case taken:
			return ledger.Errorf(ledger.Unavailable, "the reference is taken; try again")
		}
		if err := room(t, orgKey(f.Org, addressedKind), maxComplaints, "reports"); err != nil {
			return err
		}
		if err := t.PutUntil(complaintKey(c.Ref), c.Org, now.Add(complaintLife)); err != nil {
			return err
		}
		if c.Contact {
			if err := t.PutUntil(nodeKey(contactKind, []byte(c.Ref)...), f.Contact, c.Gone()); err != nil {
				return err
			}
		}
		return putComplaint(t, c)
	})
	return c, secret, err
}

func putComplaint(t *vault.Tx, c Complaint) error {
	if c.Handed != nil {
		if err := t.PutUntil(nodeKey(handedKind, []byte(c.Ref)...), c.Org, c.At.Add(complaintLife)); err != nil {
			return err
		}
	}
	return t.PutUntil(orgKey(c.Org, addressedKind, []byte(c.Ref)...), c, c.At.Add(complaintLife))
}

func complaintAt(t *vault.Tx, ref string) (c Complaint, err error) {
	org, ok, err := get[ledger.ID](t, complaintKey(ref))
	if err == nil && ok {
		c, ok, err = get[Complaint](t, orgKey(org, addressedKind, []byte(ref)...))
	}
	if err == nil && !ok {
		err = errNoComplaint
	}
	return c, err
}

// OwnComplaint reads a complaint for its reporter, by the secret. That there is no such
// complaint, and that the secret is not its, are told alike.
func (s *Store) OwnComplaint(_ context.Context, ref, secret string, from From) (c Complaint, err error) {
	wrong := ledger.FieldErrorf(ledger.NotFound, "secret", "is not the code of this report")
	try, err := s.attempt(lookLimit, ref, from)
	if err != nil {
		return c, err
	}
	secret, _ = parseTyped(secret, secretLength)
	err = s.vault.View(func(t *vault.Tx) (err error) {
		c, err = complaintAt(t, ref)
		return err
	})
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return Complaint{}, err
	}
	if subtle.ConstantTimeCompare(sum([]byte(secret)), c.Secret) != 1 {
		return Complaint{}, wrong
	}
	try.succeeded()
	return c, s.vault.Update(try.forgive)
}

// Complaint reads a complaint for who may see it: the organisation that it is about,
// and agencies once it was handed to them. For others it is not there.
func (s *Store) Complaint(_ context.Context, ref string, by Clerk) (c Complaint, contact string, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		if c, err = complaintFor(t, ref, by); err != nil {
			return err
		}
		contact, _, err = get[string](t, nodeKey(contactKind, []byte(ref)...))
		return err
	})
	return c, contact, err
}

// Clerk is who works on complaints.
type Clerk struct {
	Account ledger.ID
	Org     ledger.ID
	Agency  bool // the organisation is one
}

func (k Clerk) sees(c Complaint) bool { return c.Org == k.Org || k.Agency && c.Handed != nil }

func complaintFor(t *vault.Tx, ref string, by Clerk) (Complaint, error) {
	c, err := complaintAt(t, ref)
	if err == nil && !by.sees(c) {
		return Complaint{}, errNoComplaint
	}
	return c, err
}

// ComplaintPhoto reads the photo; NotFound where there is none, or none any more.
func (s *Store) ComplaintPhoto(_ context.Context, ref string, by Clerk) (photo []byte, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		c, err := complaintFor(t, ref, by)
		if err != nil {
			return err
		}
		for i := range c.Parts {
			part, ok, err := get[[]byte](t, photoKey(ref, i))
			if err != nil {
				return err
			}
			if !ok {
				photo = nil
				break
			}
			photo = append(photo, part...)
		}
		if photo == nil {
			return ledger.Errorf(ledger.NotFound, "there is no photo")
		}
		return nil
	})
	return photo, err
}

// Complaints lists those that somebody may see, the newest first.
func (s *Store) Complaints(_ context.Context, by Clerk) (all []Complaint, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		if all, err = list[Complaint](t, orgKey(by.Org, addressedKind)); err != nil || !by.Agency {
			return err
		}
		keys, err := t.Keys(nodeKey(handedKind))
		for _, k := range keys {
			c, err := complaintAt(t, string(k[2:]))
			if err != nil && ledger.CodeOf(err) != ledger.NotFound {
				return err
			}
			if err == nil && c.Org != by.Org {
				all = append(all, c)
			}
		}
		return err
	})
	slices.SortFunc(all, func(a, b Complaint) int { return b.At.Compare(a.At) })
	return all, err
}

// CountComplaints counts all of the node by their state, for who runs it and may not
// read them. Handed to agencies are counted besides.
func (s *Store) CountComplaints(_ context.Context) (counts map[string]int, err error) {
	counts = map[string]int{}
	err = s.vault.View(func(t *vault.Tx) error {
		keys, err := t.Keys(nodeKey(complaintKind))
		for _, k := range keys {
			c, err := complaintAt(t, string(k[2:]))
			if err != nil {
				if ledger.CodeOf(err) == ledger.NotFound {
					continue
				}
				return err
			}
			counts[c.State()]++
			if c.Handed != nil {
				counts["handed"]++
			}
		}
		return err
	})
	return counts, err
}

// SeeComplaint notes that the organisation opened it.
func (s *Store) SeeComplaint(_ context.Context, ref string, by Clerk) error {
	_, err := s.change(ref, by, func(t *vault.Tx, c *Complaint, now time.Time) error {
		if c.Seen == nil && c.Org == by.Org {
			c.Seen = &now
		}
		return nil
	})
	return err
}

// AnswerComplaint tells the reporter something.
func (s *Store) AnswerComplaint(_ context.Context, ref string, by Clerk, text string) (Complaint, error) {
	text = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxComplaintText || !utf8.ValidString(text) {
		return Complaint{}, ledger.FieldErrorf(ledger.Invalid, "answer", "is not a text of 1 to %d characters", MaxComplaintText)
	}
	return s.change(ref, by, func(_ *vault.Tx, c *Complaint, now time.Time) error {
		switch {
		case c.Closed != nil:
			return ledger.Errorf(ledger.Conflict, "the report is closed")
		case len(c.Notes) >= maxAnswers:
			return ledger.Errorf(ledger.TooLarge, "the report has %d answers already", maxAnswers)
		}
		c.Notes = append(c.Notes, Answer{At: now, By: by.Account, Org: by.Org, Text: text})
		return nil
	})
}

// HandComplaint shows it to agencies, too.
func (s *Store) HandComplaint(_ context.Context, ref string, by Clerk) (Complaint, error) {
	return s.change(ref, by, func(_ *vault.Tx, c *Complaint, now time.Time) error {
		if c.Handed == nil {
			c.Handed = &now
		}
		return nil
	})
}

// CloseComplaint ends it; contact and photo go ForgetReporter later.
func (s *Store) CloseComplaint(_ context.Context, ref string, by Clerk) (Complaint, error) {
	c, err := s.change(ref, by, func(t *vault.Tx, c *Complaint, now time.Time) error {
		if c.Closed != nil {
			return ledger.Errorf(ledger.Conflict, "the report is closed")
		}
		c.Closed = &now
		key := nodeKey(contactKind, []byte(ref)...)
		contact, ok, err := get[string](t, key)
		if err == nil && ok {
			err = t.PutUntil(key, contact, c.Gone())
		}
		return err
	})
	for i := 0; err == nil && i < c.Parts; i++ {
		err = s.vault.Update(func(t *vault.Tx) error {
			part, ok, err := get[[]byte](t, photoKey(ref, i))
			if err != nil || !ok {
				return err
			}
			return t.PutUntil(photoKey(ref, i), part, c.Gone())
		})
	}
	return c, err
}

func (s *Store) change(ref string, by Clerk, f func(*vault.Tx, *Complaint, time.Time) error) (c Complaint, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if c, err = complaintFor(t, ref, by); err != nil {
			return err
		}
		if err = f(t, &c, s.time()); err != nil {
			return err
		}
		return putComplaint(t, c)
	})
	return c, err
}
