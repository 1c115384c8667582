package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// Form is what a person typed and what is wrong with it. The zero value is an
// empty form.
type Form struct {
	Values url.Values
	// Wrong says by field what is wrong with it; "" is the form as a whole. It is the
	// end of a text key: "wrong.FIELD.WHAT" where there is one, or else "wrong.FIELD"
	// or "wrong.WHAT".
	Wrong map[string]string
	Later int // seconds until it is worth trying again; 0 where that is not the trouble
}

// Value is what was typed into a field.
func (f Form) Value(name string) string { return f.Values.Get(name) }

// input is a field as its template draws it.
type input struct {
	Name, Label, Help, Error     string
	List                         string // id of a datalist
	Value                        string
	Type, Mode, Auto, Capitalise string
	Max                          int
	Required, Focus              bool
	Needed                       bool // in the end, though not now
	Options                      []Option
	Checked                      bool
}

// Option is one of a field's values.
type Option struct {
	Value, Text string
	Help        string
	Chosen      bool
}

// input makes a field of a form out of pairs of a property and its value: type
// (text, tel, email, password, number, textarea, select, radio, check, checks, file, files),
// label and help (text keys; "field.NAME" and "field.NAME.help" otherwise), value
// (where nothing was typed), mode, auto (autocomplete), max, required, needed (in
// the end: the field is not called optional), focus, options, unit (said
// behind the label).
func (w words) input(f Form, name string, pairs ...any) (input, error) {
	in := input{Name: name, Type: "text", Max: 200, Label: "field." + name, Help: "field." + name + ".help"}
	unit := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		ok := true
		switch v := pairs[i+1]; pairs[i] {
		case "type":
			in.Type, ok = v.(string)
		case "label":
			in.Label, ok = v.(string)
		case "help":
			in.Help, ok = v.(string)
		case "value":
			in.Value = fmt.Sprint(v)
		case "unit": // behind the label
			unit, ok = v.(string)
		case "mode":
			in.Mode, ok = v.(string)
		case "auto":
			in.Auto, ok = v.(string)
		case "list":
			in.List, ok = v.(string)
		case "max":
			in.Max, ok = v.(int)
		case "required":
			in.Required, ok = v.(bool)
		case "needed":
			in.Needed, ok = v.(bool)
		case "focus":
			in.Focus, ok = v.(bool)
		case "options":
			in.Options, ok = v.([]Option)
		default:
			ok = false
		}
		if !ok {
			return in, fmt.Errorf("field %s is given %v as its %v", name, pairs[i+1], pairs[i])
		}
	}
	if len(pairs)%2 != 0 {
		return in, fmt.Errorf("field %s is given a property without a value", name)
	}
	label, err := w.text(in.Label)
	if err != nil {
		return in, err
	}
	if unit != "" {
		label += " (" + unit + ")"
	}
	in.Label, in.Help, in.Error = label, w.known(in.Help, ""), w.wrong(f, name)
	if _, whole := f.Wrong[""]; len(f.Wrong) > 0 && !whole {
		in.Focus = in.Error != "" && len(f.Wrong) == 1 // where a screen reader reads what is wrong
	}
	in.Options = slices.Clone(in.Options)
	typed, sent := f.Values[name]
	if sent && in.Type != "password" {
		in.Value = f.Values.Get(name)
	}
	for i, o := range in.Options {
		if len(f.Values) > 0 {
			in.Options[i].Chosen = slices.Contains(typed, o.Value)
		}
	}
	in.Checked = in.Type == "check" && (sent || len(f.Values) == 0 && in.Value == "true")
	in.Capitalise = "off"
	if in.Type == "text" && in.Auto == "name" {
		in.Capitalise = "words"
	}
	return in, nil
}

// kinds are those of organisations that can apply: all but the last, the operator's.
func (w words) kinds(chosen string) []Option {
	return w.choose(choices(w, "kind.", ledger.Kinds[:len(ledger.Kinds)-1], ledger.Kind(chosen)))
}

// choose puts before the values of a select that none is chosen yet.
func (w words) choose(list []Option) []Option {
	return append([]Option{{Text: w.must("apply.choose")}}, list...)
}

func (w words) codes(chosen string) []Option {
	return choices(w, "apply.codes.", []string{"issued", "gs1"}, chosen)
}

// roles are all roles as options, some of them chosen.
func (w words) roles(chosen []ledger.Role) []Option {
	return choices(w, "role.", ledger.Roles, chosen...)
}

// choices are values as options, in the words of a prefix and the value.
func choices[T ~string](w words, prefix string, values []T, chosen ...T) (list []Option) {
	for _, v := range values {
		key := prefix + string(v)
		list = append(list, Option{Value: string(v), Text: capital(w.must(key)), Help: w.known(key+".help", ""), Chosen: slices.Contains(chosen, v)})
	}
	return list
}

// wrong says in words what is wrong with a field, or with the form.
func (w words) wrong(f Form, name string) string {
	what, ok := f.Wrong[name]
	if !ok {
		return ""
	}
	kind := name
	if field, line, numbered := strings.Cut(name, "-"); numbered && strings.Trim(line, "0123456789") == "" {
		kind = field // of a line of several
	}
	keys := []string{"wrong." + kind + "." + what, "wrong." + kind, "wrong." + what}
	if name == "" {
		keys = keys[2:]
	}
	for _, k := range keys {
		if s := w.known(k, ""); s != "" {
			return s
		}
	}
	return w.must("wrong")
}

// wait says how long it is until it is worth trying again.
func (w words) wait(seconds int) (string, error) {
	switch {
	case seconds < 100:
		return w.text("wrong.wait", "n", seconds)
	case seconds < 100*60:
		return w.text("wrong.wait.minutes", "n", (seconds+59)/60)
	}
	return w.text("wrong.wait.hours", "n", (seconds+3599)/3600)
}

// adrift are the problems of fields that a page does not show, so that none is
// told to nobody.
func (w words) adrift(f Form, shown ...string) (all []string) {
	for name := range f.Wrong {
		if name != "" && !slices.Contains(shown, name) {
			all = append(all, w.wrong(f, name))
		}
	}
	slices.Sort(all)
	return all
}
