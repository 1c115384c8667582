package main

import (
	"os"
	"reflect"
	"testing"

	"github.com/sogoc/sogoc/api/account/openid"
)

// TestProviderFlags: each provider has its own secret, which no child process finds.
func TestProviderFlags(t *testing.T) {
	t.Setenv("SOGOC_OIDC_SECRET", "first")
	t.Setenv("SOGOC_OIDC_SECRET_3", "third")
	got, err := openIDs([]string{"https://a.example,sogoc", "https://b.example/x,sogoc,Cổng dịch vụ, tỉnh", "https://c.example,sogoc"})
	want := []openid.Config{
		{Issuer: "https://a.example", ClientID: "sogoc", Secret: "first"},
		{Issuer: "https://b.example/x", ClientID: "sogoc", Name: "Cổng dịch vụ, tỉnh"},
		{Issuer: "https://c.example", ClientID: "sogoc", Secret: "third"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, name := range []string{"SOGOC_OIDC_SECRET", "SOGOC_OIDC_SECRET_3"} {
		if _, left := os.LookupEnv(name); left {
			t.Errorf("$%s is still there", name)
		}
	}
}
