package api

import (
	"errors"
	"strings"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
)

// why finds in the read model what the contract has refused, so that the page can say
// it beside the field: the contract names what is wrong with an event, of which the
// form has only a part. what is empty where the error says it itself.
func (r *reading) why(err error) (field, what string) {
	var e *ledger.Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Field, "eventList[") {
		return "", ""
	}
	switch name := lastName(e.Field); name {
	case "eventTime":
		return "at", "invalid"
	case "parentID":
		return "into", string(e.Code)
	case "destinationList", "sourceList":
		return "to", string(e.Code)
	}
	amount := "qty"
	if len(r.in) > 0 && r.in[0].Quantity == nil {
		amount = "serials"
	}
	for i, s := range r.in {
		if i == whyLooked {
			break
		}
		b, err := r.Index.Batch(r.ctx, r.viewer, s.ID)
		if err != nil {
			return "id", "held"
		}
		switch {
		case len(b.Recalls) > 0 && r.deed != "count" && r.deed != "destroy":
			return "id", "recalled"
		case b.Blocked:
			return "id", "blocked"
		}
		if q := quantityOf(r.org, index.Held, b); q != nil && s.Quantity != nil && r.deed != "receive" {
			if left, err := q.Sub(*s.Quantity); err == nil && left.IsNegative() {
				return amount, "more"
			}
		}
		holdings, err := r.Index.Holding(r.ctx, r.viewer, r.org, s.ID)
		if err == nil && len(holdings) == 0 {
			return "id", "held"
		}
	}
	switch {
	case r.deed == "receive" && e.Code == ledger.Conflict:
		return amount, "more"
	case len(r.out) == 0:
		return "id", string(e.Code)
	case e.Code == ledger.Forbidden:
		return web.Numbered("product", 1), "forbidden"
	}
	for _, s := range r.out {
		if used, err := r.Index.Mentioned(r.ctx, s.ID); err == nil && used {
			return web.Numbered("lot", 1), "conflict"
		}
	}
	if e.Code == ledger.Conflict {
		return web.Numbered("qty", 1), "yield"
	}
	return "id", string(e.Code)
}

// whyLooked is how many things are looked at for a reason.
const whyLooked = 50
