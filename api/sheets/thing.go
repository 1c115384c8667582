package sheets

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/land"
)

// thing is a product or a place with what is said of it, or a person by name and phone.
type thing struct {
	ID      trace.ID
	New     bool
	Place   trace.Place
	Product trace.Product
	Said    trace.Profile
	Roles   []ledger.Role
}

// clone may be changed without changing the thing.
func (t *thing) clone() *thing {
	c := *t
	c.Said.Old, c.Said.Standards = slices.Clone(t.Said.Old), slices.Clone(t.Said.Standards)
	return &c
}

// same reports whether nothing would change.
func (t *thing) same(o *thing) bool {
	if t.Place.Kind != o.Place.Kind || t.Place.Commune != o.Place.Commune {
		return false
	}
	p, q := t.Product, o.Product
	return p.Unit == q.Unit && p.Perennial == q.Perennial && p.Tolerance == q.Tolerance && p.HardCap == q.HardCap &&
		bytes.Equal(trace.Encode(t.Said), trace.Encode(o.Said))
}

// plainName is by what people know it, where the identifier is not.
func (t *thing) plainName() string {
	return trace.Plain(t.Said.Name.VI) + "\x00" + t.Place.Commune
}

// wrong is what is wrong with a cell: the code ends a text key.
func wrong(code string) error { return &ledger.Error{Code: ledger.Invalid, Field: code, Message: code} }

// Limits of cells, in characters.
const (
	maxName  = 100
	maxShort = 60
	maxAbout = 1000
	maxOld   = 20 // old identifiers
	maxShelf = 3650
)

// text is a column of words.
func text(c Column, most int, of func(*thing) *string) Column {
	c.get = func(_ *book, t *thing) string { return *of(t) }
	c.set = func(_ *book, t *thing, cell string) error {
		if utf8.RuneCountInString(cell) > most {
			return wrong("long")
		}
		*of(t) = cell
		return nil
	}
	if !c.Must {
		c.clear = func(t *thing) { *of(t) = "" }
	}
	return c
}

// mark stands between the whole and the fraction of numbers that are written.
const mark = ","

var (
	codeColumn = Column{
		Key: "code", Heading: trace.Text{VI: "Mã", EN: "Code"}, Example: "",
		Help: trace.Text{VI: "Để trống nếu là dòng mới: sổ sẽ cấp mã. Xuất ra thì có sẵn mã, đừng sửa.", EN: "Leave it empty for something new: the register gives a code. An export has codes; leave them as they are."},
		get:  func(_ *book, t *thing) string { return codeText(t.ID) },
		set: func(b *book, t *thing, cell string) error {
			// It says which thing the row is; one that was found otherwise keeps its own.
			if id, err := idOf(b.kind, cell); err == nil && !t.New && id != t.ID {
				return addOld(t, cell)
			}
			return nil
		},
	}
	oldColumn = Column{
		Key: "old", Heading: trace.Text{VI: "Mã cũ", EN: "Old code"}, Example: exampleMark,
		Help: trace.Text{VI: "Mã trong sổ hoặc phần mềm trước đây; nhiều mã thì cách nhau bằng dấu chấm phẩy. Mã cũ được giữ mãi để dò lại.", EN: "The code in an earlier book or program; several with semicolons between them. Old codes are kept, to be found again."},
		get:  func(_ *book, t *thing) string { return strings.Join(t.Said.Old, "; ") },
		set: func(_ *book, t *thing, cell string) error {
			return addOld(t, oldCodes(cell)...)
		},
		clear: func(t *thing) { t.Said.Old = nil },
	}
	nameColumn = text(Column{
		Key: "name", Heading: trace.Text{VI: "Tên", EN: "Name"}, Must: true, Example: "Cam sành loại 1",
		Help: trace.Text{VI: "Tên như bà con vẫn gọi.", EN: "What people call it."},
	}, maxName, func(t *thing) *string { return &t.Said.Name.VI })
)

// exampleMark stands in the row of a template that shows how; that row is not read.
const exampleMark = "VÍ DỤ · EXAMPLE"

// addOld keeps what a thing was called before, beside what is kept already.
func addOld(t *thing, codes ...string) error {
	for _, code := range codes {
		if utf8.RuneCountInString(code) > maxShort {
			return wrong("long")
		}
		if !slices.ContainsFunc(t.Said.Old, func(o string) bool { return trace.Plain(o) == trace.Plain(code) }) {
			t.Said.Old = append(t.Said.Old, code)
		}
	}
	if len(t.Said.Old) > maxOld {
		return wrong("many")
	}
	return nil
}

// oldCodes are the old codes of a cell.
func oldCodes(cell string) (list []string) {
	for _, code := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '\n' }) {
		if code = strings.TrimSpace(code); code != "" {
			list = append(list, code)
		}
	}
	return list
}

// codeText is an identifier as people read it, and idOf reads it back.
func codeText(id trace.ID) string {
	if c, ok := id.Code(); ok {
		return c.Spoken()
	}
	if k, ok := id.Key(); ok {
		return k.Value()
	}
	return id.String()
}

// idOf reads a code of a kind: a register-issued one, a GTIN or a GLN.
func idOf(k Kind, cell string) (trace.ID, error) {
	if science(cell) {
		return trace.ID{}, wrong("science")
	}
	if c, err := trace.ParseCode(cell); err == nil {
		return trace.ParseID("/t/" + string(c))
	}
	digits := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(cell)
	if strings.Trim(digits, "0123456789") == "" {
		id, err := trace.ID{}, error(nil)
		if k == Products {
			id, err = trace.ParseGTIN(digits)
		} else {
			id, err = trace.ParseID("https://id.gs1.org/414/" + digits)
		}
		if err != nil {
			return id, wrong("digits")
		}
		return id, nil
	}
	id, err := trace.ParseID(cell)
	if err != nil {
		return id, wrong("code")
	}
	return id, nil
}

// science reports whether a spreadsheet wrote a long number as 8.94E+12, which loses
// digits.
func science(cell string) bool {
	whole, exponent, ok := strings.Cut(strings.ToUpper(cell), "E+")
	return ok && strings.Trim(whole, "0123456789.,") == "" && strings.Trim(exponent, "0123456789") == ""
}

// chosen finds a cell among words; -1 where it is none of them.
func chosen(cell string, words []trace.Text) int {
	return slices.IndexFunc(words, func(w trace.Text) bool {
		p := trace.Plain(cell)
		return p == trace.Plain(w.VI) || p == trace.Plain(w.EN)
	})
}

// amountWrong says what is wrong with a number.
func amountWrong(err error) error {
	if ledger.CodeOf(err) == ledger.Conflict {
		return wrong("thousand")
	}
	return wrong("number")
}

// percent is a column of a ratio.
func percent(c Column, of func(*thing) *trace.Ratio) Column {
	c.get = func(_ *book, t *thing) string { return batch.PercentText(*of(t), mark) }
	c.set = func(_ *book, t *thing, cell string) (err error) {
		r, err := batch.ParsePercent(cell)
		if ledger.CodeOf(err) == ledger.Conflict && err != nil {
			return wrong("thousand")
		}
		if err != nil {
			return wrong("percent")
		}
		*of(t) = r
		return nil
	}
	return c
}

// readArea reads hectares, or a number with the unit that people of the region count in.
func readArea(cell string, region land.Region) (string, error) {
	at := strings.IndexFunc(cell, func(r rune) bool { return r > '9' })
	number, unit := cell, "ha"
	if at >= 0 {
		number = cell[:at]
		switch trace.Plain(cell[at:]) {
		case "ha", "hecta":
		case "m2", "m²":
			unit = "m2"
		case "cong":
			unit = "cong"
		case "sao":
			if unit = region.Unit(); !strings.HasPrefix(unit, "sao") {
				return "", wrong("sao")
			}
		default:
			return "", wrong("areaunit")
		}
	}
	q, err := batch.ParseAmount(number, "")
	if err != nil {
		return "", amountWrong(err)
	}
	m2, err := land.SquareMetres(q, unit)
	if err != nil {
		return "", wrong("area")
	}
	return land.Hectares(m2), nil
}
