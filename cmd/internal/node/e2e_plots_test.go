package node_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	permissions "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
)

// tap clicks the map of a page at a part of its width and height.
func (p *page) tap(x, y float64) {
	p.Helper()
	p.says(`(e => { e.scrollIntoView({block: "center"}); return ""; })(document.querySelector("[data-land] svg"))`)
	number := func(expression string) float64 {
		n, err := strconv.ParseFloat(p.says(`String(document.querySelector("[data-land] svg").getBoundingClientRect().`+expression+`)`), 64)
		if err != nil {
			p.Fatal(err)
		}
		return n
	}
	p.do(chromedp.MouseClickXY(number("left")+x*number("width"), number("top")+y*number("height")))
}

// stands has the phone say that it is somewhere.
func (p *page) stands(lat, lon, accuracy float64) {
	p.Helper()
	p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &lat, Longitude: &lon, Accuracy: &accuracy})
		return chromedp.Void{}, err
	})
}

// TestWalkAroundInABrowser draws a plot by walking around it: a fix that is too rough
// makes no corner, and what lies on a line between two is dropped.
func TestWalkAroundInABrowser(t *testing.T) {
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	house := s.admitIn("Hộ bà Hoa", ledger.KindHousehold, "07234")
	s.publishCommunes()
	s.join(s.person("Nguyễn Thị Hoa", "hoa@example.vn"), house.org, house.token, ledger.RoleAdmin, ledger.RoleRecorder)
	p := &page{t, chromium(t), strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, permissions.SetPermission, permissions.SetPermissionParams{Permission: &permissions.PermissionDescriptor{Name: "geolocation"}, Setting: permissions.PermissionSettingGranted})
		return chromedp.Void{}, err
	})
	p.open("/signin?lang=vi&next=/plots/new")
	p.do(chromedp.SetValue("#identifier", "hoa@example.vn"), chromedp.SetValue("#password", password))
	p.press("button.primary")
	p.arrives("/plots/new")
	typed := func() string { return p.says(`document.getElementById("corners").value`) }
	p.stands(21.3700, 106.5760, 80)
	p.press("[data-act=walk]")
	eventually(t, func() bool { return strings.Contains(p.says(`document.querySelector(".tally").textContent`), "80 m") }, "that the position is rough")
	for i, at := range [][2]float64{{21.3705, 106.5765}, {21.3705, 106.5770}, {21.3705, 106.5775}, {21.3712, 106.5775}, {21.3712, 106.5765}, {21.370505, 106.5765}} {
		p.stands(at[0], at[1], 5)
		eventually(t, func() bool { return strings.Count(typed(), "\n") == i && typed() != "" }, "corner "+strconv.Itoa(i+1))
	}
	p.press("[data-act=walk]")
	eventually(t, func() bool { return strings.Count(typed(), "\n") == 3 }, "four corners")
	p.do(chromedp.SetValue("#name", "Vườn đi vòng"))
	p.press(".sheet button.primary")
	eventually(t, func() bool { return strings.HasPrefix(p.says(`location.pathname + location.search`), "/plots/one?") }, "the plot's page")
	eventually(t, func() bool {
		text := p.says(`document.body.innerText`)
		return strings.Contains(text, "Vườn đi vòng") && strings.Contains(text, "0,8038")
	}, "what was recorded")
}

// TestFirstSeasonInABrowser is a grower's first evening with a phone of 360 px: no plot,
// four taps on the map, a season, the first line of the logbook.
func TestFirstSeasonInABrowser(t *testing.T) {
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	house := s.admitIn("Hộ bà Hoa", ledger.KindHousehold, "07234")
	s.publishCommunes()
	s.join(s.person("Nguyễn Thị Hoa", "hoa@example.vn"), house.org, house.token, ledger.RoleAdmin, ledger.RoleRecorder)

	p := &page{t, chromium(t), strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	p.open("/signin?lang=vi&next=/plots")
	p.do(chromedp.SetValue("#identifier", "hoa@example.vn"), chromedp.SetValue("#password", password))
	p.press("button.primary")
	p.arrives("/plots")
	p.press("a.primary")
	p.arrives("/plots/new")
	p.do(chromedp.SetValue("#name", "Vườn sau nhà"))
	for _, at := range [][2]float64{{0.3, 0.3}, {0.7, 0.3}, {0.7, 0.7}, {0.3, 0.7}} {
		p.tap(at[0], at[1])
	}
	if tally := p.says(`document.querySelector(".tally").textContent`); !strings.HasPrefix(tally, "4 góc, khoảng ") {
		t.Fatalf("the map says %q", tally)
	}
	p.says(`(document.querySelector("[data-act=undo]").click(), "")`)
	if tally := p.says(`document.querySelector(".tally").textContent`); !strings.HasPrefix(tally, "3 góc") {
		t.Fatalf("a corner is not dropped: %q", tally)
	}
	p.tap(0.3, 0.7)
	if wide := p.says(`String(document.documentElement.scrollWidth)`); wide != "360" {
		t.Errorf("the form is %s px wide", wide)
	}
	p.press(".sheet button.primary")
	eventually(t, func() bool { return strings.HasPrefix(p.says(`location.pathname + location.search`), "/plots/one?") }, "the plot's page")

	places, _, err := s.Index.Places(t.Context(), index.Viewer{Org: house.org}, house.org, index.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var drawn land.Ring
	for _, place := range places {
		if place.Kind == trace.PlacePlot {
			if drawn, err = land.ReadRing(place.Profile.Outline); err != nil || place.Commune != "07234" {
				t.Errorf("%+v, %v", place, err)
			}
		}
	}
	// Around the commune's middle, where the map began: 400 m across.
	if middle, _ := land.ReadPoint(trace.Position{Lat: "21.371", Lon: "106.577"}); len(drawn) != 4 || land.Distance(drawn.Middle(), middle) > 5 || drawn.Area() < 24_000 || drawn.Area() > 27_000 {
		t.Errorf("drawn: %v, %d m²", drawn, drawn.Area())
	}

	p.press("a.primary")
	eventually(t, func() bool { return p.says(`location.pathname`) == "/crops/new" }, "the season's form")
	p.do(chromedp.SetValue("#crop_name", "Vải thiều"))
	p.press(".sheet button.primary")
	eventually(t, func() bool { return p.says(`location.pathname`) == "/record" }, "the logbook")
	if text := p.says(`document.body.innerText`); !strings.Contains(text, "Vải thiều · Vườn sau nhà") {
		t.Fatalf("the season is not there: %s", text)
	}
	p.press(`.tasks a[href*=irrigating]`)
	p.do(chromedp.SetValue("#input", "Nước hồ"))
	p.press(".sheet button.primary")
	eventually(t, func() bool {
		return p.says(`location.pathname`) == "/record/mine" && strings.Contains(p.says(`document.body.innerText`), "Vải thiều")
	}, "the first line")
	events, _, err := s.Index.Events(t.Context(), index.Viewer{Org: house.org}, index.Query{Orgs: []ledger.ID{house.org}}, index.Page{})
	if err != nil || len(events) != 2 {
		t.Errorf("recorded: %d events, %v", len(events), err)
	}
}
