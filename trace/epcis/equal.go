package epcis

import "encoding/json"

// Equal reports whether two JSON texts say the same: members in any order,
// numbers by value, recordTime apart wherever it stands. Texts that are not JSON
// are not equal to anything.
func Equal(a, b json.RawMessage) bool {
	const depth = 1 << 30
	x, err := parse(string(a), depth)
	if err != nil {
		return false
	}
	y, err := parse(string(b), depth)
	return err == nil && equal(&x, &y)
}

func equal(a, b *node) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case number:
		return a.text == b.text || plainNumber(a.text) == plainNumber(b.text)
	case array:
		if len(a.children) != len(b.children) {
			return false
		}
		for i := range a.children {
			if !equal(&a.children[i], &b.children[i]) {
				return false
			}
		}
		return true
	case object:
		if counted(a) != counted(b) {
			return false
		}
		for i := range a.children {
			m := &a.children[i]
			if m.name == recordTime {
				continue
			}
			other := b.member(m.name)
			if other == nil || !equal(m, other) {
				return false
			}
		}
		return true
	}
	return a.text == b.text
}

func counted(n *node) int {
	if n.member(recordTime) != nil {
		return len(n.children) - 1
	}
	return len(n.children)
}
