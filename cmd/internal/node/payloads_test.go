package node_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

func TestPayloads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.admit("Hợp tác xã A", ledger.KindCoop)
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	image := s.upload(a.token, svg, false)
	large := bytes.Repeat([]byte("dữ liệu "), 100_000) // more than a chunk
	file := s.upload(a.token, large, false)
	about := s.upload(a.token, []byte(`{"title":{"vi":"Tệp"},"summary":{"vi":"x"}}`), false)
	page := s.upload(a.token, []byte("<!DOCTYPE html><script>alert(1)</script>"), false)
	empty := s.upload(a.token, nil, false)
	sealed := s.upload(a.token, []byte("secret"), true)

	t.Run("nobody's", func(t *testing.T) { // stored, and named by no record
		for _, token := range []string{"", a.token, s.operator} {
			s.must(s.get("/ipfs/"+file, token), http.StatusNotFound)
		}
	})
	r := release(about, file)
	r.Files = append(r.Files, r.Files[0], r.Files[0], r.Files[0])
	for i, cid := range []string{file, image, page, empty} {
		r.Files[i].Name, r.Files[i].CID = strconv.Itoa(i), cid
	}
	s.releases(a, r)

	t.Run("equal", func(t *testing.T) {
		got := s.must(s.get("/ipfs/"+file, ""), http.StatusOK)
		if !bytes.Equal(got.body, large) || got.Header.Get("ETag") != `"`+file+`"` {
			t.Errorf("%d bytes, ETag %q", len(got.body), got.Header.Get("ETag"))
		}
		if csp := got.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") {
			t.Errorf("Content-Security-Policy %q", csp)
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error("without nosniff")
		}
		s.must(s.get("/ipfs/"+file, "", "If-None-Match", `"`+file+`"`), http.StatusNotModified)
		if got := s.must(s.get("/ipfs/"+empty, ""), http.StatusOK); len(got.body) != 0 {
			t.Errorf("%s", got)
		}
	})
	t.Run("types", func(t *testing.T) { // nothing that runs
		for cid, want := range map[string]string{image: "image/svg+xml", page: "application/octet-stream", about: "application/json", file: "text/plain; charset=utf-8"} {
			if got := s.get("/ipfs/"+cid, "").Header.Get("Content-Type"); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	t.Run("ranges", func(t *testing.T) {
		got := s.must(s.get("/ipfs/"+file, "", "Range", "bytes=262140-262150"), http.StatusPartialContent)
		if !bytes.Equal(got.body, large[262140:262151]) {
			t.Errorf("%q", got.body)
		}
		s.must(s.get("/ipfs/"+file, "", "Range", "bytes=99999999-"), http.StatusRequestedRangeNotSatisfiable)
	})
	t.Run("HEAD", func(t *testing.T) {
		got := s.must(s.call(http.MethodHead, "/ipfs/"+file, "", nil, nil), http.StatusOK)
		if got.ContentLength != int64(len(large)) || len(got.body) != 0 {
			t.Errorf("%d, %d bytes", got.ContentLength, len(got.body))
		}
	})
	t.Run("identifiers", func(t *testing.T) {
		for _, cid := range []string{"x", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWMEkEs", strings.ToUpper(file), file + "a", "bafkqaaa", "..%2f..%2fkeys"} {
			s.must(s.get("/ipfs/"+cid, ""), http.StatusBadRequest).problem(t)
		}
	})
	t.Run("sealed", func(t *testing.T) {
		for _, token := range []string{"", a.token, s.operator} {
			s.must(s.get("/ipfs/"+sealed, token), http.StatusNotFound)
		}
		s.must(s.call("POST", "/api/v1/payloads?sealed=yes", a.token, nil, []byte("x")), http.StatusBadRequest).problem(t)
	})
	t.Run("upload", func(t *testing.T) {
		first := s.must(s.call("POST", "/api/v1/payloads", a.token, nil, []byte("new")), http.StatusCreated)
		again := s.must(s.call("POST", "/api/v1/payloads", s.operator, nil, []byte("new")), http.StatusCreated)
		if !bytes.Equal(first.body, again.body) {
			t.Errorf("an upload tells that it was here:\n%s\n%s", first, again)
		}
		p := s.must(s.call("POST", "/api/v1/payloads", a.token, nil, make([]byte, 32<<20+1)), http.StatusRequestEntityTooLarge).problem(t)
		if p.Title != "too_large" || p.Detail == "" {
			t.Errorf("%+v", p)
		}
	})
}

// TestCorruptPayload changes a payload's bytes on disk.
func TestCorruptPayload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSite(t, dir)
	a := s.admit("Hợp tác xã A", ledger.KindCoop)
	good := bytes.Repeat([]byte("unchanged since it was stored "), 100)
	about := s.upload(a.token, []byte(`{"title":{"vi":"Tệp"},"summary":{"vi":"x"}}`), false)
	file := s.upload(a.token, good, false)
	s.releases(a, release(about, file))
	s.must(s.get("/ipfs/"+file, ""), http.StatusOK)
	s.stop()
	found := 0
	blocks := filepath.Join(dir, "payloads", "blocks")
	files, err := os.ReadDir(blocks)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Join(blocks, f.Name())
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b, []byte("unchanged")); n > 0 {
			found += n
			if err := os.WriteFile(name, bytes.ReplaceAll(b, []byte("unchanged"), []byte("unChanged")), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found == 0 {
		t.Fatal("the payload is not found on disk")
	}
	s = openSite(t, dir)
	got := s.get("/ipfs/"+file, "")
	if got.StatusCode != http.StatusInternalServerError || bytes.Contains(got.body, []byte("hanged since")) {
		t.Errorf("%.200s", got)
	}
}

// TestErasure: what is erased is gone for good, and everything else still holds.
func TestErasure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSite(t, dir)
	coop, other := s.admit("Hợp tác xã Kim Biên", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	household := s.admit("Nguyễn Văn Kín", ledger.KindHousehold)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "L1")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 10))
	profiles := map[*party]string{coop: payloadOf(t, s, coop), household: payloadOf(t, s, household)}
	for p, cid := range profiles {
		for _, path := range []string{lot.Path(), "/api/v1/organisations"} {
			if path == lot.Path() && p == household {
				continue
			}
			if got := s.must(s.get(path, s.operator), http.StatusOK); !bytes.Contains(got.body, []byte(p.name)) {
				t.Fatalf("%s does not name %s", path, p.name)
			}
		}
		erasure := trace.Erasure{Payload: cid, Reason: "yêu cầu của chủ"}
		s.refused(t, s.record(other.token, trace.RegistryContract, trace.ActionErase, erasure), s.Ledger.Size(), 403, "items[0].payload")
		s.refused(t, s.call("POST", "/api/v1/records/registry/erase", "", header{"Content-Type", "application/json"}, []byte(`{"items":[{}]}`)), s.Ledger.Size(), 401, "")
		s.must(s.record(p.token, trace.RegistryContract, trace.ActionErase, erasure), http.StatusCreated)
		s.refused(t, s.record(p.token, trace.RegistryContract, trace.ActionErase, erasure), s.Ledger.Size(), 409, "items[0].payload")
	}
	gone := func() {
		t.Helper()
		for p, cid := range profiles {
			id, err := content.Parse(cid)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := s.Store.Stat(t.Context(), id); err != nil || info.Erased.IsZero() {
				t.Errorf("%s: no tombstone: %+v, %v", p.name, info, err)
			}
			if _, _, err := s.Store.Open(t.Context(), id); ledger.CodeOf(err) != ledger.NotFound {
				t.Errorf("%s: opens: %v", p.name, err)
			}
			for _, path := range []string{"/", product.Path(), lot.Path(), lot.Path() + "?lang=en", lot.Path() + "?format=json", "/trace?id=" + escaped(lot.String()), "/api/v1/organisations"} {
				if got := s.must(s.get(path, s.operator), http.StatusOK); bytes.Contains(got.body, []byte(p.name)) {
					t.Errorf("%s still names %s", path, p.name)
				}
			}
			s.must(s.get("/ipfs/"+cid, s.operator), http.StatusNotFound)
		}
		s.verifyAll()
	}
	// The store follows the register; the answer came when the read model had.
	for p, cid := range profiles {
		id, err := content.Parse(cid)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { info, err := s.Store.Stat(t.Context(), id); return err == nil && !info.Erased.IsZero() }, p.name)
	}
	gone()
	// The same words sealed anew are another payload; in clear they stay away.
	b, err := json.Marshal(trace.Profile{Name: trace.Text{VI: coop.name, EN: coop.name + " Ltd"}, Phone: "0204 000 1"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.call("POST", "/api/v1/payloads", s.operator, nil, b); got.StatusCode == http.StatusCreated {
		t.Errorf("an erased payload came back: %s", got)
	}
	s.stop()
	s = openSite(t, dir)
	gone()
}

// verifyAll checks the receipt of every item on the register against its trust
// file alone.
func (s *site) verifyAll() {
	s.Helper()
	trust, err := receipt.ParseTrust(s.must(s.get("/api/v1/trust", ""), http.StatusOK).body)
	if err != nil {
		s.Fatal(err)
	}
	for i := range s.Ledger.Size() {
		a := s.must(s.get("/api/v1/receipts/"+itoa(i), s.operator), http.StatusOK)
		if _, err := receipt.Verify(trust, a.body); err != nil {
			s.Errorf("receipt %d: %v", i, err)
		}
	}
}
