package web

import (
	"net/url"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// hoaAt is a reader of a page of the account.
func hoaAt(path string) Reader {
	return Reader{Path: path, Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder}, Several: true,
	}}
}

// tokenPages are samples of the pages of tokens.
func tokenPages() []pageOf {
	day, coop := ledger.Time(1_780_000_000_000), trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}
	store := Token{ID: "1f", Name: "Phần mềm kho của nhà đóng gói", Org: coop, Scopes: []string{"read", "record"}, Made: day, Expires: day, Used: day}
	old := Token{ID: "2e", Name: "Cân", Org: coop, Scopes: []string{"manage"}, Made: day, Expired: true}
	members := []Membership{{"1f", coop, true}, {"2e", trace.Text{}, false}}
	refused := Form{Values: url.Values{"name": {"Kho"}, "member": {"2e"}, "expires": {"30"}}, Wrong: map[string]string{"scopes": "invalid"}}
	return []pageOf{
		deskPage("tokens", site.Tokens, hoaAt("/account/tokens"), &Tokens{Member: true, List: []Token{store, old}}),
		deskPage("tokens of nobody", site.Tokens, hoaAt("/account/tokens"), &Tokens{}),
		deskPage("token", site.NewToken, hoaAt("/account/tokens/new"), &NewToken{Form: refused, Members: members, Scopes: []string{"read", "record"}}),
		deskPage("token made", site.MadeToken, hoaAt("/account/tokens/new"), &MadeToken{store, "sg_" + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz", "https://truyxuat.example"}),
	}
}
