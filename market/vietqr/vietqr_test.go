package vietqr

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestChecksum: the check value of the algorithm's catalogue, and codes that others
// made.
func TestChecksum(t *testing.T) {
	for text, want := range map[string]string{
		"123456789": "29B1", // CRC-16/IBM-3740
		"":          "FFFF",
		"00020101021238600010A00000072701300006970403011697040311012345670208QRIBFTTC530370454061800005802VN62340107NPS68690819thanh toan don hang6304": "A203",
		"00020101021238540010A00000072701240006970436011010234567890208QRIBFTTA5303704540719430005802VN62120808TT0000696304":                            "A8E5",
	} {
		if got := checksum(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

var known = map[string]Transfer{
	"00020101021238570010A00000072701270006970415011300110019324180208QRIBFTTA530370454061200005802VN62170813ung ho lu lut6304C15C": {Bank: "970415", Account: "0011001932418", Amount: 120_000, Reference: "ung ho lu lut"},
	"00020101021238540010A00000072701240006970436011010234567890208QRIBFTTA5303704540719430005802VN62120808TT0000696304A8E5":        {Bank: "970436", Account: "1023456789", Amount: 1_943_000, Reference: "TT000069"},
}

func TestKnownCodes(t *testing.T) {
	for code, transfer := range known {
		if got, err := Encode(transfer); err != nil || got != code {
			t.Errorf("%v\n got %s\nwant %s", err, got, code)
		}
		if got, err := Decode(code); err != nil || got != transfer {
			t.Errorf("%v: %+v, want %+v", err, got, transfer)
		}
	}
	open, err := Encode(Transfer{Bank: "970403", Account: "9704031101234567", Card: true})
	if err != nil || !strings.HasPrefix(open, "000201010211") || strings.Contains(open, "5802VN62") {
		t.Errorf("%v: %s", err, open)
	}
}

func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Transfer{
			Bank:      rapid.StringMatching(`[0-9]{6}`).Draw(t, "bank"),
			Account:   rapid.StringMatching(`[0-9]{1,19}`).Draw(t, "account"),
			Card:      rapid.Bool().Draw(t, "card"),
			Amount:    market.Dong(rapid.Int64Range(0, maxAmount).Draw(t, "amount")),
			Reference: rapid.StringMatching(`[A-Za-z0-9 .-]{0,25}`).Draw(t, "reference"),
		}
		code, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(code); err != nil || got != want {
			t.Fatalf("%v: %+v, want %+v", err, got, want)
		}
		i := rapid.IntRange(0, len(code)-1).Draw(t, "at")
		if changed, err := Decode(code[:i] + string(code[i]^1) + code[i+1:]); err == nil {
			t.Fatalf("with one bit changed it is read as %+v", changed)
		}
	})
}

func TestRefused(t *testing.T) {
	closed := func(body string) string { return body + checksumOpening + checksum(body+checksumOpening) }
	const account = "38540010A00000072701240006970436011010234567890208QRIBFTTA"
	for code, field := range map[string]string{
		"":                                       fieldChecksum,
		"00020101021138540010A0000007276304FFFF": fieldChecksum,
		closed("000201010211" + account + "53037045802VN5903ABC"):                                          "59",
		closed("000201010211" + account + "53037045802VN5802VN"):                                           "58",
		closed("000201010211" + account + "53037045802V"):                                                  "58",
		closed("000201010211" + account + "53037045802VN620"):                                              "620",
		closed("000201010211" + account + "53037045802VN62120108TT000069"):                                 "62-01",
		closed("000201010211" + account + "530370454035.05802VN"):                                          "54",
		closed("00020101021138540010A00000072801240006970436011010234567890208QRIBFTTA53037045802VN"):      "38-00",
		closed("00020101021138540010A00000072701240006970436021010234567890208QRIBFTTA53037045802VN"):      "38-01-02",
		closed("000201010211" + strings.Replace(account, "9704360110", "97043x0110", 1) + "53037045802VN"): "bank",
		closed("000201010212" + account + "53037045802VN"):                                                 "",
		closed("000201010211" + account + "53038405802VN"):                                                 "",
		closed("000201010211" + account + "53037045402015802VN"):                                           "",
		closed("000201010211" + strings.Replace(account, "QRIBFTTA", "QRPUSHXX", 1) + "53037045802VN"):     "",
		closed("000201010211" + "5303704" + account + "5802VN"):                                            "",
		strings.ToLower(closed("000201010211" + account + "53037045802VN")):                                fieldChecksum,
	} {
		_, err := Decode(code)
		said, _ := err.(*ledger.Error)
		if said == nil || said.Code != ledger.Invalid || said.Field != field {
			t.Errorf("%s: %v, want field %q", code, err, field)
		}
	}
	for field, transfer := range map[string]Transfer{
		"bank":      {Bank: "97043", Account: "1"},
		"account":   {Bank: "970436", Account: strings.Repeat("1", 20)},
		"amount":    {Bank: "970436", Account: "1", Amount: -1},
		"reference": {Bank: "970436", Account: "1", Reference: "ủng hộ"},
	} {
		_, err := Encode(transfer)
		if said, _ := err.(*ledger.Error); said == nil || said.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := Encode(Transfer{Bank: "970436", Account: "A1", Card: true}); err == nil {
		t.Error("a card whose number has letters")
	}
	if _, err := Decode(strings.Repeat("0", 513)); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("%v", err)
	}
}

func TestBanks(t *testing.T) {
	for bin, name := range Banks {
		if _, err := Encode(Transfer{Bank: bin, Account: "1"}); err != nil || name == "" {
			t.Errorf("%s %s: %v", bin, name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for code := range known {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		transfer, err := Decode(code)
		if err != nil {
			return
		}
		if again, err := Encode(transfer); err != nil || again != code {
			t.Errorf("%v: %q is written again as %q", err, code, again)
		}
	})
}
