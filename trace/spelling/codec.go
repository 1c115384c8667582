// Package spelling writes and reads values in the one spelling that JSON has of them on
// a register, several times faster than encoding/json, whose spelling it keeps to the
// byte. What it reads it reads once, and only in plain spelling: text with an escape or
// a letter beyond ASCII, and everything that is not canonical, is left to encoding/json.
package spelling

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// Write gives a value's bytes, which are about so many; nil of nil.
func Write[T any](v *T, size int, value func(*Codec, *T)) []byte {
	if v == nil {
		return nil
	}
	c := Codec{out: make([]byte, 0, size)}
	value(&c, v)
	return c.out
}

// Read reads what Write wrote, where it is spelled plainly. Otherwise v is zero.
func Read[T any](data []byte, v *T, value func(*Codec, *T)) bool {
	c := Codec{reading: true, in: string(data)}
	var zero T
	*v = zero
	value(&c, v)
	if c.failed || c.in != "" {
		*v = zero
		return false
	}
	return true
}

// JSON writes any value, in the same spelling.
func JSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // what is recorded always encodes
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Codec writes a value as JSON does, or reads what it writes, by one function a type
// that names the fields in their order.
type Codec struct {
	reading bool
	failed  bool
	in      string // what is left to read; values share its memory
	out     []byte
	first   bool // no field or element of the innermost object or list came yet
}

func (c *Codec) fail() { c.failed, c.in = true, "" }

// skip reads or writes a token.
func (c *Codec) skip(token string) {
	if !c.reading {
		c.out = append(c.out, token...)
	} else if rest, ok := strings.CutPrefix(c.in, token); ok {
		c.in = rest
	} else {
		c.fail()
	}
}

// Object is a value of fields.
func (c *Codec) Object(fields func()) {
	c.skip("{")
	c.first = true
	fields()
	c.skip("}")
	c.first = false
}

// name writes a field's name. Reading, it reports whether the field comes next,
// and reads its name if so.
func (c *Codec) name(name string) bool {
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

// Need is a field that always stands.
func Need[T any](c *Codec, name string, v *T, value func(*Codec, *T)) {
	if !c.name(name) {
		c.fail()
		return
	}
	value(c, v)
}

// Some is a field that is left out where it is zero.
func Some[T comparable](c *Codec, name string, v *T, value func(*Codec, *T)) {
	var zero T
	if !c.reading && *v == zero || !c.name(name) {
		return
	}
	value(c, v)
	if *v == zero {
		c.fail()
	}
}

// Maybe is a field that is left out where it is nil.
func Maybe[T any](c *Codec, name string, v **T, value func(*Codec, *T)) {
	if !c.reading && *v == nil || !c.name(name) {
		return
	}
	if c.reading {
		*v = new(T)
	}
	value(c, *v)
}

// List is a field that is left out where it is empty.
func List[T any](c *Codec, name string, v *[]T, value func(*Codec, *T)) {
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

// Text is a string.
func Text[S ~string](c *Codec, v *S) {
	if c.reading {
		*v = S(c.readText())
	} else {
		c.writeText(string(*v))
	}
}

// Count is a whole number that is not less than nothing.
func Count(c *Codec, v *int) {
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

// Truth is a field that is left out where it is false.
func Truth(c *Codec, v *bool) {
	c.skip("true")
	if c.reading {
		*v = true
	}
}

// ID is 32 hexadecimal digits.
func ID(c *Codec, v *ledger.ID) {
	As(c, v, func(id *ledger.ID, b []byte) []byte { return hex.AppendEncode(b, id[:]) }, ledger.ParseID)
}

// Time is as its text.
func Time(c *Codec, v *ledger.Time) {
	As(c, v, func(t *ledger.Time, b []byte) []byte { return t.Append(b) }, readTime)
}

func readTime(s string) (t ledger.Time, err error) {
	var canonical [32]byte
	if err = t.UnmarshalText([]byte(s)); err == nil && string(t.Append(canonical[:0])) != s {
		err = errors.New("it is not canonical")
	}
	return t, err
}

// As is a value that has a text, which write appends; read refuses any other.
func As[T any](c *Codec, v *T, write func(*T, []byte) []byte, read func(string) (T, error)) {
	if !c.reading {
		start := len(c.out)
		c.out = write(v, append(c.out, '"'))
		if text := c.out[start+1:]; plain(text) != len(text) {
			c.out = append(c.out[:start], JSON(string(text))...)
			return
		}
		c.out = append(c.out, '"')
		return
	}
	got, err := read(c.readText())
	if err != nil {
		c.fail()
	}
	*v = got
}

func (c *Codec) writeText(s string) {
	if plain(s) != len(s) {
		c.out = append(c.out, JSON(s)...)
		return
	}
	c.out = append(append(append(c.out, '"'), s...), '"')
}

func (c *Codec) readText() string {
	c.skip(`"`)
	n := plain(c.in)
	s := c.in[:n]
	c.in = c.in[n:]
	c.skip(`"`)
	return s
}

// plain is how many bytes s starts with that JSON spells as they are.
func plain[S string | []byte](s S) int {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b == '"' || b == '\\' || b > '~' {
			return i
		}
	}
	return len(s)
}
