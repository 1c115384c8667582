package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/slogtest"
	"time"
	"unicode/utf8"
)

// TestClean: what is personal or opens something is not shown, and what names a
// record is.
func TestClean(t *testing.T) {
	secret := "AAECAwQFBgcICQoLDA0OD_7-3cWk1m2b9ZQxYtTn0uVrGhIjKlMnOpQrStUvWxYz"
	for in, want := range map[string]string{
		"the ledger is behind":                                                "the ledger is behind",
		"mail to hoa.nguyen@example.vn failed":                                "mail to … failed",
		"who=an@vải.vn is not known":                                          "who=… is not known",
		"call 0912 345 678 or +84912345678 now":                               "call … or … now",
		"GET /join/" + secret + " failed":                                     "GET /join/… failed",
		"token sg_" + secret + " is wrong":                                    "token … is wrong",
		"GET /reset?k=abc&name=Hoa: EOF":                                      "GET /reset… EOF",
		"dial tcp 203.0.113.7:443: refused":                                   "dial tcp …:443: refused",
		"entry 1234567890123 cannot be indexed":                               "entry 1234567890123 cannot be indexed",
		"org 0190a6f2c7d37b1e8a4f5d6c7b8a9f0e":                                "org 0190a6f2c7d37b1e8a4f5d6c7b8a9f0e",
		"key 0x5aAeb6053F3E94C9b9A09f33669435E7":                              "key …", // an odd length is nobody's address
		"key 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed":                      "key 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy is away": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy is away",
		"broken \xff":            "broken …",
		strings.Repeat("ữ", 300): strings.Repeat("ữ", maxText/len("ữ")) + "…",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("mail to hoa@example.vn at +84 912 345 678, /join/AAECAwQFBgcICQoLDA0OD_7-3cWk1m2b?k=1")
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || len(got) > maxText+len(hidden) {
			t.Errorf("%q", got)
		}
		if again := clean(got); len(again) > len(got)+len(hidden) {
			t.Errorf("%q grows to %q", got, again)
		}
	})
}

// TestRecent remembers what is at least a warning, the last of it, and passes
// everything on.
func TestRecent(t *testing.T) {
	var w Watch
	var out bytes.Buffer
	log := slog.New(w.Recent.Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError})))
	log.Info("nothing")
	log.With("peer", "Sở A").WithGroup("request").Warn("slow", "route", "/epcis", slog.Group("who", "mail", "hoa@example.vn"))
	if got := fmt.Sprint(w.Recent.Reports()); !strings.Contains(got, "WARN slow [{peer Sở A} {request.route /epcis} {request.who.mail …}]") {
		t.Errorf("remembered: %s", got)
	}
	if out.Len() > 0 {
		t.Errorf("passed on although it was not wanted: %s", &out)
	}
	for i := range keep + 5 {
		log.Error("failed", "n", i)
	}
	list := w.Recent.Reports()
	if len(list) != keep || list[0].Details[0].Value != fmt.Sprint(keep+4) || list[keep-1].Details[0].Value != "5" {
		t.Errorf("%d reports, from %v to %v", len(list), list[0], list[len(list)-1])
	}
	if n := strings.Count(out.String(), "failed"); n != keep+5 {
		t.Errorf("%d passed on", n)
	}
}

// TestHandler is the standard library's check of a handler.
func TestHandler(t *testing.T) {
	var w Watch
	var out bytes.Buffer
	err := slogtest.TestHandler(w.Recent.Handler(slog.NewJSONHandler(&out, nil)), func() (all []map[string]any) {
		for line := range strings.Lines(out.String()) {
			var one map[string]any
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
		return all
	})
	if err != nil {
		t.Error(err)
	}
}

func TestJobs(t *testing.T) {
	w := New(t.TempDir())
	stop := w.Begin("index", func() uint64 { return 7 })
	w.Begin("catalogue", nil)(errors.New("entry 3: hoa@example.vn"))
	jobs := w.Jobs()
	if j := jobs[0]; j.Name != "index" || j.State != Running || j.Height == nil || *j.Height != 7 {
		t.Errorf("%+v", j)
	}
	if j := jobs[1]; j.State != Failed || j.Problem != "entry 3: …" || j.Height != nil {
		t.Errorf("%+v", j)
	}
	stop(context.Canceled)
	if j := w.Jobs()[0]; j.State != Ended || j.Problem != "" {
		t.Errorf("%+v", j)
	}
}

// TestDisk: a file with holes counts for what it takes, and room that runs out is
// said to.
func TestDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "full"), bytes.Repeat([]byte{1}, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	sparse, err := os.Create(filepath.Join(dir, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sparse.Truncate(1<<30), sparse.Close()); err != nil {
		t.Fatal(err)
	}
	w := New(dir, Folder{"ledger", dir}, Folder{"index", filepath.Join(dir, "absent")})
	stores := w.Stores()
	if n := stores[0].Bytes; n < 64<<10 || n > 1<<20 {
		t.Errorf("the folder takes %d bytes", n)
	}
	if stores[1].Bytes != 0 {
		t.Errorf("what is not there takes %d bytes", stores[1].Bytes)
	}
	if d := w.Disk(); d.Total == 0 || d.Free > d.Total {
		t.Errorf("%+v", d)
	}
	if since := time.Since(w.Started()); since < 0 || since > time.Minute {
		t.Errorf("started %s ago", since)
	}
	for _, d := range []struct {
		Disk
		low bool
	}{
		{Disk{}, false},
		{Disk{Free: 900 << 20, Total: 10 << 30}, true},
		{Disk{Free: 2 << 30, Total: 10 << 30}, false},
		{Disk{Free: 4 << 30, Total: 100 << 30}, true},
		{Disk{Free: 25 << 30, Total: 2 << 40}, false},
	} {
		if d.Low() != d.low {
			t.Errorf("%+v is low: %v", d.Disk, !d.low)
		}
	}
}
