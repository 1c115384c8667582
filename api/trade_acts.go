package api

import (
	"context"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/market/vietqr"
)

// tradeAct is a message that is sent on a page of its own.
type tradeAct struct {
	transfer bool // it is about one of the agreement's transfers
	danger   bool
	fields   []web.Field
	do       func(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values) error
	with     func(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values, files []*multipart.FileHeader) error // instead of do
}

// tradeOn is what a message is about.
type tradeOn struct {
	deals.Course
	transfer ledger.ID
}

var (
	bankField = web.Field{Name: "bankref", Max: market.MaxBank}
	billField = []web.Field{
		{Name: "bank", Type: "select", Options: bankOptions()},
		{Name: "account", Max: market.MaxAccount, Mode: "numeric"},
		{Name: "number", Max: market.MaxInvoice},
	}
)

func bankOptions() []web.Option {
	list := []web.Option{{Text: "—"}}
	for _, bin := range slices.SortedFunc(maps.Keys(vietqr.Banks), func(a, b string) int { return strings.Compare(vietqr.Banks[a], vietqr.Banks[b]) }) {
		list = append(list, web.Option{Value: bin, Text: vietqr.Banks[bin]})
	}
	return list
}

// Each of these sends a message that says no more than what it is about, and why.
func telling(action string, item func(on tradeOn, reason string) any) func(*server, context.Context, *account.Identity, tradeOn, url.Values) error {
	return func(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values) error {
		return s.office.Say(ctx, by, action, item(on, reasonIn(form)))
	}
}

func ruling(action string) tradeAct {
	return tradeAct{danger: action == market.ActionRevoke, fields: []web.Field{reasonField}, do: telling(action, func(on tradeOn, why string) any {
		return market.Ruling{Agreement: on.Deal.ID, Reason: why}
	})}
}

func noting(action string, fields ...web.Field) tradeAct {
	return tradeAct{transfer: true, danger: action == market.ActionStop, fields: fields, do: telling(action, func(on tradeOn, why string) any {
		return market.TransferNote{Transfer: on.transfer, Reason: why}
	})}
}

func judging(action string, fields ...web.Field) tradeAct {
	return tradeAct{fields: fields, do: telling(action, func(on tradeOn, why string) any {
		return market.MoneyNote{Agreement: on.Deal.ID, Reason: why}
	})}
}

func paying(action string) tradeAct {
	return tradeAct{fields: []web.Field{bankField}, do: func(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values) error {
		return s.office.Say(ctx, by, action, market.Payment{Agreement: on.Deal.ID, Bank: strings.TrimSpace(form.Get("bankref"))})
	}}
}

// tradeActions are the messages that people send on pages.
var tradeActions = map[string]tradeAct{
	market.ActionAccept: {do: telling(market.ActionAccept, func(on tradeOn, _ string) any { return market.Acceptance{Negotiation: on.ID} })},
	market.ActionAgree: {do: func(s *server, ctx context.Context, by *account.Identity, on tradeOn, _ url.Values) error {
		d, err := s.Catalog.Known(ctx, on.Dataset)
		if err != nil {
			return err
		}
		return s.office.Agree(ctx, by, on.Negotiation, d.Version)
	}},
	market.ActionVerify: {do: func(s *server, ctx context.Context, by *account.Identity, on tradeOn, _ url.Values) error {
		return s.office.Verify(ctx, by, *on.Deal)
	}},
	market.ActionFinalize: {do: telling(market.ActionFinalize, func(on tradeOn, _ string) any { return market.Finalization{Negotiation: on.ID} })},
	market.ActionTerminate: {danger: true, fields: []web.Field{reasonField}, do: telling(market.ActionTerminate, func(on tradeOn, why string) any {
		return market.Termination{Negotiation: on.ID, Reason: why}
	})},
	market.ActionSuspend:  ruling(market.ActionSuspend),
	market.ActionResume:   ruling(market.ActionResume),
	market.ActionRevoke:   ruling(market.ActionRevoke),
	market.ActionEnd:      ruling(market.ActionEnd),
	market.ActionTransfer: {do: receiving},
	market.ActionStart:    {transfer: true, do: handingOver}, // but for work, which comes with files
	market.ActionObject:   {transfer: true, danger: true, do: objecting},
	market.ActionComplete: noting(market.ActionComplete),
	market.ActionSettle:   noting(market.ActionSettle),
	market.ActionPause:    noting(market.ActionPause, reasonField),
	market.ActionContinue: noting(market.ActionContinue),
	market.ActionStop: {transfer: true, danger: true, fields: []web.Field{reasonField}, do: func(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values) error {
		return s.office.Say(ctx, by, market.ActionStop, market.TransferNote{Transfer: on.transfer, Reason: reasonIn(form), Silent: on.silent(by.Org, s.moment())})
	}},
	market.ActionBill: {fields: billField, do: func(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values) error {
		return s.office.Bill(ctx, by, *on.Deal, form.Get("bank"), strings.TrimSpace(form.Get("account")), strings.TrimSpace(form.Get("number")))
	}},
	market.ActionPay:     paying(market.ActionPay),
	market.ActionRefund:  paying(market.ActionRefund),
	market.ActionConfirm: judging(market.ActionConfirm),
	market.ActionDispute: {fields: []web.Field{reasonField, evidenceField}, with: disputing},
	market.ActionUphold:  judging(market.ActionUphold, reasonField),
	market.ActionReturn:  judging(market.ActionReturn, reasonField),
}

// silent reports whether a consumer that stops does so since nothing came in time: it
// then has its money back.
func (on tradeOn) silent(org ledger.ID, now ledger.Time) bool {
	for _, t := range on.Transfers {
		if t.ID == on.transfer {
			by := on.Deal.DeliverBy(t)
			return org == on.Consumer && t.Started.IsZero() && by != 0 && now >= by
		}
	}
	return false
}

// tradeActs are the routes of the messages, for the sides and for the operator.
func (s *server) tradeActs() (list []route) {
	for _, action := range slices.Sorted(maps.Keys(tradeActions)) {
		path := "/" + action
		if tradeActions[action].transfer {
			path = "/transfers/:transfer/" + action
		}
		switch action {
		case market.ActionUphold, market.ActionReturn:
		default:
			list = append(list, s.deciding(releasing, "/trade/:id"+path, s.trading(action))...)
		}
		switch action {
		case market.ActionUphold, market.ActionReturn, market.ActionSuspend, market.ActionResume, market.ActionRevoke:
			list = append(list, s.deciding(decider, "/desk/disputes/:id"+path, s.trading(action))...)
		}
	}
	return list
}

// wordsOf names the words of a message: those about a delivery differ by what is
// delivered, and who disputes what is disputed already answers.
func wordsOf(c deals.Course, l deals.Legal, side market.Side) string {
	if c.Deal == nil {
		return actName(c, l.Action, side)
	}
	switch kind := c.Deal.Kind; {
	case l.Action == market.ActionDispute && (c.Deal.Bill.State == market.Disputed || c.Deal.Bill.State == market.Unreturned):
		return "answer"
	case kind == market.API && l.Action == market.ActionStart:
		return "open"
	case kind != market.Service:
	case l.Action == market.ActionStart:
		return "handin"
	case l.Action == market.ActionComplete:
		return "take"
	case l.Action == market.ActionStop && side == market.Consumer:
		if t, err := transferOf(c, l.Transfer); err == nil && !t.Started.IsZero() {
			return "reject"
		}
	}
	return actName(c, l.Action, side)
}

// trading is a message about the negotiation that an address names.
func (s *server) trading(action string) func(echo.Context) (*act, error) {
	return func(c echo.Context) (*act, error) {
		course, side, err := s.courseOf(c)
		if err != nil {
			return nil, err
		}
		on := tradeOn{Course: course}
		if tradeActions[action].transfer {
			name, err := param(c, "transfer")
			if err != nil {
				return nil, err
			}
			if on.transfer, err = ledger.ParseID(name); err != nil {
				return nil, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
			}
		}
		if !slices.Contains(course.Legal(side, s.moment()), deals.Legal{Action: action, Transfer: on.transfer}) {
			return nil, ledger.Errorf(ledger.Conflict, "this cannot be done now; look at how far it has come")
		}
		if action == market.ActionStart && course.Deal.Kind == market.Service {
			return nil, ledger.Errorf(ledger.Conflict, "work is handed in with its files")
		}
		ctx := c.Request().Context()
		dataset, err := s.datasetName(ctx, course.Dataset)
		if err != nil {
			return nil, err
		}
		one := tradeActions[action]
		back := strings.TrimSuffix(c.Request().URL.Path, "/"+action)
		back, _, _ = strings.Cut(back, "/transfers/")
		a := &act{name: "trade_" + wordsOf(course, deals.Legal{Action: action, Transfer: on.transfer}, side), who: dataset, back: back, danger: one.danger, fields: one.fields}
		if course.Terms.Price > 0 {
			a.facts = []web.Fact{{Label: "price", Value: dong(course.Terms.Price)}}
		}
		a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
			return thenDone(one.do(s, ctx, by, on, form), back, a.name)
		}
		if one.with != nil {
			a.with = func(ctx context.Context, by *account.Identity, form url.Values, files []*multipart.FileHeader) error {
				return thenDone(one.with(s, ctx, by, on, form, files), back, a.name)
			}
		}
		return a, nil
	}
}

// actName is what to call a message of a side: before anything is signed, an end is the
// provider's refusal or the consumer's withdrawal, and who is asked by law permits.
func actName(c deals.Course, action string, by market.Side) string {
	switch {
	case action == market.ActionAgree && c.Basis != "":
		return "permit"
	case action != market.ActionTerminate || c.Deal != nil:
		return action
	case by == market.Provider:
		return "refuse"
	}
	return "withdraw"
}

// actsOf are the messages that a side may send next, with the pages where it does, by
// the transfer that they are about.
func (s *server) actsOf(c deals.Course, side market.Side, now ledger.Time) map[ledger.ID][]web.TradeAct {
	base := "/trade/" + c.ID.String()
	if side == market.Operator {
		base = "/desk/disputes/" + c.ID.String()
	}
	acts := map[ledger.ID][]web.TradeAct{}
	due := map[string]bool{} // what the side owes next
	for _, o := range c.Owed(now) {
		due[o.Action] = due[o.Action] || o.By == side
	}
	for _, l := range c.Legal(side, now) {
		one, ok := tradeActions[l.Action]
		a := web.TradeAct{Name: wordsOf(c, l, side), Path: base + "/" + l.Action, Danger: one.danger}
		switch {
		case l.Action == market.ActionRequest, l.Action == market.ActionPropose:
			a.Name, a.Path = "terms", base+"/terms"
		case !ok, l.Action == market.ActionObject && c.Deal.Kind != market.Files:
			continue
		case one.transfer:
			a.Path = base + "/transfers/" + l.Transfer.String() + "/" + l.Action
			if a.Name == "handin" {
				a.Path = base + "/transfers/" + l.Transfer.String() + "/results"
			}
		}
		a.Primary = due[l.Action] || !slices.Contains(slices.Collect(maps.Values(due)), true) && len(acts[l.Transfer]) == 0 && !a.Danger && l.Action != market.ActionObject && l.Action != market.ActionDispute && l.Action != market.ActionSuspend && l.Action != market.ActionEnd && l.Action != market.ActionPause
		acts[l.Transfer] = append(acts[l.Transfer], a)
	}
	return acts
}
