package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// noted is an action as a phone keeps it.
type noted struct {
	Task   string            `json:"task"`
	Fields map[string]string `json:"fields"`
	shots  map[string][]byte // by field
}

// watered is an action of an hour ago on a crop.
func watered(crop trace.ID, fields ...string) noted {
	at := time.Now().UTC().Add(6 * time.Hour).Format("2006-01-02T15:04")
	n := noted{Task: "irrigating", Fields: map[string]string{"event": trace.NewEventID(), "crop": crop.String(), "at": at, "input": "Nước hồ", "audience": "parties"}}
	for i := 0; i < len(fields); i += 2 {
		n.Fields[fields[i]] = fields[i+1]
	}
	return n
}

func (n noted) event() string { return n.Fields["event"] }

// outcome is what the node says of a batch.
type outcome struct {
	Results []struct {
		Event, Transaction, Time, Next, Words string
		Entry                                 uint64
		Problem                               *problem
	}
}

// sent is the body by which a phone brings actions, and its type.
func sent(t testing.TB, as ledger.ID, actions ...noted) (media string, body []byte) {
	t.Helper()
	list, err := json.Marshal(actions)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("as", as.String())
	w.WriteField("actions", string(list))
	for _, a := range actions {
		for field, shot := range a.shots {
			p, err := w.CreateFormFile(a.event()+"."+field, "photo.jpg")
			if err != nil {
				t.Fatal(err)
			}
			p.Write(shot)
		}
	}
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// brings sends what waited on a phone.
func (b *browser) brings(as ledger.ID, actions ...noted) *answer {
	b.Helper()
	media, body := sent(b, as, actions...)
	return b.call(http.MethodPost, "/record/queue", header{"Content-Type", media, "Accept", "application/json"}, body)
}

func (b *browser) brought(as ledger.ID, actions ...noted) (o outcome) {
	b.Helper()
	b.must(b.brings(as, actions...), http.StatusOK).into(b, &o)
	return o
}

// photo is a picture as a phone sends it.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var links = regexp.MustCompile(`href="([^"]*)"`)

// planted enters one more crop.
func (s *site) planted(p *party, product trace.ID, lot string) trace.ID {
	s.Helper()
	id := s.lot(product, lot)
	e := s.newEvent("ObjectEvent", "ADD", logbook.Vocabulary+"planting")
	e["quantityList"] = []any{map[string]any{"epcClass": id.Link(publicURL), "quantity": 40}}
	s.recordEvents(p, ledger.Parties, e)
	return id
}

// yard describes what a household grows, which is counted.
func (s *site) yard(p *party) trace.ID {
	s.Helper()
	id := trace.MustID("/t/" + string(s.code(p, "00003")))
	s.direct(p.token, trace.ActionProduct, trace.Product{
		ID: id, Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
		Profile: s.describe(p.token, trace.Profile{Name: trace.Text{VI: "Vải nhà " + p.name}}, false),
	})
	return id
}

// TestActionOnce: the same action from eight requests at once, and again after the node
// was started anew, is one record with one receipt.
func TestActionOnce(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := s.crop(coop, "V1")
	id, hoa := s.member("hoa", coop, ledger.RoleRecorder)
	action := watered(crop)
	action.shots = map[string][]byte{"photo": photo(t, 40, 30)}
	before := s.Ledger.Size()
	answers := make([]string, 8)
	var racing sync.WaitGroup
	for i := range answers {
		racing.Go(func() { answers[i] = string(hoa.brings(id.Member, action).body) })
	}
	racing.Wait()
	var o outcome
	if err := json.Unmarshal([]byte(answers[0]), &o); err != nil || len(o.Results) != 1 || o.Results[0].Problem != nil || o.Results[0].Event != action.event() || o.Results[0].Transaction == "" {
		t.Fatalf("%s: %v", answers[0], err)
	}
	receipt := func(o outcome) string {
		r := o.Results[0]
		return fmt.Sprint(r.Event, r.Entry, r.Transaction, r.Time)
	}
	first := receipt(o)
	for _, a := range answers {
		var o outcome
		if json.Unmarshal([]byte(a), &o) != nil || len(o.Results) != 1 || receipt(o) != first {
			t.Errorf("not the first one's receipt: %s", a)
		}
	}
	s.stop()
	s = openSite(t, data)
	hoa = &browser{s, hoa.jar}
	if again := receipt(hoa.brought(id.Member, action)); again != first {
		t.Errorf("after a restart: %s, want %s", again, first)
	}
	if n := s.Ledger.Size() - before; n != 1 {
		t.Errorf("%d records", n)
	}
	if page := s.must(hoa.get("/record/mine"), http.StatusOK); !page.says("/record/photo?event=") {
		t.Error("the photo is not offered")
	}
	if shot := s.must(hoa.get("/record/photo?event="+action.event()), http.StatusOK); shot.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the photo: %v", shot.Header)
	}
}

// TestActionSignedBeforeCrash: what was signed and not yet recorded when the node
// stopped is what the same action records later.
func TestActionSignedBeforeCrash(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := s.crop(coop, "V1")
	id, hoa := s.member("hoa", coop, ledger.RoleRecorder)
	action := watered(crop)
	at, err := time.ParseInLocation("2006-01-02T15:04", action.Fields["at"], time.FixedZone("", 7*3600))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := logbook.Entry{Event: action.event(), Task: logbook.Irrigate, Crop: crop, Place: coop.place, At: at, Input: "Nước hồ"}.Document(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := s.Capture.Draft(t.Context(), doc, false, capture.Terms{Audience: ledger.Parties})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := s.Accounts.SignOnce(t.Context(), id, action.event(), trace.Contract, trace.ActionCapture, draft.Summary, draft.Items)
	if err != nil {
		t.Fatal(err)
	}
	signed := tx.Header.ID(s.Ledger.Genesis().Register())
	s.stop()
	s = openSite(t, data)
	hoa = &browser{s, hoa.jar}
	if o := hoa.brought(id.Member, action); len(o.Results) != 1 || o.Results[0].Transaction != signed.String() {
		t.Errorf("%+v, want transaction %s", o, signed)
	}
}

// TestQueueRefusals: what is wrong with an action is said of it, in words, and holds up
// no other crop's; what is wrong with the request is a problem that names its field.
func TestQueueRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold)
	crop := s.crop(coop, "V1")
	other := s.planted(coop, crop.Product(), "V2")
	field := s.planted(house, s.yard(house), "V1")
	id, an := s.member("an", coop, ledger.RoleRecorder)
	farmer, hoa := s.member("hoa", house, ledger.Roles...)
	s.must(hoa.post("/behalf/"+coop.org.String(), "term", "season"), http.StatusSeeOther)

	late := watered(crop, "at", "2019-06-03T07:00")
	o := an.brought(id.Member, late, watered(crop), watered(other), watered(field, "for", farmer.Member.String()))
	if len(o.Results) != 3 || o.Results[0].Problem == nil || o.Results[1].Problem != nil || o.Results[2].Problem != nil {
		t.Fatalf("%+v", o)
	}
	if p := o.Results[0].Problem; p.Field != "at" || p.Status != 400 || !strings.Contains(o.Results[0].Words, "Ngày giờ") {
		t.Errorf("%+v", o.Results[0])
	}

	large := watered(crop)
	large.shots = map[string][]byte{"photo": make([]byte, 2<<20+1)}
	text := watered(crop)
	text.shots = map[string][]byte{"photo": []byte("no picture")}
	elsewhere := watered(s.lot(crop.Product(), "V9"))
	for name, c := range map[string]struct {
		action noted
		field  string
		status int
	}{
		"a large picture": {large, "photo", 413}, "no picture": {text, "photo", 400}, "nobody's crop": {elsewhere, "crop", 404},
		"no task": {noted{Task: "dancing", Fields: watered(crop).Fields}, "task", 400}, "no identifier": {watered(crop, "event", "x"), "event", 400},
	} {
		o := an.brought(id.Member, c.action)
		if len(o.Results) != 1 || o.Results[0].Problem == nil || o.Results[0].Problem.Field != c.field || o.Results[0].Problem.Status != c.status || o.Results[0].Words == "" {
			t.Errorf("%s: %+v", name, o)
		}
	}

	// What is recorded stays what it is, for whoever changed it on the phone meanwhile.
	was := watered(crop)
	recorded := an.brought(id.Member, was)
	was.Fields["note"] = "thêm"
	if o := an.brought(id.Member, was); o.Results[0].Problem == nil || o.Results[0].Problem.Status != 409 || !strings.Contains(o.Results[0].Words, "trước khi bạn sửa") {
		t.Errorf("changed after it was recorded: %+v", o)
	}
	delete(was.Fields, "note")
	mandated := watered(field, "for", farmer.Member.String())
	once := an.brought(id.Member, mandated)
	s.must(hoa.post("/behalf/"+coop.org.String()+"/withdraw"), http.StatusSeeOther)
	if o := an.brought(id.Member, watered(field, "for", farmer.Member.String())); o.Results[0].Problem == nil || o.Results[0].Problem.Field != "for" {
		t.Errorf("without a mandate: %+v", o)
	}
	for name, x := range map[string]struct {
		action noted
		first  outcome
	}{"what was recorded": {was, recorded}, "what was recorded under a mandate": {mandated, once}} {
		if o := an.brought(id.Member, x.action); len(o.Results) != 1 || o.Results[0].Problem != nil || o.Results[0].Transaction != x.first.Results[0].Transaction {
			t.Errorf("%s: %+v", name, o)
		}
	}

	if p := s.must(an.brings(farmer.Member, watered(crop)), http.StatusConflict).problem(t); p.Field != "as" {
		t.Errorf("somebody else's: %+v", p)
	}
	many := make([]noted, 21)
	for i := range many {
		many[i] = watered(crop)
	}
	if p := s.must(an.brings(id.Member, many...), http.StatusRequestEntityTooLarge).problem(t); p.Field != "actions" {
		t.Errorf("too many: %+v", p)
	}
	media, body := sent(t, id.Member, watered(crop))
	for what, h := range map[string]header{"from another site": {"Sec-Fetch-Site", "cross-site"}, "from nowhere": {"Sec-Fetch-Site", ""}} {
		if a := an.call(http.MethodPost, "/record/queue", append(header{"Content-Type", media, "Accept", "application/json"}, h...), body); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", what, a)
		}
	}
	s.must(s.browser().brings(id.Member, watered(crop)), http.StatusUnauthorized).problem(t)
	s.direct(s.operator, trace.ActionStand, trace.Standing{Org: coop.org, Suspended: true, Reason: "x"})
	s.must(an.brings(id.Member, watered(crop)), http.StatusForbidden).problem(t)
}

// TestKeptPages: a phone takes along the page of each crop and the form of each task,
// with what was offered last, under the addresses that their links name.
func TestKeptPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishTable(1, sampleTable)
	coop, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold)
	crop := s.crop(coop, "V1")
	s.planted(coop, crop.Product(), "V2")
	s.planted(house, s.yard(house), "V1")
	id, an := s.member("an", coop, ledger.RoleRecorder)
	farmer, hoa := s.member("hoa", house, ledger.Roles...)
	s.must(hoa.post("/behalf/"+coop.org.String(), "term", "season"), http.StatusSeeOther)
	an.sprays(crop, nil, "input", "Thuốc trừ bệnh mẫu B")

	each := 1 + len(logbook.Tasks) // pages of a crop
	for book, want := range map[string]int{"/record/pages": 1 + 2*each, "/record/pages?for=" + farmer.Member.String(): 1 + each} {
		var kept struct{ Pages map[string]string }
		a := s.must(an.get(book), http.StatusOK)
		a.into(t, &kept)
		if len(kept.Pages) != want {
			t.Errorf("%s: %d pages, want %d", book, len(kept.Pages), want)
		}
		for address, page := range kept.Pages {
			online := s.must(an.get(address), http.StatusOK)
			if !strings.Contains(page, `data-as="`+id.Member.String()+`"`) || len(page)*10 < len(online.body)*9 {
				t.Errorf("%s is not as it is read there: %s", address, page)
			}
		}
		if again := an.call(http.MethodGet, book, header{"If-None-Match", a.Header.Get("ETag")}, nil); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", book, again.Status)
		}
		for _, link := range links.FindAllStringSubmatch(kept.Pages["/record"+strings.TrimPrefix(book, "/record/pages")], -1) {
			if to := strings.ReplaceAll(link[1], "&amp;", "&"); strings.HasPrefix(to, "/record/new/") && kept.Pages[to] == "" {
				t.Errorf("%s is not taken along", to)
			}
		}
		if form := kept.Pages["/record/new/spraying?crop="+url.QueryEscape(crop.String())]; book == "/record/pages" && !strings.Contains(form, `data-interval="14"`) {
			t.Errorf("the form of a spraying: %s", form)
		}
	}
	var app struct {
		Name     string
		StartURL string `json:"start_url"`
		Display  string
		Icons    []struct{ Src, Sizes, Type, Purpose string }
	}
	s.must(s.get("/manifest.webmanifest", ""), http.StatusOK).into(t, &app)
	maskable := false
	for _, icon := range app.Icons {
		shot := s.must(s.get(icon.Src, ""), http.StatusOK)
		if shot.Header.Get("Content-Type") != icon.Type {
			t.Errorf("%s is %s", icon.Src, shot.Header.Get("Content-Type"))
		}
		maskable = maskable || icon.Purpose == "maskable" && icon.Type == "image/png"
	}
	if !strings.Contains(app.Name, "Ghi việc") || app.StartURL != "/record" || app.Display != "standalone" || !maskable {
		t.Errorf("the app: %+v", app)
	}
	worker := s.must(s.get("/record/worker.js", ""), http.StatusOK)
	if worker.Header.Get("Service-Worker-Allowed") != "/record" || !strings.Contains(worker.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the worker: %v", worker.Header)
	}
}

// TestGrowersSync: growers come home with a day's actions and bring them at once, over
// a signal that drops requests and answers. Nothing is lost, nothing is there twice, and
// each one's are in their order.
func TestGrowersSync(t *testing.T) {
	growers, each := 100, 10
	if testing.Short() {
		growers = 8
	}
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	crops := []trace.ID{s.crop(coop, "V1")}
	for i := range 4 {
		crops = append(crops, s.planted(coop, crops[0].Product(), fmt.Sprintf("V%d", i+2)))
	}
	type grower struct {
		as      ledger.ID
		phone   *browser
		actions []noted
		chance  *rand.Rand
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	all := make([]grower, growers)
	for i := range all {
		id, phone := s.member(fmt.Sprintf("g%d", i), coop, ledger.RoleRecorder)
		all[i] = grower{as: id.Member, phone: phone, chance: rand.New(rand.NewPCG(seed, uint64(i)))}
		for n := range each + i%3 {
			a := watered(crops[all[i].chance.IntN(len(crops))], "note", fmt.Sprintf("%d", n))
			all[i].actions = append(all[i].actions, a)
		}
	}
	before, total := s.Ledger.Size(), 0
	for _, g := range all {
		total += len(g.actions)
	}
	var syncing sync.WaitGroup
	for _, g := range all {
		syncing.Go(func() {
			left := g.actions
			for len(left) > 0 {
				n := 1 + g.chance.IntN(min(len(left), 20))
				media, body := sent(t, g.as, left[:n]...)
				ctx, cancel := context.WithCancel(t.Context())
				if g.chance.IntN(4) == 0 { // the signal goes while the node is at it
					time.AfterFunc(time.Duration(g.chance.IntN(40))*time.Millisecond, cancel)
				}
				o, err := g.phone.tries(ctx, media, body)
				cancel()
				if err != nil || g.chance.IntN(3) == 0 { // or the answer does
					continue
				}
				done := 0
				for i, r := range o.Results {
					if r.Problem != nil || r.Event != left[i].event() {
						t.Errorf("refused: %+v", r)
						return
					}
					done++
				}
				left = left[done:]
			}
		})
	}
	syncing.Wait()
	if n := s.Ledger.Size() - before; n != uint64(total) {
		t.Errorf("%d records of %d actions", n, total)
	}
	for i, g := range all {
		last := uint64(0)
		for n, a := range g.actions {
			r, err := s.Index.Event(t.Context(), index.Viewer{Org: coop.org}, a.event())
			if err != nil {
				t.Errorf("grower %d lost action %d: %v", i, n, err)
				continue
			}
			if r.Member != g.as || r.Entry <= last {
				t.Errorf("grower %d's action %d is at %d after %d, by %s", i, n, r.Entry, last, r.Member)
			}
			last = r.Entry
		}
	}
}

// tries sends a batch over a signal that may go.
func (b *browser) tries(ctx context.Context, media string, body []byte) (o outcome, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.URL+"/record/queue", bytes.NewReader(body))
	if err != nil {
		return o, err
	}
	for name, value := range map[string]string{"Content-Type": media, "Accept": "application/json", "Sec-Fetch-Site": "same-origin"} {
		r.Header.Set(name, value)
	}
	for _, k := range b.cookies("/record/queue") {
		r.Header.Add("Cookie", k.String())
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return o, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&o); err != nil {
		return o, err
	}
	if answer.StatusCode != http.StatusOK {
		return o, fmt.Errorf("%s", answer.Status)
	}
	return o, nil
}
