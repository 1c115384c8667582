package odrl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Clause is one rule of an agreement in plain words.
type Clause struct {
	Words    ledger.Text
	Enforced bool // by the register; otherwise it is a promise of the parties
}

// Clauses says terms in plain words, the price first. Each rule of the policy is in one
// of them. Name gives the name of an organisation.
func Clauses(t market.Terms, name func(ledger.ID) string) []Clause {
	t = Normal(t)
	var all []Clause
	add := func(enforced bool, vi, en string) {
		all = append(all, Clause{Words: ledger.Text{VI: vi, EN: en}, Enforced: enforced})
	}
	const enforced, promised = true, false
	sayPrice(t, add)
	hours, objection := t.Deliver, t.Object
	if hours == 0 {
		hours = DeliverHours
	}
	if objection == 0 {
		objection = ObjectDays
	}
	add(enforced, fmt.Sprintf("Bên cung cấp giao trong %d giờ, tính từ khi đủ điều kiện.", hours),
		fmt.Sprintf("The provider delivers within %s of when the condition is met.", count(hours, "hour")))
	add(enforced, fmt.Sprintf("Bên mua có %d ngày để phản đối sau khi nhận; im lặng là đã nhận đủ.", objection),
		fmt.Sprintf("The buyer has %s to object after a delivery; silence is a receipt.", count(objection, "day")))
	if t.Days > 0 {
		add(enforced, fmt.Sprintf("Thời hạn %d ngày, tính từ lúc ký.", t.Days), fmt.Sprintf("The term is %s from signing.", count(t.Days, "day")))
	} else {
		add(enforced, "Không có thời hạn.", "There is no end to the term.")
	}
	switch {
	case t.Versions < 0:
		add(enforced, "Gồm mọi phiên bản mới trong thời hạn.", "All later versions within the term are included.")
	case t.Versions == 0:
		add(enforced, "Chỉ phiên bản đã thỏa thuận, không gồm phiên bản mới.", "Only the version agreed on, no later one.")
	default:
		add(enforced, fmt.Sprintf("Gồm thêm %d phiên bản mới.", t.Versions), count(t.Versions, "later version")+" in the price.")
	}
	if t.Downloads > 0 {
		add(enforced, fmt.Sprintf("Mỗi tệp được tải %d lần.", t.Downloads), fmt.Sprintf("Each file can be downloaded %s.", count(t.Downloads, "time")))
	}
	if t.Calls > 0 {
		add(enforced, fmt.Sprintf("Mỗi ngày được gọi dịch vụ %d lần.", t.Calls), fmt.Sprintf("The service can be called %s a day.", count(t.Calls, "time")))
	}
	if t.Exclusive {
		add(enforced, "Độc quyền: trong thời hạn không ai khác được cấp thỏa thuận.", "Exclusive: nobody else is given an agreement within the term.")
	}
	sayUse(t, add)
	for _, s := range t.Shares {
		part := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", s.Parts/100, s.Parts%100), "0"), ".")
		add(promised, fmt.Sprintf("%s được chia %s%% giá tiền.", name(s.Org), strings.Replace(part, ".", ",", 1)),
			fmt.Sprintf("%s receives %s%% of the price.", name(s.Org), part))
	}
	return all
}

func sayPrice(t market.Terms, add func(enforced bool, vi, en string)) {
	if t.Price == 0 {
		add(true, "Miễn phí.", "Nothing is to pay.")
		return
	}
	digits := strconv.FormatInt(int64(t.Price), 10)
	add(false, "Giá "+grouped(digits, ".")+" đồng, hai bên trả cho nhau ngoài sổ.", "The price is "+grouped(digits, ",")+" VND, paid between the parties outside the register.")
	if t.PayDays > 0 {
		add(true, fmt.Sprintf("Trả trong %d ngày sau khi ký, nếu không thì thỏa thuận hết hiệu lực.", t.PayDays),
			fmt.Sprintf("It is paid within %s of signing, or the agreement ends.", count(t.PayDays, "day")))
	}
	if t.Release == market.OnPayment {
		add(true, "Bên cung cấp xác nhận đã nhận tiền thì khóa mở dữ liệu mới được trao.", "The key to the data is given only after the provider confirmed the payment.")
	}
}

var purposeWords = map[market.Purpose]ledger.Text{
	market.PurposeInternal:   {VI: "nội bộ", EN: "internal use"},
	market.PurposeResearch:   {VI: "nghiên cứu", EN: "research"},
	market.PurposeCommercial: {VI: "kinh doanh", EN: "commercial use"},
	market.PurposePublic:     {VI: "nhiệm vụ công", EN: "a public duty"},
}

func sayUse(t market.Terms, add func(enforced bool, vi, en string)) {
	var vi, en []string
	for _, p := range t.Purposes {
		vi, en = append(vi, purposeWords[p].VI), append(en, purposeWords[p].EN)
	}
	if len(t.Purposes) == 1 && t.Purposes[0] == market.PurposeAny {
		add(false, "Dùng cho mục đích nào cũng được.", "It may be used for any purpose.")
	} else {
		add(false, "Chỉ dùng cho: "+strings.Join(vi, ", ")+".", "It is used only for: "+strings.Join(en, ", ")+".")
	}
	if len(t.Territory) > 0 {
		add(false, "Chỉ dùng tại: "+places(t.Territory, "Việt Nam")+".", "It is used only in: "+places(t.Territory, "Viet Nam")+".")
	}
	switch t.PassOn {
	case market.PassAll:
		add(false, "Được chuyển dữ liệu cho người khác.", "The data may be given to others.")
	case market.PassDerived:
		add(false, "Không chuyển dữ liệu cho người khác; sản phẩm làm ra từ dữ liệu thì được, nếu từ đó không lấy lại được dữ liệu.",
			"The data is not given to others; what is made of it may be, where the data cannot be had from it.")
	default:
		add(false, "Không chuyển cho người khác cả dữ liệu lẫn sản phẩm làm ra từ dữ liệu.", "Neither the data nor what is made of it is given to others.")
	}
	if t.Attribute {
		add(false, "Phải ghi nguồn dữ liệu.", "The source is named.")
	}
}

func places(codes []string, vietnam string) string {
	names := slices.Clone(codes)
	for i := range names {
		if names[i] == "VN" {
			names[i] = vietnam
		}
	}
	return strings.Join(names, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// grouped puts a mark between thousands.
func grouped(digits, mark string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + mark + digits[i:]
	}
	return digits
}
