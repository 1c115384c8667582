package trace

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// codec writes a value as Encode does, or reads what it writes, by one function a
// type that names the fields in their order. It does so several times faster than
// encoding/json, whose spelling it keeps to the byte. What it reads it reads once,
// and only in plain spelling: text with an escape or a letter beyond ASCII, and
// everything that is not canonical, makes it fail and is left to encoding/json.
type codec struct {
	reading bool
	failed  bool
	in      string // what is left to read; values share its memory
	out     []byte
	first   bool // no field or element of the innermost object or list came yet
}

func (c *codec) fail() { c.failed, c.in = true, "" }

// skip reads or writes a token.
func (c *codec) skip(token string) {
	if !c.reading {
		c.out = append(c.out, token...)
	} else if rest, ok := strings.CutPrefix(c.in, token); ok {
		c.in = rest
	} else {
		c.fail()
	}
}

// object is a value of fields.
func (c *codec) object(fields func()) {
	c.skip("{")
	c.first = true
	fields()
	c.skip("}")
	c.first = false
}

// name writes a field's name. Reading, it reports whether the field comes next,
// and reads its name if so.
func (c *codec) name(name string) bool {
	if !c.reading {
		if !c.first {
			c.out = append(c.out, ',')
		}
		c.first = false
		c.out = append(append(append(c.out, '"'), name...), '"', ':')
		return true
	}
	rest := c.in
	if !c.first {
		if rest == "" || rest[0] != ',' {
			return false
		}
		rest = rest[1:]
	}
	n := len(name)
	if len(rest) < n+3 || rest[0] != '"' || rest[1:n+1] != name || rest[n+1:n+3] != `":` {
		return false
	}
	c.in, c.first = rest[n+3:], false
	return true
}

// need is a field that always stands.
func need[T any](c *codec, name string, v *T, value func(*codec, *T)) {
	if !c.name(name) {
		c.fail()
		return
	}
	value(c, v)
}

// some is a field that is left out where it is zero.
func some[T comparable](c *codec, name string, v *T, value func(*codec, *T)) {
	var zero T
	if !c.reading && *v == zero || !c.name(name) {
		return
	}
	value(c, v)
	if *v == zero {
		c.fail()
	}
}

// maybe is a field that is left out where it is nil.
func maybe[T any](c *codec, name string, v **T, value func(*codec, *T)) {
	if !c.reading && *v == nil || !c.name(name) {
		return
	}
	if c.reading {
		*v = new(T)
	}
	value(c, *v)
}

// list is a field that is left out where it is empty.
func list[T any](c *codec, name string, v *[]T, value func(*codec, *T)) {
	if !c.reading && len(*v) == 0 || !c.name(name) {
		return
	}
	var zero T
	c.skip("[")
	for i := 0; !c.failed && (c.reading || i < len(*v)); i++ {
		if i > 0 {
			c.skip(",")
		}
		if c.reading {
			*v = append(*v, zero)
		}
		value(c, &(*v)[i])
		if c.reading && strings.HasPrefix(c.in, "]") {
			break
		}
	}
	c.skip("]")
}

func text[S ~string](c *codec, v *S) {
	if c.reading {
		*v = S(c.readText())
	} else {
		c.writeText(string(*v))
	}
}

// count is a whole number that is not less than nothing.
func count(c *codec, v *int) {
	if !c.reading {
		c.out = strconv.AppendInt(c.out, int64(*v), 10)
		return
	}
	n := len(c.in) - len(strings.TrimLeft(c.in, "0123456789"))
	got, err := strconv.Atoi(c.in[:n])
	if err != nil || strconv.Itoa(got) != c.in[:n] {
		c.fail()
		return
	}
	*v, c.in = got, c.in[n:]
}

func truth(c *codec, v *bool) {
	c.skip("true") // false is left out
	if c.reading {
		*v = true
	}
}

func ident(c *codec, v *ID) {
	if !c.reading {
		c.writeText(v.s)
		return
	}
	s := c.readText()
	id, err := ParseID(s)
	if err != nil || id.s != s {
		c.fail()
	}
	*v = id
}

func quantity(c *codec, v *Quantity) {
	if !c.reading {
		c.out = append(v.append(append(c.out, '"')), '"')
		return
	}
	q, err := parseCanonical(c.readText())
	if err != nil {
		c.fail()
	}
	*v = q
}

func member(c *codec, v *ledger.ID) {
	if !c.reading {
		c.out = append(hex.AppendEncode(append(c.out, '"'), v[:]), '"')
		return
	}
	id, err := ledger.ParseID(c.readText())
	if err != nil {
		c.fail()
	}
	*v = id
}

func moment(c *codec, v *ledger.Time) {
	if !c.reading {
		c.out = append(v.Append(append(c.out, '"')), '"')
		return
	}
	s := c.readText()
	var canonical [32]byte
	if err := v.UnmarshalText([]byte(s)); err != nil || string(v.Append(canonical[:0])) != s {
		c.fail()
	}
}

func (c *codec) writeText(s string) {
	if plain(s) != len(s) {
		c.out = append(c.out, encodeAny(s)...)
		return
	}
	c.out = append(append(append(c.out, '"'), s...), '"')
}

func (c *codec) readText() string {
	c.skip(`"`)
	n := plain(c.in)
	s := c.in[:n]
	c.in = c.in[n:]
	c.skip(`"`)
	return s
}

// plain is how many bytes s starts with that JSON spells as they are.
func plain(s string) int {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b == '"' || b == '\\' || b > '~' {
			return i
		}
	}
	return len(s)
}
