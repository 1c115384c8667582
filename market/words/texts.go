package words

// Texts finds words in texts. A text belongs to something that has a number, and is never
// edited: another one takes its place, and those that are gone are swept out once they
// are many.
type Texts struct {
	numbers map[Word]int
	words   []Word           // by number
	posts   [][]posting      // by number
	spelled map[string][]int // numbers of words that are the same when they are plain
	owner   []int32          // whose a text is, Gone where it is nobody's any more
	gone    int
}

// Gone is the number of a text that is not there.
const Gone = -1

// posting is a text in which a word stands, and the word's weight there.
type posting uint32

const weightBits = 4 // MaxWeight fits

// MaxWeight is the greatest weight of a word in a text; the least is 1.
const MaxWeight = 1<<weightBits - 1

// NewTexts are none.
func NewTexts() Texts { return Texts{numbers: map[Word]int{}, spelled: map[string][]int{}} }

// Add makes a text of something and gives the text's number.
func (t *Texts) Add(owner int, words map[Word]int) int {
	text := len(t.owner)
	t.owner = append(t.owner, int32(owner))
	for w, weight := range words {
		n, ok := t.numbers[w]
		if !ok {
			n = len(t.posts)
			t.numbers[w] = n
			t.words = append(t.words, w)
			t.posts = append(t.posts, nil)
			t.spelled[w.Plain] = append(t.spelled[w.Plain], n)
		}
		t.posts[n] = append(t.posts[n], posting(text<<weightBits|weight))
	}
	return text
}

// Drop takes a text out.
func (t *Texts) Drop(text int) {
	t.owner[text] = Gone
	t.gone++
}

// SweepAfter is how many texts are gone before it is worth while to sweep.
const SweepAfter = 1000

// Sweep forgets the texts that are gone, with the words that only they had, once they
// are more than those that are there. It gives the new numbers of the others, and nil
// where it left everything as it was.
func (t *Texts) Sweep() (moved []int) {
	if t.gone < SweepAfter || t.gone < len(t.owner)/2 {
		return nil
	}
	old := *t
	*t = NewTexts()
	moved = make([]int, len(old.owner))
	for i, owner := range old.owner {
		if moved[i] = Gone; owner != Gone {
			moved[i] = len(t.owner)
			t.owner = append(t.owner, owner)
		}
	}
	for n, posts := range old.posts {
		var kept []posting
		for _, p := range posts {
			if text := moved[p>>weightBits]; text != Gone {
				kept = append(kept, posting(text<<weightBits)|p&MaxWeight)
			}
		}
		if kept == nil {
			continue
		}
		w := old.words[n]
		t.numbers[w] = len(t.posts)
		t.spelled[w.Plain] = append(t.spelled[w.Plain], len(t.posts))
		t.words, t.posts = append(t.words, w), append(t.posts, kept)
	}
	return moved
}

// Closeness of a spelling to the word that is looked for.
const (
	asTyped  = 1.0
	unmarked = 0.7 // the marks of one of both are not known
)

// Alike tells how close a word is to the one that is looked for. A word whose marks are
// others is another word; one of which the marks are not known stands for all.
func Alike(wanted, found Word) (closeness float32, ok bool) {
	switch {
	case wanted.Plain != found.Plain:
		return 0, false
	case wanted.Spelled == found.Spelled:
		return asTyped, true
	case wanted.unmarked() || found.unmarked():
		return unmarked, true
	}
	return 0, false
}

// Each calls f for each text that has the word, with the word's weight there; for a text
// that has it in several spellings more than once.
func (t *Texts) Each(w Word, f func(owner int32, weight float32)) {
	for _, n := range t.spelled[w.Plain] {
		closeness, ok := Alike(w, t.words[n])
		if !ok {
			continue
		}
		for _, p := range t.posts[n] {
			if owner := t.owner[p>>weightBits]; owner != Gone {
				f(owner, closeness*float32(p&MaxWeight))
			}
		}
	}
}
