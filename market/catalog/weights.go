package catalog

import (
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/words"
)

// maxWords is how many different words of a dataset are kept.
const maxWords = 2000

// Weights of words by where they stand; a word's weights add up to words.MaxWeight at most.
const (
	inTitle    = 8
	inKeywords = 5
	inColumns  = 2
	inSummary  = 1
	inName     = 4 // of the publisher
)

// weighed are the words by which a description is found.
func weighed(d *market.Description) map[words.Word]int {
	found := map[words.Word]int{}
	add := func(weight int, texts ...string) {
		for _, t := range texts {
			for _, w := range words.Written(t) {
				n, known := found[w]
				if known || len(found) < maxWords {
					found[w] = min(n+weight, words.MaxWeight)
				}
			}
		}
	}
	add(inTitle, d.Title.VI, d.Title.EN)
	add(inKeywords, d.Keywords...)
	add(inSummary, d.Summary.VI, d.Summary.EN)
	for _, c := range d.Columns {
		add(inColumns, c.Name, c.Title.VI, c.Title.EN)
	}
	return found
}
