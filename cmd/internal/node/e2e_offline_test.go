package node_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web/axetest"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// fieldwork is a grower's phone and the site, which is there or is not.
type fieldwork struct {
	*testing.T
	s       *site
	config  node.Config
	browser context.Context // the phone's; a tab is closed and opened in it
	tab     context.Context
	public  string
}

func newField(t *testing.T) *fieldwork {
	s := reachable(t)
	f := &fieldwork{T: t, s: s, config: node.Config{Data: s.Config.Data, Listen: strings.Replace(strings.TrimPrefix(s.Public, "http://"), "localhost", "127.0.0.1", 1), PublicURL: s.Public}, public: s.Public}
	f.browser = window(t, speaksVietnamese)
	f.newTab()
	return f
}

// newTab closes the tab, if there is one, and opens another, as somebody does who opens
// the app again.
func (f *fieldwork) newTab() {
	f.Helper()
	if f.tab != nil {
		chromedp.Cancel(f.tab)
	}
	ctx, cancel := chromedp.NewContext(f.browser)
	f.Cleanup(cancel)
	f.tab, cancel = context.WithTimeout(ctx, 10*time.Minute)
	f.Cleanup(cancel)
	f.do(chromedp.EmulateViewport(360, 800))
}

func (f *fieldwork) do(steps ...chromedp.Action[chromedp.Void]) {
	f.Helper()
	if err := chromedp.Do(f.tab, steps...); err != nil {
		f.Fatal(err)
	}
}

func (f *fieldwork) open(path string) {
	f.Helper()
	f.do(chromedp.Navigate(f.public + path))
}

// says evaluates to a text; nothing while a page is on its way.
func (f *fieldwork) says(expression string) string {
	ctx, cancel := context.WithTimeout(f.tab, 5*time.Second) // of a page that goes, a promise is never kept
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		return ""
	}
	return text
}

// sees waits until an expression says what is wanted.
func (f *fieldwork) sees(expression, want string) {
	f.Helper()
	for end := time.Now().Add(30 * time.Second); f.says(expression) != want; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			f.Fatalf("%s is %q, not %q, at %s", expression, f.says(expression), want, f.says(`location.href + "\n" + document.body.innerText`))
		}
	}
}

const (
	where   = `document.readyState === "complete" ? location.pathname : ""`
	waiting = `document.querySelector("[data-waiting]") ? String(document.querySelectorAll("[data-waiting] li").length) : ""`
	ready   = `(async () => {
		const owner = await self.queue.fact("owner"), pages = owner && await (await caches.open("pages-" + owner)).keys()
		return String(navigator.serviceWorker.controller !== null && pages && pages.length > 6 && await self.queue.fact("tag /record/pages") !== undefined)
	})()`
)

func visible(name string) string {
	return fmt.Sprintf(`String(document.querySelector('[data-say=%q]')?.checkVisibility())`, name)
}

func (f *fieldwork) tap(selector string) {
	f.Helper()
	f.do(chromedp.WaitVisible(selector), chromedp.Click(selector))
}

func (f *fieldwork) enter(selector, text string) {
	f.Helper()
	f.do(chromedp.WaitVisible(selector), chromedp.SetValue(selector, text))
}

// retype types something else into a field.
func (f *fieldwork) retype(selector, text string) {
	f.Helper()
	f.says(fmt.Sprintf(`document.querySelector(%q).value = ""`, selector))
	f.do(chromedp.SendKeys(selector, text))
	f.sees(fmt.Sprintf(`document.querySelector(%q).value`, selector), text)
}

// signal says whether the browser has one.
func (f *fieldwork) signal(there bool) {
	f.Helper()
	off := !there
	f.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		all := []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}}
		if _, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{EmulateOfflineServiceWorker: &off, MatchedNetworkConditions: all}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, target, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
		return chromedp.Void{}, err
	})
}

// back starts the site again where it was.
func (f *fieldwork) back() {
	f.Helper()
	f.s = startSite(f, f.config)
}

func (f *fieldwork) signIn(email string) {
	f.Helper()
	f.open("/signin?next=/record")
	f.enter("#identifier", email)
	f.enter("[name=password]", password)
	f.tap(`form[action="/signin"] .primary`)
	f.sees(where, "/record")
}

// note fills in the form of a task and sends it. It taps the task once notices that come
// late (no signal, so much waits) have ceased to move it.
func (f *fieldwork) note(task string, fields ...string) {
	f.Helper()
	button := `.tasks a[href^="/record/new/` + task + `"]`
	f.do(chromedp.WaitVisible(button))
	f.sees(fmt.Sprintf(`(async () => {
		const at = () => document.querySelector(%q).getBoundingClientRect().top, was = at()
		await new Promise(done => setTimeout(done, 300))
		return String(at() === was)
	})()`, button), "true")
	f.tap(button)
	f.sees(where, "/record/new/"+task)
	for i := 0; i < len(fields); i += 2 {
		f.enter(fields[i], fields[i+1])
	}
	f.tap("form[data-task] .primary")
}

// recorded are an organisation's events of the logbook on a crop, in their order.
func (f *fieldwork) recorded(org ledger.ID, crop trace.ID) (list []*index.Record) {
	f.Helper()
	list, _, err := f.s.Index.Events(f.Context(), index.Viewer{Org: org}, index.Query{IDs: []trace.ID{crop}, Oldest: true}, index.Page{Limit: 100})
	if err != nil {
		f.Fatal(err)
	}
	return list[1:] // but the planting
}

// TestRecordingWithoutSignal: a grower opens the logbook, goes where there is no
// signal, notes three things, closes the app, opens it again and changes one; back home
// the sign-in has expired; they type their PIN, and all of it is recorded once and in
// order.
func TestRecordingWithoutSignal(t *testing.T) {
	f := newField(t)
	coop := f.s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := f.s.crop(coop, "V1")
	id, _ := f.s.member("hoa", coop, ledger.RoleRecorder)
	f.signIn("hoa@example.vn")
	f.open("/account/device")
	f.enter("#pin", "274915")
	f.tap(`form[action="/account/device"] .primary`)
	f.sees(`new URLSearchParams(location.search).get("done") || ""`, "pin")
	f.open("/record")
	f.sees(ready, "true")

	f.signal(false)
	f.s.stop()
	f.note("spraying", "#input", "Thuốc mẫu D", "#interval", "7")
	f.sees(waiting, "1")
	f.sees(visible("away"), "true")
	shot := filepath.Join(t.TempDir(), "vườn.jpg")
	if err := os.WriteFile(shot, photo(t, 3000, 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	f.tap(`.tasks a[href^="/record/new/inspecting"]`)
	f.sees(where, "/record/new/inspecting")
	f.do(chromedp.SetUploadFiles("#photo", []string{shot}), chromedp.SetValue("#note", "Lá hơi vàng"))
	f.tap("form[data-task] .primary")
	f.sees(waiting, "2")
	f.note("irrigating", "#input", "Nước hồ")
	f.sees(waiting, "3")

	f.newTab()
	f.open("/record")
	f.sees(waiting, "3")
	if side := f.says(`(async () => {
		const a = (await self.queue.waiting(document.querySelector("[data-as]").dataset.as))[1], p = await createImageBitmap(a.shots.photo)
		return p.width + "x" + p.height + " " + a.shots.photo.type + " " + (a.shots.photo.size <= 2 << 20)
	})()`); side != "1600x1067 image/jpeg true" {
		t.Errorf("the photo that waits: %s", side)
	}
	text := f.says(`document.querySelector("[data-waiting]").innerText`)
	for _, want := range []string{"Còn trên máy", "Phun thuốc", "Kiểm tra", "Tưới nước", "có ảnh", "chờ gửi"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q: %s", want, text)
		}
	}
	f.tap(`[data-waiting] li:nth-child(1) [data-part="edit"]`)
	f.sees(where, "/record/new/spraying")
	f.sees(`document.querySelector("#input").value`, "Thuốc mẫu D")
	f.enter("#input", "Thuốc mẫu E")
	f.tap("form[data-task] .primary")
	f.sees(waiting, "3")
	f.open("/record/mine")
	f.sees(`document.querySelector("h1").innerText`, "Không có mạng")
	f.open("/record")
	f.sees(waiting, "3")

	f.back()
	sessions, err := f.s.Accounts.Sessions(t.Context(), id.Account)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range sessions {
		if err := f.s.Accounts.EndSession(t.Context(), id.Account, x.ID, account.From{}); err != nil {
			t.Fatal(err)
		}
	}
	f.signal(false)
	f.signal(true)
	f.sees(visible("stranger"), "true")
	if n := f.recorded(coop.org, crop); len(n) != 0 {
		t.Fatalf("recorded for nobody: %v", n)
	}
	f.tap(`[data-say="stranger"] a`)
	f.sees(where, "/signin")
	f.enter("#pin", "274915")
	f.tap(`form[action="/signin/pin"] .primary`)
	f.sees(where, "/record")
	f.sees(waiting, "0")
	f.sees(visible("sent"), "true")

	list := f.recorded(coop.org, crop)
	if len(list) != 3 {
		t.Fatalf("%d records", len(list))
	}
	for i, step := range []string{"spraying", "inspecting", "irrigating"} {
		if r := list[i]; !strings.HasSuffix(r.Fact.Step, step) || i > 0 && r.Entry <= list[i-1].Entry || r.Member != id.Member {
			t.Errorf("record %d: %s at %d by %s", i, r.Fact.Step, r.Entry, r.Member)
		}
	}
	if list[0].Fact.Wait != 7 {
		t.Errorf("the interval: %+v", list[0].Fact)
	}
	f.open("/record/new/spraying?crop=" + url.QueryEscape(crop.String()))
	f.sees(`document.querySelector("#input").value`, "Thuốc mẫu E")
	f.open("/record/photo?event=" + list[1].Fact.Event)
	f.sees(`document.images[0] ? document.images[0].naturalWidth + "" : ""`, "1600")
}

// TestPhoneOfTwo: of what waits on a phone, and of what it took along, somebody else who
// signs in there sees nothing and sends nothing.
func TestPhoneOfTwo(t *testing.T) {
	f := newField(t)
	coop := f.s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := f.s.crop(coop, "V1")
	f.s.member("hoa", coop, ledger.RoleRecorder)
	f.s.member("binh", coop, ledger.RoleRecorder)
	f.signIn("hoa@example.vn")
	f.sees(ready, "true")
	f.s.stop()
	f.signal(false)
	f.note("irrigating", "#input", "Nước hồ của Hoa")
	f.sees(waiting, "1")

	f.back()
	f.signal(true)
	f.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{}) // hers is over
		return chromedp.Void{}, err
	})
	f.signal(false)
	f.newTab()
	f.signIn("binh@example.vn")
	f.sees(ready, "true")
	f.sees(waiting, "0")
	if n := f.recorded(coop.org, crop); len(n) != 0 {
		t.Fatalf("sent for another: %v", n)
	}
	f.open("/account")
	f.tap(`main form[action="/signout"] button`)
	f.sees(where, "/signin")
	f.sees(`caches.keys().then(all => String(all.filter(n => n.startsWith("pages-")).length))`, "0")
	f.s.stop()
	f.open("/record")
	f.sees(`document.querySelector("h1").innerText`, "Không có mạng")

	f.back()
	f.signIn("hoa@example.vn")
	f.sees(waiting, "0")
	eventually(t, func() bool { return len(f.recorded(coop.org, crop)) == 1 }, "what waited for her")
}

// TestClerkInTheField: a clerk notes for a farmer where there is no signal. Whose it is
// stays with it, and when there is a signal it goes while no page of the logbook is open.
func TestClerkInTheField(t *testing.T) {
	f := newField(t)
	coop, house := f.s.admit("Hợp tác xã A", ledger.KindCoop), f.s.admit("Hộ bà Hoa", ledger.KindHousehold)
	f.s.crop(coop, "V1")
	crop := f.s.planted(house, f.s.yard(house), "V1")
	farmer, _ := f.s.member("hoa", house, ledger.Roles...)
	clerk, _ := f.s.member("an", coop, ledger.RoleRecorder)
	if err := f.s.office().Mandate(t.Context(), farmer, coop.org, 0); err != nil {
		t.Fatal(err)
	}
	registration := make(chan serviceworker.RegistrationID, 8)
	if err := chromedp.Listen(f.tab, func(ev any) {
		if e, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range e.Registrations {
				registration <- r.RegistrationID
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	f.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, serviceworker.Enable, cdp.Empty{})
		return chromedp.Void{}, err
	})
	f.signIn("an@example.vn")
	f.sees(`self.queue.fact("tag /record/pages?for=`+farmer.Member.String()+`").then(tag => String(Boolean(tag && navigator.serviceWorker.controller)))`, "true")
	f.s.stop()
	f.tap("[data-others] a")
	f.sees(`new URLSearchParams(location.search).get("for") || ""`, farmer.Member.String())
	f.note("irrigating", "#input", "Nước giếng")
	f.sees(waiting, "1")
	f.open("/record")
	f.sees(waiting, "1")
	f.sees(`document.querySelector('[data-part="whom"]').innerText`, "Ghi hộ hoa")

	f.back()
	f.open("/code")
	f.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, serviceworker.DispatchSyncEvent, serviceworker.DispatchSyncEventParams{Origin: f.public, RegistrationID: <-registration, Tag: "send"})
		return chromedp.Void{}, err
	})
	eventually(t, func() bool { return len(f.recorded(house.org, crop)) == 1 }, "what waited")
	if r := f.recorded(house.org, crop)[0]; r.Member != clerk.Member || r.Fact.OnBehalf == nil || *r.Fact.OnBehalf != farmer.Member {
		t.Errorf("both are named: %+v", r)
	}
}

// TestRefusedLater: what the site refuses is said at the action, with what to do, and
// others go.
func TestRefusedLater(t *testing.T) {
	axe := axetest.Load(t)
	f := newField(t)
	coop := f.s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := f.s.crop(coop, "V1")
	other := f.s.planted(coop, crop.Product(), "V2")
	f.s.member("hoa", coop, ledger.RoleRecorder)
	f.signIn("hoa@example.vn")
	f.sees(ready, "true")
	f.s.stop()
	f.open("/record?crop=" + url.QueryEscape(crop.String()))
	f.note("irrigating", "#input", "Nước hồ", "#at", "2019-06-03T07:00")
	f.sees(waiting, "1")
	f.note("pruning")
	f.sees(waiting, "2")
	f.open("/record?crop=" + url.QueryEscape(other.String()))
	f.note("pruning")
	f.sees(waiting, "3")
	f.back()
	f.open("/record")
	f.sees(waiting, "2")
	text := f.says(`document.querySelector("[data-waiting]").innerText`)
	for _, want := range []string{"chưa vào sổ được", "Ngày giờ chưa đúng", "chờ dòng trên"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q: %s", want, text)
		}
	}
	if n := f.recorded(coop.org, other); len(n) != 1 {
		t.Errorf("the other crop's: %d", len(n))
	}
	axe.Check(t, f.tab, "what waits", axetest.Looks...)
	f.tap(`[data-waiting] li:nth-child(1) [data-part="edit"]`)
	f.sees(where, "/record/new/irrigating")
	f.sees(visible("wrong"), "true")
	axe.Check(t, f.tab, "what was refused", axetest.Looks[:1]...)
	f.enter("#at", time.Now().UTC().Add(6*time.Hour).Format("2006-01-02T15:04"))
	f.tap("form[data-task] .primary")
	f.sees(where, "/record/mine")
	if n := f.recorded(coop.org, crop); len(n) != 2 || !strings.HasSuffix(n[0].Fact.Step, "irrigating") {
		t.Errorf("%d of the crop's", len(n))
	}

	// One that is wrong while there is a signal is told where it was typed.
	f.open("/record?crop=" + url.QueryEscape(crop.String()))
	f.note("irrigating", "#input", "Nước hồ", "#at", "2019-06-03T07:00")
	f.sees(visible("wrong"), "true")
	f.sees(`document.activeElement.id`, "at")
	f.open("/record")
	f.tap(`[data-waiting] [data-part="drop"]`)
	f.tap(`[data-waiting] [data-part="remove"]`)
	f.sees(waiting, "0")
}

// TestPhoneThatKeepsNothing: where a browser keeps nothing, where the phone is full or
// too much waits already, the page says so, and what was typed is still there.
func TestPhoneThatKeepsNothing(t *testing.T) {
	f := newField(t)
	coop := f.s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := f.s.crop(coop, "V1")
	f.s.member("hoa", coop, ledger.RoleRecorder)
	f.signIn("hoa@example.vn")
	f.sees(ready, "true")
	form := "/record/new/irrigating?crop=" + url.QueryEscape(crop.String())

	f.open(form)
	f.says(`IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }, ""`)
	f.enter("#input", "Nước hồ")
	f.tap("form[data-task] .primary")
	f.sees(visible("full"), "true")
	f.sees(`document.querySelector("#input").value`, "Nước hồ")

	f.open(form)
	f.sees(`new Promise((done, failed) => {
		const as = document.querySelector("[data-as]").dataset.as, old = Date.now() - 25 * 3600 * 1000
		const asked = indexedDB.open("sogoc-record")
		asked.onerror = failed
		asked.onsuccess = () => {
			const change = asked.result.transaction("actions", "readwrite"), actions = change.objectStore("actions")
			for (let n = 0; n < self.queue.limits.waiting; n++) actions.put({as, event: self.queue.newEvent(), made: old, changed: old, task: "noting", shots: {}, fields: {crop: "x", at: "2026-06-03T07:00"}, refused: n === 0 && {words: "thử"}, page: "/record", title: "Ghi chú", crop: "x", whom: ""})
			change.oncomplete = () => done("500")
			change.onabort = failed
		}
	})`, "500")
	f.enter("#input", "Nước hồ")
	f.tap("form[data-task] .primary")
	f.sees(visible("most"), "true")
	f.open("/record")
	f.sees(waiting, "500")
	f.sees(visible("old"), "true")
	f.sees(visible("stuck"), "true")

	f.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `Object.defineProperty(window, "indexedDB", {value: undefined})`})
		return chromedp.Void{}, err
	})
	f.open(form)
	f.sees(visible("nothing"), "true")
	f.enter("#input", "Nước hồ")
	f.tap("form[data-task] .primary")
	f.sees(where, "/record/mine")
	if n := f.recorded(coop.org, crop); len(n) != 1 {
		t.Errorf("%d records", len(n))
	}
}

// TestWarnedInTheField: while somebody types what they spray, the phone says what the
// table says of it, with a signal and without.
func TestWarnedInTheField(t *testing.T) {
	f := newField(t)
	f.s.publishTable(1, sampleTable)
	coop := f.s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := f.s.crop(coop, "V1")
	f.s.member("hoa", coop, ledger.RoleRecorder)
	f.signIn("hoa@example.vn")
	f.sees(ready, "true")
	for _, signal := range []bool{true, false} {
		if !signal {
			f.s.stop()
		}
		f.open("/record/new/spraying?crop=" + url.QueryEscape(crop.String()))
		f.sees(where, "/record/new/spraying")
		warnings := `[...document.querySelectorAll("[data-warnings] p")].filter(p => p.checkVisibility()).map(p => p.innerText).join("|")`
		f.sees(warnings, "")
		f.do(chromedp.SendKeys("#input", "thuoc tru benh mau b"))
		f.sees(`document.querySelector("#active").value + "|" + document.querySelector("#dose").value + "|" + document.querySelector("#interval").value`, "mancozeb 800 g/kg|2 kg/ha|14")
		f.sees(warnings, "Thuốc này phải cách ly 14 ngày mới được hái.")
		f.sees(`String(document.querySelector("[data-label]").checkVisibility())`, "false")
		f.retype("#interval", "3")
		f.sees(warnings, "Bảng thuốc ghi phải cách ly 14 ngày, nhiều hơn số bạn ghi.")
		f.retype("#input", "Thuốc lạ")
		f.sees(`String(document.querySelector("[data-label]").checkVisibility())`, "true")
		f.retype("#active", "Paraquat dichloride 276 g/l")
		f.sees(warnings, "Có chất bị cấm dùng theo Danh mục cấm (mẫu). Đừng phun, hãy hỏi cán bộ kỹ thuật.")
	}
}
