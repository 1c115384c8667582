package api

import "testing"

func TestRequestClass(t *testing.T) {
	for route, want := range map[string]string{
		"": "none", "/*": "none", "/": "page", "/labels": "page", "/desk/lists": "page",
		"/t/*": "code", "/01/*": "code", "/api/v1/receipts/:entry": "api", "/epcis/events/:id": "epcis",
		"/tile/:level/*": "log", "/checkpoint": "log", "/readyz": "health", "/ipfs/:cid": "payload", "/assets/*": "asset",
	} {
		if got := requestClass(route); got != want {
			t.Errorf("%q is %s, want %s", route, got, want)
		}
	}
}
