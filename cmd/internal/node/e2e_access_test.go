package node_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sogoc/sogoc/api/web/axetest"
	"github.com/sogoc/sogoc/ledger"
)

// TestAccessOfEveryPage opens every page that the table of routes has, as somebody who
// may see it, and holds it against axe-core's rules and a keyboard's needs.
func TestAccessOfEveryPage(t *testing.T) {
	t.Parallel()
	axe := axetest.Load(t)
	window := window(t, speaksVietnamese)
	w := worldAt(reachable(t))
	looks := axetest.Looks[:1] // the others are looked at page by page in package web
	seen := 0
	for _, r := range w.rows() {
		who, ok := w.reader(r)
		if !ok {
			continue
		}
		got := w.callAs(who, http.MethodGet, r.path, r.header, nil)
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") || !bytes.Contains(got.body, []byte("<html")) {
			continue // a part of a page is on the page that fetches it
		}
		seen++
		t.Run(who.name+strings.TrimPrefix(r.route, "GET "), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(window, time.Minute)
			defer cancel()
			k := &keyboard{t, ctx, w.Public}
			k.be(who)
			k.open(r.path)
			k.walk()
			axe.Check(t, ctx, r.path, looks...)
		})
	}
	if seen < 60 {
		t.Errorf("only %d pages were looked at", seen)
	}
}

// reader is who can read a page: somebody of many roles, before those who see less.
func (w *world) reader(r row) (caller, bool) {
	if !strings.HasPrefix(r.route, "GET ") {
		return caller{}, false
	}
	for _, name := range []string{"admin", "operator", "person", "anonymous"} {
		if i := slices.Index(callers, name); r.want[i] == http.StatusOK {
			return w.callers[i], true
		}
	}
	return caller{}, false
}

// keyboard is a browser on a phone that is used without touching it.
type keyboard struct {
	*testing.T
	ctx    context.Context
	public string
}

func (k *keyboard) do(steps ...chromedp.Action[chromedp.Void]) {
	k.Helper()
	if err := chromedp.Do(k.ctx, steps...); err != nil {
		k.Fatal(err)
	}
}

// be gives the browser the cookies of a caller.
func (k *keyboard) be(who caller) {
	k.Helper()
	k.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{}); err != nil || who.browser == nil {
			return chromedp.Void{}, err
		}
		for _, c := range who.browser.cookies("/") {
			if _, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: k.public}); err != nil {
				return chromedp.Void{}, err
			}
		}
		return chromedp.Void{}, nil
	})
}

func (k *keyboard) open(path string) {
	k.Helper()
	k.do(chromedp.EmulateViewport(360, 640), chromedp.Navigate(k.public+path))
}

// press presses keys, or types.
func (k *keyboard) press(keys ...string) {
	k.Helper()
	for _, key := range keys {
		k.do(chromedp.KeyEvent(key))
	}
}

// says evaluates an expression to a text; nothing while the page is on its way.
func (k *keyboard) says(expression string) string {
	text, err := chromedp.Run(k.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		return ""
	}
	return text
}

func (k *keyboard) arrives(at string) {
	k.Helper()
	eventually(k, func() bool {
		return k.says(`document.readyState === "complete" ? location.pathname + location.search : ""`) == at
	}, at+", not "+k.says(`location.href`))
}

// reachableByTab puts what a person can use into the page, in the order in which it
// is read: of a group of radio buttons one.
const reachableByTab = `window.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(e =>
	e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true}))
.filter((e, i, all) => e.type !== "radio" || e === (all.find(o => o.name === e.name && o.form === e.form && o.checked) || all.find(o => o.name === e.name && o.form === e.form)))
window.stops[0]?.focus()
window.stops.length`

// focused says where the focus is, and what is wrong with how it shows.
type focused struct {
	At    int
	What  string
	Wrong string
}

const whereFocusIs = `(() => {
	const e = document.activeElement, at = window.stops.indexOf(e)
	const seen = getComputedStyle(e), r = e.getClientRects()[0] || e.getBoundingClientRect()
	let wrong = ""
	if (e !== document.body) {
		const over = y => { const o = document.elementFromPoint(r.left + r.width / 2, y); return o && !e.contains(o) && !o.contains(e) ? o : null }
		if (!e.matches(":focus-visible") || seen.outlineStyle === "none" || parseFloat(seen.outlineWidth) < 2) wrong = "does not show"
		else if (r.left + r.width <= 0 || r.left >= innerWidth) wrong = "is beside the screen"
		else if (r.height < innerHeight / 2) {
			if (r.top < -1 || !e.matches("textarea") && r.bottom > innerHeight + 1) wrong = "is off the screen, at " + r.top + " to " + r.bottom
			else {
				const lines = e.matches("textarea") ? [r.top + 20] : [r.top + 6, r.top + r.height / 2, r.bottom - 6]
				const o = lines.map(over).find(o => o)
				if (o) wrong = "lies under " + o.outerHTML.slice(0, 80)
			}
		}
	}
	return {At: at, What: e.outerHTML.slice(0, 120), Wrong: wrong}
})()`

// walk goes through a page by the Tab key, and wants every stop in its order, visible
// and not under the bar at the bottom.
func (k *keyboard) walk() {
	k.Helper()
	n, err := chromedp.Run(k.ctx, chromedp.Evaluate[int](reachableByTab))
	if err != nil {
		k.Fatal(err)
	}
	for next := 1; next < n; {
		k.press(kb.Tab)
		f, err := chromedp.Run(k.ctx, chromedp.Evaluate[focused](whereFocusIs))
		if err != nil {
			k.Fatal(err)
		}
		if f.At == next-1 && (strings.Contains(f.What, `type="datetime-local"`) || strings.Contains(f.What, `type="date"`)) {
			continue // a stop for the day, one for the month, and so on
		}
		if f.Wrong != "" {
			k.Errorf("the focus on %s %s", f.What, f.Wrong)
		}
		if f.At < 0 && f.What != "" && !strings.HasPrefix(f.What, "<body") {
			continue // what scrolls can be scrolled by keys
		}
		if f.At != next {
			k.Errorf("Tab leads to stop %d, %s, and not to %d, %s", f.At, f.What, next, k.says(`window.stops[`+itoa(uint64(next))+`].outerHTML.slice(0, 120)`))
			return
		}
		next++
	}
}

// TestByKeyboard is somebody who has no mouse.
func TestByKeyboard(t *testing.T) {
	s := reachable(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := s.crop(coop, "V1")
	s.member("hoa", coop, ledger.Roles...)
	draft := s.begun(s.person("Nguyễn Văn Thức", "thuc@example.vn"))
	k := &keyboard{t, chromium(t, speaksVietnamese), s.Public}
	focus := func() string { return k.says(`document.activeElement.id || document.activeElement.tagName`) }
	described := func() string {
		return k.says(`(document.activeElement.getAttribute("aria-describedby") || "").split(" ").filter(Boolean).map(id => document.getElementById(id).innerText).join(" ")`)
	}

	task := "/record/new/irrigating?crop=" + escaped(crop.String())
	k.open("/signin?next=" + escaped(task))
	begins := func() {
		t.Helper()
		eventually(t, func() bool { return focus() == "identifier" }, "the focus, which is on the first field once the page is there")
	}
	begins()
	k.press("hoa@example.vn", kb.Tab, "something else entirely", kb.Enter)
	k.arrives("/signin")
	if alert := k.says(`document.querySelector("[role=alert]").innerText`); !strings.Contains(alert, "không khớp") {
		t.Errorf("a wrong password is told as %q", alert)
	}
	begins()
	k.press(kb.Tab, password, kb.Enter)
	k.arrives(task)

	k.says(`document.activeElement.blur(), ""`)
	k.press(kb.Tab)
	if f := k.says(`document.activeElement.className`); f != "skip" || k.says(`String(document.activeElement.getBoundingClientRect().left > 0)`) != "true" {
		t.Errorf("the first stop is %s", f)
	}
	k.press(kb.Enter, kb.Tab)
	if in := k.says(`String(document.activeElement === [...document.querySelector("main").querySelectorAll("a[href], input:not([type=hidden])")].find(e => e.checkVisibility()))`); in != "true" {
		t.Errorf("the skip link leads to %s", k.says(`document.activeElement.outerHTML`))
	}
	for i := 0; focus() != "input" && i < 20; i++ {
		k.press(kb.Tab)
	}
	k.press("Nước giếng", kb.Enter)
	eventually(t, func() bool { return strings.HasPrefix(k.says(`location.pathname`), "/record/mine") }, "the record")
	if done := k.says(`document.querySelector("[role=status]").innerText`); done == "" {
		t.Error("nothing tells that it is recorded")
	}

	k.open("/account/password")
	k.press("short", kb.Enter)
	eventually(t, func() bool { return k.says(`document.activeElement.getAttribute("aria-invalid") || ""`) == "true" }, "the field that is wrong")
	if f, words := focus(), described(); f != "password" || !strings.Contains(words, "Cần ít nhất 15 ký tự") {
		t.Errorf("the focus is on %s: %q", f, words)
	}
	if _, err := chromedp.Run(k.ctx, chromedp.Evaluate[int](reachableByTab)); err != nil {
		t.Fatal(err)
	}
	k.walk()

	// In a form with a paper, Enter saves and takes nothing away.
	thuc := s.signIn("thuc@example.vn")
	path := "/apply/" + draft.Org.String()
	s.must(thuc.multi(path, []file{{"giấy.pdf", pdf}}, "name", "Hợp tác xã Mộc", "do", "save"), http.StatusSeeOther)
	k.be(caller{browser: thuc})
	k.open(path)
	k.do(chromedp.Focus("#number"))
	k.press("2400123456", kb.Enter)
	k.arrives(path + "?done=saved")
	if a := s.mine("thuc@example.vn"); a.Dossier.Number != "2400123456" || len(a.Dossier.Documents) != 1 {
		t.Errorf("%+v", a.Dossier)
	}
}
