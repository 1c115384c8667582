package node_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// person is somebody with a device of their own, at a site.
type person struct {
	*fieldwork
	shots *shots
	mast  *mast
}

// mast is what a phone's signal comes from: all that it says goes through it. The
// browser's own way to be offline does not reach the worker that sends what waits.
type mast struct {
	*httptest.Server
	down atomic.Bool
}

func newMast(t *testing.T) *mast {
	t.Helper()
	m := &mast{}
	forward := &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, ErrorLog: log.New(io.Discard, "", 0)}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.down.Load() {
			panic(http.ErrAbortHandler)
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(m.Close)
	return m
}

// signal says whether there is one where the phone is, and tells its browser.
func (p *person) signal(there bool) {
	p.Helper()
	p.mast.down.Store(!there)
	p.fieldwork.signal(there)
}

// shots are pictures of what people see, made where SOGOC_SHOTS names a folder for them.
type shots struct {
	dir string
	n   int
}

func newShots(t *testing.T) *shots {
	t.Helper()
	s := &shots{dir: os.Getenv("SOGOC_SHOTS")}
	if s.dir != "" {
		if err := os.MkdirAll(s.dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// somebody takes a device that nobody used before.
func somebody(t *testing.T, s *site, shots *shots) *person {
	t.Helper()
	m := newMast(t)
	browser := window(t, speaksVietnamese, chromedp.UserAgent(phoneAgent), chromedp.ProxyServer(m.URL), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	p := &person{&fieldwork{T: t, s: s, public: s.Public, browser: browser}, shots, m}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p.tab, cancel = context.WithTimeout(ctx, 10*time.Minute) // a whole season
	t.Cleanup(cancel)
	p.do(chromedp.EmulateViewport(phoneWidth, 800))
	return p
}

// widths of screens that pages are looked at on: a phone's and a desk's.
const phoneWidth, deskWidth = 360, 1200

// looks takes pictures of the page, and fails the test where it is wider than a phone.
func (p *person) looks(name string) {
	p.Helper()
	p.sees(`document.readyState`, "complete")
	p.sees(`String(document.documentElement.scrollWidth)`, fmt.Sprint(phoneWidth))
	if p.shots.dir == "" {
		return
	}
	p.shots.n++
	for _, width := range []int64{phoneWidth, deskWidth} {
		// As high as the page, so that what stays at the screen's edge is at the page's.
		p.do(chromedp.EmulateViewport(width, 800))
		height, err := chromedp.Run(p.tab, chromedp.Evaluate[int64](`scrollTo(0, 0), document.documentElement.scrollHeight`))
		if err != nil {
			p.Fatal(err)
		}
		p.do(chromedp.EmulateViewport(width, height))
		picture, err := chromedp.Run(p.tab, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(p.shots.dir, fmt.Sprintf("%02d-%s-%d.png", p.shots.n, name, width)), picture, 0o600)
		}
		if err != nil {
			p.Fatal(err)
		}
	}
	p.do(chromedp.EmulateViewport(phoneWidth, 800))
}

// reads waits until the page says something, and everything else that is wanted.
func (p *person) reads(words ...string) {
	p.Helper()
	for _, want := range words {
		p.sees(fmt.Sprintf(`document.readyState === "complete" && document.body.innerText.includes(%q) ? "it says so" : document.body.innerText`, want), "it says so")
	}
}

// press clicks what is in the middle of the screen then, where nothing lies over it.
func (p *person) press(selector string) {
	p.Helper()
	p.do(chromedp.WaitVisible(selector))
	p.says(fmt.Sprintf(`document.querySelector(%q).scrollIntoView({block: "center"}), ""`, selector))
	p.do(chromedp.Click(selector))
}

// follow presses the link with these words, and waits for the page of a path.
func (p *person) follow(words, path string) {
	p.Helper()
	p.sees(fmt.Sprintf(`(() => {
		document.querySelectorAll("[data-follow]").forEach(e => e.removeAttribute("data-follow"))
		const found = [...document.querySelectorAll("main a, main button, main summary, .ways a")].find(e => e.checkVisibility() && e.innerText.trim().startsWith(%q))
		found?.setAttribute("data-follow", "")
		return found ? "found" : ""
	})()`, words), "found")
	p.press("[data-follow]")
	p.sees(where, path)
}

// submit sends the page's form, and waits for the page of a path.
func (p *person) submit(path string) {
	p.Helper()
	p.press(".sheet .primary")
	p.sees(where, path)
}

// chooses picks the value of a select whose text begins so.
func (p *person) chooses(field, words string) {
	p.Helper()
	p.sees(fmt.Sprintf(`(() => {
		const e = document.getElementById(%q), o = e && [...e.options].find(o => o.text.startsWith(%q))
		if (!o) return ""
		e.value = o.value
		e.dispatchEvent(new Event("change", {bubbles: true}))
		return "chosen"
	})()`, field, words), "chosen")
}

func (p *person) arrives(email, at string) {
	p.Helper()
	p.open("/signin?next=" + at)
	p.enter("#identifier", email)
	p.enter("[name=password]", password)
	p.press(`form[action="/signin"] .primary`)
	p.sees(where, at)
}

// touches taps the map of a page at parts of its width and height.
func (p *person) touches(corners ...[2]float64) {
	p.Helper()
	pg := &page{p.T, p.tab, p.public}
	for i, at := range corners {
		pg.tap(at[0], at[1])
		p.sees(`String(parseInt(document.querySelector(".tally").textContent))`, fmt.Sprint(i+1))
	}
}

// address is the page's, below the site.
func (p *person) address() string {
	p.Helper()
	return strings.TrimPrefix(p.says(`location.href`), p.public)
}
