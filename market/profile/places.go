package profile

import (
	"cmp"
	"slices"

	"github.com/sogoc/sogoc/market/profile/cell"
	"github.com/sogoc/sogoc/market/profile/heading"
	"github.com/sogoc/sogoc/market/profile/place"
)

// units are the headings of fields that name places, by what those are.
var units = []struct {
	kind     string
	headings []string
}{
	{"commune", []string{"xa", "phuong", "thi tran", "xa phuong", "ten xa", "commune", "ward"}},
	{"district", []string{"huyen", "quan", "thi xa", "quan huyen", "district"}},
	{"province", []string{"tinh", "thanh pho", "tinh thanh", "province", "city"}},
}

// maxPlaces is how many places a profile names.
const maxPlaces = 50

// places says which places a column names, by its heading, or as most of what it has are
// provinces.
func (c *column) places() (p Place, ok bool) {
	head := heading.Of(c.name)
	for _, u := range units {
		if head.Has(u.headings...) {
			p.Kind = u.kind
			break
		}
	}
	if len(c.words) == 0 || c.count(cell.Text, cell.Code, cell.Whole) != c.values || p.Kind == "" && c.count(cell.Text) != c.values {
		return p, false
	}
	provinces := 0
	for _, w := range c.words {
		if place.Province(w.text) {
			provinces++
		}
	}
	switch {
	case provinces*5 >= len(c.words)*4:
		p.Kind = "province"
	case p.Kind == "":
		return p, false
	}
	p.Field = c.name
	words := slices.Clone(c.words)
	slices.SortStableFunc(words, func(a, b kept) int {
		return cmp.Compare(c.distinct.count(b.hash), c.distinct.count(a.hash))
	})
	for _, w := range words[:min(len(words), maxPlaces)] {
		p.Names = append(p.Names, shortened(w.text, maxExample))
	}
	p.More = c.distinct.distinct().N > int64(len(p.Names))
	return p, true
}
