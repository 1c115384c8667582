package node_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

var quiet = slog.New(slog.DiscardHandler)

// backUp writes a backup of the running node into a file, through its interface.
func (s *site) backUp(file string, since *backup.Position) backup.Trailer {
	s.Helper()
	path := "/api/v1/backup"
	if since != nil {
		path += "?since=" + since.String()
	}
	a := s.must(s.get(path, s.operator), http.StatusOK)
	if err := os.WriteFile(file, a.body, 0o600); err != nil {
		s.Fatal(err)
	}
	t, err := backup.ReadTrailer(bytes.NewReader(a.body))
	if err != nil {
		s.Fatal(err)
	}
	return t
}

// restoreInto restores backups into a new folder, and puts the keys of another back.
func restoreInto(t testing.TB, keysOf string, from ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := node.Restore(t.Context(), node.RestoreConfig{Data: dir, From: from, AcceptLoss: true, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(filepath.Join(keysOf, "keys"))); err != nil {
		t.Fatal(err)
	}
	tokens, err := os.ReadFile(filepath.Join(keysOf, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tokens.json"), tokens, 0o600); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(dir, "keys"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBackup backs a node up while 16 record, restores it from a full backup and two
// increments, and from one full backup, and compares.
func TestBackup(t *testing.T) {
	t.Parallel()
	data, out := t.TempDir(), t.TempDir()
	s := openSite(t, data)
	full, first, second, whole := filepath.Join(out, "full"), filepath.Join(out, "first"), filepath.Join(out, "second"), filepath.Join(out, "whole")
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "L1")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 100))
	s.publish(coop)
	person := s.admit("Hộ ông Bình", ledger.KindHousehold)
	image := s.upload(coop.token, bytes.Repeat([]byte("ảnh "), 300_000), false) // a tree of blocks
	gone := payloadOf(t, s, person)
	base := s.backUp(full, nil)
	if n := base.Counts; n.Payloads < 5 || n.Blocks == 0 || n.Accounts == 0 {
		t.Fatalf("a full backup of %+v", n)
	}
	s.direct(s.operator, trace.ActionErase, trace.Erasure{Payload: gone, Reason: "subject_request"})

	var mu sync.Mutex
	acknowledged := map[int]string{} // event: entry
	next, stop := 0, make(chan struct{})
	var writers sync.WaitGroup
	for range 16 {
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				mu.Lock()
				n := next
				next++
				mu.Unlock()
				e := s.eventOf(coop, n)
				a := s.capture(coop.token, ledger.Public, documentOf(e))
				if a.StatusCode != http.StatusAccepted {
					t.Errorf("event %d: %s", n, a)
					return
				}
				mu.Lock()
				acknowledged[n] = a.Header.Get("Location")
				mu.Unlock()
			}
		})
	}
	enough := func(n int) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return len(acknowledged) >= n }
	}
	eventually(t, enough(60), "recording")
	mu.Lock()
	before := len(acknowledged)
	mu.Unlock()
	one := s.backUp(first, &base.To)
	if one.To.Size < base.To.Size+uint64(before) {
		t.Errorf("%d records were acknowledged after %d, and the increment goes to %d", before, base.To.Size, one.To.Size)
	}
	eventually(t, enough(before+60), "recording on")
	close(stop)
	writers.Wait()
	two := s.backUp(second, &one.To)
	all := s.backUp(whole, nil)
	if two.To.Size != s.Ledger.Size() || all.To.Size != s.Ledger.Size() || two.Counts.Blocks == 0 || one.Counts.Tombstones == 0 {
		t.Fatalf("the register has %d entries, the increments %+v and %+v, the full backup %+v", s.Ledger.Size(), one, two, all)
	}
	pages := map[string][]byte{}
	for _, path := range []string{lot.Path(), product.Path(), "/api/v1/datasets"} {
		pages[path] = s.must(s.get(path, ""), http.StatusOK).body
	}
	trust := s.Trust
	s.stop()

	chain := restoreInto(t, data, full, first, second)
	single := restoreInto(t, data, whole)
	if a, b := recordsOf(t, chain), recordsOf(t, single); !slices.Equal(a, b) || len(a) < 100 {
		t.Errorf("a full backup and two increments give %d records, one full backup gives %d, and they differ", len(a), len(b))
	}
	for _, dir := range []string{data, chain, single} {
		if wrong, notes := verified(t, dir); len(wrong)+len(notes) > 0 {
			t.Errorf("%s: %q, %q", dir, wrong, notes)
		}
	}
	for _, dir := range []string{chain, single} {
		r := openSite(t, dir)
		if r.Ledger.Size() != all.To.Size {
			t.Fatalf("%d entries, want %d", r.Ledger.Size(), all.To.Size)
		}
		for path, want := range pages {
			if got := r.must(r.get(path, ""), http.StatusOK).body; !bytes.Equal(got, want) {
				t.Errorf("%s is another page now:\n%s\nwas\n%s", path, got, want)
			}
		}
		for n, entry := range acknowledged {
			if a := r.get("/epcis/events/"+eventName(n), ""); a.StatusCode != http.StatusOK {
				t.Errorf("event %d, acknowledged as %s: %s", n, entry, a)
			}
		}
		for _, entry := range []uint64{0, base.To.Size, all.To.Size - 1} {
			b := r.must(r.get("/api/v1/receipts/"+itoa(entry), coop.token), http.StatusOK).body
			if _, err := receipt.Verify(trust, b); err != nil {
				t.Errorf("receipt %d: %v", entry, err)
			}
		}
		if info, err := r.Store.Stat(t.Context(), mustCID(t, image)); err != nil || info.Size == 0 {
			t.Errorf("the image: %+v, %v", info, err)
		}
		if info, err := r.Store.Stat(t.Context(), mustCID(t, gone)); err != nil || info.Erased == 0 {
			t.Errorf("what was erased is back: %+v, %v", info, err)
		}
		r.events = next + 1000
		r.recordEvents(coop, ledger.Public, r.commission(r.lot(product, "L2"), 5)) // by keys in custody
		r.stop()
	}
	t.Run("refused", func(t *testing.T) {
		into := filepath.Join(t.TempDir(), "data")
		cut := filepath.Join(out, "cut")
		b, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		bent := filepath.Join(out, "bent")
		changed := bytes.Clone(b)
		changed[len(b)/2] ^= 1
		for file, content := range map[string][]byte{cut: b[:len(b)-100], bent: changed} {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			says string
			from []string
		}{
			{"an increment is missing", []string{full, second}},
			{"name the full backup first", []string{first}},
			{"only increments follow", []string{full, whole}},
			{"cut short", []string{cut}},
			{"are those of", []string{bent}},
		} {
			_, err := node.Restore(t.Context(), node.RestoreConfig{Data: into, From: c.from, AcceptLoss: true, Log: quiet})
			if err == nil || !strings.Contains(err.Error(), c.says) || ledger.CodeOf(err) != ledger.Invalid {
				t.Errorf("%v: %v, want %q", c.from, err, c.says)
			}
			if _, err := os.Stat(into); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v: the folder is there: %v", c.from, err)
			}
		}
		if _, err := node.Restore(t.Context(), node.RestoreConfig{Data: data, From: []string{whole}, AcceptLoss: true}); ledger.CodeOf(err) != ledger.Conflict {
			t.Errorf("into a folder that is in use: %v", err)
		}
		if _, err := node.Restore(t.Context(), node.RestoreConfig{Data: into, From: []string{whole}}); !errors.Is(err, node.ErrUnwitnessed) {
			t.Errorf("without a witness: %v", err)
		}
		seen := filepath.Join(out, "checkpoint")
		if err := os.WriteFile(seen, two.Checkpoint, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := node.Restore(t.Context(), node.RestoreConfig{Data: into, From: []string{full}, Witnessed: seen, Log: quiet}); err == nil || !strings.Contains(err.Error(), "are missing") {
			t.Errorf("fewer records than were seen: %v", err)
		}
		if r, err := node.Restore(t.Context(), node.RestoreConfig{Data: into, From: []string{full, first, second}, Witnessed: seen, Log: quiet}); err != nil || r.LossAccepted || r.Erased != 1 {
			t.Errorf("as many records as were seen: %+v, %v", r, err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		var b bytes.Buffer
		got, err := node.BackupStopped(t.Context(), node.Config{Data: data, Log: quiet}, &b, node.BackupOptions{Since: &two.To})
		if err != nil || got.To.Size != two.To.Size || got.Counts.Blocks != 0 || got.Counts.Accounts == 0 {
			t.Errorf("an increment of nothing: %+v, %v", got, err)
		}
		nothing := filepath.Join(out, "nothing")
		if err := os.WriteFile(nothing, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		into := filepath.Join(t.TempDir(), "data")
		if r, err := node.Restore(t.Context(), node.RestoreConfig{Data: into, From: []string{full, first, second, nothing}, AcceptLoss: true, Log: quiet}); err != nil || r.Size != two.To.Size {
			t.Errorf("an increment of nothing: %+v, %v", r, err)
		}
		other := backup.Position{Blocks: 3, Size: 9, Hash: ledger.Hash{1}, Store: two.To.Store}
		if _, err := node.BackupStopped(t.Context(), node.Config{Data: data, Log: quiet}, &b, node.BackupOptions{Since: &other}); ledger.CodeOf(err) != ledger.Conflict {
			t.Errorf("since another past: %v", err)
		}
		if _, err := node.BackupStopped(t.Context(), node.Config{Data: chain, Log: quiet}, &b, node.BackupOptions{Since: &two.To}); ledger.CodeOf(err) != ledger.Conflict {
			t.Errorf("an increment of a restored node since a backup of the one before: %v", err)
		}
	})
}

func eventName(n int) string { return fmt.Sprintf("urn:uuid:00000000-0000-4000-9000-%012d", n) }

// eventOf is an event that depends on no other.
func (s *site) eventOf(p *party, n int) event {
	return event{
		"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "inspecting", "eventID": eventName(n),
		"eventTime": "2026-06-03T07:30:00.000Z", "eventTimeZoneOffset": "+07:00", "epcList": []string{fmt.Sprintf("https://example.vn/crate/%d", n)},
	}
}

// recordsOf is what a stopped folder holds, by a backup of it: kinds and contents,
// sorted. Of accounts it has the keys, since a request may have been counted between.
func recordsOf(t testing.TB, dir string) (list []string) {
	t.Helper()
	var out bytes.Buffer
	if _, err := node.BackupStopped(t.Context(), node.Config{Data: dir, Log: quiet}, &out, node.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	in, err := backup.NewReader(&out)
	for err == nil {
		var item any
		item, err = in.Next()
		switch item := item.(type) {
		case backup.Account:
			list = append(list, fmt.Sprintf("account %x", item.Key))
		case backup.Tombstone:
			list = append(list, fmt.Sprint("tombstone ", item))
		case backup.Block:
			list = append(list, fmt.Sprintf("block %x", item))
		case *backup.Payload:
			b, err := io.ReadAll(item)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprintf("payload %s %x %x", item.CID, item.Key, sha256.Sum256(b)))
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func mustCID(t testing.TB, s string) cid.Cid {
	t.Helper()
	c, err := content.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
