package epcis

import (
	"bytes"

	"github.com/sogoc/sogoc/ledger"
)

// The scanner finds its way through JSON that was checked when it was stored,
// without reading it whole. On anything else it gives errNotJSON or a wrong
// place, never one outside.

var errNotJSON = ledger.Errorf(ledger.Internal, "a stored event is not the JSON that it was")

// place is where a member stands in the source.
type place struct {
	name       string
	start, end int // of the value
}

// membersOf calls yield for the members of the object at src[at:].
func membersOf(src []byte, at int, yield func(place) (more bool)) error {
	at = skipSpace(src, at)
	if at >= len(src) || src[at] != '{' {
		return errNotJSON
	}
	for at = skipSpace(src, at+1); at < len(src) && src[at] != '}'; at = skipSpace(src, at) {
		if src[at] == ',' {
			at = skipSpace(src, at+1)
		}
		nameEnd := skipText(src, at)
		colon := skipSpace(src, nameEnd)
		if nameEnd < 0 || colon >= len(src) || src[colon] != ':' {
			return errNotJSON
		}
		m := place{start: skipSpace(src, colon+1)}
		if m.end = skipValue(src, m.start); m.end < 0 {
			return errNotJSON
		}
		m.name = nameAt(src[at:nameEnd])
		if !yield(m) {
			return nil
		}
		at = m.end
	}
	if at >= len(src) {
		return errNotJSON
	}
	return nil
}

// nameAt reads a name with its quotation marks.
func nameAt(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		if n, err := parse(string(quoted), 0); err == nil {
			return n.text
		}
	}
	return string(inner)
}

func skipSpace(src []byte, at int) int {
	for at >= 0 && at < len(src) && (src[at] == ' ' || src[at] == '\n' || src[at] == '\t' || src[at] == '\r') {
		at++
	}
	return at
}

// skipText gives the end of the text at src[at:], -1 when there is none.
func skipText(src []byte, at int) int {
	if at >= len(src) || src[at] != '"' {
		return -1
	}
	for i := at + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// skipValue gives the end of the value at src[at:], -1 when there is none.
func skipValue(src []byte, at int) int {
	depth := 0
	for i := at; i < len(src); {
		switch src[i] {
		case '"':
			if i = skipText(src, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return literalEnd(at, i)
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return literalEnd(at, i)
			}
		}
		i++
	}
	if depth == 0 {
		return literalEnd(at, len(src))
	}
	return -1
}

func literalEnd(at, end int) int {
	if end == at {
		return -1
	}
	return end
}
