package web

import (
	"net/url"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// labelPages are samples of the pages on which labels are printed.
func labelPages() []pageOf {
	hoa := Reader{Path: "/labels", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder},
	}}
	name := trace.Text{VI: "Vải thiều chính vụ Lục Ngạn loại một", EN: "Luc Ngan main-season lychee, first grade"}
	product := LabelThing{ID: "/t/BNHG00012X", Name: name, Code: "BNHG-00012-X", Path: "/labels/new?of=1"}
	lot := LabelThing{ID: "/t/BNHG00012X/10/VC260617", Name: name, Lot: "VC260617", Code: "BNHG-00012-X", Path: "/labels/new?of=2"}
	unit := LabelThing{ID: "1", Name: trace.Text{VI: "(00)395212340000000014"}, Code: "(00)395212340000000014", Unit: true, Path: "/labels/new?of=3"}
	at := ledger.TimeOf(time.Date(2026, 6, 17, 7, 0, 0, 0, time.UTC))
	job := func(state string, wrong map[string]string) LabelJob {
		return LabelJob{Path: "/labels/1f", Of: "/batches/one?id=1", Name: name.VI, Lot: "VC260617", Format: "a4-3x8", State: state, Form: Form{Wrong: wrong}, Count: 20000, Done: 7421, Sheets: 834, Made: at, Until: at, Bytes: 12_345_678}
	}
	jobs := []LabelJob{job(JobWaiting, nil), job(JobWorking, nil), job(JobReady, nil), job(JobFailed, map[string]string{"lines": "too_large"})}
	sheets := []Sheet{
		{Name: "a4-3x8", W: 210, H: 297, LabelW: 70, LabelH: 37, Labels: [][2]float64{{0, 0.5}, {70, 0.5}, {140, 0.5}}, Places: 24, Chosen: true},
		{Name: "roll-100x150", W: 100, H: 150, LabelW: 100, LabelH: 150, Labels: [][2]float64{{0, 0}}, Places: 1},
		{Name: "free"},
	}
	drawn := &LabelPreview{Drawing: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 70 37" width="350" height="185" aria-hidden="true"><rect width="100%" height="100%" fill="#fff"/><text x="4" y="8" font-size="4">Vải</text></svg>`, Count: 24, Sheets: 1, LogoLeftOut: true}
	kinds := []string{"same", "numbers", "secret"}
	refused := Form{Values: url.Values{"format": {"free"}, "kind": {"numbers"}, "count": {"30000"}}, Wrong: map[string]string{"count": "invalid", "format": "too_large", "logo": "too_large", "jobs": "conflict", "first": "invalid"}}
	pages := []pageOf{
		deskPage("labels", site.Labels, hoa, &Labels{Jobs: jobs, Products: []LabelGroup{{product, []LabelThing{lot, lot}}, {product, nil}}, Others: []LabelThing{lot}, Units: []LabelThing{unit}}),
		deskPage("nolabels", site.Labels, hoa, &Labels{}),
		deskPage("labelform", site.LabelForm, hoa, &LabelForm{Thing: lot, Kinds: kinds, Formats: sheets, Logo: true, Most: 20000, Preview: drawn}),
		deskPage("labelformwrong", site.LabelForm, hoa, &LabelForm{Form: refused, Thing: lot, Kinds: kinds, Formats: sheets, Most: 20000, Preview: &LabelPreview{Form: refused}}),
		deskPage("labelunit", site.LabelForm, hoa, &LabelForm{Thing: unit, Formats: sheets[1:2], Most: 20000, Preview: drawn}),
	}
	for i := range jobs {
		pages = append(pages, deskPage("labeljob"+jobs[i].State, site.LabelJob, hoa, &jobs[i]))
	}
	return pages
}
