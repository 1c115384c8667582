package gs1

import (
	"net/url"
	"strings"
)

// Link is a GS1 Digital Link URI with all that it says.
type Link struct {
	Key  Key
	Host string // in lower case, with the port if given
	Base string // path before the key, "" or such as "/goods"
	// Attributes are the GS1 data attributes of the query, AI to value, such as
	// "17" to "260131"; nil when there are none.
	Attributes map[string]string
	// Params are the other parameters of the query, such as linkType; nil when
	// there are none.
	Params url.Values
}

// ParseLink reads a GS1 Digital Link URI whole. Where [Parse] passes over the
// query, ParseLink also holds that each AI in it is one that may stand there,
// stands there once and has a valid value; that parameters named by digits only
// are AIs. Parameters are separated by & or ;.
// Whether an attribute goes with the kind of key is not checked. Errors are as
// those of Parse.
func ParseLink(uri string) (Link, error) {
	if len(uri) > MaxLength {
		return Link{}, tooLong(uri)
	}
	address, ok := cutAddress(uri)
	if !ok {
		return Link{}, ErrNotKey
	}
	key, base, err := address.key()
	if err != nil {
		return Link{}, err
	}
	link := Link{Key: key, Host: strings.ToLower(address.host), Base: base}
	for rest := address.query; rest != ""; {
		pair := rest
		if i := strings.IndexAny(rest, "&;"); i >= 0 {
			pair, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if pair == "" {
			continue
		}
		if err := link.add(pair); err != nil {
			return Link{}, err
		}
	}
	return link, nil
}

func (l *Link) add(pair string) error {
	name, value, _ := strings.Cut(pair, "=")
	if name != "" && in(name, digit) {
		return l.addAttribute(name, value)
	}
	name, err := url.QueryUnescape(name)
	if err == nil {
		value, err = url.QueryUnescape(value)
	}
	if err != nil {
		return fail("", pair, "is no parameter of a web address")
	}
	if l.Params == nil {
		l.Params = url.Values{}
	}
	l.Params.Add(name, value)
	return nil
}

func (l *Link) addAttribute(ai, escaped string) error {
	value, err := url.PathUnescape(escaped) // + stays +, there is no space in a value
	if err != nil {
		return fail(ai, escaped, "is not percent-encoded properly")
	}
	format, ok := aiTable[ai]
	switch {
	case !ok:
		return fail(ai, value, "there is no such application identifier")
	case !format.attribute:
		return fail(ai, value, "cannot be a data attribute in the query")
	case ai == l.Key.Kind().AI() || l.Key.Qualifier(ai) != "":
		return fail(ai, value, "is in the path already")
	}
	if _, twice := l.Attributes[ai]; twice {
		return fail(ai, value, "is given twice")
	}
	if reason := format.check(value); reason != "" {
		return fail(ai, value, reason)
	}
	if l.Attributes == nil {
		l.Attributes = map[string]string{}
	}
	l.Attributes[ai] = value
	return nil
}
