package account

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
)

// Dossier is what an application says of an organisation. Any of it may be empty in
// a draft.
type Dossier struct {
	Kind    ledger.Kind `json:"kind,omitempty"`
	Name    ledger.Text `json:"name,omitzero"`
	Number  string      `json:"number,omitempty"` // tax or registration number; never a citizen's
	Address string      `json:"address,omitempty"`
	Commune string      `json:"commune,omitempty"` // code in the list of administrative units
	Phone   string      `json:"phone,omitempty"`   // as ParsePhone gives it, or as typed where that fails
	Web     string      `json:"web,omitempty"`
	About   string      `json:"about,omitempty"`   // what they do
	Codes   Codes       `json:"codes,omitempty"`   // which identifiers they will use
	GS1     string      `json:"gs1,omitempty"`     // company prefix, 4 to 12 digits
	Licence string      `json:"licence,omitempty"` // what shows that the prefix is theirs, in words
	Note    string      `json:"note,omitempty"`    // anything else for the operator

	Documents []Document `json:"documents,omitempty"`
}

// Codes says where an organisation's identifiers come from.
type Codes string

const (
	IssuedCodes Codes = "issued" // the register issues them
	GS1Codes    Codes = "gs1"    // they have a prefix of GS1
)

// Document is a file that goes with an application. Its bytes are a sealed payload
// beside the account store.
type Document struct {
	CID    string      `json:"cid"` // of the sealed payload
	Name   string      `json:"name"`
	Type   string      `json:"type"` // media type, told by its bytes
	Size   int64       `json:"size"`
	SHA256 ledger.Hash `json:"sha256"` // of its bytes
	Added  time.Time   `json:"added"`
}

// Limits of an application.
const (
	MaxDocuments    = 5
	MaxDocument     = 10 << 20 // bytes
	maxDocumentName = 120      // bytes
)

// Parse tidies what was typed and bounds it. What is missing or mistyped is for
// Missing to say: a draft keeps it.
func (d Dossier) Parse() (Dossier, error) {
	for _, f := range []struct {
		name string
		text *string
		most int // characters
	}{
		{"name", &d.Name.VI, 150}, {"name_en", &d.Name.EN, 150}, {"number", &d.Number, 40}, {"address", &d.Address, 200},
		{"commune", &d.Commune, 20}, {"phone", &d.Phone, 30}, {"web", &d.Web, 200}, {"about", &d.About, 1000},
		{"gs1", &d.GS1, 20}, {"licence", &d.Licence, 300}, {"note", &d.Note, 1000},
	} {
		*f.text = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(*f.text, "\r\n", "\n")))
		if !utf8.ValidString(*f.text) || utf8.RuneCountInString(*f.text) > f.most {
			return d, ledger.FieldErrorf(ledger.TooLarge, f.name, "has more than %d characters", f.most)
		}
		if strings.ContainsFunc(*f.text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
			return d, ledger.FieldErrorf(ledger.Invalid, f.name, "has characters that cannot be printed")
		}
	}
	if phone, err := ParsePhone(d.Phone); err == nil {
		d.Phone = phone
	}
	d.GS1 = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, d.GS1)
	if d.Kind != "" && (!d.Kind.Valid() || d.Kind == ledger.KindOperator) {
		return d, ledger.FieldErrorf(ledger.Invalid, "kind", "is no kind of organisation that can apply")
	}
	if d.Codes != "" && d.Codes != IssuedCodes && d.Codes != GS1Codes {
		return d, ledger.FieldErrorf(ledger.Invalid, "codes", "is neither %s nor %s", IssuedCodes, GS1Codes)
	}
	return d, nil
}

// NeedsNumber reports whether organisations of a kind are registered somewhere, so
// that an application tells their number. A household's is not asked for.
func NeedsNumber(k ledger.Kind) bool { return !k.Natural() && k != ledger.KindAgency }

// Missing names the fields without which an application cannot be sent, in the order
// of the form.
func (d Dossier) Missing() (fields []string) {
	_, noPhone := ParsePhone(d.Phone)
	for _, f := range []struct {
		name  string
		lacks bool
	}{
		{"kind", d.Kind == ""},
		{"name", d.Name.VI == ""},
		{"number", d.Kind != "" && NeedsNumber(d.Kind) && d.Number == ""},
		{"commune", d.Commune == ""},
		{"address", d.Kind != "" && !d.Kind.Natural() && d.Address == ""},
		{"phone", noPhone != nil},
		{"about", d.Kind != "" && !d.Kind.Natural() && d.About == ""},
		{"codes", d.Codes == ""},
		{"gs1", d.Codes == GS1Codes && !ValidPrefix(d.GS1)},
		{"licence", d.Codes == GS1Codes && d.Licence == "" && len(d.Documents) == 0},
	} {
		if f.lacks {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// Lacks reports whether a field is among those that Missing names.
func (d Dossier) Lacks(field string) bool { return slices.Contains(d.Missing(), field) }

// ValidPrefix reports whether s can be a GS1 company prefix.
func ValidPrefix(s string) bool {
	return 4 <= len(s) && len(s) <= 12 && strings.Trim(s, "0123456789") == ""
}
