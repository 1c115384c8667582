package web

import (
	"net/url"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// listingPages are samples of the pages on which data is prepared and published.
func listingPages() []pageOf {
	lan := Reader{Path: "/data", Me: &Me{
		Name: "Trần Thị Lan", Org: trace.Text{VI: "Chi cục Thống kê", EN: "Statistics Office"}, Kind: ledger.KindDataProvider,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RolePublisher},
	}}
	at := ledger.TimeOf(time.Date(2026, 6, 3, 7, 0, 0, 0, time.UTC))
	coffee := trace.Text{VI: "Giá cà phê nhân xô theo ngày, 2025", EN: "Daily coffee prices, 2025"}
	head := ListingHead{Path: "/data/1", Title: coffee, Version: 2, Steps: []ListingStep{
		{Name: "what", Path: "/data/1/what", Here: true}, {Name: "files", Path: "/data/1/files", Gaps: 1},
		{Name: "found", Path: "/data/1/found", Gaps: 1}, {Name: "law", Path: "/data/1/law", Gaps: 8}, {Name: "check", Path: "/data/1/publish", Gaps: 10},
	}}
	line := func(state, access string) ListingLine {
		return ListingLine{Path: "/data/1", Title: coffee, Version: 2, Access: access, State: state, At: at, Gaps: 3}
	}
	wrong := Form{Values: url.Values{"title": {"Giá cà phê"}}, Wrong: map[string]string{"contact": "invalid"}}
	table := ListingTable{Name: "Sheet1", Rows: 20000, Fields: 7, Score: 91}
	personal := table
	personal.Found = []ListingFound{{Field: "column-0-0", Name: "dien_thoai", Kind: "phone", Why: trace.Text{VI: "95% số dòng là số điện thoại", EN: "95% of the rows are telephone numbers"}, Masks: []string{"drop", "pseudonym"}}}
	files := []ListingFile{
		{Name: "gia-ca-phe.csv", Bytes: 1_200_000, Remove: "/data/1/files/1/remove", Looked: true, Tables: []ListingTable{table}},
		{Name: "khach-hang.csv", Bytes: 12_000, Remove: "/data/1/files/2/remove", Looked: true, Tables: []ListingTable{personal}, Masks: "/data/1/files/2/mask"},
		{Name: "ban-do.pdf", Bytes: 4_000_000_000, Remove: "/data/1/files/3/remove", Looked: true, Unseen: true},
		{Name: "moi.csv", Bytes: 10, Remove: "/data/1/files/4/remove"},
	}
	law := &ListingLaw{
		Head: head, Licences: []string{"https://creativecommons.org/licenses/by/4.0/", "urn:sogoc:licence:research"}, HasFiles: true, Listed: true,
		Columns: []ListingColumn{{0, "ngay", "date"}, {1, "gia", "number"}}, Form: Form{Values: url.Values{"column-0": {"Ngày"}}},
	}
	published := func(state, access, reason string) *Listing {
		return &Listing{ListingLine: line(state, access), ID: "1", Page: "/datasets/1", Reason: reason, Judged: at}
	}
	mended := published("refused", "agreed", "Thiếu nguồn.")
	mended.Next = "/data/1/what"
	gone := published("delisted", "open", "Theo yêu cầu của cơ quan.")
	gone.Page = ""
	shown := line("approved", "open")
	shown.Title = trace.Text{VI: "Sản lượng vải theo xã", EN: "Lychee by commune"}
	fact := []Fact{{Label: "version", Value: "2"}, {Label: "files", Value: "gia-ca-phe.csv"}}
	offered := published("approved", "agreed", "Đủ nguồn.")
	offered.Offered = true
	offered.Offers = []ListingOffer{{Retract: "/data/1/offers/1/retract", Name: "5.000.000", Until: at, Clauses: []Clause{{Words: trace.Text{VI: "Giá 5.000.000 đồng", EN: "5,000,000 VND"}, Enforced: true}}}}
	sum := ListingSum{
		Head: head, Form: Form{Values: url.Values{"k": {"3"}, "told": {"count"}}}, Path: "/data/1/files/1/sum?table=0", Name: "gia-ca-phe.csv", Table: "Sheet1", Rows: 20000, Least: 3, Most: 1000,
		By:   []SumColumn{{"0:keep", "ngay", "keep"}, {"0:month", "ngay", "month"}, {"0:year", "ngay", "year"}, {"1:area", "dia_chi", "area"}, {"2:grid", "vi_tri", "grid"}},
		Of:   []SumColumn{{"count", "", "count"}, {"3:sum", "san_luong", "sum"}, {"3:avg", "san_luong", "avg"}, {"4:count", "ghi_chu", "count"}},
		Each: []SumColumn{{"0", "ngay", ""}, {"1", "dien_thoai", ""}},
	}
	summed, wrongSum := sum, sum
	summed.Form = Form{Values: url.Values{"by": {"0:month", "1:area"}, "told": {"count", "3:sum"}, "k": {"5"}, "keep": {"true"}}}
	summed.Shown = &SumShown{Head: []string{"ngay", "dia_chi", "count", "sum san_luong"}, Rows: [][]string{{"2026-06", "xã Tân Phú, huyện Châu Thành", "12", "1234.5"}}, Read: 20000, Written: 140, LeftOut: 31}
	wrongSum.Form = Form{Values: url.Values{"k": {"2"}}, Wrong: map[string]string{"k": "invalid"}}
	files[0].Tables[0].Sum = sum.Path
	copied := func(do, state string, wrong map[string]string) ListingCopy {
		return ListingCopy{Remove: "/data/1/copies/1/remove", Name: "khach-hang.csv", Do: do, State: state, Form: Form{Wrong: wrong}, Done: 120_000_000, Total: 900_000_000, At: at}
	}
	waits := copied("sum", JobWaiting, nil)
	waits.Done = 0
	copies := []ListingCopy{copied("mask", JobWorking, nil), waits, copied("sum", JobReady, nil), copied("sum", JobFailed, map[string]string{"k": "conflict"}), copied("mask", JobFailed, map[string]string{"": "internal"})}
	making := files[1]
	making.Making = true
	look := copied("look", JobWorking, nil)
	return []pageOf{
		deskPage("grants", site.Grants, lan, &Grants{List: []Grant{{"public", true}, {"research", false}, {"commercial", false}}}),
		deskPage("data offered", site.Listing, lan, offered),
		deskPage("data offer", site.ListingOfferForm, lan, &ListingOfferForm{ListingLine: line("approved", "agreed"), Fields: []Field{
			{Name: "price", Mode: "numeric", Required: true}, {Name: "release", Type: "select", Options: []Option{{Value: "signing"}, {Value: "payment"}}},
		}}),
		deskPage("data offer shared", site.ListingOfferForm, lan, &ListingOfferForm{
			ListingLine: line("approved", "agreed"), Fields: []Field{{Name: "price", Mode: "numeric", Required: true}},
			Form:   Form{Values: url.Values{"share_find": {"hợp tác"}}, Wrong: map[string]string{"share_part": "invalid", "shares": "conflict"}},
			Shares: []ListingShare{{"1a", coffee, "12,5"}, {"1b", both("Hợp tác xã nông nghiệp dịch vụ tổng hợp Ea Tân", "Ea Tân co-op"), ""}},
			Found:  []Choice{{Value: "1c", Name: coffee, Help: both("BNHG00012X", "")}, {Value: "1d", Name: coffee}},
		}),
		deskPage("data offer nobody", site.ListingOfferForm, lan, &ListingOfferForm{ListingLine: line("approved", "agreed"), Finding: true, Form: Form{Values: url.Values{"share_find": {"x"}}}}),
		deskPage("shares", site.Shares, lan, &Shares{Due: "112500", Open: "1125000000", Next: "/org/shares?page=9", List: []ShareLine{
			{coffee, "/datasets/1a", Party{Name: coffee}, "12,5", "112500", "paid", 1_780_000_000_000},
			{coffee, "/datasets/1a", Party{Name: coffee}, "100", "1125000000", "unpaid", 1_780_000_000_000},
			{coffee, "/datasets/1a", Party{Name: coffee}, "0,01", "1", "disputed", 1_780_000_000_000},
			{coffee, "/datasets/1a", Party{Name: coffee}, "7", "0", "returned", 1_780_000_000_000},
		}}),
		deskPage("shares none", site.Shares, lan, &Shares{Due: "0", Open: "0"}),
		deskPage("data", site.Listings, lan, &Listings{
			Drafts: []ListingLine{line("draft", "open"), line("ready", "open"), line("contested", "open"), line("stopped", "open")},
			Public: []ListingLine{line("shown", "open"), line("pending", "agreed"), line("approved", "agreed"), line("refused", "listed"), line("delisted", "open")},
		}),
		deskPage("desk market", site.DeskMarket, lan, &DeskMarket{
			Contested: []DeskData{{ListingLine: line("contested", "open"), By: Party{Name: coffee}, Why: "Đó là số thửa."}},
			Pending:   []DeskData{{ListingLine: line("pending", "agreed"), By: Party{Name: coffee}, Act: "/desk/market/1"}},
			Shown:     []DeskData{{ListingLine: shown, By: Party{Name: coffee}, Act: "/desk/market/2", Why: "Đủ nguồn."}},
		}),
		deskPage("desk market empty", site.DeskMarket, lan, &DeskMarket{}),
		deskPage("desk draft", site.DeskDraft, lan, &DeskDraft{
			ListingLine: line("contested", "open"), By: Party{Name: coffee}, Why: "Đó là số thửa.", Act: "/desk/market/drafts/1/1",
			Files: []DeskDraftFile{{ListingFile: files[1], Path: "/desk/market/drafts/1/1/files/1"}, {ListingFile: files[2], Path: "/desk/market/drafts/1/1/files/2"}},
		}),
		deskPage("data empty", site.Listings, lan, &Listings{Waiting: true}),
		deskPage("data new", site.ListingWhat, lan, &ListingWhat{Form: wrong, Action: "/data/new", Themes: []string{"AGRI"}, Kinds: []string{"files", "api", "service"}}),
		deskPage("data what", site.ListingWhat, lan, &ListingWhat{Head: head, Action: "/data/1/what", Themes: []string{"AGRI"}}),
		deskPage("data files", site.ListingFiles, lan, &ListingFiles{
			Head: head, Kind: "files", Files: files, Uploads: "/data/1/uploads", MaxBytes: 5 << 30, MaxPlain: 32 << 20,
			Halves: []ListingUpload{{Path: "/data/1/uploads/1", Name: "lon.csv", Offset: 1_000_000, Bytes: 4_000_000_000, Until: at}},
			Form:   Form{Wrong: map[string]string{"upload": "too_large"}},
		}),
		deskPage("data api", site.ListingFiles, lan, &ListingFiles{Head: head, Kind: "api"}),
		deskPage("data listed", site.ListingFiles, lan, &ListingFiles{Head: head, Kind: "none"}),
		deskPage("data looking", site.ListingFoundPage, lan, &ListingFoundPage{Head: head, Files: files, Looking: true, Doubtful: true}),
		deskPage("data making", site.ListingFoundPage, lan, &ListingFoundPage{Head: head, Files: []ListingFile{files[0], making}, Copies: copies, Doubtful: true}),
		deskPage("data made", site.ListingFoundPage, lan, &ListingFoundPage{Head: head, Files: files[:1], Copies: copies[2:]}),
		deskPage("data found", site.ListingFoundPage, lan, &ListingFoundPage{Head: head, Files: files[:3], Doubtful: true, Answer: "Đó là số điện thoại."}),
		deskPage("data contested", site.ListingFoundPage, lan, &ListingFoundPage{Head: head, Files: files[1:2], Doubtful: true, Contested: "Đó là số thửa."}),
		deskPage("data cleared", site.ListingFoundPage, lan, &ListingFoundPage{Head: head, Files: files[1:2], Doubtful: true, Cleared: true, Answer: "Đúng là số thửa."}),
		deskPage("data sum", site.ListingSum, lan, &sum),
		deskPage("data summed", site.ListingSum, lan, &summed),
		deskPage("data sum looking", site.ListingSum, lan, &ListingSum{Head: head, Name: sum.Name, Table: sum.Table, Rows: sum.Rows, Copy: &look}),
		deskPage("data sum wrong", site.ListingSum, lan, &wrongSum),
		deskPage("data law", site.ListingLaw, lan, law),
		deskPage("data gaps", site.ListingCheck, lan, &ListingCheck{Head: head, Gaps: []ListingGap{{"what", "theme", "/data/1/what"}, {"law", "right", "/data/1/law"}}}),
		deskPage("data waits", site.ListingCheck, lan, &ListingCheck{Head: head, Waits: true}),
		deskPage("data outside", site.ListingCheck, lan, &ListingCheck{Head: head, Outside: true}),
		deskPage("data check", site.ListingCheck, lan, &ListingCheck{Head: head, Access: "agreed", Kind: "files", Facts: fact}),
		deskPage("data shown", site.Listing, lan, published("shown", "open", "")),
		deskPage("data pending", site.Listing, lan, published("pending", "agreed", "")),
		deskPage("data refused", site.Listing, lan, mended),
		deskPage("data delisted", site.Listing, lan, gone),
	}
}
