package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/label"
)

// labelOrder is a job of labels, complete: what the register says afterwards does not
// change it, and the job can be done again.
type labelOrder struct {
	Base    string           `json:"base"`  // where codes lead
	Label   label.Label      `json:"label"` // of the lot; the pieces differ in serial
	Copies  int              `json:"copies,omitempty"`
	Serials *trace.SerialRun `json:"serials,omitempty"` // of pieces; nil where all labels are the same

	Format   label.Format `json:"format"`
	Words    label.Words  `json:"words"`
	Language web.Lang     `json:"language"`
	Logo     []byte       `json:"logo,omitempty"` // PNG
	Skip     int          `json:"skip,omitempty"`
	Outline  bool         `json:"outline,omitempty"`
	Made     ledger.Time  `json:"made"`
}

// Kinds of labels of a lot, as the form names them.
const (
	labelSame    = "same"    // the lot's code on each
	labelNumbers = "numbers" // a number for each piece
	labelSecret  = "secret"  // a serial for each piece that cannot be guessed
)

var labelKinds = []string{labelSame, labelNumbers, labelSecret}

func (o *labelOrder) count() int {
	if o.Serials != nil {
		return o.Serials.Count
	}
	return o.Copies
}

// labelAbout is what pages show of an order.
type labelAbout struct {
	ID     string `json:"id,omitempty"` // of the lot or container
	Name   string `json:"name"`
	Lot    string `json:"lot,omitempty"`
	Format string `json:"format"`
	Sheets int    `json:"sheets"`
	File   string `json:"file"`
}

// order is the job that the labels are.
func (o *labelOrder) order(by *account.Identity) jobs.Order {
	return jobs.Order{
		Org: by.Org, Member: by.Member, Total: o.count(), Work: encode(o),
		About: encode(labelAbout{o.Label.ID.String(), o.Label.Name, o.Label.ID.Lot(), o.Format.Name, o.Format.Sheets(o.count(), o.Skip), o.fileName()}),
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // nothing in an order cannot be written
	}
	return b
}

func aboutLabels(j jobs.Job) (a labelAbout, err error) {
	if err = json.Unmarshal(j.About, &a); err != nil {
		err = ledger.Wrap(err, ledger.Internal, "the job cannot be read")
	}
	return a, err
}

// all yields the labels, and ends with the context's error when that ends.
func (o *labelOrder) all(ctx context.Context) iter.Seq2[label.Label, error] {
	return func(yield func(label.Label, error) bool) {
		l := o.Label
		if o.Serials == nil {
			for range o.Copies {
				if !yield(l, ctx.Err()) {
					return
				}
			}
			return
		}
		for serial := range o.Serials.All() {
			id, err := o.Label.ID.WithSerial(serial)
			l.ID, l.Address = id, id.Link(o.Base)
			if !yield(l, cmp.Or(err, ctx.Err())) {
				return
			}
		}
	}
}

func (o *labelOrder) options() (label.Options, error) {
	out := label.Options{Words: o.Words, Skip: o.Skip, Outline: o.Outline, Title: o.title(), Language: string(o.Language), Made: o.Made.Time()}
	if o.Logo != nil {
		var err error
		if out.Logo, err = png.Decode(bytes.NewReader(o.Logo)); err != nil {
			return out, ledger.FieldErrorf(ledger.Invalid, "logo", "cannot be read as a picture")
		}
	}
	return out, nil
}

func (o *labelOrder) title() string {
	return strings.TrimSpace(o.Label.Name + " " + o.Label.ID.Lot())
}

// fileName is what a browser calls the file.
func (o *labelOrder) fileName() string {
	name := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z' {
			return '-'
		}
		return r
	}, cmp.Or(o.Label.ID.Lot(), codeText(o.Label.ID)))
	return fmt.Sprintf("tem-%s-%d.pdf", strings.Trim(name, "-"), o.count())
}

// preview draws the order's last label, which has the longest number.
func (o *labelOrder) preview(w io.Writer) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	last := o.Label
	if o.Serials != nil {
		one := *o.Serials
		one.First, one.Count = one.First+uint64(one.Count-1), 1
		for serial := range one.All() {
			if last.ID, err = o.Label.ID.WithSerial(serial); err != nil {
				return ledger.FieldErrorf(ledger.Invalid, "first", "%v", err)
			}
		}
		last.Address = last.ID.Link(o.Base)
	}
	return label.Preview(w, o.Format, last, options, "/labels/logo")
}

// PrintLabels does a job of labels.
func PrintLabels(ctx context.Context, j jobs.Job, w io.Writer, progress func(done int)) error {
	var o labelOrder
	if err := json.Unmarshal(j.Work, &o); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the order cannot be read")
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	return label.Write(w, o.Format, o.all(ctx), options, progress)
}

// labelOrderOf reads an order from a form; what is missing is as usual.
func (s *server) labelOrderOf(c echo.Context, form url.Values) (*labelOrder, error) {
	ctx := c.Request().Context()
	id, err := trace.ParseID(form.Get("of"))
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "of", "%v", err)
	}
	if _, err := s.labelled(ctx, id); err != nil {
		return nil, err
	}
	page, _, err := s.present(ctx, viewerOf(ctx), id)
	if err != nil {
		return nil, err
	}
	lang, _ := web.ParseLang(form.Get("words"))
	text := s.pages.LabelText(lang, page)
	o := &labelOrder{Base: s.PublicURL, Language: lang, Made: ledger.TimeOf(time.Now()), Outline: form.Get("outline") == "true"}
	o.Label = label.Label{ID: id, Address: id.Link(s.PublicURL), Name: text.Name, Also: text.Also, Producer: text.Producer, Warnings: text.Warnings, Lines: linesOf(form.Get("lines"))}
	for _, f := range text.Facts {
		o.Label.Facts = append(o.Label.Facts, label.Fact{Caption: f.Caption, Value: f.Value})
	}
	o.Words = label.Words{Lot: text.Lot, Serial: text.Serial, Scan: text.Scan, SSCC: "SSCC"}
	if form.Get("logo") == "true" {
		if o.Logo, err = s.Jobs.Kept(identityOf(ctx).Org); err != nil {
			return nil, err
		}
	}
	if o.Format, err = formatOf(form, id); err != nil {
		return nil, err
	}
	start, err := number(form, "start", 1, 1, o.Format.Places())
	if err != nil {
		return nil, err
	}
	o.Skip = start - 1
	count, err := number(form, "count", o.Format.Places(), 1, label.MaxLabels)
	if err != nil {
		return nil, err
	}
	return o, o.number(form, count)
}

// number says which of the order's labels are pieces, and their serials.
func (o *labelOrder) number(form url.Values, count int) error {
	kind := firstOf(form.Get("kind"), labelSame)
	switch {
	case kind == labelSame:
		o.Copies = count
		return nil
	case kind != labelNumbers && kind != labelSecret, o.Label.ID.Lot() == "":
		return ledger.FieldErrorf(ledger.Invalid, "kind", "%q is no way to label it", kind)
	}
	o.Serials = &trace.SerialRun{Count: count}
	if kind == labelSecret {
		o.Serials.Seed = make([]byte, 32)
		rand.Read(o.Serials.Seed) // it never fails
		return o.Serials.Check()
	}
	first := strings.TrimSpace(firstOf(form.Get("first"), "0001"))
	var err error
	if o.Serials.First, err = strconv.ParseUint(first, 10, 64); err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "first", "is not a number")
	}
	o.Serials.Width = len(first)
	return o.Serials.Check()
}

// linesOf are what was typed into a field of several.
func linesOf(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// number reads a field of a form that may be empty.
func number(form url.Values, field string, usual, least, most int) (int, error) {
	text := strings.TrimSpace(form.Get(field))
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, ledger.FieldErrorf(ledger.Invalid, field, "is a number from %d to %d", least, most)
	}
	return n, nil
}

// formatOf reads the paper.
func formatOf(form url.Values, id trace.ID) (label.Format, error) {
	name := firstOf(form.Get("format"), usualFormat(id))
	if name != label.Free {
		return label.Find(name)
	}
	var fault error
	length := func(field string, usual float64) float64 {
		text := strings.ReplaceAll(strings.TrimSpace(form.Get(field)), ",", ".")
		if text == "" {
			return usual
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil && fault == nil {
			fault = ledger.FieldErrorf(ledger.Invalid, field, "is not a length in millimetres")
		}
		return v
	}
	whole := func(field string, usual int) int {
		n, err := number(form, field, usual, 1, label.MaxLabels)
		if fault == nil {
			fault = err
		}
		return n
	}
	f, err := label.NewFree(
		label.Size{W: length("page_w", 210), H: length("page_h", 297)}, length("left", 10), length("top", 10),
		whole("columns", 2), whole("rows", 5), label.Size{W: length("label_w", 90), H: length("label_h", 50)}, length("gap_x", 5), length("gap_y", 5))
	return f, cmp.Or(fault, err)
}
