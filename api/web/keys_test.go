package web

import (
	"net/url"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// keyPages are samples of the pages of keys and signatures.
func keyPages() []pageOf {
	day, coop := ledger.Time(1_780_000_000_000), trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}
	const address = "0x52908400098527886e0f7030069857d2e4169ee7"
	own := Key{Address: address, Org: coop, Custody: "node", Made: day, Active: true}
	scale := Key{Address: address, Custody: "device", Actions: []string{"traceability/capture", "dataset/publish"}, Made: day, Until: day}
	old := Key{Address: address, Org: coop, Custody: "wallet", Made: day, Retired: day}
	members := []Membership{{"1f", coop, true}, {"2e", trace.Text{VI: "Công ty Bình Minh"}, false}}
	typed := `{"primaryType": "KeyBinding", "message": {"statement": "Khóa này là của tôi"}}`
	wrong := Form{Values: url.Values{"signature": {"0x1234"}}, Wrong: map[string]string{"signature": "forbidden"}}
	items := make([][]Said, 22)
	for i := range items {
		items[i] = []Said{{Names: []string{"key"}, Values: []string{address}}, {Names: []string{"member", "org"}, Values: []string{"1f"}, Org: coop}, {Names: []string{"unheard_of", "1"}, Values: []string{"x"}}, {Names: []string{"roles"}, Values: []string{"admin", "recorder"}}}
	}
	return []pageOf{
		deskPage("keys", site.Keys, hoaAt("/account/keys"), &Keys{Acting: true, List: []Key{own, scale, old}}),
		deskPage("keys of nobody", site.Keys, hoaAt("/account/keys"), &Keys{}),
		deskPage("rotate", site.AskKey, hoaAt("/account/keys/rotate"), &AskKey{What: "rotate", Members: members}),
		deskPage("wallet", site.AskKey, hoaAt("/account/keys/wallet"), &AskKey{What: "wallet", Members: members[:1], Form: Form{Wrong: map[string]string{"account": "conflict"}}}),
		deskPage("device", site.AskKey, hoaAt("/account/keys/device"), &AskKey{What: "device", Members: members, Actions: scale.Actions, Form: Form{Wrong: map[string]string{"actions": "invalid"}}}),
		deskPage("bind a wallet", site.BindKey, hoaAt("/account/keys/bind"), &BindKey{Form: wrong, Custody: "wallet", Nonce: "00", Typed: typed, Until: day}),
		deskPage("bind a device", site.BindKey, hoaAt("/account/keys/bind"), &BindKey{Custody: "device", Actions: scale.Actions, Nonce: "00", Typed: typed, Until: day}),
		deskPage("enter", site.EnterKey, hoaAt("/account/keys/enter"), &AboutKey{Key: scale}),
		deskPage("revoke", site.RevokeKey, hoaAt("/account/keys/revoke"), &AboutKey{Key: own, Form: Form{Wrong: map[string]string{"reason": "invalid"}}}),
		deskPage("sign", site.Sign, hoaAt("/account/keys"), &Sign{Form: wrong, Next: "/account/keys?done=key_revoked", Back: "/account/keys", Summary: "Thu hồi 22 khóa (revoke 22 keys)", Items: items, Until: day, Signer: address, Transaction: `{"a":"<b>"}`, Typed: typed}),
		deskPage("sign late", site.Sign, hoaAt("/account/keys"), &Sign{Form: Form{Wrong: map[string]string{"expiry": "invalid"}}, Next: "/me", Back: "/me", Summary: "x", Items: items[:1], Until: day, Signer: address, Transaction: "{}", Typed: typed}),
	}
}
