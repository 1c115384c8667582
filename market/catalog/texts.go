package catalog

// texts finds words in texts. A text belongs to a dataset and is never edited: another
// one takes its place, and those that are gone are swept out once they are many.
type texts struct {
	numbers map[word]int
	words   []word           // by number
	posts   [][]posting      // by number
	spelled map[string][]int // numbers of words that are the same when they are plain
	owner   []int32          // a text's dataset, gone where it has none any more
	gone    int
}

const gone = -1

// posting is a text in which a word stands, and the word's weight there.
type posting uint32

const weightBits = 4 // maxWeight fits

func newTexts() texts { return texts{numbers: map[word]int{}, spelled: map[string][]int{}} }

// add makes a text of a dataset and gives its number.
func (t *texts) add(dataset int, words map[word]int) int {
	text := len(t.owner)
	t.owner = append(t.owner, int32(dataset))
	for w, weight := range words {
		n, ok := t.numbers[w]
		if !ok {
			n = len(t.posts)
			t.numbers[w] = n
			t.words = append(t.words, w)
			t.posts = append(t.posts, nil)
			t.spelled[w.plain] = append(t.spelled[w.plain], n)
		}
		t.posts[n] = append(t.posts[n], posting(text<<weightBits|weight))
	}
	return text
}

// drop takes a text out.
func (t *texts) drop(text int) {
	t.owner[text] = gone
	t.gone++
}

// sweepAfter is how many texts are gone before it is worth while to sweep.
const sweepAfter = 1000

// sweep forgets the texts that are gone, with the words that only they had, once they
// are more than those that are there. It gives the new numbers of the others, and nil
// where it left everything as it was.
func (t *texts) sweep() (moved []int) {
	if t.gone < sweepAfter || t.gone < len(t.owner)/2 {
		return nil
	}
	old := *t
	*t = newTexts()
	moved = make([]int, len(old.owner))
	for i, dataset := range old.owner {
		if moved[i] = gone; dataset != gone {
			moved[i] = len(t.owner)
			t.owner = append(t.owner, dataset)
		}
	}
	for n, posts := range old.posts {
		var kept []posting
		for _, p := range posts {
			if text := moved[p>>weightBits]; text != gone {
				kept = append(kept, posting(text<<weightBits)|p&maxWeight)
			}
		}
		if kept == nil {
			continue
		}
		w := old.words[n]
		t.numbers[w] = len(t.posts)
		t.spelled[w.plain] = append(t.spelled[w.plain], len(t.posts))
		t.words, t.posts = append(t.words, w), append(t.posts, kept)
	}
	return moved
}

// Closeness of a spelling to the word that is looked for.
const (
	asTyped  = 1.0
	unmarked = 0.7 // the marks of one of both are not known
)

// alike tells how close a word is to the one that is looked for. A word whose marks are
// others is another word; one of which the marks are not known stands for all.
func alike(wanted, found word) (closeness float32, ok bool) {
	switch {
	case wanted.plain != found.plain:
		return 0, false
	case wanted.spelled == found.spelled:
		return asTyped, true
	case wanted.unmarked() || found.unmarked():
		return unmarked, true
	}
	return 0, false
}

// each calls f for each text that has the word, with the word's weight there; for a text
// that has it in several spellings more than once.
func (t *texts) each(w word, f func(dataset int32, weight float32)) {
	for _, n := range t.spelled[w.plain] {
		closeness, ok := alike(w, t.words[n])
		if !ok {
			continue
		}
		for _, p := range t.posts[n] {
			if dataset := t.owner[p>>weightBits]; dataset != gone {
				f(dataset, closeness*float32(p&maxWeight))
			}
		}
	}
}
