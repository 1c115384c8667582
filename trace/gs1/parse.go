package gs1

import "strings"

// Parse reads an identifier in any of its forms:
//
//   - an uncompressed GS1 Digital Link URI of any host, http or https, with any
//     path before the primary key; query and fragment do not identify and are
//     passed over (see [ParseLink])
//   - an EPC pure identity URN, urn:epc:id:...; a class urn:epc:class:lgtin:...;
//     a pattern urn:epc:idpat:... that stands for one class
//   - a bracketed element string, (01)...(10)...; AIs that do not identify are
//     checked and passed over
//
// GTINs with 8, 12 and 13 digits get their leading zeros. Names instead of AIs
// (/gtin/...), which Digital Link no longer has, are not understood. Anything
// that is not a GS1 identifier gives [ErrNotKey], a wrong one an [*Error].
func Parse(s string) (Key, error) {
	switch {
	case len(s) > MaxLength:
		return Key{}, tooLong(s)
	case strings.HasPrefix(s, "urn:epc:"):
		return parseURN(s[len("urn:epc:"):])
	case strings.HasPrefix(s, "("):
		elements, err := ParseElements(s)
		if err != nil {
			return Key{}, err
		}
		return fromUnordered(elements, false)
	}
	address, ok := cutAddress(s)
	if !ok {
		return Key{}, ErrNotKey
	}
	key, _, err := address.key()
	return key, err
}

// address is a web address in its parts.
type address struct{ host, path, query string }

func cutAddress(s string) (a address, ok bool) {
	rest, ok := cutScheme(s, "https://")
	if !ok {
		rest, ok = cutScheme(s, "http://")
	}
	if !ok {
		return address{}, false
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		rest, a.query = rest[:i], rest[i+1:]
	}
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 {
		return address{}, false
	}
	a.host, a.path = rest[:slash], rest[slash:]
	for i := range len(a.host) {
		if c := a.host[i]; c <= ' ' || c == '\\' || c == '"' || c == '<' || c == '>' || c == 0x7f {
			return address{}, false
		}
	}
	return a, true
}

// cutScheme cuts a scheme of any case: QR codes are shorter in capitals.
func cutScheme(s, scheme string) (rest string, ok bool) {
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return s, false
	}
	return s[len(scheme):], true
}

// key finds the key at the end of the path and gives what stands before it.
// It is read from the right: pairs of AI and value back to the primary key. As
// no AI is both a primary key and a qualifier there is never a second reading.
func (a address) key() (key Key, base string, err error) {
	var space [maxElements]Element
	first := len(space)
	end := len(strings.TrimSuffix(a.path, "/"))
	path := a.path[:end]
	for first > 0 {
		value := strings.LastIndexByte(path, '/')
		if value < 0 {
			return Key{}, "", ErrNotKey
		}
		ai := strings.LastIndexByte(path[:value], '/')
		if ai < 0 {
			return Key{}, "", ErrNotKey
		}
		first--
		space[first] = Element{path[ai+1 : value], path[value+1:]}
		path = path[:ai]
		if kind := kindOf(space[first].AI); kind != 0 {
			key, err := a.build(space[first:], a.path[ai:end])
			return key, path, a.doubt(err, kind, space[first].Value)
		}
		if !isQualifier(space[first].AI) {
			break
		}
	}
	return Key{}, "", ErrNotKey
}

func (a address) build(elements []Element, path string) (Key, error) {
	for i, e := range elements {
		value, ok := decode(e.Value, rawInPath)
		if !ok {
			return Key{}, fail(e.AI, e.Value, "has a character that must be percent-encoded in a web address")
		}
		elements[i].Value = value
	}
	return build(elements, path)
}

// doubt marks the error for a web address that may well mean something else, as
// https://example.com/2026/01/15 does: not GS1's host, and no such key has so
// few digits.
func (a address) doubt(err error, kind Kind, value string) error {
	e, ok := err.(*Error)
	if ok && leadingDigits(value) < kinds[kind].digits && !strings.EqualFold(a.host, "id.gs1.org") {
		e.doubtful = true
	}
	return err
}
