package market

import "fmt"

// Each action has a summary in words; the contract refuses any other.

func PublishSummary(r Release) string {
	return fmt.Sprintf("Công bố dữ liệu %s phiên bản %d (publish dataset version %d), %d tệp (files)", r.Dataset, r.Version, r.Version, len(r.Files))
}

func OfferSummary(o Offer) string {
	return fmt.Sprintf("Chào dữ liệu %s với giá %d đồng (offer dataset for %d VND), bản chào (offer) %s", o.Dataset, o.Terms.Price, o.Terms.Price, o.ID)
}

func RetractSummary(r Retraction) string {
	return fmt.Sprintf("Rút bản chào (retract offer) %s", r.Offer)
}

func ModerateSummary(m Moderation) string {
	says := map[Standing]string{Approved: "Duyệt (approve)", Refused: "Không duyệt (refuse)", Delisted: "Gỡ khỏi danh mục (delist)"}
	return fmt.Sprintf("%s dữ liệu %s phiên bản %d (dataset version %d)", says[m.Standing], m.Dataset, m.Version, m.Version)
}

func ClearSummary(c Clearing) string {
	return fmt.Sprintf("Cho qua kết quả dò (clear profile) %s của dữ liệu (of dataset) %s", c.Profile, c.Dataset)
}

func GrantSummary(g Grant) string {
	if g.Ended {
		return fmt.Sprintf("Thôi cho cộng số liệu của đơn vị (end leave to count records of) %s: %s", g.Org, g.Purpose)
	}
	return fmt.Sprintf("Cho cộng số liệu của đơn vị (give leave to count records of) %s: %s", g.Org, g.Purpose)
}
