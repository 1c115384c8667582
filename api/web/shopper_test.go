package web

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var piece = trace.MustID(batch.String() + "/21/0007")

// piecePassport is of one piece of the sample's lot.
func piecePassport(state PieceState) *Passport {
	v := lycheePassport()
	v.Level, v.ID, v.Scanned = LevelPiece, piece, true
	v.Piece = &Piece{Serial: "0007", State: state, Lot: v.LotPart(batch)}
	return v
}

func fatePassport(kind FateKind) *Passport {
	v := lycheePassport()
	v.Fate = &Fate{Kind: kind, On: at("2026-06-05 10:00"), Who: shop}
	return v
}

// shopperPages are samples of what is beside a passport.
func shopperPages() []pageOf {
	passport := func(name string, v *Passport) pageOf {
		return pageOf{name, func(b *bytes.Buffer, l Lang) error { return site.Passport(b, l, v) }}
	}
	hoa := Reader{Path: "/batches/scans?id=x", Me: &Me{Name: "Nguyễn Thị Hoa", Org: coop.Name, Kind: ledger.KindCoop, Roles: ledger.Roles}}
	near := []ScanCell{{"21.3,106.6", commune, 3}, {"10.8,106.7", trace.Text{}, 1}}
	scans := &ScansOf{
		Name: lychee, Code: "HG-0306", Back: "/batches/one?id=x", N: 13, Never: 2, Most: 9, Days: []ScanDay{{"2026-06-05", 9, 2}, {"2026-06-04", 4, 0}},
		Cells: near, Pieces: 2, Implausible: 1, List: []PieceScans{
			{Serial: "0007", Link: piece.Path(), N: 5, First: at("2026-06-04 09:00"), Last: at("2026-06-05 10:00"), Cells: near, Implausible: true},
			{Serial: "0008", N: 1, First: at("2026-06-04 09:00"), Last: at("2026-06-04 09:00")},
		},
	}
	line := ComplaintLine{
		Ref: "7K3M-9PQ2", Path: "/reports/7K3M9PQ2", Name: lychee, Code: "HG-0306 / 0007", Passport: piece.Path(), Org: coop.Name, What: "unsafe",
		Text: "Mua ở chợ sáng nay.\nMở ra thấy mốc " + strings.Repeat("trắng", 20), At: at("2026-06-05 08:10"), State: "new", Handed: true, Photo: true,
	}
	closed := line
	closed.State, closed.Handed, closed.Photo, closed.What = "closed", false, false, "mismatch"
	told := []ComplaintAnswer{{at("2026-06-05 09:00"), coop.Name, "Chúng tôi đã dừng bán và đang kiểm tra."}, {at("2026-06-05 10:00"), agency.Name, "Đã lấy mẫu."}}
	nobody := func(path string) Reader { return Reader{Path: path} }
	form := &ComplaintForm{Name: lychee, ID: piece.String(), Code: "(01)09520001000119", Lot: "HG-0306", Serial: "0007", Passport: piece.Path(), Matters: []string{"unsafe", "sick", "fake", "mismatch", "other"}, Most: 2000}
	again := *form
	again.Form = Form{Values: url.Values{"words": {strings.Repeat("mốc", 60)}}, Wrong: map[string]string{"matter": "invalid", "photo": "too_large", "contact": "too_large"}}
	return []pageOf{
		deskPage("complaint", site.ComplaintForm, nobody("/report?id=x"), form), deskPage("complaint-wrong", site.ComplaintForm, nobody("/report?id=x"), &again),
		deskPage("complained", site.ComplaintSent, nobody("/report?id=x"), &ComplaintSent{Ref: line.Ref, Secret: "0123-4567-89AB-CDEF", Path: line.Path + "#0123456789ABCDEF", Address: "https://sogoc.example/reports/7K3M9PQ2", Handed: true, Passport: piece.Path()}),
		deskPage("complaint-door", site.ComplaintDoor, nobody(line.Path), &ComplaintDoor{Ref: line.Ref, Action: line.Path}),
		deskPage("complaint-wrong-code", site.ComplaintDoor, nobody(line.Path), &ComplaintDoor{Ref: line.Ref, Action: line.Path, Form: Form{Wrong: map[string]string{"secret": "not_found"}}}),
		deskPage("complaint-seen", site.ComplaintSeen, nobody(line.Path), &ComplaintSeen{ComplaintLine: line, Answers: told}),
		deskPage("complaint-closed", site.ComplaintSeen, nobody(line.Path), &ComplaintSeen{ComplaintLine: closed}),
		deskPage("complaints", site.Complaints, hoa, &Complaints{Agency: true, Open: 2, Done: 1, List: []ComplaintLine{line, closed}, Counts: map[string]int{"new": 2, "handed": 1}}),
		deskPage("complaints-none", site.Complaints, hoa, &Complaints{Closed: true}),
		deskPage("complaint-desk", site.ComplaintDesk, hoa, &ComplaintDesk{ComplaintLine: line, Contact: "0912 345 678", Gone: at("2028-06-05 08:10"), Answers: told, Most: 2000}),
		deskPage("complaint-desk-closed", site.ComplaintDesk, hoa, &ComplaintDesk{ComplaintLine: closed, Gone: at("2026-07-05 08:10")}),
		deskPage("complaint-hand", site.Act, hoa, &Act{Name: "hand", Who: lychee, Action: line.Path + "/hand", Back: line.Path, Facts: []Fact{{"code", "HG-0306"}}}),
		deskPage("complaint-close", site.Act, hoa, &Act{Name: "close_report", Who: lychee, Action: line.Path + "/close", Back: line.Path}),
		deskPage("scans", site.ScansOf, hoa, scans), deskPage("scans-none", site.ScansOf, hoa, &ScansOf{Name: lychee, Code: "HG-0306", Back: "/batches"}),
		passport("piece", piecePassport(PieceIssued)), passport("never", piecePassport(PieceNever)),
		passport("sold", fatePassport(FateSold)), passport("destroyed", fatePassport(FateDestroyed)), passport("returned", fatePassport(FateReturned)),
	}
}

// TestVerdicts: the gravest comes first, and what is to be done goes with it.
func TestVerdicts(t *testing.T) {
	vi := words{Vietnamese, texts[Vietnamese]}
	recalled, early, blocked := piecePassport(PieceNever), fatePassport(FateSold), fatePassport(FateReturned)
	recalled.State, recalled.Recall = StateRecalled, redPassport().Recall
	early.State = StateAttention
	blocked.State, blocked.Flags = StateAttention, []trace.Flag{{Kind: trace.FlagBlocked}}
	gone := fatePassport(FateDestroyed)
	gone.State = StateAttention
	for _, c := range []struct {
		name             string
		v                *Passport
		class, title, do string
	}{
		{"recorded", lycheePassport(), "recorded", "Đã ghi sổ · chưa sửa đổi", ""},
		{"issued", piecePassport(PieceIssued), "recorded", "Đã ghi sổ", ""},
		{"never issued", piecePassport(PieceNever), "attention", "Số này chưa từng được cấp", "hỏi nơi bán"},
		{"never issued, of a lot that is recalled", recalled, "recalled", "Đã thu hồi", ""},
		{"sold", fatePassport(FateSold), "declared", "Đã ghi sổ · đã bán hết", "hỏi lại nơi bán"},
		{"sold, with something the matter", early, "attention", "Đã ghi sổ · có điểm cần chú ý", "Đọc kỹ"},
		{"destroyed, with something the matter", gone, "recalled", "Đã tiêu hủy", "Đừng mua"},
		{"returned", fatePassport(FateReturned), "attention", "Đã trả lại", "vì sao bị trả"},
		{"returned and blocked", blocked, "attention", "Lô đang bị khóa", "Khoan mua"},
	} {
		got := vi.verdict(c.v)
		if got.Class != c.class || !strings.HasPrefix(got.Title, c.title) || !strings.Contains(got.Do, c.do) || (got.Do == "") != (c.do == "") {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
