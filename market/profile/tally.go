package profile

// tally counts different values by their hashes in bounded memory. While there is room
// it is exact. Then it goes on with every second hash, every fourth, … and scales up
// (adaptive sampling, Flajolet 1990): as all copies of a value have one hash, that holds
// for how many values are copies as well. The error is about 1.2/√room.
type tally struct {
	slots []slot // open addressing, at most half full
	used  int
	room  int
	level uint // hashes with this many leading zeros are kept
}

type slot struct {
	hash uint64
	n    uint64
}

func newTally(room int) *tally { return &tally{room: room} }

// add counts one value, and reports whether it is one that was not there before.
func (t *tally) add(hash uint64) (fresh bool) {
	hash = max(hash, 1) // 0 is an empty slot
	for hash>>(64-t.level) == 0 {
		i, ok := t.find(hash)
		if ok {
			t.slots[i].n++
			return false
		}
		if t.used < t.room && 2*(t.used+1) <= len(t.slots) {
			t.slots[i] = slot{hash, 1}
			t.used++
			return true
		}
		t.grow()
	}
	return false
}

// find says where a hash is, or would be.
func (t *tally) find(hash uint64) (at uint64, ok bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch t.slots[i].hash {
		case hash:
			return i, true
		case 0:
			return i, false
		}
	}
}

// grow makes room for one more: with more slots, or with fewer hashes.
func (t *tally) grow() {
	old, size := t.slots, max(16, 2*len(t.slots))
	if t.used >= t.room {
		size = len(t.slots)
		t.level++
	}
	t.slots, t.used = make([]slot, size), 0
	for _, s := range old {
		if s.hash != 0 && s.hash>>(64-t.level) == 0 {
			i, _ := t.find(s.hash)
			t.slots[i] = s
			t.used++
		}
	}
}

// count is how often a value was met, 0 where it is not among the kept.
func (t *tally) count(hash uint64) uint64 {
	if i, ok := t.find(max(hash, 1)); ok {
		return t.slots[i].n
	}
	return 0
}

// distinct is how many different values there are.
func (t *tally) distinct() Count {
	return Count{N: int64(t.used) << t.level, About: t.level > 0}
}

// repeats is how many values were there before.
func (t *tally) repeats() Count {
	n := int64(0)
	for _, s := range t.slots {
		if s.hash != 0 {
			n += int64(s.n) - 1
		}
	}
	return Count{N: n << t.level, About: t.level > 0}
}
