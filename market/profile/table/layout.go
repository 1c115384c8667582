package table

import (
	"bytes"
	"errors"
	"io"
)

// findLayout finds out from the beginning of a JSON file where its rows are. ok is false
// for what is no JSON, or has no rows.
func findLayout(head []byte) (l layout, f Format, ok bool) {
	s := newScanner(bytes.NewReader(bytes.TrimPrefix(head, bom)))
	c, err := s.peek()
	if err != nil || c != '{' && c != '[' {
		return l, Other, false
	}
	s.pos++
	if c == '[' {
		if c, err = s.peek(); err != nil || c != '{' && c != ']' {
			return l, Other, false
		}
		return layout{list: true}, JSON, s.rest('[', 1) == nil || s.out()
	}
	kind, list, err := s.members()
	if err != nil && !s.out() {
		return l, Other, false
	}
	another := false
	if err == nil {
		c, after := s.peek()
		if after != nil && !errors.Is(after, io.EOF) || after == nil && c != '{' {
			return l, Other, false
		}
		another = after == nil
	}
	switch {
	case kind == "FeatureCollection", list == "features" && bytes.Contains(head, []byte(`"Feature"`)):
		return layout{list: true, member: "features", geo: true}, GeoJSON, true
	case kind == "Feature":
		return layout{geo: true}, GeoJSON, true
	case list != "" && !another:
		return layout{list: true, member: list}, JSON, true
	}
	return l, NDJSON, err == nil
}

// out reports whether the text ended.
func (s *scanner) out() bool { return s.pos == s.end && errors.Is(s.err, io.EOF) }

// members reads the object whose first byte was read: what its "type" says, and which of
// its members is a list of objects.
func (s *scanner) members() (kind, list string, err error) {
	for first := true; ; first = false {
		more, err := s.more('}', first)
		if err != nil || !more {
			return kind, list, err
		}
		key, err := s.string(nil)
		if err != nil {
			return kind, list, err
		}
		if err := s.take(':'); err != nil {
			return kind, list, err
		}
		c, err := s.peek()
		switch {
		case err != nil:
			return kind, list, err
		case c == '"' && string(key) == "type":
			var b []byte
			b, err = s.string(nil)
			kind = string(b)
		case c == '[':
			s.pos++
			features := string(key) == "features"
			if c, err = s.peek(); err == nil && (c == '{' && list == "" || features) {
				list = string(key)
			}
			err = s.rest('[', 2)
		default:
			err = s.skip(2)
		}
		if err != nil {
			return kind, list, err
		}
	}
}

// jsonNames are how the names of JSON files end.
var jsonNames = []string{".json", ".geojson", ".ndjson", ".jsonl", ".geojsonl"}
