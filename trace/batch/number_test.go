package batch_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
)

func TestLotNumber(t *testing.T) {
	day := time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		n    int
		want string
	}{
		{"Vải thiều", 1, "VT260603"},
		{"Vải thiều", 12, "VT260603-12"},
		{"Đường thốt nốt đặc (mẫu)", 1, "DTND260603"},
		{"Vải thiều Lục Ngạn, thùng 5 kg", 1, "VTLN260603"},
		{"苹果", 1, "L260603"},
		{"", 2, "L260603-2"},
	} {
		if got := batch.LotNumber(c.name, day, c.n); got != c.want {
			t.Errorf("%q, %d: %s, want %s", c.name, c.n, got, c.want)
		}
	}
}

func TestContainers(t *testing.T) {
	for _, c := range []struct {
		prefix string
		n      uint64
		want   string
	}{
		{"9521234", 1, "https://id.gs1.org/00/095212340000000013"},
		{"952123456789", 42, "https://id.gs1.org/00/095212345678900429"},
	} {
		if got, err := batch.SSCC(c.prefix, c.n); err != nil || got.String() != c.want {
			t.Errorf("SSCC %s %d: %s, %v", c.prefix, c.n, got, err)
		}
	}
	if _, err := batch.SSCC("952123456789", 10_000); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("a prefix that is used up: %v", err)
	}
	id, err := batch.ContainerCode("HTXN", 3)
	if err != nil || id.Serial() != "3" || !id.Instance() {
		t.Errorf("a register-issued container: %s, %v", id, err)
	}
	if _, err := batch.ContainerCode("x", 3); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("an issuer that is none: %v", err)
	}
}

func TestFirstFree(t *testing.T) {
	for _, used := range []uint64{0, 1, 2, 3, 7, 8, 1000, 123_456} {
		looked := 0
		got, err := batch.FirstFree(func(n uint64) (bool, error) { looked++; return n <= used, nil })
		if err != nil || got != used+1 || looked > 40 {
			t.Errorf("after %d: %d in %d looks, %v", used, got, looked, err)
		}
	}
	sparse := map[uint64]bool{1: true, 2: true, 4: true}
	if got, _ := batch.FirstFree(func(n uint64) (bool, error) { return sparse[n], nil }); sparse[got] {
		t.Errorf("%d is taken", got)
	}
	wrong := ledger.Errorf(ledger.Internal, "no")
	if _, err := batch.FirstFree(func(uint64) (bool, error) { return false, wrong }); err != wrong {
		t.Errorf("an error is lost: %v", err)
	}
}

func TestSerials(t *testing.T) {
	for text, want := range map[string][]string{
		"1-3":        {"1", "2", "3"},
		"3, 1;2  2":  {"1", "2", "3"},
		"7,K-1,9-10": {"10", "7", "9", "K-1"},
	} {
		got, err := batch.ParseSerials(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", " , ", "9-3", "1-99999999"} {
		if got, err := batch.ParseSerials(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	for want, serials := range map[string][]string{
		"":             nil,
		"1-3, 7, 9-10": {"10", "9", "7", "3", "2", "1"},
		"5, 007, K1":   {"K1", "5", "007"},
		"1-2":          {"2", "1"},
	} {
		got := batch.SerialRanges(serials)
		if got != want {
			t.Errorf("%v: %q, want %q", serials, got, want)
		}
		if back, err := batch.ParseSerials(got); want != "" && (err != nil || len(back) != len(serials)) {
			t.Errorf("%q reads back as %v, %v", got, back, err)
		}
	}
	if _, err := batch.Numbered(trace.MustID("https://id.gs1.org/01/09521234543213/10/A"), 1, 0); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("no piece at all: %v", err)
	}
}

func TestParseAmount(t *testing.T) {
	for text, want := range map[string]string{
		"12":                   "12 KGM",
		" 12,5 ":               "12.5 KGM",
		"12.5":                 "12.5 KGM",
		"1.250,5":              "1250.5 KGM",
		"1,250.5":              "1250.5 KGM",
		"1 250,5":              "1250.5 KGM",
		"1.250.000":            "1250000 KGM",
		"1250.125":             "1250.125 KGM",
		"0,125":                "0.125 KGM",
		"1,2500":               "1.25 KGM",
		"0.000001":             "0.000001 KGM",
		"":                     "invalid",
		"0":                    "invalid",
		"-5":                   "invalid",
		"năm":                  "invalid",
		"12,5 kg":              "invalid",
		"1.25.0":               "invalid",
		"0.0000001":            "invalid",
		"1e3":                  "invalid",
		"1.250":                "conflict",
		"12,500":               "conflict",
		"99999999999999999999": "invalid",
	} {
		q, err := batch.ParseAmount(text, "KGM")
		got := string(ledger.CodeOf(err))
		if err == nil {
			got = q.String()
		}
		if got != want {
			t.Errorf("%q: %s (%v), want %s", text, got, err, want)
		}
	}
	for _, n := range []int64{1, 12, 1250, 125_125, 999_999, 1_234_567} {
		for scale := range uint8(trace.MaxScale + 1) {
			q := trace.NewQuantity(n, scale, "KGM")
			for _, mark := range []string{",", "."} {
				if back, err := batch.ParseAmount(batch.AmountText(q, mark), "KGM"); err != nil || back != q {
					t.Errorf("%s is written %q and read as %s, %v", q, batch.AmountText(q, mark), back, err)
				}
			}
		}
	}
}
