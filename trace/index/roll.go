package index

import (
	"cmp"
	"context"
	"encoding/binary"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/land"
)

// A roll is what an organisation has of a kind in the directory, in the order in which
// it came, with the words by which people look for it. The words of households are
// sealed beside the register, so a roll is never written to the disk: it is made out of
// the index and the profiles when something is looked for, and a line loses its words
// with the entry that changes or erases them. A roll proposes only: what it finds is
// read as everything else is, and is judged again by what the viewer reads then.
type roll struct {
	rollOf
	reading sync.Mutex // held by who reads the words that are missing
	used    uint64     // a clock of rolls, under their mutex

	mu     sync.RWMutex
	listed bool
	at     map[hash]int // in lines
	lines  []line       // the oldest first
	stale  map[int]bool // lines whose words are to be read
}

// rollOf says which roll it is.
type rollOf struct {
	kind rollKind
	org  ledger.ID
}

type rollKind byte

const (
	placeRoll   rollKind = 'U'
	productRoll rollKind = 'Q' // with those that the organisation makes lots of for others
)

// line is something on a roll.
type line struct {
	thing   hash
	since   seq
	version uint32 // grows with everything that makes what was read untrue
	said
}

// said is what is read of a line.
type said struct {
	owner   ledger.ID
	payload hash // of the CID of its profile; zero for none
	sealed  bool // the profile is its owner's alone
	gone    bool // it is not the organisation's any more
	traits  traits
	codes   string // by which everybody may find it
	words   string // of the profile
	units   []trace.Measure
	box     land.Box // of its outline; the zero Box where nobody drew it
}

// Traits are what a list is narrowed by.
type Traits struct {
	Kind   string // of a place
	Closed bool   // a place that is used no more
	Crop   bool   // a product that is a standing crop or herd
	Lent   bool   // a product of another organisation, of which this one may make lots
}

// traits are Traits in a byte: the place's kind from 1 on, above three marks.
type traits byte

const (
	traitClosed traits = 1 << iota
	traitCrop
	traitLent
	traitKind
)

func (t traits) open() Traits {
	out := Traits{Closed: t&traitClosed != 0, Crop: t&traitCrop != 0, Lent: t&traitLent != 0}
	if k := int(t / traitKind); k > 0 {
		out.Kind = trace.PlaceKinds[k-1]
	}
	return out
}

// rolls are those that are kept in memory.
type rolls struct {
	mu      sync.Mutex
	kept    map[rollOf]*roll
	limit   int // lines
	clock   uint64
	changed chan struct{} // there are stale lines
}

// of is a roll, perhaps an empty one that is to be listed.
func (r *rolls) of(which rollOf) *roll {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.kept[which]
	if one == nil {
		one = &roll{rollOf: which, at: map[hash]int{}, stale: map[int]bool{}}
		r.kept[which] = one
	}
	r.clock++
	one.used = r.clock
	return one
}

// trim drops those that were used longest ago while there are too many lines.
func (r *rolls) trim(but *roll) {
	r.mu.Lock()
	defer r.mu.Unlock()
	total := 0
	sizes := map[*roll]int{}
	for _, one := range r.kept {
		one.mu.RLock()
		sizes[one] = len(one.lines)
		one.mu.RUnlock()
		total += sizes[one]
	}
	list := slices.SortedFunc(maps.Keys(sizes), func(a, b *roll) int { return cmp.Compare(a.used, b.used) })
	for _, one := range list {
		if total <= r.limit {
			return
		}
		if one != but {
			total -= sizes[one]
			delete(r.kept, one.rollOf)
		}
	}
}

func (r *rolls) all() (list []*roll) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.kept {
		list = append(list, one)
	}
	return list
}

func (r *rolls) purge() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.kept)
}

// mark is something on a roll that changed.
type mark struct {
	rollOf
	thing hash
	since seq // 0 where it is on the roll no more
}

// mark takes the words off lines that changed, and off those whose profile is among the
// payloads, which were erased or came just now.
func (r *rolls) mark(marks []mark, payloads []string) {
	if len(marks) == 0 && len(payloads) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range marks {
		if one := r.kept[m.rollOf]; one != nil {
			one.mu.Lock()
			one.mark(m)
			one.mu.Unlock()
		}
	}
	if len(payloads) > 0 {
		hashes := map[hash]bool{}
		for _, cid := range payloads {
			hashes[hashOf(cid)] = true
		}
		for _, one := range r.kept {
			one.mu.Lock()
			for i := range one.lines {
				// What is being read now may be read out of one of them.
				if one.stale[i] || hashes[one.lines[i].payload] {
					one.blank(i)
				}
			}
			one.mu.Unlock()
		}
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *roll) mark(m mark) {
	i, ok := r.at[m.thing]
	if !ok {
		if m.since != 0 {
			r.add(m.thing, m.since)
		}
		return
	}
	r.blank(i)
}

func (r *roll) add(thing hash, since seq) {
	if _, ok := r.at[thing]; ok {
		return
	}
	i := len(r.lines)
	r.at[thing], r.stale[i] = i, true
	r.lines = append(r.lines, line{thing: thing, since: since})
}

// blank forgets what was read of a line.
func (r *roll) blank(i int) {
	l := &r.lines[i]
	l.said, l.version = said{}, l.version+1
	r.stale[i] = true
}

// ready is a roll whose words are those of now.
func (x *Index) ready(ctx context.Context, which rollOf) (*roll, error) {
	r := x.rolls.of(which)
	r.mu.RLock()
	current := r.listed && len(r.stale) == 0
	r.mu.RUnlock()
	if current {
		return r, nil
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	if !r.listed {
		if err := x.enrolled(r); err != nil {
			return nil, err
		}
		x.rolls.trim(r)
	}
	return r, x.readStale(ctx, r)
}

// enlisted calls f with everything of an organisation's that is on a roll.
func enlisted(txn *badger.Txn, which rollOf, f func(thing hash, since seq) bool) error {
	kinds := []byte{'U'}
	if which.kind == productRoll {
		kinds = []byte{'Q', 'N'}
	}
	for _, kind := range kinds {
		prefix := key(kind, which.org[:])
		err := scan(txn, prefix, nil, func(k, v []byte) (bool, error) {
			return f(hash(k[len(prefix):]), seq(binary.BigEndian.Uint64(v))), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enrolled puts on a roll what the index has. What changes meanwhile marks it.
func (x *Index) enrolled(r *roll) error {
	var lines []line
	err := x.view(func(txn *badger.Txn) error {
		return enlisted(txn, r.rollOf, func(thing hash, since seq) bool {
			lines = append(lines, line{thing: thing, since: since})
			return true
		})
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range lines {
		r.add(l.thing, l.since)
	}
	slices.SortFunc(r.lines, func(a, b line) int { return cmp.Compare(a.since, b.since) })
	clear(r.stale)
	for i, l := range r.lines {
		r.at[l.thing], r.stale[i] = i, true
	}
	r.listed = true
	return nil
}

// readStale reads the lines that are stale now. Who calls it holds r.reading.
func (x *Index) readStale(ctx context.Context, r *roll) error {
	type todo struct {
		i       int
		thing   hash
		version uint32
	}
	var list []todo
	r.mu.RLock()
	for i := range r.stale {
		list = append(list, todo{i, r.lines[i].thing, r.lines[i].version})
	}
	r.mu.RUnlock()
	group, ctx := errgroup.WithContext(ctx)
	part := max(100, len(list)/runtime.GOMAXPROCS(0)+1)
	for some := range slices.Chunk(list, part) {
		group.Go(func() error {
			for _, t := range some {
				if err := ctx.Err(); err != nil {
					return err
				}
				got, err := x.readLine(ctx, r.rollOf, t.thing)
				if err != nil {
					return err
				}
				r.mu.Lock()
				if l := &r.lines[t.i]; l.version == t.version {
					l.said = got
					delete(r.stale, t.i)
				}
				r.mu.Unlock()
			}
			return nil
		})
	}
	return group.Wait()
}

func (x *Index) readLine(ctx context.Context, which rollOf, thing hash) (l said, err error) {
	var d described
	var id trace.ID
	err = x.view(func(txn *badger.Txn) error {
		if which.kind == placeRoll {
			row, _, err := getRow[placeRow](txn, key('L', thing[:]))
			id, d, l.gone = row.Place.ID, row.described(), row.Owner != which.org
			l.traits = traitKind * traits(slices.Index(trace.PlaceKinds, row.Place.Kind)+1)
			return err
		}
		row, _, err := getRow[productRow](txn, key('P', thing[:]))
		id, d = row.Product.ID, row.described()
		if row.Owner != which.org {
			l.traits, l.gone = traitLent, !slices.Contains(row.Product.Makers, which.org)
		}
		if row.Product.Perennial {
			l.traits |= traitCrop
		}
		return err
	})
	if err != nil || l.gone {
		return l, err
	}
	l.owner, l.codes = d.org, codeWords(id)
	if d.Describes == nil {
		return l, nil
	}
	l.sealed, l.payload = d.grant() == grantOrg, hashOf(d.Payload)
	p, err := x.words(ctx, d.Payload)
	if err != nil || p == nil {
		return l, err
	}
	l.words, l.units = profileWords(p), p.Units
	if p.Closed != "" {
		l.traits |= traitClosed
	}
	if r, err := land.ReadRing(p.Outline); err == nil && len(r) > 0 {
		l.box = r.Box()
	}
	return l, nil
}

// words is a profile that was not erased; nil where it is not here. It leaves the
// profiles that are kept in memory as they are, and one that cannot be read is as if it
// were not here: it must not keep all others from being found.
func (x *Index) words(ctx context.Context, cid string) (*trace.Profile, error) {
	if erased, err := x.isErased(cid); erased || err != nil {
		return nil, err
	}
	if p, ok := x.profiles.Peek(cid); ok {
		return p, nil
	}
	p, err := x.fetchProfile(ctx, cid)
	if err != nil && ctx.Err() == nil {
		x.log.Error("a profile cannot be read", "cid", cid, "error", err)
		return nil, nil
	}
	return p, err
}

// codeWords are an identifier in the ways in which people write it.
func codeWords(id trace.ID) string {
	if c, ok := id.Code(); ok {
		return strings.ToLower(string(c) + "\n" + c.Spoken())
	}
	if k, ok := id.Key(); ok {
		return strings.ToLower(k.Value())
	}
	return strings.ToLower(id.String())
}

// profileWords are the words by which something is found, in a line each.
func profileWords(p *trace.Profile) string {
	list := []string{p.Name.VI, p.Name.EN, p.Brand, p.Assigned}
	list = slices.DeleteFunc(append(list, p.Old...), func(s string) bool { return s == "" })
	for i, s := range list {
		list[i] = trace.Plain(s)
	}
	return strings.Join(list, "\n")
}

// Forget lets go of the words that are kept in memory; the next search reads them again.
func (x *Index) Forget() { x.rolls.purge() }

// Arrived makes the words of a profile that came late findable.
func (x *Index) Arrived(profile string) { x.rolls.mark(nil, []string{profile}) }

// longRoll is how many lines make a roll worth reading before somebody asks for it.
const longRoll = 500

// Keep reads the words of long rolls before anybody looks for them, and those that
// change of all that are in memory, until the context ends, whose error it returns.
// Searches do without it: they read what is missing themselves.
func (x *Index) Keep(ctx context.Context) error {
	long, err := x.longRolls()
	if err != nil {
		x.log.Error("long lists are read when somebody looks at them", "error", err)
	}
	for _, which := range long {
		x.prepare(ctx, which)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-x.rolls.changed:
		}
		for _, r := range x.rolls.all() {
			r.mu.RLock()
			stale := r.listed && len(r.stale) > 0
			r.mu.RUnlock()
			if stale {
				x.prepare(ctx, r.rollOf)
			}
		}
	}
}

func (x *Index) prepare(ctx context.Context, which rollOf) {
	if _, err := x.ready(ctx, which); err != nil && ctx.Err() == nil {
		x.log.Error("a list cannot be read", slog.String("organisation", which.org.String()), slog.Any("error", err))
	}
}

// longRolls are the rolls worth reading now, as many as memory is given to.
func (x *Index) longRolls() (list []rollOf, err error) {
	room := x.cfg.Lines
	err = x.view(func(txn *badger.Txn) error {
		return scan(txn, key('A'), nil, func(_, org []byte) (bool, error) {
			for _, kind := range []rollKind{placeRoll, productRoll} {
				which, n := rollOf{kind, ledger.ID(org)}, 0
				err := enlisted(txn, which, func(hash, seq) bool { n++; return true })
				if err != nil {
					return false, err
				}
				if n >= longRoll && n <= room {
					list, room = append(list, which), room-n
				}
			}
			return true, nil
		})
	})
	return list, err
}
