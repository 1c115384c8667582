package web

import (
	"net/url"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// operatorPages are samples of the operator's desk, on a good day and on a bad one.
func operatorPages() []pageOf {
	lan := func(path, done string) Reader {
		return Reader{Path: path, Done: done, Me: &Me{
			Name: "Trần Ngọc Lan", Org: both("Sổ Gốc Bắc Ninh", "Sổ Gốc Bắc Ninh"), Kind: ledger.KindOperator, Roles: ledger.Roles, Operator: true,
		}}
	}
	now := at("2026-06-05 10:30")
	hours := func(n int) ledger.Time { return now.Add(time.Duration(n) * time.Hour) }
	incident := func(found int, change ...func(*DeskIncident)) DeskIncident {
		i := DeskIncident{
			ID: "1f", Title: "Gửi nhầm danh sách hộ trồng vải cho một hợp tác xã khác", Discovered: hours(-found), Opened: hours(1 - found), Due: hours(72 - found), Now: now,
			Notes: []DeskNote{{hours(1 - found), "Trần Ngọc Lan", "Gửi nhầm danh sách hộ trồng vải cho một hợp tác xã khác"}, {hours(2 - found), "", "Bên nhận đã xóa tệp.\nĐang rà soát."}},
		}
		for _, f := range change {
			f(&i)
		}
		return i
	}
	told := func(i *DeskIncident) { i.Notified = hours(-2) }
	over := func(i *DeskIncident) { i.Notified, i.Done = hours(-3), hours(-1) }
	records := []DeskRecord{
		{1240, now, coop, both("Ghi sổ 3 sự kiện", "Record 3 events")},
		{1239, hours(-1), household, both("Khai báo 1 địa điểm", "Describe 1 places")},
		{1238, hours(-2), Party{}, both("Thu hồi 1 khóa", "Revoke 1 keys")},
	}
	well := Standing{Size: 1241}
	ill := Standing{Size: 1241, Troubles: []Trouble{
		{Kind: "overdue", Grave: true, Name: "Mất một điện thoại có ảnh giấy tờ", Path: "/desk/incidents/2e"}, {Kind: "lag", N: 1204, Name: "index", Path: "/desk/health"},
		{Kind: "job", Grave: true, Name: "erasures", Path: "/desk/health"}, {Kind: "peer", Name: "Sở Nông nghiệp", Path: "/desk/health"}, {Kind: "errors", N: 12, Path: "/desk/health"},
	}}
	health := func(s Standing) *DeskHealth {
		h := &DeskHealth{
			Standing: s, Waiting: 3, Version: "v0.4.0 (7cdeb61)", Started: hours(-200), Uptime: 200 * time.Hour, Heap: 84_000_000, System: 310_000_000, Threads: 61,
			Free: 182_400_000_000, Total: 512_000_000_000,
			Models: []DeskModel{{"index", 1241, 0}, {"catalogue", 1241, 0}},
			Jobs:   []DeskJob{{"index", "running", "", hours(-200), true, 1241}, {"catalogue", "running", "", hours(-200), true, 1241}, {"peers", "running", "", hours(-200), false, 0}},
			Stores: []DeskStore{{"ledger", 4_310_000_000, 61}, {"payloads", 2_100_000_000, 30}, {"index", 640_000_000, 9}, {"accounts", 3_100_000, 0}},
			Peers:  []DeskPeer{{"Sở Nông nghiệp và Môi trường", "", true, false, 1239, now}},
		}
		if len(s.Troubles) > 0 {
			h.Alarm, h.Low, h.Free, h.Waiting, h.Models[0].Lag = "block 1204 does not follow on block 1203", true, 900_000_000, -1, 1204
			h.Jobs = append(h.Jobs, DeskJob{"erasures", "failed", "the store is closed", hours(-3), true, 1200})
			h.Peers = append(h.Peers, DeskPeer{"Hội Nông dân tỉnh", "connection refused", false, true, 0, 0})
			h.Reports = []DeskReport{
				{hours(-3), true, "request failed", []Fact{{"error", "payload bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy cannot be read"}, {"route", "/ipfs/:cid"}}},
				{hours(-4), false, "the channel cannot be reached; the node answers with what it has followed", nil},
			}
		}
		return h
	}
	org := DeskOrgRow{ID: "0190a6f2c7d37b1e8a4f5d6c7b8a9f0e", Party: coop, Since: hours(-2000)}
	entries := []trace.ListEntry{
		{Code: "MAU-24-01", Name: both("xã Lục Ngạn", "Lục Ngạn commune"), Province: both("tỉnh Bắc Ninh", "Bắc Ninh province"), From: []trace.ListEntry{{Code: "1", Name: both("xã Tân Lập, huyện Lục Ngạn, tỉnh Bắc Giang", "")}}},
		{Code: "MAU-24-02", Name: both("xã Kiên Lao", ""), Province: both("tỉnh Bắc Ninh", "")},
	}
	list := DeskList{Name: trace.ListUnits, Title: both("Đơn vị hành chính", "Administrative units"), Entries: entries, Total: 102, Versions: []DeskVersion{{2, hours(-300), "/ipfs/b2"}, {1, hours(-900), "/ipfs/b1"}}}
	row := DeskDossierRow{ID: "3d", Name: both("Hợp tác xã Mộc Nam Dương", "Nam Dương Woodcraft Cooperative"), Kind: ledger.KindCoop, Commune: both("xã Nam Dương, tỉnh Bắc Ninh", ""), At: hours(-30), Documents: 2}
	again := row
	again.Again = true
	dossier := &DeskDossier{
		DeskDossierRow: row, State: "sent", Hash: "ab", Applicant: Party{Name: both("Nguyễn Văn Thức", ""), Phone: "+84912345678", Email: "thuc@example.vn"}, Number: "2400123456",
		Address: "Thôn Thủ Dương", Phone: "+842043888123", Web: "https://mocnamduong.example", About: "Làm đồ gỗ chạm.\n42 thành viên.", Note: "Xin cấp sớm trước vụ Tết.",
		Codes: "gs1", GS1: "8938505", Proof: "Giấy chứng nhận mã số mã vạch số 123/2024", Files: []Attached{{Path: "/apply/3d/documents/b", Name: "dang-ky-kinh-doanh.pdf", Size: 214_000}},
		Decisions: []DeskDecision{{At: hours(-90), State: "refused", By: "Trần Ngọc Lan", Reason: "Thiếu giấy đăng ký.", Entry: 900}},
	}
	admitted := *dossier
	admitted.State, admitted.Pending, admitted.Codes, admitted.Files = "admitted", true, "issued", nil
	admitted.Decisions = append([]DeskDecision{{At: hours(-1), State: "admitted", Reason: "Đủ giấy tờ.", Issuer: "NDMX", GS1: "8938505", Evidence: "123/2024", Entry: 1200}}, admitted.Decisions...)
	wrong := Form{Values: url.Values{"reason": {""}, "gs1": {"89"}}, Wrong: map[string]string{"reason": "invalid", "gs1": "invalid", "": "conflict"}}
	return []pageOf{
		deskPage("desk", site.DeskHome, lan("/desk", ""), &DeskHome{Standing: well, Records: records}),
		deskPage("desk-bad", site.DeskHome, lan("/desk", ""), &DeskHome{Standing: ill, Dossiers: 3, Since: hours(-50), Recalls: 2, Unjudged: 12, Incidents: []DeskIncident{incident(41), incident(75)}, Records: records}),
		deskPage("health", site.DeskHealth, lan("/desk/health", ""), health(well)),
		deskPage("health-bad", site.DeskHealth, lan("/desk/health", ""), health(ill)),
		deskPage("incidents", site.DeskIncidents, lan("/desk/incidents", "incident"), &DeskIncidents{List: []DeskIncident{incident(41), incident(60), incident(75), incident(40, told), incident(90, over)}}),
		deskPage("incidents-none", site.DeskIncidents, lan("/desk/incidents", ""), &DeskIncidents{}),
		deskPage("incident", site.DeskIncident, lan("/desk/incidents/1f", "note"), ptr(incident(41))),
		deskPage("incident-late", site.DeskIncident, lan("/desk/incidents/1f", ""), ptr(incident(75))),
		deskPage("incident-closed", site.DeskIncident, lan("/desk/incidents/1f", "close"), ptr(incident(90, over))),
		deskPage("act", site.Act, lan("/desk/dossiers/3d/admit", ""), &Act{Form: wrong, Name: "admit", Who: row.Name, Action: "/desk/dossiers/3d/admit?seen=ab", Back: "/desk/dossiers/3d",
			Fields: []Field{{Name: "reason", Type: "textarea", Max: 500, Required: true}, {Name: "gs1", Mode: "numeric", Value: "8938505"}, {Name: "evidence", Type: "textarea"}}}),
		deskPage("act-danger", site.Act, lan("/desk/moderation/erase", ""), &Act{Name: "erase", Action: "/desk/moderation/erase?cid=b", Back: "/desk/moderation", Danger: true, Photo: "/ipfs/b",
			Facts: []Fact{{"cid", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}}, Fields: []Field{{Name: "reason", Type: "textarea", Required: true}}}),
		deskPage("act-file", site.Act, lan("/desk/lists/crops/new", ""), &Act{Name: "list", Action: "/desk/lists/crops/new", Back: "/desk/lists/crops", Files: true, Fields: []Field{{Name: "file", Type: "file", Required: true}}}),
		deskPage("act-incident", site.Act, lan("/desk/incidents/new", ""), &Act{Name: "incident", Action: "/desk/incidents/new", Back: "/desk/incidents", Fields: []Field{{Name: "title", Type: "textarea", Required: true}, {Name: "discovered", Type: "datetime-local", Value: "2026-06-05T10:30", Required: true}}}),
		deskPage("orgs", site.DeskOrgs, lan("/desk/organisations?q=v%E1%BA%A3i", ""), &DeskOrgs{Search: "vải", State: "standing", Kind: "coop", List: []DeskOrgRow{org, {ID: "2", Party: household, Suspended: true, Since: now}}, Next: "/desk/organisations?from=x"}),
		deskPage("orgs-none", site.DeskOrgs, lan("/desk/organisations", ""), &DeskOrgs{}),
		deskPage("organisation", site.DeskOrg, lan("/desk/organisations/0190", "suspend"), &DeskOrg{
			DeskOrgRow: DeskOrgRow{ID: org.ID, Party: coop, Suspended: true, Since: hours(-2000)}, Entry: 12, About: both("Trồng vải thiều.\nĐóng gói.", ""), Reason: "Ghi khống sản lượng.", Host: "Org2MSP", Shared: true,
			Members: []DeskMember{
				{Name: "Nguyễn Thị Hoa", Roles: ledger.Roles, Keys: []DeskKey{{Address: "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", Custody: "node", Since: hours(-2000), Revoked: hours(-100), Replaced: true}, {Address: "0x1aaeb6053f3e94c9b9a09f33669435e7ef1beaed", Custody: "wallet", Since: hours(-100)}}},
				{Suspended: true, Reason: "Nghỉ việc.", Roles: []ledger.Role{ledger.RoleRecorder}, Keys: []DeskKey{{Address: "0x2aaeb6053f3e94c9b9a09f33669435e7ef1beaed", Since: hours(-100), Revoked: now, Reason: "mất điện thoại"}}},
			},
			GS1: []string{"8938505"}, Issuers: []string{"BNHG"}, More: true, MoreMembers: true, Records: records,
			Places:   []DeskThing{{Code: "(414)0952000100001", Path: "/414/0952000100001", Kind: "plot", Commune: both("xã Lục Ngạn, tỉnh Bắc Ninh", "")}, {Name: both("Kho lạnh", ""), Code: "BNHG-00001-X", Path: "/t/BNHG00001X", Kind: "warehouse"}},
			Products: []DeskThing{{Name: lychee, Code: "(01)09520001000119", Path: "/01/09520001000119"}},
		}),
		deskPage("organisation-own", site.DeskOrg, lan("/desk/organisations/0190", ""), &DeskOrg{DeskOrgRow: org, Operator: true}),
		deskPage("dossiers", site.DeskDossiers, lan("/desk/dossiers", "refuse"), &DeskDossiers{State: "sent", Counts: map[string]int{"sent": 2, "admitted": 1204, "refused": 3}, List: []DeskDossierRow{row, again}, Next: "/desk/dossiers?from=30"}),
		deskPage("dossiers-none", site.DeskDossiers, lan("/desk/dossiers", ""), &DeskDossiers{State: "refused"}),
		deskPage("dossier", site.DeskDossier, lan("/desk/dossiers/3d", ""), dossier),
		deskPage("dossier-admitted", site.DeskDossier, lan("/desk/dossiers/3d", "admit"), &admitted),
		deskPage("moderation", site.DeskModeration, lan("/desk/moderation?what=x", "erase"), &DeskModeration{
			Search: "/01/09520001000119", Next: "/desk/moderation?from=x",
			Found:   []DeskPayload{{"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "picture", lychee, coop, true, false}, {"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zz", "event", both("urn:uuid:7", ""), household, false, true}},
			Recalls: []DeskRecall{{lychee, "/01/09520001000119/10/L1", coop, now, "Dư lượng thuốc vượt mức."}},
			Erased:  []DeskErasure{{"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "Ảnh có mặt trẻ em, phụ huynh yêu cầu gỡ.", now, 1230}},
		}),
		deskPage("moderation-none", site.DeskModeration, lan("/desk/moderation?what=x", ""), &DeskModeration{Search: "x", Form: Form{Wrong: map[string]string{"what": "not_found"}}}),
		deskPage("lists", site.DeskLists, lan("/desk/lists", ""), &DeskLists{List: []DeskList{list, {Name: trace.ListCrops}}}),
		deskPage("list", site.DeskList, lan("/desk/lists/administrative-units", "publish"), &list),
		deskPage("list-none", site.DeskList, lan("/desk/lists/crops", ""), &DeskList{Name: trace.ListCrops}),
		deskPage("preview", site.DeskPreview, lan("/desk/lists/crops/new", ""), &DeskPreview{Name: trace.ListUnits, CID: "b", Title: list.Title, Version: 3, Total: 103, Added: DeskChange{12, entries}, Changed: DeskChange{1, entries[:1]}}),
		deskPage("preview-bad", site.DeskPreview, lan("/desk/lists/crops/new", ""), &DeskPreview{Name: trace.ListUnits, Faults: faultsOfAllKinds(), More: 4}),
	}
}

func ptr[T any](v T) *T { return &v }

func faultsOfAllKinds() (list []DeskFault) {
	for i, k := range []trace.FaultKind{trace.FaultSyntax, trace.FaultHeader, trace.FaultEmpty, trace.FaultTwice, trace.FaultCode, trace.FaultLong, trace.FaultText, trace.FaultPosition, trace.FaultMany, trace.FaultNone} {
		list = append(list, DeskFault{i, string(k), "MAU-24-01"})
	}
	return list
}

// TestDeadline: the 72 hours, in words and as a bar.
func TestDeadline(t *testing.T) {
	found := at("2026-06-03 08:00")
	for _, c := range []struct {
		after     time.Duration
		class, vi string
		percent   int
	}{
		{0, "declared", "còn 72 giờ", 0},
		{41 * time.Hour, "declared", "còn 31 giờ", 56},
		{41*time.Hour - time.Minute, "declared", "còn 32 giờ", 56},
		{48 * time.Hour, "attention", "còn 24 giờ", 66},
		{71*time.Hour + 30*time.Minute, "attention", "còn 30 phút", 99},
		{72 * time.Hour, "attention", "còn 0 phút", 100},
		{72*time.Hour + 5*time.Minute, "recalled", "quá hạn 5 phút", 100},
		{75*time.Hour + 50*time.Minute, "recalled", "quá hạn 3 giờ", 100},
		{72*time.Hour + 5*24*time.Hour, "recalled", "quá hạn 5 ngày", 100},
	} {
		i := DeskIncident{Discovered: found, Due: found.Add(72 * time.Hour), Now: found.Add(c.after)}
		d := words{Vietnamese, texts[Vietnamese]}.deadline(i)
		if d.Class != c.class || d.Text != c.vi || d.Percent != c.percent {
			t.Errorf("after %s: %+v", c.after, d)
		}
	}
	i := DeskIncident{Discovered: found, Due: found.Add(72 * time.Hour), Now: found.Add(100 * time.Hour), Notified: found.Add(36 * time.Hour)}
	if d := (words{English, texts[English]}).deadline(i); d.Class != "well" || d.Text != "Authority told 4 Jun 2026, 20:00" || d.Percent != 50 {
		t.Errorf("told: %+v", d)
	}
	i.Notified, i.Done = 0, found.Add(18*time.Hour)
	if d := (words{English, texts[English]}).deadline(i); d.Class != "well" || d.Text != "Closed 4 Jun 2026, 02:00" || d.Percent != 25 {
		t.Errorf("closed: %+v", d)
	}
}
