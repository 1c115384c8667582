package web

import "github.com/sogoc/sogoc/ledger"

// requestPages are of what people ask for that is not published.
func requestPages() []pageOf {
	now := ledger.Time(1_780_000_000_000)
	mai := func(path string) Reader {
		return Reader{Path: path, Me: &Me{Name: "Mai", Org: coop.Name, Kind: ledger.KindAgency, Roles: ledger.Roles}}
	}
	line := RequestLine{Path: "/datasets/requests/3a", Title: "Diện tích và sản lượng vải thiều theo xã, từ vụ 2020 đến nay", Text: "Theo giống.\nĐể viết luận văn.", To: coop, At: now, Due: now, State: "open"}
	in := func(change func(*RequestLine)) RequestLine {
		other := line
		change(&other)
		return other
	}
	late := in(func(l *RequestLine) { l.Late = true })
	passed := in(func(l *RequestLine) { l.State = "passed" })
	refused := in(func(l *RequestLine) { l.State, l.Answered, l.Hidden = "refused", now, true })
	published := in(func(l *RequestLine) { l.State, l.Answered = "published", now })
	agencies := []Choice{{Value: "1f", Name: coop.Name}, {Value: "2f", Name: household.Name}}
	return []pageOf{
		deskPage("requests", site.Requests, mai("/datasets/requests"), &Requests{Search: "vải", Show: "open", Mine: true, Ours: true, List: []RequestLine{line, late, passed, refused, published}, Next: "/datasets/requests?after=9"}),
		deskPage("requests-none", site.Requests, Reader{Path: "/datasets/requests"}, &Requests{}),
		deskPage("request", site.RequestPage, mai("/datasets/requests/3a"), &RequestPage{RequestLine: passed, Passed: []RequestPassing{{At: now, From: household, To: coop, Why: "Sở giữ số liệu này."}}, Answer: "/datasets/requests/3a/answer", Pass: "/datasets/requests/3a/pass", Moderate: "/desk/requests/3a/hide"}),
		deskPage("request-own", site.RequestPage, mai("/datasets/requests/3a"), &RequestPage{RequestLine: late, Own: true, Drop: "/datasets/requests/3a/drop"}),
		deskPage("request-published", site.RequestPage, Reader{Path: "/datasets/requests/3a"}, &RequestPage{RequestLine: published, Reply: "Cập nhật hằng năm.", Dataset: "/datasets/1f", DatasetName: both("Diện tích vải", "Lychee area")}),
		deskPage("request-hidden", site.RequestPage, mai("/datasets/requests/3a"), &RequestPage{RequestLine: refused, Reply: "Đơn vị không giữ số liệu này.", Own: true, Why: "Có số điện thoại."}),
		deskPage("request-form", site.RequestForm, mai("/datasets/requests/new"), &RequestForm{Form: Form{Wrong: map[string]string{"request_title": "conflict"}}, To: agencies, Operator: "Sổ Gốc", Due: now, MaxTitle: 150, MaxText: 2000}),
		deskPage("request-reply", site.RequestReply, mai("/datasets/requests/3a/answer"), &RequestReply{RequestLine: line, Form: Form{Wrong: map[string]string{"given": "not_found"}}, Most: 2000}),
		deskPage("request-pass", site.RequestPass, mai("/datasets/requests/3a/pass"), &RequestPass{RequestLine: line, To: agencies, Operator: "Sổ Gốc", Most: 2000}),
	}
}
