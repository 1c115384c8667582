// Package uploads keeps files that somebody sends in pieces: how much of each has come
// is on disk before it is said, so that whoever sends goes on where it was cut off. A
// file that stays half vanishes after HalfLife, and one that nothing came of after
// WholeLife.
package uploads

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of uploads.
const (
	HalfLife  = 7 * 24 * time.Hour
	WholeLife = 90 * 24 * time.Hour
	MaxBytes  = 5 << 30  // of one
	MaxOrg    = 20 << 30 // of an organisation's, all together
	MaxName   = 200      // bytes of a name
	maxOfOrg  = 200      // of an organisation
	sweepEach = time.Hour
)

// Upload is a file on its way, or one that has come.
type Upload struct {
	ID   ledger.ID   `json:"id"`
	Org  ledger.ID   `json:"org"`
	Name string      `json:"name"`
	Size int64       `json:"size"` // in the end
	Made ledger.Time `json:"made"`
	By   ledger.ID   `json:"by,omitzero"` // the job that made it of another

	Offset int64     `json:"-"` // what has come
	Last   time.Time `json:"-"` // when something came last
}

// Whole reports whether all of it has come.
func (u Upload) Whole() bool { return u.Offset == u.Size }

// Expires is when it goes, if nothing more comes.
func (u Upload) Expires() time.Time {
	if u.Whole() {
		return u.Last.Add(WholeLife)
	}
	return u.Last.Add(HalfLife)
}

// Config says where uploads are kept.
type Config struct {
	Dir      string
	MaxBytes int64            // of all together; 0 means DefaultMax
	Now      func() time.Time // nil means the system's clock
	Log      *slog.Logger     // nil means slog.Default
}

// DefaultMax bounds all uploads of a node together, in bytes.
const DefaultMax = 100 << 30

// Store is the uploads of a node.
type Store struct {
	dir string
	max int64
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	all   map[ledger.ID]*Upload
	busy  map[ledger.ID]bool // something is coming
	swept time.Time
}

const (
	aboutEnd = ".json"
	bytesEnd = ".bytes"
	nextEnd  = ".next" // a record that is about to take the place of one
)

// Open reads the uploads of a folder, which it makes when it does not exist.
func Open(c Config) (*Store, error) {
	s := &Store{dir: c.Dir, max: c.MaxBytes, now: c.Now, log: c.Log, all: map[ledger.ID]*Upload{}, busy: map[ledger.ID]bool{}}
	if s.max == 0 {
		s.max = DefaultMax
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the folder of uploads cannot be made")
	}
	names, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the folder of uploads cannot be read")
	}
	for _, e := range names {
		name, end := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), filepath.Ext(e.Name())
		id, err := ledger.ParseID(name)
		if err != nil || end != aboutEnd && end != bytesEnd && end != nextEnd || s.all[id] != nil {
			continue
		}
		u, err := s.read(id)
		if err != nil { // it was cut off while it was made or removed
			s.log.Warn("a file without its record is removed", "upload", id, "error", err)
			if err := s.erase(id); err != nil {
				return nil, err
			}
			continue
		}
		s.all[id] = u
	}
	return s, s.sweep()
}

func (s *Store) path(id ledger.ID, end string) string {
	return filepath.Join(s.dir, id.String()+end)
}

func (s *Store) read(id ledger.ID) (*Upload, error) {
	b, err := os.ReadFile(s.path(id, aboutEnd))
	if err != nil {
		return nil, err
	}
	u := new(Upload)
	if err := json.Unmarshal(b, u); err != nil {
		return nil, err
	}
	info, err := os.Stat(s.path(id, bytesEnd))
	if err != nil {
		return nil, err
	}
	if u.ID != id || info.Size() > u.Size {
		return nil, errors.New("its record is another's")
	}
	u.Offset, u.Last = info.Size(), info.ModTime()
	return u, nil
}

// erase removes the record first: bytes without one are nobody's.
func (s *Store) erase(id ledger.ID) error {
	for _, end := range []string{aboutEnd, bytesEnd, nextEnd} {
		if err := os.Remove(s.path(id, end)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return ledger.Wrap(err, ledger.Internal, "an upload cannot be removed")
		}
	}
	return nil
}

// sweep removes what is over its time.
func (s *Store) sweep() error {
	now := s.now()
	if now.Sub(s.swept) < sweepEach {
		return nil
	}
	for id, u := range s.all {
		if s.busy[id] || now.Before(u.Expires()) {
			continue
		}
		if err := s.erase(id); err != nil {
			return err
		}
		delete(s.all, id)
	}
	s.swept = now
	return nil
}

// Begin makes room for a file of an organisation.
func (s *Store) Begin(org ledger.ID, name string, size int64) (Upload, error) {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	switch {
	case name == "" || len(name) > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Upload{}, ledger.FieldErrorf(ledger.Invalid, "name", "is not a file's name of at most %d bytes", MaxName)
	case size < 0:
		return Upload{}, ledger.FieldErrorf(ledger.Invalid, "size", "is less than nothing")
	case size > MaxBytes:
		return Upload{}, ledger.FieldErrorf(ledger.TooLarge, "size", "a file has at most %d bytes", int64(MaxBytes))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sweep(); err != nil {
		return Upload{}, err
	}
	var ofOrg, all int64
	n := 0
	for _, u := range s.all {
		all += u.Size
		if u.Org == org {
			ofOrg += u.Size
			n++
		}
	}
	switch {
	case n >= maxOfOrg || ofOrg+size > MaxOrg:
		return Upload{}, ledger.FieldErrorf(ledger.TooLarge, "room", "the organisation has %d files here already; publish or remove some first", n)
	case all+size > s.max:
		return Upload{}, ledger.FieldErrorf(ledger.Unavailable, "room", "there is no room for so large a file at this time")
	}
	u := &Upload{ID: ledger.NewID(), Org: org, Name: name, Size: size, Made: ledger.TimeOf(s.now()), Last: s.now()}
	if err := s.make(u); err != nil {
		return Upload{}, errors.Join(ledger.Wrap(err, ledger.Internal, "an upload cannot be written"), s.erase(u.ID))
	}
	s.all[u.ID] = u
	return *u, nil
}

func (s *Store) make(u *Upload) error {
	b, err := json.Marshal(u)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		end  string
		data []byte
	}{{bytesEnd, nil}, {aboutEnd, b}} {
		if err := write(s.path(u.ID, f.end), f.data); err != nil {
			return err
		}
	}
	return syncFolder(s.dir)
}

func write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get is an upload of an organisation, or NotFound.
func (s *Store) Get(org, id ledger.ID) (Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.get(org, id)
	if err != nil {
		return Upload{}, err
	}
	return *u, nil
}

func (s *Store) get(org, id ledger.ID) (*Upload, error) {
	u := s.all[id]
	if u == nil || u.Org != org {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such upload; it may be over its time")
	}
	return u, nil
}

// List is an organisation's uploads, the oldest first.
func (s *Store) List(org ledger.ID) (list []Upload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.all {
		if u.Org == org {
			list = append(list, *u)
		}
	}
	slices.SortFunc(list, func(a, b Upload) int { return int(a.Made - b.Made) })
	return list
}

// Append adds what comes at an offset, which is where the upload stands; anything else
// is a Conflict and changes nothing. What came before r failed is kept, and counts.
// More than the upload is to have is TooLarge.
func (s *Store) Append(org, id ledger.ID, offset int64, r io.Reader) (Upload, error) {
	s.mu.Lock()
	u, err := s.get(org, id)
	switch {
	case err != nil:
	case s.busy[id]:
		err = ledger.FieldErrorf(ledger.Conflict, "offset", "something is coming already")
	case offset != u.Offset:
		err = ledger.FieldErrorf(ledger.Conflict, "offset", "the upload is at %d", u.Offset)
	default:
		s.busy[id] = true
	}
	s.mu.Unlock()
	if err != nil {
		return Upload{}, err
	}
	n, failed := s.append(id, offset, io.LimitReader(r, u.Size-offset))
	if failed == nil {
		failed = atEnd(r, u.Size-offset-n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
	u.Offset, u.Last = offset+n, s.now()
	return *u, failed
}

// atEnd refuses a reader that has more than there was room for.
func atEnd(r io.Reader, room int64) error {
	if room > 0 {
		return nil
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return ledger.FieldErrorf(ledger.TooLarge, "size", "there is more of it than was said")
	}
	return nil
}

// append writes and syncs; n is what is on disk, also after an error.
func (s *Store) append(id ledger.ID, offset int64, r io.Reader) (n int64, err error) {
	f, err := os.OpenFile(s.path(id, bytesEnd), os.O_WRONLY, 0)
	if err != nil {
		return 0, ledger.Wrap(err, ledger.Internal, "an upload cannot be written")
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, ledger.Wrap(err, ledger.Internal, "an upload cannot be written")
	}
	n, err = io.Copy(f, r)
	if sync := f.Sync(); sync != nil {
		back := f.Truncate(offset) // nobody knows what of it is there
		return 0, ledger.Wrap(errors.Join(sync, back), ledger.Internal, "an upload cannot be written")
	}
	return n, err
}

// Read opens an upload all of which has come.
func (s *Store) Read(org, id ledger.ID) (*os.File, error) {
	u, err := s.Get(org, id)
	if err != nil {
		return nil, err
	}
	if !u.Whole() {
		return nil, ledger.Errorf(ledger.Conflict, "%d bytes of the file have not come", u.Size-u.Offset)
	}
	f, err := os.Open(s.path(id, bytesEnd))
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "an upload cannot be read")
	}
	return f, nil
}

// Remove destroys an upload. One that is not there is removed already.
func (s *Store) Remove(org, id ledger.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.get(org, id)
	if err != nil {
		return nil
	}
	if s.busy[id] {
		return ledger.Errorf(ledger.Conflict, "something is coming still")
	}
	if err := s.erase(u.ID); err != nil {
		return err
	}
	delete(s.all, id)
	return syncFolder(s.dir)
}

// Derive makes an upload of what write writes, such as a copy of another without some
// columns. The job that does so, if one does, finds it by MadeBy when it was cut off.
func (s *Store) Derive(org, job ledger.ID, name string, write func(io.Writer) error) (Upload, error) {
	u, err := s.Begin(org, name, 0)
	if err != nil {
		return Upload{}, err
	}
	f, err := os.OpenFile(s.path(u.ID, bytesEnd), os.O_WRONLY, 0)
	if err != nil {
		return Upload{}, errors.Join(ledger.Wrap(err, ledger.Internal, "an upload cannot be written"), s.Remove(org, u.ID))
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	info, err2 := f.Stat()
	err = errors.Join(err, err2, f.Close())
	if err == nil {
		u.Size, u.Offset, u.By = info.Size(), info.Size(), job
		err = s.measure(u)
	}
	if err != nil {
		return Upload{}, errors.Join(err, s.Remove(org, u.ID))
	}
	return u, nil
}

// MadeBy is what a job of an organisation made.
func (s *Store) MadeBy(org, job ledger.ID) []Upload {
	return slices.DeleteFunc(s.List(org), func(u Upload) bool { return u.By != job })
}

// measure writes the size that turned out.
func (s *Store) measure(u Upload) error {
	b, err := json.Marshal(u)
	if err != nil {
		return err
	}
	next := s.path(u.ID, nextEnd)
	if err := write(next, b); err != nil {
		return err
	}
	if err := os.Rename(next, s.path(u.ID, aboutEnd)); err != nil {
		return err
	}
	if err := syncFolder(s.dir); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[u.ID] = &u
	return nil
}
