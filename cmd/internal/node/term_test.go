package node_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/market"
)

// lateBy is a site's clock of agreements, which a test puts on.
type lateBy struct{ atomic.Int64 }

func (l *lateBy) now() time.Time { return time.Now().Add(time.Duration(l.Load())) }

const (
	termDays = 30
	runOut   = "Thỏa thuận đã hết thời hạn"
)

// TestTermOfAFile: an agreement gives its file until its last day, and not after; both
// sides read why.
func TestTermOfAFile(t *testing.T) {
	t.Parallel()
	var late lateBy
	d := startSite(t, node.Config{Data: t.TempDir(), Now: late.now}).deliverable(market.Terms{Days: termDays, Purposes: []market.Purpose{market.PurposeInternal}}, right)
	d.mai.decides(d.at + "/transfer")
	d.does(d.hoa, "start")
	link := d.link()
	taken := func() {
		t.Helper()
		if a := d.must(d.mai.get(link), http.StatusOK); !bytes.Equal(a.body, d.plain) {
			t.Errorf("%d bytes", len(a.body))
		}
	}
	taken()
	late.Store(int64((termDays*24 - 1) * time.Hour))
	taken()
	if page := d.mai.says(d.at, "Đang có hiệu lực"); strings.Contains(page, runOut) {
		t.Errorf("an hour before its end: %s", page)
	}
	late.Store(int64(termDays * 24 * time.Hour))
	for _, path := range []string{link, link + "/sealed"} {
		if a := d.must(d.mai.get(path), http.StatusForbidden); !a.says(runOut) || bytes.Contains(a.body, d.plain[:100]) {
			t.Errorf("%s", a)
		}
	}
	d.must(d.mai.call(http.MethodGet, link, header{"Range", "bytes=0-9"}, nil), http.StatusForbidden)
	if page := d.mai.says(d.at, "Hết thời hạn", runOut); strings.Contains(page, link+`"`) {
		t.Errorf("what has run out is still a link: %s", page)
	}
	d.hoa.says(d.at, "Hết thời hạn", runOut)
	d.mai.says("/trade", "Hết thời hạn")
}

// TestTermOfAService: the call after the last day of a term is not passed on, and the
// page of the agreement says why.
func TestTermOfAService(t *testing.T) {
	t.Parallel()
	var late lateBy
	x := subscribe(t, node.Config{Data: t.TempDir(), Now: late.now}, market.Terms{Days: termDays, Purposes: []market.Purpose{market.PurposeInternal}})
	x.set()
	x.open()
	token := x.token("Máy chủ")
	x.ask(token, "harvest", http.StatusOK)
	late.Store(int64((termDays*24 - 1) * time.Hour))
	x.ask(token, "harvest", http.StatusOK)
	x.mai.says(x.at, "Đang gọi được")
	calls := x.up.calls()
	late.Store(int64(termDays * 24 * time.Hour))
	if a := x.ask(token, "harvest", http.StatusForbidden); !a.says("expired") {
		t.Errorf("%s", a)
	}
	if x.up.calls() != calls {
		t.Error("the provider was called after the end")
	}
	if page := x.mai.says(x.at, "Hết thời hạn", runOut); strings.Contains(page, "Đang gọi được") {
		t.Errorf("%s", page)
	}
	x.hoa.says(x.at, "Hết thời hạn", runOut)
	x.must(x.mai.post(x.at+"/passes", "name", "Sau hạn"), http.StatusForbidden)
}
