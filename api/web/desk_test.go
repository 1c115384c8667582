package web

import (
	"bytes"
	"io"
	"net/url"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// deskPages are samples of the pages of people who are signed in, or about to be.
func deskPages() []pageOf {
	stranger := Reader{Path: "/signin?next=%2Fme"}
	hoa := Reader{Path: "/me", Done: "signed_out", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder}, Several: true,
	}}
	refused := Form{Values: url.Values{"identifier": {"0912 345 678"}}, Wrong: map[string]string{"": "unauthenticated"}, Later: 4}
	return []pageOf{
		deskPage("door", site.SignIn, stranger, &SignIn{Form: refused, Next: "/me", Passkeys: true, Providers: []Provider{{"vneid", "VNeID"}}}),
		deskPage("pin", site.SignIn, stranger, &SignIn{Form: Form{Wrong: map[string]string{"pin": "unauthenticated"}}, Next: "/me", PIN: true}),
		deskPage("code", site.Code, stranger, &Code{Next: "/me", Needs: "code", Passkeys: true, Remember: true}),
		deskPage("code.passkey", site.Code, stranger, &Code{Next: "/me", Needs: "passkey", Passkeys: true}),
		deskPage("prove", site.Prove, hoa, &Prove{Next: "/me", Password: true, PIN: true, Passkey: true, Username: "+84912345678"}),
		deskPage("prove.code", site.Prove, hoa, &Prove{Next: "/me", Code: true, Providers: []Provider{{"vneid", "VNeID"}}}),
		deskPage("prove.none", site.Prove, hoa, &Prove{Next: "/me"}),
		deskPage("me", site.Me, hoa, &MyHome{Members: []MyMembership{{"1f", trace.Text{VI: "Hợp tác xã Vải thiều"}, true}, {"2e", trace.Text{VI: "Công ty Bình Minh"}, false}}}),
	}
}

func deskPage[V any](name string, write func(io.Writer, Reader, V) error, r Reader, v V) pageOf {
	return pageOf{name, func(b *bytes.Buffer, l Lang) error {
		r.Lang = l
		return write(b, r, v)
	}}
}
