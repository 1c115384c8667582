package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// recallPages are samples of what whoever recalls sees.
func recallPages() []pageOf {
	hoa := func(path string) Reader {
		return Reader{Path: path, Me: &Me{Name: "Nguyễn Thị Hoa", Org: coop.Name, Kind: ledger.KindCoop, Roles: ledger.Roles}}
	}
	now := at("2026-06-05 10:30")
	long := strings.Repeat("Hợptácxãnôngnghiệp", 6)
	lot := DrillThing{ID: batch, Name: lychee, Lot: "HG-0306", Path: batch.Path(), Level: LevelLot, Owner: coop, Made: qty("1250.5", "KGM"), Recalled: true,
		Where: []DrillWhere{{"held", *qty("400", "KGM")}, {"transit", *qty("398", "KGM")}, {"sold", *qty("400.5", "KGM")}, {"handed", *qty("52", "KGM")}}}
	secret := DrillThing{ID: trace.MustID("urn:x:1"), Name: both(long, ""), Steps: 2, Level: LevelLot, Owner: Party{Kind: ledger.KindHousehold}}
	crate := DrillThing{ID: trace.MustID("https://id.gs1.org/00/095212345432101239"), Name: both("(00)095212345432101239", ""), Path: "/00/095212345432101239", Level: LevelContainer, Steps: 1, Owner: shop, Where: []DrillWhere{{"held", *qty("1", "")}}}
	drill := Drill{ID: "1f", Kind: "thing", What: both("Vải thiều Lục Ngạn · HG-0306", "Lục Ngạn lychee · HG-0306"), At: now, Took: 312 * time.Millisecond, Things: 3}
	input := Drill{ID: "2f", Kind: "input", What: both(long, ""), From: at("2026-01-05 00:00"), Until: now, At: now, Took: 1200 * time.Millisecond, Things: 1}
	report := &DrillReport{
		Drill: Drill{ID: drill.ID, Kind: drill.Kind, What: drill.What, At: now, Took: drill.Took, Things: 3, Whole: "/recalls/new?origin=thing&start=x"}, By: "Nguyễn Thị Hoa", Org: coop.Name, Height: 1241, Hidden: 3, Unknown: 1, More: 120, Cut: true,
		Totals: []DrillTotal{{*qty("1250.5", "KGM"), *qty("798", "KGM"), 638, lot.Where}, {*qty("24", ""), *qty("24", ""), 1000, crate.Where}},
		Things: []DrillThing{lot, crate, secret},
		Parties: []DrillParty{
			{Party: shop, Things: 2, Last: now, Holding: []DrillHolding{{lot, "transit", *qty("398", "KGM")}, {crate, "held", *qty("1", "")}}},
			{Party: coop, Own: true, Things: 3, Last: now}, {Party: Party{Name: both(long, ""), Kind: ledger.KindHousehold}, Things: 1},
		},
		Ends: []DrillEnd{{lot, qty("52", "KGM"), coop, "BNHG-00012-8", now}, {secret, nil, Party{Kind: ledger.KindHousehold}, "", now}},
	}
	bare := &DrillReport{Drill: input, Org: coop.Name, Height: 12, Records: 40}
	return []pageOf{
		deskPage("recalls", site.Recalls, hoa("/recalls"), &Recalls{
			Drills: []Drill{drill, input}, List: []RecallLine{
				{Name: lychee, Path: batch.Path(), By: coop, At: now, Reason: both("Dư lượng thuốc vượt mức.", "Too much pesticide."), Lift: "/recalls/lift?target=x", Find: "/recalls/new?origin=thing&start=x"},
				{Name: both(long, ""), By: agency, At: now, Reason: both(long, ""), Lifted: now, Why: long},
			},
		}),
		deskPage("recalls-none", site.Recalls, hoa("/recalls"), &Recalls{}),
		deskPage("drill", site.DrillForm, hoa("/recalls/new"), &DrillForm{
			Form:   Form{Values: url.Values{"origin": {"place"}, "start": {long}, "from": {"2026-01-05"}}, Wrong: map[string]string{"start": "not_found", "until": "invalid"}},
			Places: []Option{{Value: "x", Text: long}}, From: "2026-01-01", Until: "2026-06-05",
		}),
		deskPage("issue", site.RecallForm, hoa("/recalls/1f/issue"), &RecallForm{
			Form:  Form{Values: url.Values{"target": {"x"}, "reason": {long}}, Wrong: map[string]string{"target": "conflict", "contact": "invalid"}},
			Drill: drill, Targets: []Option{{Value: "x", Text: long, Help: long}, {Value: "y", Text: "Mứt vải", Chosen: true}}, Contact: "0204 388 8123",
		}),
		deskPage("issue-none", site.RecallForm, hoa("/recalls/1f/issue"), &RecallForm{Drill: drill}),
		deskPage("lift", site.Act, hoa("/recalls/lift?target=x"), &Act{Name: "lift", Who: lychee, Action: "/recalls/lift?target=x", Back: "/recalls", Facts: []Fact{{"code", long}}, Fields: []Field{{Name: "reason", Type: "textarea", Max: 500, Required: true}}}),
		deskPage("report", site.DrillReport, hoa("/recalls/1f"), report),
		deskPage("report-bare", site.DrillReport, hoa("/recalls/2f"), bare),
	}
}

// TestPiecesTogether: pieces of a lot are one line where the same holds of them.
func TestPiecesTogether(t *testing.T) {
	piece := func(serial, where string) DrillThing {
		id, err := batch.WithSerial(serial)
		if err != nil {
			t.Fatal(err)
		}
		return DrillThing{ID: id, Lot: batch.Lot(), Serial: serial, Path: id.Path(), Where: []DrillWhere{{Where: where}}}
	}
	whole := DrillThing{ID: batch, Lot: batch.Lot()}
	r := &DrillReport{Things: []DrillThing{whole, piece("1", "held"), piece("2", "sold"), piece("3", "held"), piece("4", "held")}}
	got := r.Together()
	if len(got) != 3 || got[0].Pieces != 0 || got[1].Pieces != 3 || got[1].Serial != "" || got[1].Path != batch.Path() || got[2].Pieces != 0 || got[2].Serial != "2" {
		t.Errorf("%+v", got)
	}
	p := DrillParty{Holding: []DrillHolding{{DrillThing: piece("1", ""), Where: "held"}, {DrillThing: piece("2", ""), Where: "transit"}, {DrillThing: piece("3", ""), Where: "held"}}}
	if got := p.Together(); len(got) != 2 || got[0].Pieces != 2 || got[1].Serial != "2" {
		t.Errorf("%+v", got)
	}
}
