// Package vietqr writes and reads the text of the QR code with which a bank's app fills
// in a transfer in đồng: EMVCo's merchant-presented code, version 1.1, with the fields
// that NAPAS laid down for VietQR, version 1.0.
//
// A code is a row of fields, each two digits of name, two of length and the value:
//
//	00  01                         the format's version
//	01  11 or 12                   12 where it names an amount, and so is for one payment
//	38  00 A000000727              NAPAS
//	    01 00 BIN, 01 account      the bank, and the account or card
//	    02 QRIBFTTA or QRIBFTTC    a transfer to an account, or to a card
//	53  704                        đồng
//	54  amount                     whole đồng, where it is named
//	58  VN
//	62  08 reference               what the transfer is for, where it is named
//	63  CRC-16 of all before it    polynomial 0x1021, start 0xFFFF, as four hexadecimal digits
//
// Limits: an amount has at most 13 digits, an account at most 19 letters and digits, a
// reference at most 25 letters of ASCII without accents, which banks pass on. A code
// with fields beside these (a merchant's name and city, a tip) is refused, since the
// register would not show what they say.
package vietqr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Transfer is what a code asks for.
type Transfer struct {
	Bank      string // BIN, six digits
	Account   string // of the bank, or a card's number
	Card      bool
	Amount    market.Dong // 0 where the payer chooses
	Reference string
}

// Names of fields, and the values that stand in every code.
const (
	fieldVersion, fieldMethod, fieldAccount, fieldCurrency    = "00", "01", "38", "53"
	fieldAmount, fieldCountry, fieldAdditional, fieldChecksum = "54", "58", "62", "63"

	scheme, beneficiary, service = "00", "01", "02" // of 38
	bank, account                = "00", "01"       // of 38-01
	purpose                      = "08"             // of 62

	napas           = "A000000727"
	toAccount       = "QRIBFTTA"
	toCard          = "QRIBFTTC"
	reusable, once  = "11", "12"
	maxAmount       = 9_999_999_999_999
	maxAccount      = 19
	maxReference    = 25
	checksumOpening = fieldChecksum + "04"
)

// Encode writes the code's text. It refuses a transfer that no code can say.
func Encode(t Transfer) (string, error) {
	if err := check(t); err != nil {
		return "", err
	}
	method, kind := reusable, toAccount
	if t.Amount > 0 {
		method = once
	}
	if t.Card {
		kind = toCard
	}
	s := field(fieldVersion, "01") + field(fieldMethod, method) +
		field(fieldAccount, field(scheme, napas)+field(beneficiary, field(bank, t.Bank)+field(account, t.Account))+field(service, kind)) +
		field(fieldCurrency, "704")
	if t.Amount > 0 {
		s += field(fieldAmount, strconv.FormatInt(int64(t.Amount), 10))
	}
	s += field(fieldCountry, "VN")
	if t.Reference != "" {
		s += field(fieldAdditional, field(purpose, t.Reference))
	}
	s += checksumOpening
	return s + checksum(s), nil
}

// Decode reads a code's text. What a code can say beside a Transfer is refused.
func Decode(s string) (Transfer, error) {
	if len(s) > 512 {
		return Transfer{}, ledger.Errorf(ledger.TooLarge, "the code has more than 512 characters")
	}
	body := s[:max(0, len(s)-4)]
	if !strings.HasSuffix(body, checksumOpening) || checksum(body) != s[len(body):] {
		return Transfer{}, ledger.FieldErrorf(ledger.Invalid, fieldChecksum, "the code does not end in its checksum")
	}
	var t Transfer
	fields, err := split("", strings.TrimSuffix(body, checksumOpening), fieldVersion, fieldMethod, fieldAccount, fieldCurrency, fieldAmount, fieldCountry, fieldAdditional)
	if err != nil {
		return Transfer{}, err
	}
	if err := t.readAccount(fields[fieldAccount]); err != nil {
		return Transfer{}, err
	}
	if v, named := fields[fieldAmount]; named {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return Transfer{}, ledger.FieldErrorf(ledger.Invalid, fieldAmount, "%q is not a number of whole đồng", v)
		}
		t.Amount = market.Dong(n)
	}
	if v, named := fields[fieldAdditional]; named {
		additional, err := split(fieldAdditional+"-", v, purpose)
		if err != nil {
			return Transfer{}, err
		}
		t.Reference = additional[purpose]
	}
	written, err := Encode(t)
	if err != nil {
		return Transfer{}, err
	}
	if written != s {
		return Transfer{}, ledger.Errorf(ledger.Invalid, "the code is not one of VietQR for đồng in its one spelling, which would be %q", written)
	}
	return t, nil
}

func (t *Transfer) readAccount(s string) error {
	fields, err := split(fieldAccount+"-", s, scheme, beneficiary, service)
	if err != nil {
		return err
	}
	if fields[scheme] != napas {
		return ledger.FieldErrorf(ledger.Invalid, fieldAccount+"-"+scheme, "%q is not NAPAS", fields[scheme])
	}
	to, err := split(fieldAccount+"-"+beneficiary+"-", fields[beneficiary], bank, account)
	if err != nil {
		return err
	}
	t.Bank, t.Account, t.Card = to[bank], to[account], fields[service] == toCard
	return nil
}

// split takes fields apart, of which each may stand once.
func split(within, s string, known ...string) (map[string]string, error) {
	fields := map[string]string{}
	for s != "" {
		if len(s) < 4 {
			return nil, ledger.FieldErrorf(ledger.Invalid, within+s, "the field is cut off")
		}
		name, digits := s[:2], s[2:4]
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || len(s) < 4+n {
			return nil, ledger.FieldErrorf(ledger.Invalid, within+name, "the field is not as long as it says")
		}
		if _, again := fields[name]; again {
			return nil, ledger.FieldErrorf(ledger.Invalid, within+name, "is there twice")
		}
		if !slices.Contains(known, name) {
			return nil, ledger.FieldErrorf(ledger.Invalid, within+name, "is a field that this register does not read")
		}
		fields[name], s = s[4:4+n], s[4+n:]
	}
	return fields, nil
}

func field(name, value string) string { return fmt.Sprintf("%s%02d%s", name, len(value), value) }

const digits = "0123456789"

func check(t Transfer) error {
	switch {
	case len(t.Bank) != 6 || !only(t.Bank, digits):
		return ledger.FieldErrorf(ledger.Invalid, "bank", "a BIN has six digits")
	case t.Account == "" || len(t.Account) > maxAccount || !only(t.Account, digits+"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"):
		return ledger.FieldErrorf(ledger.Invalid, "account", "an account has 1 to %d letters and digits", maxAccount)
	case t.Card && !only(t.Account, digits):
		return ledger.FieldErrorf(ledger.Invalid, "account", "a card's number has digits only")
	case t.Amount < 0 || t.Amount > maxAmount:
		return ledger.FieldErrorf(ledger.Invalid, "amount", "an amount is 0 to %d đồng", maxAmount)
	case len(t.Reference) > maxReference || !only(t.Reference, digits+"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .-"):
		return ledger.FieldErrorf(ledger.Invalid, "reference", "a reference has at most %d letters without accents, digits, spaces, points and hyphens", maxReference)
	}
	return nil
}

func only(s, chars string) bool { return strings.Trim(s, chars) == "" }

// checksum is CRC-16/IBM-3740, which others call CRC-16/CCITT-FALSE.
func checksum(s string) string {
	crc := uint16(0xFFFF)
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return fmt.Sprintf("%04X", crc)
}
